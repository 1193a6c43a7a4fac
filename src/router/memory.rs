//! What the router takes over from earlier runs and from other processes on the same store.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::core::Core;
use super::health::RouteMemory;
use super::ledger::Remembered;
use super::snapshot::LastError;
use super::state::State;

/// The name under which [`Preference`] is kept.
pub(super) const PREFERENCE: &str = "preference";
/// The name under which [`Lead`] is kept.
pub(super) const LEAD: &str = "primary";

/// What the settings say about who leads. What was switched under other settings counts no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Configured {
    pub preferred: String,
    pub auto_switch: bool,
    pub use_fallback: bool,
}

/// What somebody has chosen by hand. Kept apart from [`Lead`], so that a process that moves the primary by itself never writes
/// over a choice it has not read yet.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Preference {
    pub at: DateTime<Utc>,
    pub configured: Configured,
    pub preferred: String,
    pub auto_switch: bool,
}

/// Who is primary.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Lead {
    pub at: DateTime<Utc>,
    pub configured: Configured,
    pub primary: String,
}

/// Takes over what is newer than what this process knows. A value that can't be read is left alone.
pub(super) fn adopt(core: &Core, day: NaiveDate, remembered: Remembered) {
    let now = core.now();
    let mut state = core.state();
    adopt_health(core, &mut state, &remembered, now);
    adopt_errors(core, &mut state, &remembered);
    adopt_leadership(core, &mut state, &remembered);
    if state.book.day() == day {
        state.book.refresh(remembered.counters);
        state.switches_today = remembered.switches_today;
        state.switches = remembered.switches;
        state.keep_unwritten_switches();
    }
    state.respect_dwell(now);
    state.consider_switch(core, now);
}

fn adopt_health(core: &Core, state: &mut State, remembered: &Remembered, now: super::core::Now) {
    for (route, entry) in core.table.routes.iter().enumerate() {
        let endpoint = &core.table.endpoints[entry.endpoint];
        let name = route_key(&endpoint.name, &entry.model);
        // What was seen with another address or key says nothing of this one.
        if let Some(memory) = read::<RouteMemory>(remembered, &name).filter(|memory| memory.of == endpoint.fingerprint)
        {
            let State { health, rng, .. } = &mut *state;
            health[route].adopt(&memory, now, &core.timings, rng);
        }
    }
}

fn adopt_errors(core: &Core, state: &mut State, remembered: &Remembered) {
    for (endpoint, entry) in core.table.endpoints.iter().enumerate() {
        let known = state.contacts[endpoint].last_error.as_ref().map(|error| error.at);
        let is_news = |error: &LastError| core.clock.day_of(error.at) == state.book.day() && Some(error.at) > known;
        if let Some(error) = read::<LastError>(remembered, &error_key(&entry.name)).filter(is_news) {
            state.contacts[endpoint].last_error = Some(error);
        }
    }
}

fn adopt_leadership(core: &Core, state: &mut State, remembered: &Remembered) {
    let is_known =
        |name: &str| core.table.endpoint_named(name).is_some_and(|endpoint| core.table.is_configured(endpoint));
    if let Some(memory) = read::<Preference>(remembered, PREFERENCE)
        && memory.at > state.preferred_since
        && memory.configured == state.configured
        && is_known(&memory.preferred)
    {
        state.preferred_since = memory.at;
        (state.leadership.preferred, state.leadership.auto_switch) = (memory.preferred, memory.auto_switch);
    }
    if let Some(memory) = read::<Lead>(remembered, LEAD)
        && memory.at > state.led_since
        && memory.configured == state.configured
        && is_known(&memory.primary)
    {
        state.led_since = memory.at;
        state.leadership.primary = memory.primary;
    }
}

fn read<T: for<'a> Deserialize<'a>>(remembered: &Remembered, name: &str) -> Option<T> {
    let (_, value) = remembered.values.iter().find(|(known, _)| known == name)?;
    serde_json::from_str(value).ok()
}

/// The name under which a route's health is remembered.
pub(super) fn route_key(provider: &str, model: &str) -> String {
    format!("route:{provider}/{model}")
}

/// The name under which a provider's last failure is remembered.
pub(super) fn error_key(provider: &str) -> String {
    format!("error:{provider}")
}
