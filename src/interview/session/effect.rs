//! What comes out of a session, and why it may refuse.

use crate::config::Language;
use crate::interview::fact::{Fact, VERSION};
use crate::interview::judgement::JudgeTask;
use crate::interview::locale;
use crate::interview::report::Report;
use crate::interview::setup::SetupError;
use crate::interview::speaker::Instruction;

/// What a session asks of its driver. At most one `Speak` or `Judge` is outstanding: a new one, or `Finish`, replaces it.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Store this, before anything of it is shown.
    Record(Fact),
    /// Say this, and answer with [`super::Input::Spoken`].
    Speak(Instruction),
    /// Judge this ([`crate::interview::scorer::judge`] always can), and answer with [`super::Input::Judged`].
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
    #[error("event {index} has form {found}; this version reads form {}", VERSION)]
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

impl Rejection {
    /// What to tell the candidate.
    pub fn text(self, language: Language) -> String {
        let key = match self {
            Self::NotNow => "rejected.not_now",
            Self::NoMoreHints => "rejected.no_more_hints",
            Self::Late => "rejected.late",
        };
        locale::text(key, language)
    }
}
