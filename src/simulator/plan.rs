//! Fault plans: what a simulated provider gets wrong, and from which call on.
//!
//! ```toml
//! [[step]]
//! provider = "llama"
//! after = 3            # the first three calls are served well
//! count = 5            # then five fail; without it every later one
//! fault = "status"
//! status = 503
//! retry_after = 2
//! ```

use std::time::Duration;

mod file;

pub(super) use file::is_provider_name;

/// A fault plan: the first step that applies to a call decides what becomes of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The steps, in the order of the file.
    pub steps: Vec<Step>,
}

impl Plan {
    /// Reads a plan. The text is not trusted: whatever is wrong with it is an error that names the line.
    pub fn parse(text: &str) -> Result<Self, PlanError> {
        file::parse(text)
    }

    /// The steps of one provider.
    pub fn of(&self, provider: &str) -> Vec<Step> {
        let steps = self.steps.iter().filter(|step| step.provider == provider);
        steps.cloned().collect()
    }
}

/// One fault of one provider.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The provider's name, as in the path of its base URL.
    pub provider: String,
    /// The only model it concerns; all when absent.
    pub model: Option<String>,
    /// How many chat calls the provider takes before the step applies.
    pub after: u64,
    /// How many calls it applies to; all later ones when absent.
    pub count: Option<u64>,
    /// What goes wrong.
    pub fault: Fault,
}

impl Step {
    /// A fault of every call to a provider from now on.
    pub fn always(provider: &str, fault: Fault) -> Self {
        Self { provider: provider.to_owned(), model: None, after: 0, count: None, fault }
    }

    /// The step, applying only to the next `count` calls.
    pub fn times(self, count: u64) -> Self {
        Self { count: Some(count), ..self }
    }

    /// Whether it applies to the call with this number (from 0) for this model.
    pub(super) fn applies(&self, call: u64, model: &str) -> bool {
        let begun = call.checked_sub(self.after);
        let counts = begun.is_some_and(|begun| self.count.is_none_or(|count| begun < count));
        counts && self.model.as_deref().is_none_or(|only| only == model)
    }
}

/// What a simulated provider gets wrong. Token counts are of the simulator's own tokens.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// Answers with this status and an error body.
    Status {
        /// The HTTP status, 200 to 599.
        status: u16,
        /// The error's code, as services write it; chosen by the status when absent.
        code: Option<String>,
        /// The error's message; chosen by the status when absent. A 401 echoes the caller's key in it, as real services have done.
        message: Option<String>,
        /// The Retry-After header, sent as it stands.
        retry_after: Option<String>,
        /// The form of the body.
        body: BodyKind,
    },
    /// Closes the connection in order, without an answer.
    Refuse,
    /// Resets the connection before an answer.
    Reset,
    /// Accepts the request and never answers.
    Silence,
    /// Sends the first token after this long.
    Slow {
        /// The wait.
        first_token: Duration,
    },
    /// Breaks the connection in the middle of the answer.
    Cut {
        /// Tokens sent before.
        tokens: u64,
    },
    /// Ends the answer in order, but without a finish reason and `[DONE]`.
    Truncate {
        /// Tokens sent before.
        tokens: u64,
    },
    /// Sends nothing more in the middle of the answer, and keeps the connection open.
    Stall {
        /// Tokens sent before.
        tokens: u64,
    },
    /// Sends a chunk that is not JSON in the middle of the answer.
    Malformed {
        /// Tokens sent before.
        tokens: u64,
    },
    /// Sends an answer without text: the role, then `[DONE]`.
    Empty,
    /// Answers 200 with a login page.
    Html,
    /// Answers 200, and sends an error inside the stream before any text.
    ErrorFrame {
        /// The status the frame speaks of.
        status: u16,
        /// The error's code.
        code: String,
        /// The error's message.
        message: String,
    },
}

impl Fault {
    /// A plain error status with the usual body.
    pub fn status(status: u16) -> Self {
        Self::Status { status, code: None, message: None, retry_after: None, body: BodyKind::Json }
    }
}

/// The form of an error's body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BodyKind {
    /// `{"error":{"message","type","code"}}`.
    #[default]
    Json,
    /// Flat `{"code","message","request_id"}`, DashScope's native form.
    Native,
    /// `{"title","detail","status"}`, the Llama API's form.
    Problem,
    /// A web page.
    Html,
    /// Nothing.
    Empty,
}

/// A plan that can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("fault plan, line {line}: {problem}")]
pub struct PlanError {
    /// The line it concerns, from 1.
    pub line: usize,
    /// What is wrong and what is allowed; cleaned for display.
    pub problem: String,
}

#[cfg(test)]
mod tests;
