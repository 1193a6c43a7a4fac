//! What a call does next: which candidate it tries and when, what it waits for, and how patient it is.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use tokio::time::Instant;

use super::{Again, Dispatch, Tries};
use crate::router::attempt::Patience;
use crate::router::booking::Ticket;
use crate::router::breaker::{BreakerState, Permit};
use crate::router::histogram::Histogram;
use crate::router::pulse::Floor;
use crate::router::state::State;
use crate::router::switch::Leadership;
use crate::router::table::{EndpointId, RouteId};
use crate::router::{Timings, backoff, policy};
use crate::wire::{Failure, Outcome};

/// What to do next.
pub(super) enum Next {
    /// Try this candidate, with what was taken for it.
    Try(usize, Ticket),
    /// Everything that could be tried is set aside until a moment within the deadline.
    Wait(Instant),
    /// The only route left is on trial by another call.
    WaitForTrial,
    /// Nothing more can be tried in time. With a moment: our own limit of attempts a minute is what is in the way until then.
    GiveUp(Option<Instant>),
}

/// What an attempt asks for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim {
    pub earliest: Instant,
    pub latest: Instant,
    /// It costs none of the retries that all calls share.
    pub is_free: bool,
    /// An open route is to be tried ahead of its time.
    pub ahead: bool,
}

