//! What an answer lacks, and which lack is worth a probe.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::judgement::Status;
use super::session::Asked;

/// One thing an answer should hold. The same ids serve probes, checklists and remarks.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Missing {
    /// Words on the topic at all.
    Topic,
    /// What the candidate did.
    Action,
    /// What came of it.
    Result,
    /// Where and when.
    Situation,
    /// What was to be done.
    Task,
    /// Numbers, dates, names.
    Specifics,
    /// "I" rather than only "we".
    Ownership,
    /// A point of a technical question, by its id in the bank.
    KeyPoint(String),
}

impl Missing {
    /// The rank among lacks: 0 is the heaviest. Key points keep the order the bank gives them.
    pub fn lightness(&self) -> u8 {
        match self {
            Self::Topic => 0,
            Self::Action => 1,
            Self::Result => 2,
            Self::Situation => 3,
            Self::Task => 4,
            Self::Specifics => 5,
            Self::Ownership => 6,
            Self::KeyPoint(_) => 7,
        }
    }

    /// The id in banks, judgements and texts.
    pub fn id(&self) -> &str {
        match self {
            Self::Action => "action",
            Self::Result => "result",
            Self::Situation => "situation",
            Self::Task => "task",
            Self::Specifics => "specifics",
            Self::Ownership => "ownership",
            Self::Topic => "topic",
            Self::KeyPoint(id) => id,
        }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeyPoint(id) => write!(out, "key_point:{id}"),
            simple => out.write_str(simple.id()),
        }
    }
}

impl From<Missing> for String {
    fn from(missing: Missing) -> Self {
        missing.to_string()
    }
}

/// A text that names nothing an answer could lack.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" names nothing an answer could lack")]
pub struct UnknownMissing(String);

impl FromStr for Missing {
    type Err = UnknownMissing;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(id) = text.strip_prefix("key_point:") {
            return Ok(Self::KeyPoint(id.into()));
        }
        [Self::Action, Self::Result, Self::Situation, Self::Task, Self::Specifics, Self::Ownership, Self::Topic]
            .into_iter()
            .find(|missing| missing.id() == text)
            .ok_or_else(|| UnknownMissing(text.escape_debug().to_string()))
    }
}

impl TryFrom<String> for Missing {
    type Error = UnknownMissing;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// Probes per question.
pub const LIMIT: usize = 2;
/// An answer at this level needs no probe.
const ENOUGH: f64 = 4.0;

/// What to probe for next, if anything.
///
/// The heaviest lack that has not been asked for and that the bank has words for. None after [`LIMIT`] probes, at level 4
/// and above, after a skip or a blank, and when there was nothing to judge. With a limit of two the rule "stop at two
/// probes without new evidence" is kept by counting.
pub(super) fn due(asked: &Asked) -> Option<Missing> {
    if asked.probes.len() >= LIMIT || asked.skipped || !asked.was_answered() {
        return None;
    }
    let judgement = asked.judgement.as_ref().filter(|judgement| judgement.status == Status::Scored)?;
    if judgement.level()? >= ENOUGH {
        return None;
    }
    let open = |missing: &Missing| asked.question.probes.contains_key(missing) && !asked.probes.contains(missing);
    judgement.lacks().into_iter().find(open)
}
