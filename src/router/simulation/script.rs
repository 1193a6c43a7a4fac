//! What a provider does with one request, step by step.

use std::time::Duration;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use tokio::time::sleep;

use super::raw;
use super::text;
use super::weather::{Cut, Down, Refusal, Weather};
use crate::wire::{Delta, Failure, FinishReason, Outcome, Usage};

/// The HTTP client's own limit on connecting.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The connection of a stream that never ends is kept alive so often; a comment is no progress.
const FOREVER: Duration = Duration::from_secs(100_000);

/// What a provider does with one request.
#[derive(Clone, Debug)]
pub(super) struct Script {
    /// Before the headers.
    pub opens_after: Duration,
    /// Instead of a stream.
    pub refuses: Option<Failure>,
    /// Each after a wait.
    pub pieces: Vec<(Duration, Delta)>,
    /// After the last piece: the end of the stream, or what goes wrong.
    pub ends: Option<Failure>,
    /// How long the provider asks with its failure to be left alone.
    pub pause: Option<Duration>,
    /// The text is not what the provider should say.
    pub strange: bool,
}

/// One request, as far as the answer depends on it.
pub(super) struct Asked<'a> {
    pub key: &'a str,
    /// What is to be said.
    pub text: &'a str,
    pub latency: (Duration, Duration),
    pub probe: bool,
}

impl Script {
    /// What the weather makes of a request.
    pub fn of(weather: Weather, asked: &Asked<'_>, rng: &mut ChaCha8Rng) -> Self {
        let fine = Self::fine(asked, rng);
        match weather {
            Weather::Up => fine,
            Weather::Slow { first, gap } => fine.slowed(first, gap),
            Weather::Thinking(long) => fine.after_thinking(long),
            Weather::Throttling { says, within } => {
                if within {
                    fine.cut_before(0, raw::said_within(asked.key, 429, "Throttling.RateQuota"))
                } else {
                    fine.refused(raw::refusal(asked.key, 429, "limit_requests", says))
                        .asking(says.and_then(raw::RetryAfter::meaning))
                }
            }
            Weather::Down(how) => fine.down(how, asked.key),
            Weather::Flaky { percent, how } if rng.random_ratio(percent, 100) => fine.down(how, asked.key),
            Weather::Cutting { percent, how } if !asked.probe && rng.random_ratio(percent, 100) => {
                let at = rng.random_range(0..fine.pieces.len());
                fine.broken_off(at, how, asked.key)
            }
            Weather::Flaky { .. } | Weather::Cutting { .. } => fine,
            Weather::Dripping => fine.dripping(asked.text),
            Weather::Repeating => fine.repeating(),
            Weather::Refusing(refusal) => fine.refusing(refusal, asked.key),
        }
    }

    /// What a provider says beyond its quota.
    pub fn over_quota(asked: &Asked<'_>, wait: Duration, rng: &mut ChaCha8Rng) -> Self {
        let says = rng.random_ratio(1, 2).then(|| raw::RetryAfter::Seconds(wait.as_secs_f64().ceil()));
        let failure = raw::refusal(asked.key, 429, "insufficient_quota", says);
        Self::fine(asked, rng).refused(failure).asking(says.and_then(raw::RetryAfter::meaning))
    }

    /// What a provider says that can't go on with an answer though it was said to.
    pub fn cannot_continue(asked: &Asked<'_>, rng: &mut ChaCha8Rng) -> Self {
        Self::fine(asked, rng).refused(raw::refusal(asked.key, 400, "invalid_parameter_error", None))
    }

    /// What comes of a wish for the list of models. It is another service than that of answers, and often well when they are not.
    pub async fn list(weather: Weather, key: &str) -> Result<(), Failure> {
        match weather {
            Weather::Down(Down::Connect) => Err(Failure::new(Outcome::Connect, "connection refused")),
            Weather::Down(Down::BlackHole) => {
                sleep(CONNECT_TIMEOUT).await;
                Err(Failure::new(Outcome::Connect, "no connection in time"))
            }
            Weather::Down(Down::Status { status, .. }) => Err(raw::refusal(key, status, "internal_error", None)),
            Weather::Down(Down::Silence) => std::future::pending().await,
            Weather::Down(Down::Page) => Err(raw::page(key, 404)),
            Weather::Refusing(Refusal::Key) => Err(raw::refusal(key, 401, "invalid_api_key", None)),
            Weather::Throttling { says, .. } => Err(raw::refusal(key, 429, "limit_requests", says)),
            _ => Ok(()),
        }
    }