impl Claim {
    /// A first attempt, as soon as it can be.
    fn now(latest: Instant) -> Self {
        Self { earliest: Instant::now(), latest, is_free: true, ahead: false }
    }
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
        if let Some(next) = self.take_again(state, now) {
            return next;
        }
        let (untried, tried): (Vec<_>, Vec<_>) =
            self.in_order(state, now).into_iter().partition(|i| self.tries[*i].times == 0);
        if let Some(next) = self.first_of(state, &untried, now) {
            return next;
        }
        let pause = self.pause(state, now).map(Next::Wait);
        if tried.is_empty()
            && let Some(wait) = pause
        {
            return wait;
        }
        // What has not been asked at all may answer sooner than what has just failed.
        if let Some(next) = self.lease(state, now).or_else(|| self.first_of(state, &tried, now)).or(pause) {
            return next;
        }
        self.last_resort(state, now)
    }

    /// The candidate that is to be tried again ahead of the others, unless it has been set aside for longer since.
    fn take_again(&mut self, state: &mut State, now: Instant) -> Option<Next> {
        let Again { candidate, wait, is_free } = self.again.take()?;
        let set_aside = state.health[self.route(candidate)].set_aside(now).map_or(now, |aside| aside.until);
        let patience = wait.max(self.core.timings.retry_after_patience);
        if set_aside > now + patience {
            return None;
        }
        let claim = Claim { earliest: set_aside.max(now + wait), latest: self.deadline, is_free, ahead: false };
        Some(Next::Try(candidate, self.place(state, candidate, claim)?))
    }

    /// The first of these that has a place in time.
    fn first_of(&self, state: &mut State, candidates: &[usize], now: Instant) -> Option<Next> {
        candidates.iter().find_map(|&candidate| {
            let delay = match self.tries[candidate].times {
                0 => Duration::ZERO,
                times => self.backoff(times - 1, &mut state.rng),
            };
            let is_free = self.is_free(state, candidate, now);
            let claim = Claim { earliest: now + delay, latest: self.deadline, is_free, ahead: false };
            Some(Next::Try(candidate, self.place(state, candidate, claim)?))
        })
    }

    /// When the first of the throttled candidates may be asked again, if that is in time.
    fn pause(&self, state: &State, now: Instant) -> Option<Instant> {
        let pauses = (0..self.candidates.len()).filter_map(|i| state.health[self.route(i)].set_aside(now));
        let asks_for_a_pause = |reason| matches!(reason, Outcome::RateLimited | Outcome::ServerError);
        let throttled = pauses.filter(|aside| asks_for_a_pause(aside.reason)).map(|aside| aside.until).min();
        throttled.filter(|until| *until < self.deadline)
    }

    /// The candidates that may be tried: those that were silent last, untried ones first, and among those the ones whose place
    /// in the minute is near.
    fn in_order(&self, state: &State, now: Instant) -> Vec<usize> {
        let far = now + self.core.timings.rate_patience;
        let may_be_tried = |i: &usize| !self.tries[*i].is_closed && state.health[self.route(*i)].is_eligible(now);
        let mut order: Vec<usize> = (0..self.candidates.len()).filter(may_be_tried).collect();
        order.sort_by_key(|i| {
            let Tries { times, was_silent, .. } = self.tries[*i];
            (was_silent, times > 0, self.limit_at(state, *i, now) > far)
        });
        order
    }

    /// The earliest moment our own limits let an attempt start.
    fn limit_at(&self, state: &State, candidate: usize, now: Instant) -> Instant {
        let limits = &state.limits[self.endpoint(candidate)];
        limits.rate.next(now).max(limits.tokens.next(self.conversation.weight().total(), now))
    }

    /// Whether an attempt costs none of the retries that all calls share: the first one does not, nor going to a healthy route.
    pub(super) fn is_free(&self, state: &State, candidate: usize, now: Instant) -> bool {
        let breaker = &state.health[self.route(candidate)].breaker;
        let is_healthy = breaker.state(now) == BreakerState::Closed && !breaker.is_failing();
        self.attempts.is_empty() || (self.tries[candidate].times == 0 && is_healthy)
    }

    /// What an attempt at a candidate needs; nothing when it would be too late, the retries are used up, or the breaker refuses.
    pub(super) fn place(&self, state: &mut State, candidate: usize, claim: Claim) -> Option<Ticket> {
        let now = Instant::now();
        let start = self.limit_at(state, candidate, now).max(claim.earliest);
        let breaker = &mut state.health[self.route(candidate)].breaker;
        let would_admit = if claim.ahead { breaker.would_lend(now) } else { breaker.would_admit(now) };
        if start >= claim.latest || !would_admit || !(claim.is_free || state.retries.take(now)) {
            return None;
        }
        let permit = if claim.ahead { breaker.lend(now) } else { breaker.admit(now) }?;
        let limits = &mut state.limits[self.endpoint(candidate)];
        limits.rate.take(now);
        limits.tokens.take(self.conversation.weight().total(), now);
        Some(Ticket { permit, start, is_charged: !claim.is_free })
    }

    /// One trial of an open route that was not tried yet, ahead of its time: of the one that reopens first.
    fn lease(&self, state: &mut State, now: Instant) -> Option<Next> {
        let is_open = |i: &usize| {
            let health = &state.health[self.route(*i)];
            self.tries[*i].times == 0 && health.set_aside(now).is_none() && health.breaker.would_lend(now)
        };
        let mut open: Vec<usize> = (0..self.candidates.len()).filter(is_open).collect();
        open.sort_by_key(|i| state.health[self.route(*i)].breaker.reopens_at());
        open.into_iter().find_map(|candidate| {
            let is_free = self.is_free(state, candidate, now);
            let claim = Claim { earliest: now, latest: self.deadline, is_free, ahead: true };
            Some(Next::Try(candidate, self.place(state, candidate, claim)?))
        })
    }

    /// Never an instant "no provider": a refused route gets one try (somebody may have paid the bill), and a route that another
    /// call is trying is waited for.
    fn last_resort(&mut self, state: &mut State, now: Instant) -> Next {
        let closed = |state: &State, i: usize| state.health[self.route(i)].breaker.state(now) == BreakerState::Closed;
        let refused = |i: &usize| state.health[self.route(*i)].is_refused(now);
        if self.attempts.is_empty()
            && let Some(candidate) = (0..self.candidates.len()).find(refused)
            && let Some(ticket) = self.place(state, candidate, Claim::now(self.deadline))
        {
            self.forced = true;
            return Next::Try(candidate, ticket);
        }
        let free = |i: &usize| !self.tries[*i].is_closed && state.health[self.route(*i)].set_aside(now).is_none();
        let mut open_to_us = (0..self.candidates.len()).filter(free);
        if open_to_us.clone().any(|i| state.health[self.route(i)].breaker.is_on_trial()) {
            return Next::WaitForTrial;
        }
        let slot = open_to_us.find(|i| closed(state, *i) && self.tries[*i].times == 0);
        Next::GiveUp(slot.map(|i| self.limit_at(state, i, now)))
    }

    /// Whether a permit that was taken before a wait still holds after it. What is forced overrides a refusal, not a breaker that
    /// others have opened since.
    pub(super) fn still_holds(&self, candidate: usize, permit: Permit) -> bool {
        Instant::now() < self.deadline && self.admits(candidate, permit, self.forced)
    }

    /// Whether the route still takes the attempt that goes on with an answer.
    pub(super) fn still_admits(&self, candidate: usize, permit: Permit) -> bool {
        self.admits(candidate, permit, false)
    }

    fn admits(&self, candidate: usize, permit: Permit, forced: bool) -> bool {
        let (now, state) = (Instant::now(), self.core.state());
        let health = &state.health[self.route(candidate)];
        let takes_it = permit != Permit::Ordinary || health.breaker.state(now) == BreakerState::Closed;
        takes_it && (forced || health.set_aside(now).is_none())
    }

    /// Who is tried ahead of the others after a failure before any text: the same route after a broken connection or a server
    /// error when it was clean, or when it asks for a short pause; any that holds the conversation when it was too long.
    pub(super) fn try_again(&mut self, candidate: usize, failure: &Failure, was_clean: bool) -> Option<Again> {
        if failure.outcome == Outcome::ContextLength {
            return self.fit(candidate);
        }
        if self.tries[candidate].times > 1 || failure.should_retry == Some(false) {
            return None;
        }
        let timings = &self.core.timings;
        let left = self.deadline.saturating_duration_since(Instant::now());
        let base = || self.backoff(0, &mut self.core.state().rng);
        let wait = match (failure.outcome, failure.retry_after) {
            (Outcome::RateLimited | Outcome::ServerError, Some(asked)) => {
                (asked <= timings.retry_after_patience && asked <= left / 2).then_some(asked)
            }
            (Outcome::Reset | Outcome::ServerError, None) => was_clean.then(base),
            _ => (failure.should_retry == Some(true)).then(base),
        };
        wait.map(|wait| Again { candidate, wait, is_free: false })
    }

    /// Makes a conversation that was too long fit, once: at a model that holds more, else without its oldest turns.
    fn fit(&mut self, candidate: usize) -> Option<Again> {
        if std::mem::replace(&mut self.fitted, true) {
            return None;
        }
        let table = &self.core.table;
        let held = table.facts(self.route(candidate)).and_then(|facts| facts.context);
        let holds_more = |i: &usize| {
            let context = table.facts(self.route(*i)).and_then(|facts| facts.context);
            self.tries[*i].times == 0 && held.is_some_and(|held| context.is_some_and(|context| context > held))
        };
        if let Some(candidate) = (0..self.candidates.len()).find(holds_more) {
            return Some(Again { candidate, wait: Duration::ZERO, is_free: true });
        }
        let tokens = u64::from(held.unwrap_or(0)).max(self.conversation.weight().total());
        let longer = policy::longer(table, &self.call, tokens, &self.candidates);
        if let Some(longer) = longer.into_iter().next() {
            self.candidates.push(longer);
            self.tries.push(Tries::default());
            return Some(Again { candidate: self.candidates.len() - 1, wait: Duration::ZERO, is_free: true });
        }
        let gone = self.conversation.trim(held);
        if gone == 0 {
            return None;
        }
        self.why.push(format!("the oldest {gone} messages were left out"));
        Some(Again { candidate, wait: Duration::ZERO, is_free: true })
    }

    /// Adds the other models of a provider that lacks the one asked for.
    pub(super) fn add_siblings(&mut self, candidate: usize) {
        let siblings = policy::siblings(&self.core.table, &self.call, self.route(candidate), &self.candidates);
        self.tries.resize(self.candidates.len() + siblings.len(), Tries::default());
        self.candidates.extend(siblings);
    }

    /// Whether another provider may be asked though the request itself was refused: once, when a filter did that and the settings
    /// say so. The provider whose filter it was is not asked again.
    pub(super) fn may_ask_others(&mut self, candidate: usize, failure: &Failure) -> bool {
        let refusals = self.attempts.iter().filter(|attempt| attempt.outcome == Outcome::ContentFilter).count();
        if failure.outcome != Outcome::ContentFilter || !self.core.ask_others_when_filtered || refusals > 1 {
            return false;
        }
        for other in 0..self.candidates.len() {
            self.tries[other].is_closed |= self.endpoint(other) == self.endpoint(candidate);
        }
        self.tries.iter().any(|tries| !tries.is_closed)
    }

    /// Why the candidates before this one are not tried now.
    pub(super) fn passed_over(&self, candidate: usize) -> Vec<String> {
        let untried = (0..candidate).filter(|i| self.tries[*i].times == 0 && !self.candidates[*i].is_lighter);
        untried.filter_map(|i| Some(format!("{}: {}", self.name(i), self.why_not(i)?))).collect()
    }

    /// Why a candidate is not tried now.
    pub(super) fn why_not(&self, candidate: usize) -> Option<String> {
        let (now, state) = (Instant::now(), self.core.state());
        let reason = why_not(&state, self.route(candidate), now);
        reason.or_else(|| (self.limit_at(&state, candidate, now) > now).then(|| "our own limit is reached".to_owned()))
    }

    /// Why another provider leads than the preferred one.
    pub(super) fn why_another_leads(&self) -> Option<String> {
        let (now, state) = (Instant::now(), self.core.state());
        let Leadership { primary, preferred, .. } = &state.leadership;
        let endpoint = self.core.table.endpoint_named(preferred).filter(|_| primary != preferred)?;
        let route = self.core.table.leading_route(endpoint)?;
        let reason = why_not(&state, route, now).unwrap_or_else(|| "not back for long enough".to_owned());
        Some(format!("{preferred} is preferred, but: {reason}"))
    }

    /// How long an attempt may take: less for its first token while another provider can take over.
    pub(super) fn patience(&self, candidate: usize) -> Patience {
        let timings = &self.core.timings;
        let now = Instant::now();
        let left = self.deadline.saturating_duration_since(now);
        let can_go_on = self.attempts.len() < self.core.max_retries as usize;
        let has_successor = can_go_on && self.has_successor(candidate, now);
        let usual = self.first_token_wait(candidate);
        // The other provider must have its share of the time too.
        let first_token = if has_successor { usual.min(left / 2) } else { left };
        let fair = timings.first_token_bounds.0.min(timings.request / 2).min(usual);
        Patience {
            first_token: now + first_token,
            is_fair: first_token >= fair,
            idle: timings.idle,
            total: timings.total,
            end: self.end,
            deadline: self.call.deadline,
            slow: now + timings.slow,
            floor: has_successor.then_some(Floor { tokens: timings.floor.0, within: timings.floor.1 }),
        }
    }

    /// Whether another provider that has not been asked could take over now.
    fn has_successor(&self, candidate: usize, now: Instant) -> bool {
        let state = self.core.state();
        (0..self.candidates.len()).any(|i| {
            self.tries[i].times == 0
                && !self.candidates[i].is_lighter
                && self.endpoint(i) != self.endpoint(candidate)
                && state.health[self.route(i)].is_eligible(now)
                && self.limit_at(&state, i, now) <= now + self.core.timings.rate_patience
                && (self.is_free(&state, i, now) || state.retries.left(now) > 0)
        })
    }

    /// How long a route's first token is waited for while another provider can take over.
    pub(super) fn first_token_wait(&self, candidate: usize) -> Duration {
        let timings = &self.core.timings;
        timings.first_token.unwrap_or_else(|| {
            let state = self.core.state();
            let (name, model) = (self.name(candidate), &self.candidates[candidate].model);
            adaptive(&state.book.total(name, model).first_token, timings)
        })
    }

    fn backoff(&self, retry: u32, rng: &mut ChaCha8Rng) -> Duration {
        backoff::delay(self.core.timings.retry_base, self.core.timings.retry_cap, retry, rng)
    }

    pub(super) fn route(&self, candidate: usize) -> RouteId {
        self.candidates[candidate].route
    }

    pub(super) fn endpoint(&self, candidate: usize) -> EndpointId {
        self.core.table.routes[self.route(candidate)].endpoint
    }
}

/// Why a route takes no ordinary call.
fn why_not(state: &State, route: RouteId, now: Instant) -> Option<String> {
    let health = &state.health[route];
    if let Some(aside) = health.set_aside(now) {
        let seconds = (aside.until - now).as_secs().max(1);
        return Some(format!("left alone for {seconds} s ({})", aside.reason.as_str()));
    }
    let breaker = health.breaker.state(now);
    (breaker != BreakerState::Closed).then(|| format!("breaker {}", breaker.as_str()))
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
