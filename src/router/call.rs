//! What a caller asks of the router and what it gets: a stream of events with exactly one end.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::config::{Micro, Task};
use crate::wire::{Message, Outcome, Usage};

/// One question to whichever provider can answer it.
#[derive(Clone, Debug)]
pub struct Call {
    /// What it is for; decides the model.
    pub task: Task,
    /// The conversation, oldest first.
    pub messages: Vec<Message>,
    /// Pins the call to a provider; another one still rescues it when the pinned one fails and fallback is on.
    pub provider: Option<String>,
    /// A model instead of the task's, at the first provider tried.
    pub model: Option<String>,
    /// Most completion tokens; the task's own figure when absent.
    pub max_tokens: Option<u32>,
    /// Sampling temperature; the provider's default when absent.
    pub temperature: Option<f32>,
    /// Its rank among calls that wait for a place.
    pub priority: Priority,
    /// Whether the caller can take back words it has shown: [`ReplyEvent::Replaced`] is sent to no other.
    pub takes_words_back: bool,
    /// The latest moment for its end, when it is to be earlier than the settings say.
    pub deadline: Option<Instant>,
}

/// Who waits for a call; those above go first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// A person in front of the screen.
    Interactive,
    /// A program over HTTP.
    Gateway,
    /// Work whose result is wanted later, such as a report.
    Analysis,
}

impl Call {
    /// A call with everything left to the settings.
    pub fn new(task: Task, messages: Vec<Message>) -> Self {
        Self {
            task,
            messages,
            provider: None,
            model: None,
            max_tokens: None,
            temperature: None,
            priority: if task == Task::Analysis { Priority::Analysis } else { Priority::Interactive },
            takes_words_back: false,
            deadline: None,
        }
    }
}

/// What happens to a call, in order. [`ReplyEvent::Finished`] or [`ReplyEvent::Failed`] comes last, exactly once.
#[derive(Clone, Debug)]
pub enum ReplyEvent {
    /// The attempt that begins next is at another provider than the last one, which failed.
    FailedOver {
        /// The provider that failed.
        from: String,
        /// The provider tried next.
        to: String,
        /// How the last attempt ended.
        outcome: Outcome,
    },
    /// An attempt begins at this provider with this model.
    Trying {
        /// Name of the provider.
        provider: String,
        /// Id of the model.
        model: String,
    },
    /// Nothing can be tried at once: a retry's delay, or a limit of our own.
    Waiting {
        /// How long at most.
        wait: Duration,
        /// What for, in one line.
        reason: String,
    },
    /// Every place is taken: the call stands in line.
    Queued {
        /// Its place in the line, from 1.
        place: usize,
        /// How long that takes by what calls took lately; `None` before any ended.
        wait: Option<Duration>,
    },
    /// No first token for longer than the warning time; the attempt goes on.
    Slow {
        /// Name of the provider.
        provider: String,
    },
    /// Text of the answer. All pieces since the start, or since the last [`ReplyEvent::Replaced`], make up the answer.
    Text(String),
    /// The answer broke off, and another provider goes on where it ended.
    Continued(Seam),
    /// The answer broke off, and another provider begins it anew: the pieces so far are void.
    Replaced(Seam),
    /// The model's thinking; never part of the answer.
    Reasoning(String),
    /// The answer, whole or (see [`Answer::complete`]) as far as it came.
    Finished(Box<Answer>),
    /// No text was given.
    Failed(Box<CallError>),
}

/// One attempt at one provider, for the caller's record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attempt {
    /// Name of the provider.
    pub provider: String,
    /// Id of the model.
    pub model: String,
    /// How it ended.
    pub outcome: Outcome,
    /// The HTTP status, when one arrived with a failure; 200 for an answer.
    pub status: Option<u16>,
    /// From the attempt's start to its end, in milliseconds.
    pub ms: u64,
    /// Whether the provider charges for it.
    pub billed: Billed,
    /// What it cost, rounded up to a micro-unit.
    #[serde(serialize_with = "decimal")]
    pub cost: Micro,
}

/// Whether a provider charges for an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Billed {
    /// It said how many tokens it charges for.
    Yes,
    /// It received the request, and what it charges is not known: the cost is an estimate.
    Maybe,
    /// It received nothing, or refused.
    No,
}

/// An answer; serialises to the success document of `vita ask --json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    /// The text, without the model's thinking.
    pub text: String,
    /// The provider that answered.
    pub provider: String,
    /// The model that answered.
    pub model: String,
    /// Why the provider ended it; `None` when it did not.
    pub finish_reason: Option<String>,
    /// Whether the provider ended the answer: `false` means it is cut.
    pub complete: bool,
    /// Whether it came from the response cache.
    pub cached: bool,
    /// Whether a demo provider gave it.
    pub simulated: bool,
    /// Every attempt, in order.
    pub attempts: Vec<Attempt>,
    /// Where another provider went on after the first had begun.
    pub seam: Option<Seam>,
    /// Tokens of the answering attempt.
    pub usage: AnswerUsage,
    /// What all attempts cost together.
    pub cost: Cost,
    /// From the call to the first text, in milliseconds.
    pub ttft_ms: Option<u64>,
    /// From the call to the end, in milliseconds.
    pub total_ms: u64,
    /// Why this provider and model, step by step.
    pub why: Vec<String>,
}

impl Answer {
    /// How an answer that is not whole broke off: the end of the attempt whose words came last.
    pub fn broke_off(&self) -> Option<Outcome> {
        let gave_the_words = |attempt: &&Attempt| attempt.provider == self.provider && attempt.model == self.model;
        let attempt = self.attempts.iter().rev().find(gave_the_words);
        (!self.complete).then(|| attempt.map_or(Outcome::Truncated, |attempt| attempt.outcome))
    }
}

/// The place in an answer where one provider took over from another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seam {
    /// Characters of the text before it; 0 when the answer was begun anew.
    pub offset: usize,
    /// The provider whose answer broke off.
    pub from: String,
    /// The provider that went on.
    pub to: String,
    /// How the first answer broke off.
    pub reason: Outcome,
}

/// Tokens of an answer, and whether anybody counted them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct AnswerUsage {
    /// The counts.
    #[serde(flatten)]
    pub tokens: Usage,
    /// Whether they are our estimate, because the provider sent none.
    pub estimated: bool,
}

/// An amount with its currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// The amount, as a decimal string of six places.
    #[serde(serialize_with = "decimal")]
    pub amount: Micro,
    /// Three-letter code.
    pub currency: String,
}

/// A call that gave no text; serialises to the inside of `{"error": …}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{message}")]
pub struct CallError {
    /// Which of the closed list: the last attempt's, or one of our own where nothing was sent.
    pub kind: Outcome,
    /// What happened and what to do, in one line.
    pub message: String,
    /// When it is worth trying again, where that is known.
    pub retry_at: Option<DateTime<Utc>>,
    /// Every attempt, in order.
    pub attempts: Vec<Attempt>,
}

/// Money in JSON is a string of six decimals: no reader rounds it.
pub(crate) fn decimal<S: serde::Serializer>(amount: &Micro, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(amount)
}
