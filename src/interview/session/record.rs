//! What a session has gathered: the head of the interview and one entry per question. The report is made from this.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::Opening;
use crate::interview::bank::Question;
use crate::interview::fact::{Close, Event};
use crate::interview::judgement::Judgement;
use crate::interview::probe::Missing;
use crate::interview::report::Part;
use crate::interview::rubric::Rubric;
use crate::interview::setup::Setup;

/// Everything said and judged so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The session's id.
    pub id: String,
    /// What was chosen.
    pub setup: Setup,
    /// What answers are judged by.
    pub rubric: Rubric,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// Whether demo providers stand in for real ones.
    pub simulated: bool,
    /// The questions, in the order they were asked.
    pub asked: Vec<Asked>,
    /// Why it ended.
    pub closed: Option<Close>,
    /// The interview's own time of the last fact.
    pub at: Duration,
}

impl Record {
    /// Nothing asked yet.
    pub fn new(opening: Opening, rubric: Rubric) -> Self {
        let Opening { id, setup, started_at, simulated } = opening;
        Self { id, setup, rubric, started_at, simulated, asked: Vec::new(), closed: None, at: Duration::ZERO }
    }

    /// The event that stores the head.
    pub fn begun(&self) -> Event {
        Event::Begun {
            id: self.id.clone(),
            setup: self.setup.clone(),
            rubric: self.rubric.clone(),
            started_at: self.started_at,
            simulated: self.simulated,
        }
    }

    /// The head from that event; none from any other.
    pub fn reopened(begun: &Event) -> Option<Self> {
        let Event::Begun { id, setup, rubric, started_at, simulated } = begun.clone() else {
            return None;
        };
        Some(Self::new(Opening { id, setup, started_at, simulated }, rubric))
    }

    /// Planned length minus what has passed.
    pub fn left(&self, at: Duration) -> Duration {
        Duration::from_secs(u64::from(self.setup.minutes) * 60).saturating_sub(at)
    }
}

/// One question and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// The question.
    pub question: Arc<Question>,
    /// The difficulty aimed at.
    pub step: u8,
    /// What was said to the candidate and what came back.
    pub parts: Vec<Part>,
    /// What was probed for.
    pub probes: Vec<Missing>,
    /// Hints taken.
    pub hints: u8,
    /// Whether the last part was skipped.
    pub skipped: bool,
    /// The last judgement.
    pub judgement: Option<Judgement>,
    /// The interview's own time when the last part was put to the candidate.
    pub put_at: Duration,
}

impl Asked {
    /// Just chosen; nothing said yet.
    pub fn new(question: Arc<Question>, step: u8) -> Self {
        Self {
            question,
            step,
            parts: Vec::new(),
            probes: Vec::new(),
            hints: 0,
            skipped: false,
            judgement: None,
            put_at: Duration::ZERO,
        }
    }

    /// All that was answered, one paragraph per part.
    pub fn answer(&self) -> String {
        let answers = self.parts.iter().filter_map(|part| part.answer.as_deref());
        answers.filter(|answer| !answer.trim().is_empty()).collect::<Vec<_>>().join("\n\n")
    }

    /// Seconds the candidate took over all parts.
    pub fn seconds(&self) -> u64 {
        self.parts.iter().map(|part| part.seconds).sum()
    }

    /// Whether the last thing put to the candidate got words in return.
    pub fn was_answered(&self) -> bool {
        let last = self.parts.last().and_then(|part| part.answer.as_deref());
        last.is_some_and(|answer| !answer.trim().is_empty())
    }
}
