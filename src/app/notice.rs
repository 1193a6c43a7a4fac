//! One line that tells what just happened, and goes away by itself.

use std::time::Duration;

use tokio::time::Instant;

/// How long a line stays.
const SHOWN: Duration = Duration::from_secs(6);
/// How long a line about something that went wrong stays.
const TROUBLE_SHOWN: Duration = Duration::from_secs(8);

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tenor {
    /// It worked.
    Info,
    /// It needs attention.
    Trouble,
}

/// One line for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What it is about.
    pub tenor: Tenor,
    /// The line, clean.
    pub text: String,
    /// When it goes away.
    pub until: Instant,
}

impl Notice {
    /// A notice as of `now`.
    pub fn new(tenor: Tenor, text: String, now: Instant) -> Self {
        let shown = match tenor {
            Tenor::Info => SHOWN,
            Tenor::Trouble => TROUBLE_SHOWN,
        };
        Self { tenor, text, until: now + shown }
    }
}
