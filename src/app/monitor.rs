//! The Monitor tab: where it is looked at, and which call is explained.

use chrono::{DateTime, Utc};

use crate::app::scroll::{Fixed, Step};
use crate::router::{BreakerState, CallRecord, ProviderStatus, RouteStatus, StatusSnapshot};

/// The Monitor tab.
#[derive(Debug, Default)]
pub struct Monitor {
    /// The part in view.
    pub view: Fixed,
    /// When the call that was chosen ended; none for the latest, whichever it is.
    chosen: Option<DateTime<Utc>>,
}

impl Monitor {
    /// Moves the view.
    pub fn go(&mut self, step: Step) {
        self.view.go(step);
    }

    /// The place of the explained call among the latest ones, 0 being the latest.
    pub fn explained(&self, calls: &[CallRecord]) -> usize {
        calls.iter().position(|call| Some(call.at) == self.chosen).unwrap_or(0)
    }

    /// Explains the call before, or the one after.
    pub fn choose(&mut self, older: bool, calls: &[CallRecord]) {
        let at = self.explained(calls);
        let next = if older { (at + 1).min(calls.len().saturating_sub(1)) } else { at.saturating_sub(1) };
        self.chosen = calls.get(next).filter(|_| next > 0).map(|call| call.at);
    }
}

/// Whether something of the provider is set aside, so that trying it again would change something.
pub fn is_in_trouble(provider: &ProviderStatus) -> bool {
    let in_trouble = |route: &RouteStatus| route.unavailable.is_some() || route.breaker != BreakerState::Closed;
    provider.configured && provider.routes.iter().any(in_trouble)
}

/// The providers of which something is set aside.
pub fn in_trouble(status: &StatusSnapshot) -> impl Iterator<Item = &ProviderStatus> {
    status.providers.iter().filter(|provider| is_in_trouble(provider))
}
