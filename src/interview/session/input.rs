//! What goes into a session.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::interview::fact::Voice;
use crate::interview::judgement::Judgement;
use crate::interview::setup::Setup;

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
    /// The words asked for by [`super::Effect::Speak`] are complete. What [`crate::interview::speaker::accept`] refuses, and an empty
    /// text (all providers failed), is replaced by the bank's wording here.
    Spoken {
        /// The instruction's turn.
        turn: Turn,
        /// What was said.
        text: String,
        /// Whose words.
        voice: Voice,
    },
    /// The judgement asked for by [`super::Effect::Judge`].
    Judged {
        /// The task's turn.
        turn: Turn,
        /// The result.
        judgement: Box<Judgement>,
    },
}
