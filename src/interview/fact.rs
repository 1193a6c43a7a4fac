//! What happened in an interview, as it is stored: the session's state is a fold over these and nothing else.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::bank::Question;
use super::judgement::Judgement;
use super::probe::Missing;
use super::rubric::Rubric;
use super::setup::Setup;
use crate::wire::Outcome;

/// The version of the stored form that this code writes and reads.
pub const VERSION: u32 = 1;

/// One event with its time, as it stands in the store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// The version of the stored form.
    pub v: u32,
    /// Milliseconds of the interview that had passed; pauses, and times when no process ran it, do not count.
    pub at_ms: u64,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

impl Fact {
    /// `event`, after `at` of the interview's own time.
    pub fn new(at: Duration, event: Event) -> Self {
        Self { v: VERSION, at_ms: u64::try_from(at.as_millis()).unwrap_or(u64::MAX), event }
    }

    /// The interview's own time.
    pub fn at(&self) -> Duration {
        Duration::from_millis(self.at_ms)
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// The interview began.
    Begun {
        /// Its id, given by the driver.
        id: String,
        /// What was chosen.
        setup: Setup,
        /// The rubric all its answers are judged by.
        rubric: Rubric,
        /// The calendar's time.
        started_at: DateTime<Utc>,
        /// Whether demo providers stood in for real ones.
        simulated: bool,
    },
    /// The next question was chosen.
    Asked {
        /// Its id in the bank.
        question: String,
        /// The difficulty that was aimed at, 1 to 5.
        step: u8,
        /// The question as the bank had it, so that a report outlives changes of the bank. Logs that lack it need the bank.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wording: Option<Box<Question>>,
    },
    /// A probe into the current question was chosen.
    Probed {
        /// What the answer lacks.
        missing: Missing,
    },
    /// The interviewer's words were complete.
    Spoken {
        /// The words.
        text: String,
        /// Whose they are.
        voice: Voice,
    },
    /// A hint was given, in the bank's words.
    Hinted {
        /// 1, 2 or 3.
        rung: u8,
    },
    /// The candidate answered.
    Answered {
        /// Word for word.
        text: String,
    },
    /// The candidate skipped the question, or the probe.
    Skipped,
    /// The answers to the current question were judged.
    Judged {
        /// The result.
        judgement: Box<Judgement>,
    },
    /// The clock was stopped.
    Paused,
    /// The clock went on.
    Unpaused,
    /// No further question will come.
    Closed {
        /// Why.
        reason: Close,
    },
}

/// Why an interview came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Close {
    /// Every question was asked.
    Completed,
    /// The time was over.
    TimeUp,
    /// The candidate ended it.
    Early,
}

/// Whose words the interviewer spoke.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Voice {
    /// The question bank's own.
    Bank,
    /// A model's.
    Model {
        /// Provider id.
        provider: String,
        /// Model name.
        model: String,
        /// Where it took over from another provider. Logs that lack it tell of none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seam: Option<Seam>,
    },
}

/// The place in the interviewer's words where one provider took over from another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seam {
    /// Characters of the words before it; 0 when they were begun anew.
    pub offset: usize,
    /// The provider that broke off.
    pub from: String,
    /// The provider that went on.
    pub to: String,
    /// How the first one broke off.
    pub reason: Outcome,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_voice_tells_of_a_seam_and_an_older_one_of_none() {
        let older = r#"{"kind":"model","provider":"qwen","model":"qwen-plus"}"#;
        let newer = r#"{"kind":"model","provider":"qwen","model":"qwen-plus","seam":{"offset":40,"from":"llama","to":"qwen","reason":"reset"}}"#;
        let seam = Seam { offset: 40, from: "llama".into(), to: "qwen".into(), reason: Outcome::Reset };
        for (stored, seam) in [(older, None), (newer, Some(seam))] {
            let voice = Voice::Model { provider: "qwen".into(), model: "qwen-plus".into(), seam };
            assert_eq!(serde_json::from_str::<Voice>(stored).ok(), Some(voice.clone()));
            assert_eq!(serde_json::to_string(&voice).ok().as_deref(), Some(stored));
        }
    }
}
