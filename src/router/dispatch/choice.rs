//! What a call does next: which candidate it tries and when, what it waits for, and how patient it is.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use tokio::time::Instant;

use super::Dispatch;
use crate::router::backoff;
use crate::router::breaker::{BreakerState, Permit};
use crate::router::histogram::Histogram;
use crate::router::state::State;
use crate::router::table::{EndpointId, RouteId};
use crate::router::{Timings, attempt::Patience};
use crate::wire::{Failure, Outcome};

/// What to do next.
pub(super) enum Next {
    /// Try this candidate, not before a moment.
    Try(usize, Permit, Instant),
    /// Everything that could be tried is set aside until a moment within the deadline.
    Wait(Instant),
    /// The only route left is on trial by another call.
    WaitForTrial,
    /// Nothing more can be tried in time. With a moment: our own limit of attempts a minute is what is in the way until then.
    GiveUp(Option<Instant>),
}

impl Dispatch<'_> {
    /// Chooses, and takes the permit and the place in the minute of what it chose.
    pub(super) fn next(&mut self) -> Next {
        let now = Instant::now();
        if now >= self.deadline {
            return Next::GiveUp(None);
        }
        let core = self.core;
        let state = &mut *core.state();
        if let Some((candidate, wait)) = self.again.take()
            && let Some((permit, start)) = self.place(state, candidate, now + wait)
        {
            return Next::Try(candidate, permit, start);
        }
        for candidate in self.in_order(state, now) {
            let delay = match self.tried[candidate] {
                0 => Duration::ZERO,
                tries => self.backoff(tries - 1, &mut state.rng),
            };
            if let Some((permit, start)) = self.place(state, candidate, now + delay) {
                return Next::Try(candidate, permit, start);
            }
        }
        let pauses = (0..self.candidates.len()).filter_map(|i| state.health[self.route(i)].set_aside(now));
        let throttled = pauses.filter(|aside| aside.reason == Outcome::RateLimited).map(|aside| aside.until).min();
        if let Some(until) = throttled.filter(|until| *until < self.deadline) {
            return Next::Wait(until);
        }
        self.last_resort(state, now)
    }

    /// The candidates that may be tried: untried ones first, and among those the ones whose place in the minute is near.
    fn in_order(&self, state: &State, now: Instant) -> Vec<usize> {
        let far = now + self.core.timings.rate_patience;
        let mut order: Vec<usize> =
            (0..self.candidates.len()).filter(|i| state.health[self.route(*i)].is_eligible(now)).collect();
        order.sort_by_key(|i| (self.tried[*i] > 0, state.rates[self.endpoint(*i)].next(now) > far));
        order
    }

    /// A permit for a candidate and the moment it may start; nothing when that would be too late or the breaker refuses.
    fn place(&self, state: &mut State, candidate: usize, earliest: Instant) -> Option<(Permit, Instant)> {
        let now = Instant::now();
        let rate = &mut state.rates[self.endpoint(candidate)];
        if rate.next(now).max(earliest) >= self.deadline {
            return None;
        }
        let permit = state.health[self.route(candidate)].breaker.admit(now)?;
        Some((permit, rate.take(now).max(earliest)))
    }

    /// Never an instant "no provider": each open route gets one leased try, a refused one too (somebody may have paid the bill),
    /// and a route that another call is trying is waited for.
    fn last_resort(&mut self, state: &mut State, now: Instant) -> Next {
        let untried = |i: &usize| self.tried[*i] == 0;
        let closed = |state: &State, i: usize| state.health[self.route(i)].breaker.state(now) == BreakerState::Closed;
        for candidate in (0..self.candidates.len()).filter(untried) {
            let health = &mut state.health[self.route(candidate)];
            if health.set_aside(now).is_none() && health.breaker.state(now) == BreakerState::Open {
                health.breaker.lend();
                if let Some((permit, start)) = self.place(state, candidate, now) {
                    return Next::Try(candidate, permit, start);
                }
            }
        }
        let refused = |i: &usize| state.health[self.route(*i)].is_refused(now);
        if self.attempts.is_empty()
            && let Some(candidate) = (0..self.candidates.len()).find(refused)
            && let Some((permit, start)) = self.place(state, candidate, now)
        {
            self.forced = true;
            return Next::Try(candidate, permit, start);
        }
        let free = |i: &usize| state.health[self.route(*i)].set_aside(now).is_none();
        let mut open_to_us = (0..self.candidates.len()).filter(free);
        if open_to_us.clone().any(|i| state.health[self.route(i)].breaker.is_on_trial()) {
            return Next::WaitForTrial;
        }
        let slot = open_to_us.find(|i| closed(state, *i) && self.tried[*i] == 0);
        Next::GiveUp(slot.map(|i| state.rates[self.endpoint(i)].next(now)))
    }

    /// Whether a permit that was taken before a wait still holds after it.
    pub(super) fn still_holds(&self, candidate: usize, permit: Permit) -> bool {
        let now = Instant::now();
        let state = self.core.state();
        let health = &state.health[self.route(candidate)];
        let is_well = health.set_aside(now).is_none() && health.breaker.state(now) == BreakerState::Closed;
        now < self.deadline && (is_well || self.forced || permit != Permit::Ordinary)
    }

    /// How long to wait before this very route is tried once more ahead of the others: after a broken connection or a server
    /// error on a route that was clean, or when it asks for a short pause.
    pub(super) fn retry_at_once(&self, candidate: usize, failure: &Failure, was_clean: bool) -> Option<Duration> {
        if self.tried[candidate] > 1 {
            return None;
        }
        let timings = &self.core.timings;
        let left = self.deadline.saturating_duration_since(Instant::now());
        match (failure.outcome, failure.retry_after) {
            (Outcome::Reset | Outcome::ServerError, None) if was_clean => {
                Some(self.backoff(0, &mut self.core.state().rng))
            }
            (Outcome::RateLimited | Outcome::ServerError, Some(asked)) => {
                (asked <= timings.retry_after_patience && asked <= left / 2).then_some(asked)
            }
            _ => None,
        }
    }

    /// How long an attempt may take: less for its first token while another provider can take over.
    pub(super) fn patience(&self, candidate: usize) -> Patience {
        let timings = &self.core.timings;
        let now = Instant::now();
        let left = self.deadline.saturating_duration_since(now);
        let state = self.core.state();
        let can_take_over = |i: &usize| {
            self.tried[*i] == 0
                && !self.candidates[*i].is_lighter
                && self.endpoint(*i) != self.endpoint(candidate)
                && state.health[self.route(*i)].is_eligible(now)
        };
        let can_go_on = self.attempts.len() < self.core.max_retries as usize;
        let first_token = if can_go_on && (0..self.candidates.len()).any(|i| can_take_over(&i)) {
            let wait = timings.first_token.unwrap_or_else(|| {
                let (name, model) = (self.name(candidate), &self.candidates[candidate].model);
                adaptive(&state.book.total(name, model).first_token, timings)
            });
            // The other provider must have its share of the time too.
            wait.min(left / 2)
        } else {
            left
        };
        Patience { first_token: now + first_token, idle: timings.idle, total: timings.total, slow: now + timings.slow }
    }

    fn backoff(&self, retry: u32, rng: &mut ChaCha8Rng) -> Duration {
        backoff::delay(self.core.timings.retry_base, self.core.timings.retry_cap, retry, rng)
    }

    pub(super) fn route(&self, candidate: usize) -> RouteId {
        self.candidates[candidate].route
    }

    fn endpoint(&self, candidate: usize) -> EndpointId {
        self.core.table.routes[self.route(candidate)].endpoint
    }
}

/// Samples before the wait for a first token follows what was measured (`router.md` R3).
const ENOUGH_SAMPLES: u64 = 20;

fn adaptive(first_token: &Histogram, timings: &Timings) -> Duration {
    let (least, most) = timings.first_token_bounds;
    match first_token.percentile(95) {
        Some(p95) if first_token.count() >= ENOUGH_SAMPLES => Duration::from_millis(p95 * 4).clamp(least, most),
        _ => timings.first_token_start,
    }
}
