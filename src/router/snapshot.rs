//! The present truth about every provider, copied whole: the Monitor tab, `vita status` and the log print this and nothing else.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::breaker::BreakerState;
use super::call::{Attempt, Seam};
use super::core::Core;
use super::counters::RouteCounters;
use super::state::State;
use super::table::{EndpointId, RouteId};
use super::window::Recent;
use crate::config::{Micro, Task};
use crate::store::SwitchEntry;
use crate::wire::Outcome;
use tokio::time::Instant;

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
    /// Switches of the primary today: automatic ones, manual ones and recoveries.
    pub switches_today: u64,
    /// The latest switches, newest first, at most 100.
    pub switches: Vec<SwitchEntry>,
    /// Calls that hold a place now.
    pub in_flight: usize,
    /// Calls that wait for a place.
    pub queued: usize,
    /// The latest calls that ended, newest first, at most 20.
    pub calls: Vec<CallRecord>,
    /// When the primary may next move by itself; `None` when it may now.
    pub dwell_until: Option<DateTime<Utc>>,
    /// Retries that may still be made at once, of at most ten (`router.md` R3).
    pub retry_tokens: u32,
    /// Code of the currency of every amount.
    pub currency: String,
}

/// A call that ended, for the Monitor tab: what happened and why, and nothing of what was said.
#[derive(Clone, Debug, PartialEq)]
pub struct CallRecord {
    /// When it ended.
    pub at: DateTime<Utc>,
    /// What it was for.
    pub task: Task,
    /// How it ended: `ok` for a whole answer.
    pub outcome: Outcome,
    /// Every attempt, in order.
    pub attempts: Vec<Attempt>,
    /// Where another provider went on.
    pub seam: Option<Seam>,
    /// From the call to its end, in milliseconds.
    pub total_ms: u64,
    /// Why this way, step by step.
    pub why: Vec<String>,
}

/// Calls a snapshot carries.
pub(super) const CALLS_SHOWN: usize = 20;

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
    /// Whether its one trial is under way.
    pub on_trial: bool,
    /// Why and how long it is set aside beside the breaker (throttled, key refused, model gone).
    pub unavailable: Option<Unavailable>,
    /// Median time to first token of today's answers, in milliseconds.
    pub response_time_ms: Option<u64>,
    /// Attempts today, without probes.
    pub requests_today: u64,
    /// Those that succeeded.
    pub succeeded_today: u64,
    /// What its latest attempts say.
    pub recent: Recent,
    /// When an open breaker is probed next, where somebody probes.
    pub probe_at: Option<DateTime<Utc>>,
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// It takes traffic, but its last answer failed, too many failed or were slow lately, or its best route is on trial.
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

/// Copies the present truth.
pub(super) fn take(core: &Core) -> StatusSnapshot {
    let (now, at) = core.now();
    let mut state = core.state();
    state.turn_to(core.clock.day_of(at));
    StatusSnapshot {
        at,
        day: state.book.day(),
        simulated: core.simulated,
        providers: (0..core.table.endpoints.len())
            .map(|endpoint| provider(core, &state, endpoint, (now, at)))
            .collect(),
        primary: state.leadership.primary.clone(),
        preferred: state.leadership.preferred.clone(),
        auto_switch: state.leadership.auto_switch,
        switches_today: state.switches_today,
        switches: state.switches.clone(),
        in_flight: core.gate.in_flight(),
        queued: core.gate.queued(),
        calls: state.calls.iter().cloned().collect(),
        dwell_until: state.dwell_end(core, (now, at)).map(|end| at + (end - now)),
        retry_tokens: state.retries.left(now),
        currency: core.currency.clone(),
    }
}

fn provider(core: &Core, state: &State, endpoint: EndpointId, now: (Instant, DateTime<Utc>)) -> ProviderStatus {
    let name = &core.table.endpoints[endpoint].name;
    let RouteCounters { attempts, ok, prompt_tokens, completion_tokens, cost, first_token, .. } =
        state.book.provider_total(name);
    ProviderStatus {
        name: name.clone(),
        configured: core.table.is_configured(endpoint),
        health: health(core, state, endpoint, now.0),
        response_time_ms: first_token.percentile(50),
        requests_today: attempts,
        succeeded_today: ok,
        last_error: state.contacts[endpoint].last_error.clone(),
        in_flight: state.contacts[endpoint].in_flight,
        cost_today: cost,
        prompt_tokens,
        completion_tokens,
        routes: core.table.routes_of(endpoint).map(|id| route(core, state, id, now)).collect(),
    }
}

fn route(core: &Core, state: &State, id: RouteId, (now, at): (Instant, DateTime<Utc>)) -> RouteStatus {
    let entry = &core.table.routes[id];
    let counters = state.book.total(core.table.name_of(id), &entry.model);
    let aside = state.health[id].set_aside(now);
    let breaker = state.health[id].breaker.state(now);
    let is_probed = state.is_probing && breaker == BreakerState::Open;
    let probed = state.health[id].probe_due(now).filter(|_| is_probed);
    RouteStatus {
        model: entry.model.clone(),
        tasks: entry.tasks.clone(),
        breaker,
        on_trial: state.health[id].breaker.is_on_trial(),
        unavailable: aside.map(|aside| Unavailable { until: at + (aside.until - now), reason: aside.reason }),
        response_time_ms: counters.first_token.percentile(50),
        requests_today: counters.attempts,
        succeeded_today: counters.ok,
        recent: state.health[id].recent(now),
        probe_at: probed.map(|moment| at + moment.saturating_duration_since(now)),
    }
}

/// The health of a provider's best route, the leading one when several are alike.
fn health(core: &Core, state: &State, endpoint: EndpointId, now: Instant) -> Health {
    if !core.table.is_configured(endpoint) {
        return Health::Unavailable;
    }
    let of = |route: RouteId| {
        let health = &state.health[route];
        match (health.is_eligible(now), health.is_degraded(now)) {
            (true, false) => Health::Healthy,
            (true, true) => Health::Degraded,
            (false, _) => Health::Unavailable,
        }
    };
    // Only routes that have been tried say something; an untouched one would always look healthy.
    match core.table.leading_route(endpoint).map(of) {
        Some(Health::Unavailable) | None => core
            .table
            .routes_of(endpoint)
            .filter(|route| {
                let (name, model) = (core.table.name_of(*route), &core.table.routes[*route].model);
                state.book.total(name, model).ok > 0
            })
            .map(of)
            .find(|health| *health != Health::Unavailable)
            .map_or(Health::Unavailable, |_| Health::Degraded),
        Some(health) => health,
    }
}
