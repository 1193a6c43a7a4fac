//! The present truth about every provider, copied whole: the Monitor tab, `vita status` and the log print this and nothing else.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::breaker::BreakerState;
use crate::config::{Micro, Task};
use crate::store::SwitchEntry;
use crate::wire::Outcome;

/// Everything the router knows, at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct StatusSnapshot {
    /// When it was taken.
    pub at: DateTime<Utc>,
    /// The day its counters are of.
    pub day: NaiveDate,
    /// Whether demo providers stand in.
    pub simulated: bool,
    /// Providers, in the order of the table.
    pub providers: Vec<ProviderStatus>,
    /// The provider tried first now.
    pub primary: String,
    /// The provider that is primary while it is healthy.
    pub preferred: String,
    /// Whether the primary moves by itself.
    pub auto_switch: bool,
    /// Automatic and manual switches of the primary today.
    pub switches_today: u64,
    /// The latest switches, newest first, at most [`SWITCHES_SHOWN`].
    pub switches: Vec<SwitchEntry>,
    /// Calls that hold a place now.
    pub in_flight: usize,
    /// Calls that wait for a place.
    pub queued: usize,
    /// Code of the currency of every amount.
    pub currency: String,
}

/// Entries of the switch log a snapshot carries.
pub const SWITCHES_SHOWN: usize = 100;

impl StatusSnapshot {
    /// What all providers cost today.
    pub fn cost_today(&self) -> Micro {
        self.providers.iter().map(|provider| provider.cost_today).sum()
    }

    /// The provider of that name.
    pub fn provider(&self, name: &str) -> Option<&ProviderStatus> {
        self.providers.iter().find(|provider| provider.name == name)
    }
}

/// One provider.
#[derive(Clone, Debug, PartialEq)]
pub struct ProviderStatus {
    /// Its name in the table.
    pub name: String,
    /// Whether it has a key or a base URL of the user's own (or is a demo provider).
    pub configured: bool,
    /// Of its best route.
    pub health: Health,
    /// Median time to first token of today's answers, in milliseconds; `None` before the first.
    pub response_time_ms: Option<u64>,
    /// Attempts today, without probes.
    pub requests_today: u64,
    /// Those that succeeded.
    pub succeeded_today: u64,
    /// The last failure today.
    pub last_error: Option<LastError>,
    /// Attempts under way.
    pub in_flight: usize,
    /// What it cost today, probes included.
    pub cost_today: Micro,
    /// Tokens sent today.
    pub prompt_tokens: u64,
    /// Tokens received today.
    pub completion_tokens: u64,
    /// Its models.
    pub routes: Vec<RouteStatus>,
}

impl ProviderStatus {
    /// The percentage of today's attempts that succeeded; 100.0 when there were none.
    pub fn success_rate(&self) -> f64 {
        success_rate(self.succeeded_today, self.requests_today)
    }
}

/// A percentage with one decimal, as the specification's document shows it.
fn success_rate(succeeded: u64, of: u64) -> f64 {
    if of == 0 {
        return 100.0;
    }
    let tenths = (u128::from(succeeded) * 1000 + u128::from(of) / 2) / u128::from(of);
    tenths as f64 / 10.0
}

/// One model at one provider.
#[derive(Clone, Debug, PartialEq)]
pub struct RouteStatus {
    /// Id of the model.
    pub model: String,
    /// The tasks it serves.
    pub tasks: Vec<Task>,
    /// Its circuit breaker.
    pub breaker: BreakerState,
    /// Why and how long it is set aside beside the breaker (throttled, key refused, model gone).
    pub unavailable: Option<Unavailable>,
    /// Median time to first token of today's answers, in milliseconds.
    pub response_time_ms: Option<u64>,
    /// Attempts today, without probes.
    pub requests_today: u64,
    /// Those that succeeded.
    pub succeeded_today: u64,
}

/// A route set aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unavailable {
    /// When it is tried again.
    pub until: DateTime<Utc>,
    /// Why.
    pub reason: Outcome,
}

/// The last failure of a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LastError {
    /// When.
    pub at: DateTime<Utc>,
    /// Which of the closed list.
    pub outcome: Outcome,
    /// One line for people, cleaned.
    pub message: String,
}

/// A provider's health in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// Its routes take traffic.
    Healthy,
    /// It takes traffic, but a failure or a slow answer was seen lately, or its best route is on trial.
    Degraded,
    /// No route takes traffic.
    Unavailable,
}

impl Health {
    /// The word in JSON and on the screen.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Unavailable => "unavailable",
        }
    }
}
