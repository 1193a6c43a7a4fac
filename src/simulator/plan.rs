//! Fault plans: what a simulated provider gets wrong, on which calls, and when.
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

mod fault;
mod file;
mod schedule;
mod table;

pub use fault::{BodyKind, Fault, Form};
pub(super) use schedule::{Asked, Schedule};
pub use table::{BODIES, FAULTS, FORMS, FaultEntry, TARGETS};

/// A fault plan: the first step that applies to a call decides what becomes of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The steps, in the order of the file.
    pub steps: Vec<Step>,
}

impl Plan {
    /// Reads a plan. The text is not trusted: whatever is wrong with it is an error that names the line.
    pub fn parse(text: &str) -> Result<Self, PlanError> {
        file::parse(text, None)
    }

    /// Reads a plan for these providers: a step for any other would strike nobody, and is an error.
    pub fn parse_for(text: &str, providers: &[&str]) -> Result<Self, PlanError> {
        file::parse(text, Some(providers))
    }

    /// The steps of one provider.
    pub fn of(&self, provider: &str) -> Vec<Step> {
        let steps = self.steps.iter().filter(|step| step.provider == provider);
        steps.cloned().collect()
    }
}

/// One fault of one provider, and the calls it strikes: those that meet every condition given.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The provider's name, as in the path of its base URL.
    pub provider: String,
    /// What goes wrong.
    pub fault: Fault,
    /// What must be asked for.
    pub on: Target,
    /// The only model it concerns; all when absent.
    pub model: Option<String>,
    /// How many calls (of its target) the provider takes before the step applies.
    pub after: u64,
    /// How many calls it applies to; all later ones when absent.
    pub count: Option<u64>,
    /// Only calls whose request has more tokens than this.
    pub longer_than: Option<u64>,
    /// The share of calls it strikes, drawn by the simulator's seed; all when absent.
    pub percent: Option<f64>,
    /// Strikes only while the provider is down.
    pub flap: Option<Flap>,
    /// Strikes only what is over the quota.
    pub quota: Option<Quota>,
    /// Headers added to the response, for example `x-should-retry` or `retry-after-ms`.
    pub headers: Vec<(String, String)>,
    /// Seconds ahead that a Retry-After in the form of an HTTP date names. It is meant against the Date header beside it, for
    /// the provider's clock is ten minutes slow.
    pub retry_after_date: Option<u64>,
}

impl Step {
    /// A fault of every call to a provider from now on.
    pub fn always(provider: &str, fault: Fault) -> Self {
        Self {
            provider: provider.to_owned(),
            fault,
            on: Target::Any,
            model: None,
            after: 0,
            count: None,
            longer_than: None,
            percent: None,
            flap: None,
            quota: None,
            headers: Vec::new(),
            retry_after_date: None,
        }
    }

    /// The step, applying only to the next `count` calls.
    pub fn times(self, count: u64) -> Self {
        Self { count: Some(count), ..self }
    }
}

/// What a step strikes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Target {
    /// Chat calls; the list of models too, where the fault can strike a list. Only chat calls are counted.
    #[default]
    Any,
    /// Chat calls, health checks among them.
    Chat,
    /// Chat calls that are no health checks.
    Turns,
    /// Health checks: "Hi" with at most sixteen tokens to answer.
    Probes,
    /// The list of models.
    Models,
}

/// Up and down in turn, beginning with up when the plan is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flap {
    /// How long it is up.
    pub up: Duration,
    /// How long it is down.
    pub down: Duration,
}

/// So many calls in each window of time. The first window begins when the plan is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Calls in a window that the step lets pass.
    pub limit: u64,
    /// The length of a window.
    pub per: Duration,
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
