//! A time of trouble at a route, and how often the route is probed meanwhile.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::router::timings::Timings;

/// A time of trouble, from the failure that opened the breaker on. It outlives the closing of the breaker for a while: a route
/// that fails again soon is not probed as often as at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outage<T = Instant> {
    /// When the breaker opened.
    pub since: T,
    /// The last failure of an attempt, a trial or a probe.
    pub last: T,
    /// Probes after the first two minutes, and failed trials.
    pub steps: u32,
}

impl Outage {
    /// The wait before the next probe: short at first, then doubling with each step.
    pub fn probe_wait(&self, timings: &Timings, now: Instant) -> Duration {
        let (first, longest) = timings.open_probe_late;
        if now < self.since + timings.open_probes_often {
            timings.open_probe_interval
        } else {
            first.saturating_mul(1u32.checked_shl(self.steps.saturating_sub(1)).unwrap_or(u32::MAX)).min(longest)
        }
    }
}

impl<T> Outage<T> {
    /// The same on another clock.
    pub fn map<U>(self, convert: impl Fn(T) -> U) -> Outage<U> {
        Outage { since: convert(self.since), last: convert(self.last), steps: self.steps }
    }
}
