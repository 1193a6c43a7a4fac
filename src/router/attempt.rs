//! One attempt at one route: sends the request, waits with patience for the first token and between tokens, and hands on text.

use std::time::Duration;

use futures_util::StreamExt;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::cost::estimate_tokens;
use super::pulse::{Floor, Pulse, repeats_itself};
use crate::provider::{DeltaStream, Provider};
use crate::wire::{ChatRequest, Delta, Failure, FinishReason, Outcome, Usage};

/// Longest wait for token counts after the provider said that the answer is whole.
const AFTER_FINISH: Duration = Duration::from_secs(1);

/// How often an answer is looked through for repetition, in bytes of text.
const LOOK_EVERY: usize = 200;

/// How long an attempt may take.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// The latest moment for a first text or reasoning.
    pub first_token: Instant,
    /// The longest time without text or reasoning after it.
    pub idle: Duration,
    /// The longest time from the first token to the end.
    pub total: Duration,
    /// Whether that is long enough to say something of the provider.
    pub is_fair: bool,
    /// The latest moment for the end, whenever it began.
    pub end: Instant,
    /// The caller's own latest moment for the end.
    pub deadline: Option<Instant>,
    /// The moment after which a first token is slow.
    pub slow: Instant,
    /// The least speed, while another provider could go on with the answer.
    pub floor: Option<Floor>,
}

/// What an attempt brought, however it ended.
#[derive(Debug, Default)]
pub struct Brought {
    /// The text of this attempt.
    pub text: String,
    /// Tokens, when the provider counted them.
    pub usage: Option<Usage>,
    /// Why the provider ended it.
    pub finish: Option<FinishReason>,
    /// Estimated tokens of the model's thinking.
    pub reasoning_estimate: u64,
    /// When the first text or reasoning came.
    pub first_token: Option<Instant>,
    /// When the first word of its text came.
    pub first_text: Option<Instant>,
}

/// Who hears of an attempt while it runs.
pub trait Listener: Send {
    /// A piece of text. A failure ends the attempt: the text is not what was asked for.
    fn text(&mut self, piece: &str) -> Result<(), Failure>;

    /// A piece of the model's thinking.
    fn reasoning(&mut self, piece: &str);

    /// No first token came within the warning time.
    fn slow(&mut self);
}

/// Hears nothing: for health checks.
pub struct Nobody;

impl Listener for Nobody {
    fn text(&mut self, _: &str) -> Result<(), Failure> {
        Ok(())
    }

    fn reasoning(&mut self, _: &str) {}

    fn slow(&mut self) {}
}

/// Runs an attempt. What it brought is in `brought` even when the future is dropped half-way.
pub async fn run(
    provider: &dyn Provider,
    request: ChatRequest,
    patience: Patience,
    brought: &mut Brought,
    listener: &mut impl Listener,
) -> Result<(), Failure> {
    let mut stream = open(provider, request, patience, listener).await?;
    let mut progress = Progress::default();
    loop {
        let next = stream.next();
        let delta = match brought.first_token {
            None => first(next, patience, listener).await,
            Some(began) => following(next, patience, progress.latest.unwrap_or(began), began, brought).await,
        };
        match delta.and_then(Option::transpose) {
            Ok(None) => return conclude(brought),
            Ok(Some(delta)) => take(delta, brought, listener)?,
            // The provider has said that the answer is whole: what comes of the connection after that changes nothing.
            Err(_) if brought.finish.is_some() && brought.first_text.is_some() => return conclude(brought),
            Err(failure) => return Err(failure),
        }
        progress.note(brought, patience)?;
    }
}

async fn open(
    provider: &dyn Provider,
    request: ChatRequest,
    patience: Patience,
    listener: &mut impl Listener,
) -> Result<DeltaStream, Failure> {
    first(provider.chat(request), patience, listener).await?
}

/// Waits for something that comes before the first token.
async fn first<T>(
    future: impl Future<Output = T>,
    patience: Patience,
    listener: &mut impl Listener,
) -> Result<T, Failure> {
    tokio::pin!(future);
    if Instant::now() < patience.slow {
        tokio::select! {
            biased;
            value = &mut future => return Ok(value),
            () = sleep_until(patience.slow.min(patience.first_token)) => {}
        }
        if patience.slow < patience.first_token {
            listener.slow();
        }
    }
    timeout_at(patience.first_token, future).await.map_err(|_| match patience.is_fair {
        true => Failure::new(Outcome::FirstTokenTimeout, "no first token in time"),
        false => Failure::new(Outcome::Deadline, "no first token in the little time that was left"),
    })
}

