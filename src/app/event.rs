//! All that can happen to the console.

use std::path::PathBuf;
use std::sync::Arc;

use crossterm::event::KeyEvent;

use crate::clock::Zone;
use crate::config::Language;
use crate::interviewer::Update;
use crate::router::{ReplyEvent, RouterEvent, StatusSnapshot};

/// Something that happened.
#[derive(Debug)]
pub enum Event {
    // The terminal
    /// A key was pressed (releases are ignored).
    Key(KeyEvent),
    /// Text was pasted.
    Pasted(String),
    /// The terminal has a new size; the next frame asks for it.
    Resized,
    /// The terminal got the focus.
    FocusGained,
    /// The terminal lost the focus.
    FocusLost,
    /// The moment named by [`super::State::wakes_at`] has come.
    Ticked,
    // What stands behind the console
    /// Configuration, store and router are there.
    BackendReady(Box<Ready>),
    /// They are not, and will not be: one message for people, cleaned.
    BackendFailed(String),
    /// The router's truth changed.
    StatusChanged(Arc<StatusSnapshot>),
    /// A moment in the router's life.
    Router(RouterEvent),
    /// A demo provider went down or came up.
    DemoChanged {
        /// Its name.
        provider: String,
        /// Whether it is down now.
        down: bool,
    },
    // The interview
    /// The interview asked for by `StartInterview` or `ResumeInterview` is held.
    InterviewStarted {
        /// The effect's number.
        run: u64,
        /// The session's id.
        id: String,
    },
    /// It can't be held: why, and what to do.
    InterviewRefused {
        /// The effect's number.
        run: u64,
        /// For people, in their language where possible.
        reason: String,
    },
    /// What the interview tells the candidate.
    Interview {
        /// The number of the effect that began it; updates of another one are ignored.
        run: u64,
        /// What it says.
        update: Update,
    },
    /// The report lies in this folder.
    ReportSaved(PathBuf),
    /// It could not be written: why.
    ReportNotSaved(String),
    // Free chat
    /// A step of the answer to `SendChat`.
    Reply {
        /// The effect's number; steps of another one are ignored.
        turn: u64,
        /// What happened.
        event: ReplyEvent,
    },
}

/// What the console learns when the backend is open.
#[derive(Clone, Debug)]
pub struct Ready {
    /// The interface's language as configured; it replaces the guess of the first paint.
    pub language: Language,
    /// The router's truth.
    pub status: Arc<StatusSnapshot>,
    /// The roles with technical questions, as the bank names them.
    pub technical_roles: Vec<String>,
    /// The other roles the form offers.
    pub other_roles: Vec<String>,
    /// An interview that was not finished.
    pub unfinished: Option<Unfinished>,
    /// Where the seeds of this process' interviews begin: random, drawn by the caller.
    pub seed: u64,
    /// The zone in which moments are shown.
    pub zone: Zone,
    /// What the configuration warns of, one line each.
    pub warnings: Vec<String>,
}

/// An interview that can be taken up again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// The session's id.
    pub id: String,
    /// What it is about.
    pub title: String,
}
