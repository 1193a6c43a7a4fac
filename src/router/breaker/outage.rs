//! A time of trouble at a route, and how often the route is probed meanwhile.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::router::timings::Timings;

/// A time of trouble, from the failure that opened the breaker on. It outlives the closing of the breaker for a while: a route
/// that fails again soon is not probed as often as at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outage<T = Instant> {
    /// Until then the route is probed often.
    pub often_until: T,
    /// The last failure of an attempt, a trial or a probe.
    pub last: T,
    /// Probes planned after that time, and failed trials.
    pub steps: u32,
}

impl Outage {
    /// A trial failed: from now on the route is probed as one that has been down for long.
    pub fn note_failed_trial(&mut self, now: Instant) {
        self.often_until = self.often_until.min(now);
        self.steps += 1;
    }

    /// Plans a probe: the wait before it is short at first, and then doubles each time.
    pub fn plan_probe(&mut self, timings: &Timings, now: Instant) -> Duration {
        if now < self.often_until {
            return timings.open_probe_interval;
        }
        let (first, longest) = timings.open_probe_late;
        let doubled = first.saturating_mul(1u32.checked_shl(self.steps).unwrap_or(u32::MAX));
        self.steps += 1;
        doubled.min(longest)
    }
}

impl<T> Outage<T> {
    /// The same on another clock.
    pub fn map<U>(self, convert: impl Fn(T) -> U) -> Outage<U> {
        Outage { often_until: convert(self.often_until), last: convert(self.last), steps: self.steps }
    }
}
