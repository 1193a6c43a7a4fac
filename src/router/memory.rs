//! What the router takes over from earlier runs and from other processes on the same store.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::core::Core;
use super::health::RouteMemory;
use super::ledger::Remembered;
use super::snapshot::LastError;
use super::switch::Leadership;

/// The name under which [`LeadershipMemory`] is kept.
pub(super) const LEADERSHIP: &str = "leadership";

/// Who led when it last changed, and what the settings said then.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct LeadershipMemory {
    pub at: DateTime<Utc>,
    pub configured: Leadership,
    pub leadership: Leadership,
}

/// Takes over what is newer than what this process knows. A value that can't be read is left alone.
pub(super) fn adopt(core: &Core, remembered: Remembered) {
    let now = core.now();
    let mut state = core.state();
    let value = |name: &str| remembered.values.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    for (route, entry) in core.table.routes.iter().enumerate() {
        let name = route_key(core.table.name_of(route), &entry.model);
        if let Some(memory) = value(&name).and_then(|text| serde_json::from_str::<RouteMemory>(text).ok()) {
            state.health[route].adopt(&memory, now);
        }
    }
    for (endpoint, entry) in core.table.endpoints.iter().enumerate() {
        let error = value(&error_key(&entry.name)).and_then(|text| serde_json::from_str::<LastError>(text).ok());
        let known = state.contacts[endpoint].last_error.as_ref().map(|error| error.at);
        if let Some(error) =
            error.filter(|error| core.clock.day_of(error.at) == state.book.day() && Some(error.at) > known)
        {
            state.contacts[endpoint].last_error = Some(error);
        }
    }
    if let Some(memory) = value(LEADERSHIP).and_then(|text| serde_json::from_str::<LeadershipMemory>(text).ok()) {
        let known =
            |name: &str| core.table.endpoint_named(name).is_some_and(|endpoint| core.table.is_configured(endpoint));
        let Leadership { primary, preferred, .. } = &memory.leadership;
        // Settings that were changed since win over what was switched under the old ones.
        if memory.at > state.led_since && memory.configured == state.configured && known(primary) && known(preferred) {
            state.led_since = memory.at;
            state.leadership = memory.leadership;
        }
    }
    state.book.refresh(remembered.counters);
    state.switches = remembered.switches;
    state.switches_today = remembered.switches_today;
    state.keep_unwritten_switches();
    state.consider_switch(core, now);
}

/// The name under which a route's health is remembered.
pub(super) fn route_key(provider: &str, model: &str) -> String {
    format!("route:{provider}/{model}")
}

/// The name under which a provider's last failure is remembered.
pub(super) fn error_key(provider: &str) -> String {
    format!("error:{provider}")
}