    fn fine(asked: &Asked<'_>, rng: &mut ChaCha8Rng) -> Self {
        let (first, gap) = asked.latency;
        let mut pieces = Vec::new();
        if asked.probe {
            let text = if rng.random_ratio(1, 4) { None } else { Some(Delta::Text("Hello".into())) };
            pieces.extend(text.map(|text| (Duration::ZERO, text)));
            pieces.push((Duration::ZERO, Delta::Finish(FinishReason::Length)));
        } else {
            let said = text::pieces(asked.text, rng);
            if said.is_empty() {
                // Asked to go on after the last word, it has nothing to say.
                let failure = Failure::new(Outcome::Empty, "an answer without text");
                pieces.push((Duration::ZERO, Delta::Finish(FinishReason::Stop)));
                let opens_after = first.mul_f64(rng.random_range(0.1..1.0));
                return Self { opens_after, refuses: None, pieces, ends: Some(failure), pause: None, strange: false };
            }
            // Now and then it reaches its limit of tokens: complete, but cut.
            let kept = if rng.random_ratio(1, 16) { rng.random_range(1..=said.len()) } else { said.len() };
            let finish = if kept < said.len() { FinishReason::Length } else { FinishReason::Stop };
            pieces.extend(said.into_iter().take(kept).map(|text| (gap.mul_f64(rng.random()), Delta::Text(text))));
            pieces.push((Duration::ZERO, Delta::Finish(finish)));
        }
        if rng.random_ratio(4, 5) {
            let usage = Usage { prompt_tokens: 12, completion_tokens: pieces.len() as u64, cached_tokens: 0 };
            pieces.push((Duration::ZERO, Delta::Usage(usage)));
        }
        let opens_after = first.mul_f64(rng.random_range(0.1..1.0));
        Self { opens_after, refuses: None, pieces, ends: None, pause: None, strange: false }
    }

    fn slowed(mut self, first: Duration, gap: Duration) -> Self {
        for (wait, _) in self.pieces.iter_mut().skip(1) {
            *wait += gap;
        }
        if let Some((wait, _)) = self.pieces.first_mut() {
            *wait += first;
        }
        self
    }

    fn after_thinking(mut self, long: Duration) -> Self {
        let steps = (long.as_secs() / 4 + 1) as u32;
        let thought = (long / steps, Delta::Reasoning("let me think ".into()));
        self.pieces.splice(0..0, std::iter::repeat_n(thought, steps as usize));
        self
    }

    fn refused(mut self, failure: Failure) -> Self {
        self.refuses = Some(failure);
        self
    }

    fn asking(mut self, pause: Option<Duration>) -> Self {
        self.pause = pause;
        self
    }

    fn cut_before(mut self, at: usize, failure: Failure) -> Self {
        self.pieces.truncate(at);
        self.ends = Some(failure);
        self
    }

    fn stalled_before(mut self, at: usize) -> Self {
        self.pieces.truncate(at);
        self.pieces.push((FOREVER, Delta::Finish(FinishReason::Stop)));
        self
    }

    fn down(mut self, how: Down, key: &str) -> Self {
        match how {
            Down::Connect => self.refused(Failure::new(Outcome::Connect, "connection refused")),
            Down::BlackHole => {
                self.opens_after = CONNECT_TIMEOUT;
                self.refused(Failure::new(Outcome::Connect, "no connection in time"))
            }
            Down::Reset => self.refused(Failure::new(Outcome::Reset, "the connection broke")),
            Down::Status { status, says, should_retry } => {
                let failure = raw::refusal(key, status, "internal_error", says);
                self.refused(Failure { should_retry, ..failure }).asking(says.and_then(raw::RetryAfter::meaning))
            }
            Down::Silence => {
                self.opens_after = FOREVER;
                self
            }
            Down::Headers => self.stalled_before(0),
            Down::Page => self.refused(raw::page(key, 502)),
            Down::Empty => self.cut_before(0, Failure::new(Outcome::Empty, "an answer without text")),
        }
    }

    fn broken_off(mut self, at: usize, how: Cut, key: &str) -> Self {
        match how {
            Cut::Truncated => self.cut_before(at, raw::cut(key)),
            Cut::Reset => self.cut_before(at, Failure::new(Outcome::Reset, "the connection broke")),
            Cut::Stall => self.stalled_before(at),
            Cut::Malformed => self.cut_before(at, raw::malformed(key)),
            Cut::ServerError => self.cut_before(at, raw::said_within(key, 500, "InternalError")),
            Cut::Throttled => self.cut_before(at, raw::said_within(key, 429, "Throttling.RateQuota")),
            Cut::Inspected => self.cut_before(at, raw::said_within(key, 400, "data_inspection_failed")),
            Cut::Filtered => {
                self.pieces.truncate(at.max(1));
                self.pieces.push((Duration::ZERO, Delta::Finish(FinishReason::ContentFilter)));
                self
            }
        }
    }

    fn dripping(mut self, text: &str) -> Self {
        let drops = text.chars().map(|letter| (Duration::from_millis(1700), Delta::Text(letter.to_string())));
        self.pieces = drops.collect();
        self.pieces.push((Duration::ZERO, Delta::Finish(FinishReason::Stop)));
        self
    }

    fn repeating(mut self) -> Self {
        let phrase = Delta::Text("and so on and on and so on ".into());
        let said = (Duration::from_millis(80), phrase);
        let at = self.pieces.len() / 2;
        self.pieces.truncate(at);
        self.pieces.extend(std::iter::repeat_n(said, 300));
        self.pieces.push((Duration::ZERO, Delta::Finish(FinishReason::Length)));
        self.strange = true;
        self
    }

    fn refusing(self, refusal: Refusal, key: &str) -> Self {
        let (status, code) = match refusal {
            Refusal::Key => (401, "invalid_api_key"),
            Refusal::Bill => (400, "Arrearage"),
            Refusal::Model => (404, "model_not_found"),
            Refusal::Request => (400, "invalid_parameter_error"),
            Refusal::TooLong => (400, "context_length_exceeded"),
            Refusal::Content => (400, "data_inspection_failed"),
        };
        self.refused(raw::refusal(key, status, code, None))
    }
}