/// Waits for something in the middle of an answer, or only for its token counts when it is over. Only text and thinking are
/// progress: counts and signs of life don't make the wait any longer.
async fn following<T>(
    future: impl Future<Output = T>,
    patience: Patience,
    latest: Instant,
    began: Instant,
    brought: &Brought,
) -> Result<T, Failure> {
    let is_over = brought.finish.is_some();
    let idle = latest + if is_over { patience.idle.min(AFTER_FINISH) } else { patience.idle };
    let end = (began + patience.total).min(patience.end);
    let deadline = patience.deadline.unwrap_or(end);
    timeout_at(idle.min(end).min(deadline), future).await.map_err(|_| {
        if deadline < idle.min(end) {
            Failure::new(Outcome::Deadline, "the answer was still running when the caller's time was over")
        } else if idle <= end {
            Failure::new(Outcome::IdleTimeout, "the answer stood still in the middle")
        } else {
            Failure::new(Outcome::TotalTimeout, "the answer was still running when its time was over")
        }
    })
}

fn take(delta: Delta, brought: &mut Brought, listener: &mut impl Listener) -> Result<(), Failure> {
    match delta {
        Delta::Text(text) => {
            let now = Instant::now();
            brought.first_token.get_or_insert(now);
            brought.text.push_str(&text);
            if brought.first_text.is_some() {
                listener.text(&text)?;
            } else if !brought.text.trim().is_empty() {
                // Blanks alone are no answer: they are handed on with the first word, or never.
                brought.first_text = Some(now);
                listener.text(&brought.text)?;
            }
        }
        Delta::Reasoning(text) => {
            brought.first_token.get_or_insert_with(Instant::now);
            brought.reasoning_estimate += estimate_tokens(&text);
            listener.reasoning(&text);
        }
        Delta::Usage(usage) => brought.usage = Some(usage),
        Delta::Finish(reason) => brought.finish = Some(reason),
    }
    Ok(())
}

/// The provider has ended the answer. One that its filter broke off is not whole, and one without a word (blanks, or the call of a
/// tool that nobody offered) is none.
fn conclude(brought: &Brought) -> Result<(), Failure> {
    match &brought.finish {
        Some(FinishReason::ContentFilter) => {
            Err(Failure::new(Outcome::ContentFilter, "the provider's filter broke the answer off"))
        }
        _ if brought.first_text.is_none() => Err(Failure::new(Outcome::Empty, "an answer without a word")),
        _ => Ok(()),
    }
}

/// What of an answer under way has been looked at.
#[derive(Default)]
struct Progress {
    latest: Option<Instant>,
    is_over: bool,
    text: usize,
    reasoning: u64,
    looked_at: usize,
    pulse: Pulse,
}

impl Progress {
    /// Looks at what is new.
    fn note(&mut self, brought: &Brought, patience: Patience) -> Result<(), Failure> {
        let now = Instant::now();
        let new_tokens = estimate_tokens(&brought.text[self.text..]) + (brought.reasoning_estimate - self.reasoning);
        let is_end = brought.finish.is_some() && !std::mem::replace(&mut self.is_over, brought.finish.is_some());
        if new_tokens == 0 && brought.text.len() == self.text && !is_end {
            return Ok(());
        }
        self.latest = Some(now);
        (self.text, self.reasoning) = (brought.text.len(), brought.reasoning_estimate);
        // Thinking may be slow: the least speed is that of the answer itself.
        if let Some(floor) = patience.floor.filter(|_| brought.first_text.is_some() && brought.finish.is_none()) {
            self.pulse.beat(new_tokens, floor, now);
            if self.pulse.drips(floor, now) {
                return Err(Failure::new(Outcome::TooSlow, "the answer dripped"));
            }
        }
        if self.text >= self.looked_at + LOOK_EVERY {
            self.looked_at = self.text;
            if repeats_itself(&brought.text) {
                return Err(Failure::new(Outcome::Repetitive, "the answer repeated itself"));
            }
        }
        Ok(())
    }
}
