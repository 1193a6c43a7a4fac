//! The session machine: inputs and facts in, effects out. Code owns every transition; a model only finds words.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::bank::Bank;
use super::fact::{Fact, Voice};
use super::judgement::{JudgeTask, Judgement};
use super::report::Report;
use super::setup::{Setup, SetupError};
use super::speaker::Instruction;
use super::view::View;

/// Names one piece of outstanding work, so that a late result is not taken for another's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Turn(pub u32);

/// What a driver knows and a session can't.
#[derive(Clone, Debug, PartialEq)]
pub struct Opening {
    /// The session's id.
    pub id: String,
    /// What was chosen.
    pub setup: Setup,
    /// The calendar's time.
    pub started_at: DateTime<Utc>,
    /// Whether demo providers stand in for real ones.
    pub simulated: bool,
}

/// What can happen to a session.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    // The candidate
    /// An answer. Blank means "nothing to say".
    Submitted(String),
    /// The question, or the probe, is skipped.
    Skipped,
    /// A hint is wanted.
    HintRequested,
    /// The clock shall stop.
    Paused,
    /// The clock shall go on.
    Unpaused,
    /// The interview shall end now, with a report on what there is.
    Ended,
    // The driver
    /// The words asked for by [`Effect::Speak`] are complete. What [`super::speaker::accept`] refuses, and an empty
    /// text (all providers failed), is replaced by the bank's wording here.
    Spoken {
        /// The instruction's turn.
        turn: Turn,
        /// What was said.
        text: String,
        /// Whose words.
        voice: Voice,
    },
    /// The judgement asked for by [`Effect::Judge`].
    Judged {
        /// The task's turn.
        turn: Turn,
        /// The result.
        judgement: Box<Judgement>,
    },
}

/// What a session asks of its driver. At most one `Speak` or `Judge` is outstanding: a new one, or `Finish`, replaces it.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Store this, before anything of it is shown.
    Record(Fact),
    /// Say this, and answer with [`Input::Spoken`].
    Speak(Instruction),
    /// Judge this ([`super::scorer::judge`] always can), and answer with [`Input::Judged`].
    Judge(Box<JudgeTask>),
    /// The interview is over; this is its report.
    Finish(Box<Report>),
    /// The input had no effect; tell the candidate why.
    Reject(Rejection),
}

/// Why an input had no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// It does not fit what the session is doing.
    NotNow,
    /// All three hints were given.
    NoMoreHints,
    /// A result of work that nobody waits for any more.
    Late,
}

/// Why stored facts do not make a session.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// No facts.
    #[error("the session has no events")]
    Empty,
    /// Written by another version.
    #[error("event {index} has form {found}; this version reads form {}", super::fact::VERSION)]
    Version {
        /// Position, from 0.
        index: usize,
        /// What it says.
        found: u32,
    },
    /// The set-up can't be held with this bank.
    #[error("the session's set-up can't be held any more: {0}")]
    Setup(#[from] SetupError),
    /// The questions are not those the session began with.
    #[error("the question bank has changed since this session began; its report can be read, but it can't go on")]
    Rubric,
    /// A question the bank does not hold.
    #[error("event {index} names the question \"{question}\", which the bank does not hold")]
    Question {
        /// Position, from 0.
        index: usize,
        /// What it says.
        question: String,
    },
    /// An event that can't follow those before it.
    #[error("event {index} can't follow the events before it; the stored session is damaged")]
    Order {
        /// Position, from 0.
        index: usize,
    },
}

/// One interview.
#[derive(Clone, Debug)]
pub struct Session {
    bank: Arc<Bank>,
}

#[allow(missing_docs, unused_variables, clippy::unimplemented)]
impl Session {
    pub fn begin(opening: Opening, bank: Arc<Bank>, now: Duration) -> Result<(Self, Vec<Effect>), SetupError> {
        unimplemented!()
    }
    pub fn replay(facts: &[Fact], bank: Arc<Bank>) -> Result<Self, ReplayError> {
        unimplemented!()
    }
    pub fn resume(&mut self, now: Duration) -> Vec<Effect> {
        unimplemented!()
    }
    pub fn handle(&mut self, input: Input, now: Duration) -> Vec<Effect> {
        unimplemented!()
    }
    pub fn view(&self, now: Duration) -> View {
        unimplemented!()
    }
    pub fn report(&self) -> Report {
        unimplemented!()
    }
    pub fn id(&self) -> &str {
        unimplemented!()
    }
    pub fn setup(&self) -> &Setup {
        unimplemented!()
    }
    pub fn simulated(&self) -> bool {
        unimplemented!()
    }
}
