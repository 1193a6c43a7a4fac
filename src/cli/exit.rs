//! How a command ends: its exit code, and what it says when it fails.

use std::process::ExitCode;

use crate::backend::BackendError;
use crate::config::ConfigError;
use crate::interviewer::InterviewError;
use crate::interviewer::reports::ReportError;
use crate::store::StoreError;
use crate::wire::Outcome;

/// The exit codes scripts may rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Ok = 0,
    /// Something of our own failed: the store, a file.
    Failure = 1,
    /// The command line asks for what is not possible.
    Usage = 2,
    /// A setting is bad, or what was asked for is not configured.
    Configuration = 3,
    /// No provider could answer, or the answer is incomplete.
    NoAnswer = 4,
    /// A budget or a rate limit.
    Limit = 5,
    /// The terminal went away (SIGHUP).
    HungUp = 129,
    /// Ctrl-C (SIGINT).
    Interrupted = 130,
    /// Asked to end (SIGTERM).
    Terminated = 143,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command ends early.
#[derive(Debug)]
pub struct Failure {
    /// The code.
    pub exit: Exit,
    /// What to say on standard error; none when it has been said already.
    pub message: Option<String>,
}

impl Failure {
    pub(super) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: Some(message.into()) }
    }

    /// An end that needs no words.
    pub(super) fn silent(exit: Exit) -> Self {
        Self { exit, message: None }
    }

    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }
}

/// The exit code of a call that brought no text.
pub(super) fn of_outcome(outcome: Outcome) -> Exit {
    match outcome {
        Outcome::NotConfigured => Exit::Configuration,
        Outcome::Limit | Outcome::RateLimited => Exit::Limit,
        _ => Exit::NoAnswer,
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::new(Exit::Configuration, error.to_string())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::new(Exit::Failure, error.to_string())
    }
}

impl From<BackendError> for Failure {
    fn from(error: BackendError) -> Self {
        let exit = match error {
            BackendError::Provider { .. } => Exit::Configuration,
            BackendError::Store(_) | BackendError::Demo(_) => Exit::Failure,
        };
        Self::new(exit, error.to_string())
    }
}

impl From<ReportError> for Failure {
    fn from(error: ReportError) -> Self {
        Self::new(Exit::Failure, error.to_string())
    }
}

impl From<InterviewError> for Failure {
    fn from(error: InterviewError) -> Self {
        let exit = match error {
            InterviewError::Setup(_) => Exit::Usage,
            InterviewError::Store(_) | InterviewError::Replay { .. } | InterviewError::Finished(_) => Exit::Failure,
        };
        Self::new(exit, error.to_string())
    }
}
