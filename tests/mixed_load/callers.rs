//! Those who call: each waits for its answer, or goes away at a moment of its own, and checks what it is told.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::iter::Sum;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tokio::time::{Instant, sleep, timeout};
use vita::config::{Micro, Task};
use vita::provider::Provider as _;
use vita::provider::http::{HttpProvider, HttpSettings};
use vita::router::{Answer, Attempt, Call, CallError, ReplyEvent, Router};
use vita::simulator::Simulator;
use vita::wire::{ChatRequest, Delta, Message, Outcome, Role};

/// What tells the patient's calls from the others' at the provider, also when an answer is gone on with and the rest is shorter.
pub const MANY_TOKENS: u32 = 2_000;
pub const FEW_TOKENS: u32 = 900;

const QUESTION: &str = "How do I describe a conflict in my team?";

/// The most attempts of a call.
const MOST_ATTEMPTS: usize = 4;

/// How long somebody waits who was refused.
const BREATH: Duration = Duration::from_millis(20);

/// No call takes so long: far more than its deadline.
const FOR_EVER: Duration = Duration::from_secs(60);

/// What all providers of the simulator answer, from one that nothing goes wrong at.
pub async fn expected(simulator: &Simulator) -> Arc<str> {
    simulator.serve("sound");
    let provider = HttpProvider::new(HttpSettings::new(simulator.base_url("sound"))).expect("a provider");
    let request = ChatRequest {
        model: "any".to_owned(),
        messages: vec![Message::text(Role::User, QUESTION)],
        max_tokens: None,
        temperature: None,
        stream: true,
    };
    let mut deltas = provider.chat(request).await.expect("an answer");
    let mut text = String::new();
    while let Some(delta) = deltas.next().await {
        if let Delta::Text(piece) = delta.expect("a whole answer") {
            text.push_str(&piece);
        }
    }
    text.into()
}

/// One caller.
pub struct Caller {
    router: Router,
    random: ChaCha8Rng,
    is_patient: bool,
    expected: Arc<str>,
}

