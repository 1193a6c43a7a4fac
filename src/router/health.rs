//! The health of one route: its breaker, and why it is set aside beside the breaker.

use std::time::Duration;

use chrono::{DateTime, Utc};
use rand::Rng;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::backoff;
use super::breaker::{Breaker, BreakerState, Permit};
use super::core::Now;
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
        | Outcome::TooSlow
        | Outcome::Repetitive
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
    pub since: Instant,
    pub until: Instant,
    pub reason: Outcome,
}

/// The health of one route.
#[derive(Debug)]
pub struct RouteHealth {
    pub breaker: Breaker,
    /// The last attempt or probe that ended.
    pub last_contact: Option<Instant>,
    /// Stays after its time has passed until something good is seen: the route may be tried, but is not taken for well.
    aside: Option<Aside>,
    /// Throttles in a row, for the length of the next one.
    throttles: u32,
    last_failure: Option<Instant>,
    last_slow: bool,
    /// When this process last changed it; an older memory of another process changes nothing.
    changed_at: DateTime<Utc>,
}

/// How an attempt or a probe ended, as far as health is concerned.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    pub result: Result<(), &'a Failure>,
    /// Its first token came later than the warning time.
    pub slow: bool,
    pub began: Instant,
    pub now: Now,
}

/// What a later process must know of a route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteMemory {
    /// Fingerprint of the address and key it was seen with.
    pub of: String,
    pub at: DateTime<Utc>,
    pub failures: u32,
    pub open_until: Option<DateTime<Utc>>,
    pub aside: Option<(DateTime<Utc>, Outcome)>,
}

impl RouteHealth {
    pub fn new(timings: &Timings) -> Self {
        Self {
            breaker: Breaker::new(timings.open_cooldown),
            last_contact: None,
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

    /// Whether it is set aside because its key, account or model was refused.
    pub fn is_refused(&self, now: Instant) -> bool {
        self.set_aside(now).is_some_and(|aside| verdict(aside.reason) == Verdict::Refused)
    }

    /// Whether it takes ordinary traffic: closed, not refused the last time, and not throttled for longer than `patience`.
    pub fn is_usable(&self, now: Instant, patience: Duration) -> bool {
        self.breaker.state(now) == BreakerState::Closed
            && self
                .aside
                .is_none_or(|aside| verdict(aside.reason) == Verdict::Throttled && aside.until <= now + patience)
    }

    /// Whether something is wrong though traffic flows.
    pub fn is_degraded(&self, now: Instant) -> bool {
        self.last_slow || self.breaker.is_shaken() || self.set_aside(now).is_some()
    }

    /// Whether it has not failed for that long.
    pub fn is_clean(&self, now: Instant, long: Duration) -> bool {
        self.last_failure.is_none_or(|last| now >= last + long)
    }

    /// Books the end of an attempt (with its permit) or of a probe (without one).
    pub fn book(&mut self, permit: Option<Permit>, seen: Seen, timings: &Timings, rng: &mut impl Rng) {
        let (now, at) = seen.now;
        self.changed_at = at;
        self.last_contact = Some(now);
        let verdict = seen.result.err().map_or(Verdict::Good, |failure| verdict(failure.outcome));
        match (verdict, permit) {
            (Verdict::Good | Verdict::Bad, Some(permit)) => self.breaker.record(permit, verdict == Verdict::Good, now),
            (Verdict::Good | Verdict::Bad, None) => self.breaker.probed(verdict == Verdict::Good, now),
            (Verdict::Throttled | Verdict::Refused | Verdict::Silent, Some(permit)) => self.breaker.release(permit),
            (Verdict::Throttled | Verdict::Refused | Verdict::Silent, None) => {}
        }
        match (verdict, seen.result) {
            (Verdict::Good, _) => {
                self.last_slow = seen.slow;
                // A good end of something that began before the route was set aside says nothing of it.
                if self.aside.is_none_or(|aside| seen.began >= aside.since) {
                    (self.throttles, self.aside) = (0, None);
                }
            }
            (Verdict::Bad, _) => self.last_failure = Some(now),
            (Verdict::Throttled | Verdict::Refused, Err(failure)) => self.put_aside(failure, now, timings, rng),
            (Verdict::Throttled | Verdict::Refused | Verdict::Silent, _) => {}
        }
    }

    /// Sets the route aside: as long as it asks, else longer each time for a throttle, and for long when it is refused.
    fn put_aside(&mut self, failure: &Failure, now: Instant, timings: &Timings, rng: &mut impl Rng) {
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
        self.aside = Some(Aside { since: now, until, reason: failure.outcome });
    }

    /// What a later process must know.
    pub fn memory(&self, of: &str, (now, at): Now) -> RouteMemory {
        let calendar = |moment: Instant| at + moment.saturating_duration_since(now);
        RouteMemory {
            of: of.to_owned(),
            at: self.changed_at,
            failures: self.breaker.failures(),
            open_until: self.breaker.reopens_at().map(calendar),
            aside: self.aside.map(|aside| (calendar(aside.until), aside.reason)),
        }
    }

    /// Takes over what another process saw, unless this one saw something later.
    pub fn adopt(&mut self, memory: &RouteMemory, (now, at): Now) {
        if memory.at <= self.changed_at {
            return;
        }
        self.changed_at = memory.at;
        let monotonic = |moment: DateTime<Utc>| (moment - at).to_std().ok().map(|left| now + left);
        self.breaker.restore(memory.failures, memory.open_until.map(|until| monotonic(until).unwrap_or(now)));
        self.aside =
            memory.aside.and_then(|(until, reason)| Some(Aside { since: now, until: monotonic(until)?, reason }));
    }
}
