//! The health of one route: its breaker, what its latest attempts say, and why it is set aside beside the breaker.

mod remembered;
#[cfg(test)]
mod tests;
mod verdict;

use std::time::Duration;

use chrono::{DateTime, Utc};
use rand::{Rng, RngExt};
use tokio::time::Instant;

use super::backoff;
use super::breaker::{Breaker, BreakerState, Permit};
use super::core::Now;
use super::timings::Timings;
use super::window::{End, Recent, Window};
use crate::config::Trip;
use crate::wire::{Failure, Outcome};
pub use remembered::RouteMemory;
pub use verdict::{Verdict, is_provider_wide, verdict};

/// The throttle within [`Timings::throttles_move_primary`] that is one too many.
const THROTTLES: usize = 3;

/// Tokens a probe asks for, and those it asks for where so few are refused.
const PROBE_TOKENS: u32 = 1;
const MORE_PROBE_TOKENS: u32 = 16;

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
    window: Window,
    /// A warning stands: traffic flows, but too much of it fails or is slow.
    worrying: bool,
    /// It was its share of failures that opened the breaker last, not a run of them.
    tripped_by_share: bool,
    /// Asked for by a throttle or a server in trouble, or since it was refused. It stays after its time has passed until something
    /// good is seen: the route may be tried, but is not taken for well.
    aside: Option<Aside>,
    /// What set it aside at this moment or before is void: something that began then went well, or somebody wants it tried again.
    lifted_at: Option<Instant>,
    /// It asked itself not to be called before.
    not_before: Option<Instant>,
    /// Throttles in a row, for the length of the next one; and when the latest ones came, newest first.
    throttles: u32,
    throttled_at: Vec<Instant>,
    last_failure: Option<Instant>,
    /// The last failure of whatever kind that spoke of the route.
    pub fault: Option<Failure>,
    /// When it is probed next, while it is open or failing.
    probe_at: Option<Instant>,
    /// When a token was last asked of it by a probe, and how many.
    pub token_asked: Option<Instant>,
    pub probe_tokens: u32,
    /// When this process last changed it; an older memory of another process changes nothing.
    changed_at: DateTime<Utc>,
}

/// How an attempt or a probe ended, as far as health is concerned.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    pub result: Result<(), &'a Failure>,
    pub first_token: Option<Duration>,
    pub began: Instant,
    pub now: Now,
    /// The least time between the first good trial and the one that closes the breaker.
    pub apart: Duration,
}

