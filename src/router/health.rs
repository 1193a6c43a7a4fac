//! The health of one route: its breaker, and why it is set aside beside the breaker.

use std::time::Duration;

use chrono::{DateTime, Utc};
use rand::Rng;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::backoff;
use super::breaker::{Breaker, BreakerState, Permit};
use super::timings::Timings;
use crate::wire::{Failure, Outcome};

/// What an outcome says about the route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It works.
    Good,
    /// It failed: counts for the breaker.
    Bad,
    /// It asks for less: set aside for a while, no failure.
    Throttled,
    /// Its key, account or model is refused: set aside for long.
    Refused,
    /// Nothing: the request itself was at fault, or the caller left.
    Silent,
}

/// What an outcome says about the route's health (`router.md` R2).
pub fn verdict(outcome: Outcome) -> Verdict {
    match outcome {
        Outcome::Ok => Verdict::Good,
        Outcome::Connect
        | Outcome::Reset
        | Outcome::FirstTokenTimeout
        | Outcome::IdleTimeout
        | Outcome::TotalTimeout
        | Outcome::ServerError
        | Outcome::Truncated
        | Outcome::Malformed
        | Outcome::Foreign
        | Outcome::Empty => Verdict::Bad,
        Outcome::RateLimited => Verdict::Throttled,
        Outcome::Auth | Outcome::Billing | Outcome::ModelUnavailable => Verdict::Refused,
        Outcome::BadRequest
        | Outcome::ContextLength
        | Outcome::ContentFilter
        | Outcome::Cancelled
        | Outcome::NotConfigured
        | Outcome::Unavailable
        | Outcome::Limit => Verdict::Silent,
    }
}

/// Whether an outcome speaks of the whole provider and not of one model.
pub fn is_provider_wide(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Connect | Outcome::Auth | Outcome::Billing)
}

/// A time during which a route is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aside {
    pub until: Instant,
    pub reason: Outcome,
}

/// The health of one route.
#[derive(Debug)]
pub struct RouteHealth {
    pub breaker: Breaker,
    pub aside: Option<Aside>,
    /// Throttles in a row, for the length of the next one.
    throttles: u32,
    last_failure: Option<Instant>,
    last_slow: bool,
    /// When this process last changed it; an older memory of another process changes nothing.
    changed_at: DateTime<Utc>,
}

/// What a later process must know of a route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteMemory {
    pub at: DateTime<Utc>,
    pub failures: u32,
    pub open_until: Option<DateTime<Utc>>,
    pub aside: Option<(DateTime<Utc>, Outcome)>,
}

impl RouteHealth {
    pub fn new(timings: &Timings) -> Self {
        Self {
            breaker: Breaker::new(timings.open_cooldown),
            aside: None,
            throttles: 0,
            last_failure: None,
            last_slow: false,
            changed_at: DateTime::<Utc>::MIN_UTC,
        }
    }

    /// Whether an attempt may start now.
    pub fn is_eligible(&self, now: Instant) -> bool {
        self.set_aside(now).is_none() && self.breaker.would_admit(now)
    }

    /// Why it is set aside now.
    pub fn set_aside(&self, now: Instant) -> Option<Aside> {
        self.aside.filter(|aside| now < aside.until)
    }

    /// Whether it takes ordinary traffic: closed and not set aside for longer than `patience`.
    pub fn is_usable(&self, now: Instant, patience: Duration) -> bool {
        self.breaker.state(now) == BreakerState::Closed
            && self
                .set_aside(now)
                .is_none_or(|aside| aside.until <= now + patience && aside.reason == Outcome::RateLimited)
    }

    /// Whether something is wrong though traffic flows.
    pub fn is_degraded(&self, now: Instant) -> bool {
        self.last_slow || self.breaker.is_shaken() || self.set_aside(now).is_some()
    }

    /// Whether it has not failed for that long.
    pub fn is_clean(&self, now: Instant, long: Duration) -> bool {
        self.last_failure.is_none_or(|last| now >= last + long)
    }

    /// Books the end of an attempt. `slow`: its first token came later than the warning time.
    pub fn book(
        &mut self,
        permit: Permit,
        result: Result<(), &Failure>,
        slow: bool,
        (now, at): (Instant, DateTime<Utc>),
        timings: &Timings,
        rng: &mut impl Rng,
    ) {
        self.changed_at = at;
        let Err(failure) = result else {
            self.breaker.record(permit, true, now);
            (self.throttles, self.aside, self.last_slow) = (0, None, slow);
            return;
        };
        match verdict(failure.outcome) {
            Verdict::Good | Verdict::Silent => self.breaker.release(permit),
            Verdict::Bad => {
                self.breaker.record(permit, false, now);
                self.last_failure = Some(now);
            }
            Verdict::Throttled | Verdict::Refused => {
                self.breaker.release(permit);
                self.put_aside(failure, now, timings, rng);
            }
        }
    }

    /// Books a probe.
    pub fn book_probe(
        &mut self,
        result: Result<(), &Failure>,
        (now, at): (Instant, DateTime<Utc>),
        timings: &Timings,
        rng: &mut impl Rng,
    ) {
        self.changed_at = at;
        let Err(failure) = result else {
            self.breaker.probed(true, now);
            self.aside = None;
            return;
        };
        match verdict(failure.outcome) {
            Verdict::Good | Verdict::Silent => {}
            Verdict::Bad => {
                self.breaker.probed(false, now);
                self.last_failure = Some(now);
            }
            Verdict::Throttled | Verdict::Refused => self.put_aside(failure, now, timings, rng),
        }
    }

    /// Sets the route aside: as long as it asks, else longer each time for a throttle, and for long when it is refused.
    pub fn put_aside(&mut self, failure: &Failure, now: Instant, timings: &Timings, rng: &mut impl Rng) {
        let wait = if verdict(failure.outcome) == Verdict::Refused {
            timings.blocked
        } else {
            let (first, longest) = timings.throttle;
            let wait = failure.retry_after.map_or_else(
                || backoff::delay(first, longest, self.throttles, rng),
                |asked| asked.min(timings.blocked),
            );
            self.throttles += 1;
            wait
        };
        let until = self.aside.map_or(now + wait, |aside| aside.until.max(now + wait));
        self.aside = Some(Aside { until, reason: failure.outcome });
    }

    /// What a later process must know.
    pub fn memory(&self, (now, at): (Instant, DateTime<Utc>)) -> RouteMemory {
        let calendar = |moment: Instant| at + moment.saturating_duration_since(now);
        RouteMemory {
            at: self.changed_at,
            failures: self.breaker.failures(),
            open_until: self.breaker.reopens_at().map(calendar),
            aside: self.aside.map(|aside| (calendar(aside.until), aside.reason)),
        }
    }

    /// Takes over what another process saw, unless this one saw something later.
    pub fn adopt(&mut self, memory: &RouteMemory, (now, at): (Instant, DateTime<Utc>)) {
        if memory.at <= self.changed_at {
            return;
        }
        self.changed_at = memory.at;
        let monotonic = |moment: DateTime<Utc>| (moment - at).to_std().ok().map(|left| now + left);
        self.breaker.restore(memory.failures, memory.open_until.map(|until| monotonic(until).unwrap_or(now)));
        self.aside = memory.aside.and_then(|(until, reason)| Some(Aside { until: monotonic(until)?, reason }));
    }
}
