//! Drives one interview: runs the session machine's effects on the router and the store. The console, plain mode and
//! `vita interview` talk to it through the same two channels, so there is one way to hold an interview.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::interview::{Rejection, Report, View};

/// What a candidate's side may say to a running interview.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// An answer; blank means "nothing to say".
    Submit(String),
    /// Text typed but not sent; kept across a crash.
    Draft(String),
    /// Skip the question, or the probe.
    Skip,
    /// Ask for a hint.
    Hint,
    /// Stop the clock.
    Pause,
    /// Let the clock go on.
    Unpause,
    /// End now, with a report on what there is.
    End,
}

/// What a running interview tells the candidate's side.
#[derive(Clone, Debug)]
pub enum Update {
    /// The session as it can be seen now; sent whenever it changed, and first of all.
    View(View),
    /// A piece of the interviewer's utterance, as it streams. The whole comes with the next [`Update::View`], whose transcript
    /// replaces it (the bank's wording stands in when a model's words are not acceptable).
    Speaking(String),
    /// The pieces so far are void: another provider, or the bank, begins the utterance anew.
    SpeakingAgain,
    /// The last command had no effect.
    Rejected(Rejection),
    /// Something the candidate should know, in the session's language: a provider failed, the bank's wording stands in.
    Notice(String),
    /// The text typed before a crash, to be put back into the input. Follows the first view of a resumed session.
    Draft(String),
    /// The interview is over; nothing more comes.
    Finished(Arc<Report>),
    /// The interview can't go on (the store refuses): nothing more comes, what was stored is kept.
    Failed(String),
}

/// The candidate's side of a running interview. Dropping it stops the interview where it is; it can be resumed.
#[derive(Debug)]
pub struct Interview {
    /// The session's id.
    pub id: String,
    /// Takes commands.
    pub commands: mpsc::Sender<Command>,
    /// Gives updates.
    pub updates: mpsc::Receiver<Update>,
}