impl RouteHealth {
    pub fn new(timings: &Timings, trip: Trip) -> Self {
        Self {
            breaker: Breaker::new(timings),
            window: Window::new(trip, timings.window, timings.slow),
            worrying: false,
            tripped_by_share: false,
            aside: None,
            lifted_at: None,
            not_before: None,
            throttles: 0,
            throttled_at: Vec::new(),
            last_failure: None,
            fault: None,
            probe_at: None,
            token_asked: None,
            probe_tokens: PROBE_TOKENS,
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

    /// Whether it is set aside only because its key, account or model was refused: it has not asked for a pause.
    pub fn is_refused(&self, now: Instant) -> bool {
        let is_refused = self.set_aside(now).is_some_and(|aside| verdict(aside.reason) == Verdict::Refused);
        is_refused && self.not_before.is_none_or(|until| now >= until)
    }

    /// Whether its key, account or model was refused the last time, however long ago.
    pub fn was_refused(&self) -> Option<Aside> {
        self.aside.filter(|aside| verdict(aside.reason) == Verdict::Refused)
    }

    /// Whether it takes ordinary traffic: closed, not refused the last time, and not throttled for long or again and again.
    pub fn is_usable(&self, now: Instant, timings: &Timings) -> bool {
        let is_short = |aside: Aside| aside.until <= now + timings.throttle_moves_primary;
        let lately = self.throttled_at.iter().filter(|at| now < **at + timings.throttles_move_primary).count();
        self.breaker.state(now) == BreakerState::Closed
            && self.was_refused().is_none()
            && self.aside.is_none_or(is_short)
            && lately < THROTTLES
    }

    /// Whether something is wrong though traffic flows.
    pub fn is_degraded(&self, now: Instant) -> bool {
        self.breaker.state(now) != BreakerState::Closed
            || self.breaker.is_failing()
            || self.was_refused().is_some()
            || self.window.is_worrying(self.worrying, now)
    }

    /// Whether it has not failed for that long.
    pub fn is_clean(&self, now: Instant, long: Duration) -> bool {
        self.last_failure.is_none_or(|last| now >= last + long)
    }

    /// What its latest attempts say.
    pub fn recent(&self, now: Instant) -> Recent {
        self.window.recent(now)
    }

    /// Whether so many of its attempts failed, not in a row, that its breaker opened.
    pub fn is_down_by_share(&self, now: Instant) -> bool {
        self.tripped_by_share && self.breaker.state(now) != BreakerState::Closed
    }

    /// When it is to be probed, as one that is open, failing or refused.
    pub fn probe_due(&self, now: Instant) -> Option<Instant> {
        let aside = self.set_aside(now).map_or(now, |aside| aside.until);
        let is_open = self.breaker.state(now) == BreakerState::Open;
        let is_troubled = is_open || self.breaker.is_failing() || self.was_refused().is_some();
        is_troubled.then(|| aside.max(self.probe_at.unwrap_or(now)))
    }

    /// From now on probes ask it for more tokens, since it refuses to give so few.
    pub fn ask_for_more(&mut self) {
        self.probe_tokens = MORE_PROBE_TOKENS;
    }

    /// Books the end of an attempt (with its permit) or of a probe (without one).
    pub fn book(&mut self, permit: Option<Permit>, seen: Seen, timings: &Timings, rng: &mut impl Rng) {
        let (now, at) = seen.now;
        let verdict = seen.result.err().map_or(Verdict::Good, |failure| verdict(failure.outcome));
        let before = self.breaker.state(now);
        match (verdict, permit) {
            (Verdict::Good | Verdict::Bad, Some(permit)) => self.count(permit, seen, verdict == Verdict::Good),
            (Verdict::Good | Verdict::Bad, None) => self.breaker.probed(verdict == Verdict::Good, now),
            (_, Some(permit)) => self.breaker.release(permit),
            (_, None) => {}
        }
        if verdict == Verdict::Silent {
            return;
        }
        self.changed_at = at;
        match seen.result {
            Ok(()) => self.lift(seen.began),
            Err(failure) => {
                self.fault = Some(failure.clone());
                self.not_before =
                    self.not_before.max(failure.retry_after.map(|asked| now + asked.min(timings.blocked)));
                match verdict {
                    Verdict::Bad => {
                        self.last_failure = Some(now);
                        if let Some(asked) = failure.retry_after {
                            self.leave_alone(asked.min(timings.blocked), Outcome::ServerError, now);
                        }
                    }
                    _ => self.put_aside(failure, seen.began, now, timings, rng),
                }
            }
        }
        let is_news = before != BreakerState::Open && self.breaker.state(now) == BreakerState::Open;
        let is_planned = self.probe_at.is_some_and(|at| now < at);
        if is_news || (self.breaker.is_failing() && (permit.is_some() || !is_planned)) {
            self.plan_probe(now, timings, rng);
        }
    }

    /// Counts an attempt for the breaker and for the latest attempts.
    fn count(&mut self, permit: Permit, seen: Seen, healthy: bool) {
        let now = seen.now.0;
        if permit == Permit::Ordinary && self.breaker.closed_at().is_some_and(|closed| seen.began < closed) {
            return;
        }
        let before = self.breaker.state(now);
        self.breaker.record(permit, healthy, seen.apart, now);
        let after = self.breaker.state(now);
        if before != BreakerState::Closed && after == BreakerState::Closed {
            // What led to the outage must not open it again.
            self.window.clear();
        }
        self.window.add(if healthy { End::Good(seen.first_token) } else { End::Bad }, now);
        if before == BreakerState::Closed {
            self.tripped_by_share = after == BreakerState::Closed && self.window.trips(now);
            if self.tripped_by_share {
                self.breaker.trip(now);
            }
        }
        self.worrying = self.window.is_worrying(self.worrying, now);
    }

    /// Nothing of `began` or before sets it aside any more. (A good end of something that began before the route was set aside says
    /// nothing of it.)
    fn lift(&mut self, began: Instant) {
        self.lifted_at = self.lifted_at.max(Some(began));
        if self.aside.is_none_or(|aside| began >= aside.since) {
            (self.throttles, self.aside) = (0, None);
        }
    }

    /// Whether it is out of use because of something that befell all routes of its provider.
    pub fn is_down_with_all(&self, now: Instant) -> bool {
        self.aside.is_some_and(|aside| is_provider_wide(aside.reason)) || self.is_cut_off(now)
    }

    /// Whether it is open since the provider could not be reached.
    fn is_cut_off(&self, now: Instant) -> bool {
        let is_open = self.breaker.state(now) == BreakerState::Open;
        is_open && self.fault.as_ref().is_some_and(|fault| is_provider_wide(fault.outcome))
    }

    /// Something good was heard of the provider at another of its routes: what had befallen all of them is over.
    pub fn hear_of_recovery(&mut self, began: Instant, (now, at): Now) {
        if self.aside.is_some_and(|aside| is_provider_wide(aside.reason)) {
            self.lift(began);
            self.changed_at = at;
        }
        if self.is_cut_off(now) {
            self.breaker.probed(true, now);
            self.changed_at = at;
        }
    }

    /// Somebody wants it tried again: nothing sets it aside any more, and an open breaker lets a trial through.
    pub fn try_again(&mut self, (now, at): Now) {
        self.breaker.settle(now);
        self.breaker.try_again();
        self.lift(now);
        self.not_before = None;
        self.throttled_at.clear();
        self.probe_at = None;
        self.changed_at = at;
    }

    /// Takes note of what time alone has changed.
    pub fn settle(&mut self, (now, at): Now, timings: &Timings, rng: &mut impl Rng) {
        self.breaker.settle(now);
        self.changed_at = at;
        self.plan_probe(now, timings, rng);
    }

    /// Plans the next probe of a route in trouble, counted from `from`: it is not due before its time, whatever becomes of one that
    /// begins now.
    pub fn plan_probe(&mut self, from: Instant, timings: &Timings, rng: &mut impl Rng) {
        let wait = match self.breaker.plan_probe(timings, from) {
            _ if self.was_refused().is_some() => timings.blocked,
            Some(wait) => wait,
            None => timings.open_probe_interval,
        };
        self.probe_at = Some(from + wait.mul_f64(rng.random_range(0.8..1.2)));
    }

    /// Sets the route aside: as long as it asks, else longer each time for a throttle, and for long when it is refused.
    fn put_aside(&mut self, failure: &Failure, began: Instant, now: Instant, timings: &Timings, rng: &mut impl Rng) {
        let is_throttle = verdict(failure.outcome) == Verdict::Throttled;
        if let Some(aside) = self.aside.as_mut().filter(|aside| is_throttle && began < aside.since) {
            // Sent together with the one that was throttled first, it says nothing new, except how long.
            let asked = failure.retry_after.map(|asked| now + asked.min(timings.blocked));
            aside.until = aside.until.max(asked.unwrap_or(now));
            return;
        }
        let wait = if verdict(failure.outcome) == Verdict::Refused {
            timings.blocked
        } else {
            let (first, longest) = timings.throttle;
            let wait = match failure.retry_after {
                None => backoff::delay(first, longest, self.throttles, rng),
                // Callers that are told to come back at once must not come back together.
                Some(Duration::ZERO) => (first / 10).mul_f64(rng.random()),
                Some(asked) => asked.min(timings.blocked),
            };
            self.throttles += 1;
            self.throttled_at.insert(0, now);
            self.throttled_at.truncate(THROTTLES);
            wait
        };
        self.leave_alone(wait, failure.outcome, now);
    }

    /// The longer time stands, but what began before now says nothing of either.
    fn leave_alone(&mut self, wait: Duration, reason: Outcome, now: Instant) {
        let new = Aside { since: now, until: now + wait, reason };
        // A server that is too busy to answer has not taken a refusal back.
        let is_kept = |old: &Aside| {
            let refusal = verdict(old.reason) == Verdict::Refused && verdict(reason) == Verdict::Bad;
            old.until > new.until || refusal
        };
        self.aside = Some(self.aside.filter(is_kept).map_or(new, |old| Aside {
            since: now,
            until: old.until.max(new.until),
            reason: old.reason,
        }));
    }
}
