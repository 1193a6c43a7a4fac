//! All that the console asks of its loop.

use std::sync::Arc;

use crate::config::Task;
use crate::interview::{Report, Setup};
use crate::interviewer::Command;
use crate::wire::Message;

/// Something to be done. Plain data, so that tests compare lists.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    // The terminal
    /// End the program. A running interview is dropped as it is, after the effects before this one.
    Quit,
    /// Draw every cell anew.
    Redraw,
    // The interview
    /// Hold an interview; answered by `InterviewStarted` or `InterviewRefused`, then by updates under the same `run`.
    StartInterview {
        /// Names this interview in events.
        run: u64,
        /// What was chosen, seed included.
        setup: Setup,
    },
    /// Take an unfinished interview up again; answered like `StartInterview`.
    ResumeInterview {
        /// Names this interview in events.
        run: u64,
        /// The session's id.
        id: String,
    },
    /// Tell the running interview.
    Interview(Command),
    /// Leave the running interview where it is; it can be resumed.
    DropInterview,
    /// Write `report.json` and `report.md` into a folder of their own; answered by `ReportSaved` or `ReportNotSaved`.
    SaveReport(Arc<Report>),
    // Free chat
    /// Ask the router; every step comes back as `Reply` under the same `turn`.
    SendChat {
        /// Names this call in events.
        turn: u64,
        /// Decides the model.
        task: Task,
        /// Pins the call to a provider.
        provider: Option<String>,
        /// The conversation, oldest first.
        messages: Vec<Message>,
    },
    /// Stop the call of that turn: nothing more of it is wanted.
    CancelChat {
        /// The turn of `SendChat`.
        turn: u64,
    },
    // The router
    /// Make this provider the primary.
    SwitchPrimary {
        /// Its name.
        provider: String,
    },
    /// Try this provider again at once, though something of it is set aside.
    TryAgain {
        /// Its name.
        provider: String,
    },
    /// Let the primary move by itself, or not.
    SetAutoSwitch(bool),
    /// Take a demo provider down, or up again; answered by `DemoChanged`.
    SetDemoDown {
        /// Its name.
        provider: String,
        /// Whether it shall be down.
        down: bool,
    },
}