/// What callers were told, summed up.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    pub calls: u64,
    pub complete: u64,
    pub incomplete: u64,
    /// Calls without an answer, by what they were told and whether anything had been tried.
    pub failed: BTreeMap<(&'static str, bool), u64>,
    pub gone: u64,
    pub seams: u64,
    pub failovers: u64,
    /// The patient's attempts by provider and outcome.
    pub attempts: BTreeMap<(String, &'static str), u64>,
    /// Of the patient's counted answers by provider: how many, tokens of the question and of the answer, cost.
    pub counted: BTreeMap<String, Counted>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    pub answers: u64,
    pub prompt_tokens: u64,
    pub completion_tokens: u64,
    pub cost: Micro,
}

impl Caller {
    pub fn new(router: Router, seed: u64, is_patient: bool, expected: Arc<str>) -> Self {
        Self { router, random: ChaCha8Rng::seed_from_u64(seed), is_patient, expected }
    }

    /// Calls again and again.
    pub async fn call_until(mut self, until: Instant) -> Heard {
        let mut heard = Heard::default();
        while Instant::now() < until {
            heard.calls += 1;
            let patience = if self.is_patient || self.random.random_bool(0.2) {
                FOR_EVER
            } else {
                Duration::from_millis(self.random.random_range(0..60))
            };
            let call = self.next_call();
            match timeout(patience, hear(&self.router, call)).await {
                Ok(end) => {
                    let was_refused = end.attempts().is_empty();
                    self.note(end, &mut heard);
                    if was_refused {
                        sleep(BREATH).await;
                    }
                }
                Err(_) if patience == FOR_EVER => panic!("a call without an end"),
                Err(_) => heard.gone += 1,
            }
        }
        heard
    }

    fn next_call(&mut self) -> Call {
        let max_tokens = if self.is_patient { MANY_TOKENS } else { FEW_TOKENS };
        Call {
            max_tokens: Some(max_tokens),
            takes_words_back: self.random.random_bool(0.5),
            ..Call::new(Task::Chat, vec![Message::text(Role::User, QUESTION)])
        }
    }

    fn note(&self, end: End, heard: &mut Heard) {
        heard.failovers += end.failovers;
        assert!(end.attempts().len() <= MOST_ATTEMPTS, "{:?}", end.attempts());
        if self.is_patient {
            for Attempt { provider, outcome, .. } in end.attempts() {
                *heard.attempts.entry((provider.clone(), outcome.as_str())).or_default() += 1;
            }
        }
        if let Err(error) = &end.result {
            *heard.failed.entry((error.kind.as_str(), !error.attempts.is_empty())).or_default() += 1;
        }
        let Ok(answer) = &end.result else { return };
        heard.seams += u64::from(answer.seam.is_some());
        heard.complete += u64::from(answer.complete);
        heard.incomplete += u64::from(!answer.complete);
        self.check(answer, &end.text);
        if self.is_patient && answer.complete && !answer.usage.estimated {
            let last = answer.attempts.last().expect("the attempt that answered");
            let counted = heard.counted.entry(answer.provider.clone()).or_default();
            *counted += Counted {
                answers: 1,
                prompt_tokens: answer.usage.tokens.prompt_tokens,
                completion_tokens: answer.usage.tokens.completion_tokens,
                cost: last.cost,
            };
        }
    }

    /// The answer is what was streamed; a whole one is word for word what the providers say, also over a seam.
    fn check(&self, answer: &Answer, streamed: &str) {
        assert_eq!(answer.text, streamed);
        let last = answer.attempts.last().expect("an attempt");
        assert_eq!(answer.complete, last.outcome == Outcome::Ok, "{answer:?}");
        let repeated = answer.attempts.iter().any(|attempt| attempt.outcome == Outcome::Repetitive);
        if answer.complete && matches!(answer.finish_reason.as_deref(), None | Some("stop")) {
            assert!(repeated || *answer.text == *self.expected, "{answer:#?}");
        } else if !repeated && !may_repeat(answer) {
            assert!(self.expected.starts_with(&answer.text), "{answer:#?}");
        }
    }
}

/// Whether what came may be the beginning, said again and again, that was not long enough to be noticed.
fn may_repeat(answer: &Answer) -> bool {
    answer.attempts.iter().any(|attempt| crate::faults::is_timeout(&attempt.outcome))
}

/// A call's end, with the text as it was streamed.
struct End {
    result: Result<Answer, CallError>,
    text: String,
    failovers: u64,
}

impl End {
    fn attempts(&self) -> &[Attempt] {
        self.result.as_ref().map_or_else(|error| &error.attempts, |answer| &answer.attempts)
    }
}

/// Hears a call out. There is exactly one end.
async fn hear(router: &Router, call: Call) -> End {
    let mut reply = router.send(call);
    let (mut text, mut failovers) = (String::new(), 0);
    let result = loop {
        match reply.recv().await.expect("an end") {
            ReplyEvent::Text(piece) => text.push_str(&piece),
            ReplyEvent::Replaced(_) => text.clear(),
            ReplyEvent::FailedOver { .. } => failovers += 1,
            ReplyEvent::Finished(answer) => break Ok(*answer),
            ReplyEvent::Failed(error) => break Err(*error),
            _ => {}
        }
    };
    assert!(reply.recv().await.is_none(), "something after the end");
    End { result, text, failovers }
}

impl Heard {
    /// What the run is for has happened.
    pub fn assert_not_in_vain(&self) {
        let happened = [self.complete, self.gone, self.seams, self.failovers];
        assert!(happened.iter().all(|count| *count > 0), "{self}");
    }
}

impl std::ops::AddAssign for Counted {
    fn add_assign(&mut self, other: Self) {
        self.answers += other.answers;
        self.prompt_tokens += other.prompt_tokens;
        self.completion_tokens += other.completion_tokens;
        self.cost += other.cost;
    }
}

impl Sum for Heard {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |mut sum, heard| {
            sum.calls += heard.calls;
            sum.complete += heard.complete;
            sum.incomplete += heard.incomplete;
            sum.gone += heard.gone;
            sum.seams += heard.seams;
            sum.failovers += heard.failovers;
            heard.failed.into_iter().for_each(|(key, count)| *sum.failed.entry(key).or_default() += count);
            heard.attempts.into_iter().for_each(|(key, count)| *sum.attempts.entry(key).or_default() += count);
            heard.counted.into_iter().for_each(|(key, counted)| *sum.counted.entry(key).or_default() += counted);
            sum
        })
    }
}

impl Display for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { calls, complete, incomplete, failed, gone, seams, failovers, .. } = self;
        write!(
            f,
            "{calls} calls: {complete} complete, {incomplete} incomplete, {gone} gone away; {seams} seams, {failovers} failovers; \
             failed (and whether anything was tried): {failed:?}"
        )
    }
}
