//! A call's path: a place among the calls in flight, a candidate, its permit, an attempt, its booking, and then the answer, a
//! retry, the next candidate, or an honest end.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::attempt::{self, Brought, Listener, Patience};
use super::backoff;
use super::booking::Booking;
use super::breaker::{BreakerState, Permit};
use super::call::{Answer, AnswerUsage, Attempt, Call, CallError, Cost, ReplyEvent};
use super::core::{Core, millis};
use super::event::RouterEvent;
use super::health::{self, Verdict};
use super::policy::{self, Candidate, NoCandidate, Preference};
use crate::wire::{ChatRequest, Failure, Outcome};

/// Serves one call to its one end, which is the last event sent.
pub(super) async fn serve(core: Arc<Core>, call: Call, events: mpsc::Sender<ReplyEvent>) {
    let mut dispatch = Dispatch::new(&core, call, events.clone());
    let end = match dispatch.run().await {
        Ok(answer) => ReplyEvent::Finished(Box::new(answer)),
        Err(error) => ReplyEvent::Failed(Box::new(error)),
    };
    let _ = events.send(end).await;
}

/// What is known of one call while it is served.
struct Dispatch<'a> {
    core: &'a Arc<Core>,
    call: Call,
    events: mpsc::Sender<ReplyEvent>,
    started: Instant,
    /// Latest moment for a first token.
    deadline: Instant,
    candidates: Vec<Candidate>,
    attempts: Vec<Attempt>,
    /// Candidates that have been tried, with how often.
    tried: Vec<u32>,
    why: Vec<String>,
    last: Option<Failure>,
}

/// What to do next.
enum Next {
    /// Try this candidate, not before a moment.
    Try(usize, Permit, Instant),
    /// Everything that could be tried is set aside until a moment within the deadline.
    Wait(Instant),
    /// Nothing more can be tried.
    GiveUp,
}

impl<'a> Dispatch<'a> {
    fn new(core: &'a Arc<Core>, call: Call, events: mpsc::Sender<ReplyEvent>) -> Self {
        let started = Instant::now();
        let deadline = started + core.timings.request;
        let why = vec![format!("task {}", call.task)];
        Self {
            core,
            call,
            events,
            started,
            deadline,
            candidates: Vec::new(),
            attempts: Vec::new(),
            tried: Vec::new(),
            why,
            last: None,
        }
    }

    async fn run(&mut self) -> Result<Answer, CallError> {
        let _place = self.enter().await?;
        self.candidates = self.find_candidates().map_err(|none| self.refused(none.kind, none.message))?;
        self.tried = vec![0; self.candidates.len()];
        while self.attempts.len() <= self.core.max_retries as usize {
            match self.next() {
                Next::Try(candidate, permit, start) => {
                    let booking = Booking::open(self.core, &self.candidates[candidate], permit, &self.call);
                    self.wait_until(start, "our own limit of attempts a minute").await;
                    if let Some(answer) = self.attempt(candidate, booking).await? {
                        return Ok(answer);
                    }
                }
                Next::Wait(until) => self.wait_until(until, "every provider asks for a pause").await,
                Next::GiveUp => break,
            }
        }
        Err(self.exhausted())
    }

    /// A place among the calls in flight.
    async fn enter(&self) -> Result<super::limit::Place, CallError> {
        if let Some(place) = self.core.gate.try_enter() {
            return Ok(place);
        }
        let wait = self.core.timings.queue;
        self.say(ReplyEvent::Waiting { wait, reason: "too many calls at once".to_owned() }).await;
        self.core.changed.notify_one();
        let deadline = (self.started + wait).min(self.deadline);
        self.core.gate.enter(deadline).await.ok_or_else(|| {
            self.refused(
                Outcome::Limit,
                "too many calls at once: MAX_CONCURRENT_REQUESTS is reached; try again soon".to_owned(),
            )
        })
    }

    fn find_candidates(&self) -> Result<Vec<Candidate>, NoCandidate> {
        let core = self.core;
        let (now, state) = (Instant::now(), core.state());
        let on_trial = core.table.endpoint_named(&state.leadership.preferred).filter(|endpoint| {
            let route = core.table.route_for(*endpoint, self.call.task).or_else(|| core.table.leading_route(*endpoint));
            route.is_some_and(|route| {
                state.health[route].breaker.state(now) == BreakerState::HalfOpen && state.health[route].is_eligible(now)
            })
        });
        let primary = state.leadership.primary.clone();
        drop(state);
        let preference = Preference { primary: &primary, on_trial, use_fallback: core.use_fallback };
        policy::candidates(&core.table, &self.call, &preference)
    }

    /// Chooses, and takes the permit and the place in the minute of what it chose.
    fn next(&self) -> Next {
        let now = Instant::now();
        let core = self.core;
        let mut state = core.state();
        let in_order = 0..self.candidates.len();
        let route_of = |candidate: usize| self.candidates[candidate].route;
        let endpoint_of = |candidate: usize| core.table.routes[route_of(candidate)].endpoint;

        let eligible: Vec<usize> = in_order.clone().filter(|i| state.health[route_of(*i)].is_eligible(now)).collect();
        let untried = eligible.iter().copied().filter(|i| self.tried[*i] == 0);
        // A candidate whose place in the minute is far off comes after one whose place is near.
        let far = |i: &usize| state.rates[endpoint_of(*i)].next(now) > now + core.timings.rate_patience;
        let (near, far): (Vec<usize>, Vec<usize>) = untried.partition(|i| !far(i));
        let again = eligible.iter().copied().filter(|i| self.tried[*i] > 0);
        for candidate in near.into_iter().chain(far).chain(again) {
            let endpoint = endpoint_of(candidate);
            let soonest = state.rates[endpoint].next(now);
            if soonest > self.deadline {
                continue;
            }
            if let Some(permit) = state.health[route_of(candidate)].breaker.admit(now) {
                let placed = state.rates[endpoint].take(now);
                let retry = self.tried[candidate];
                let delay = if retry == 0 { Duration::ZERO } else { self.backoff(retry - 1, &mut state.rng) };
                return Next::Try(candidate, permit, placed.max(now + delay));
            }
        }
        let pauses = in_order.clone().filter_map(|i| state.health[route_of(i)].set_aside(now));
        let soonest = pauses.filter(|aside| aside.reason == Outcome::RateLimited).map(|aside| aside.until).min();
        if let Some(until) = soonest.filter(|until| *until < self.deadline) {
            return Next::Wait(until);
        }
        // Never an instant "no provider": each open route gets one leased try.
        for candidate in in_order.filter(|i| self.tried[*i] == 0) {
            let health = &mut state.health[route_of(candidate)];
            if health.set_aside(now).is_none()
                && let Some(permit) = health.breaker.admit_last_resort(now)
            {
                return Next::Try(candidate, permit, now);
            }
        }
        Next::GiveUp
    }

    fn backoff(&self, retry: u32, rng: &mut rand_chacha::ChaCha8Rng) -> Duration {
        backoff::delay(self.core.timings.retry_base, self.core.timings.retry_cap, retry, rng)
    }

    async fn wait_until(&self, moment: Instant, reason: &str) {
        let wait = moment.saturating_duration_since(Instant::now());
        if wait > Duration::ZERO {
            self.say(ReplyEvent::Waiting { wait, reason: reason.to_owned() }).await;
            sleep_until(moment).await;
        }
    }

    /// Tries a candidate, and again at once where that is right. `None`: go on with another.
    async fn attempt(&mut self, candidate: usize, mut booking: Booking<'_>) -> Result<Option<Answer>, CallError> {
        loop {
            self.explain(candidate).await;
            self.tried[candidate] += 1;
            let was_clean = self.is_clean(candidate);
            let result = self.send(candidate, &mut booking).await;
            let (attempt, usage, brought) = booking.close(result.as_ref().copied());
            self.attempts.push(attempt);
            let failure = match result {
                Ok(()) => return Ok(Some(self.answer(candidate, brought, usage, true))),
                Err(failure) => failure,
            };
            let (name, message) = (self.name(candidate).to_owned(), failure.message.clone());
            self.why.push(format!("{name}: {message}"));
            if !brought.text.is_empty() {
                // Words that were given can't be taken back: what came is the answer, marked as cut.
                return Ok(Some(self.answer(candidate, brought, usage, false)));
            }
            if health::verdict(failure.outcome) == Verdict::Silent {
                return Err(self.refused(failure.outcome, format!("{name}: {message}")));
            }
            let again = self.retry_at_once(candidate, &failure, was_clean);
            self.last = Some(failure);
            let Some((wait, permit)) = again else { return Ok(None) };
            booking = Booking::open(self.core, &self.candidates[candidate], permit, &self.call);
            self.wait_until(Instant::now() + wait, &format!("retry at {name}: {message}")).await;
        }
    }

    /// Whether this very route is tried once more before another one: after a broken connection or a server error on a route
    /// that was clean, or when it asks for a short pause.
    fn retry_at_once(&self, candidate: usize, failure: &Failure, was_clean: bool) -> Option<(Duration, Permit)> {
        let timings = &self.core.timings;
        if self.attempts.len() > self.core.max_retries as usize || self.tried[candidate] > 1 {
            return None;
        }
        let now = Instant::now();
        let mut state = self.core.state();
        let wait = match (failure.outcome, failure.retry_after) {
            (Outcome::Reset | Outcome::ServerError, None) if was_clean => self.backoff(0, &mut state.rng),
            (Outcome::RateLimited | Outcome::ServerError, Some(asked))
                if asked <= timings.retry_after_patience
                    && asked <= self.deadline.saturating_duration_since(now) / 2 =>
            {
                asked
            }
            _ => return None,
        };
        let health = &mut state.health[self.candidates[candidate].route];
        health.breaker.admit(now).map(|permit| (wait, permit))
    }

    async fn send(&self, candidate: usize, booking: &mut Booking<'_>) -> Result<(), Failure> {
        let Candidate { route, model, .. } = &self.candidates[candidate];
        let endpoint = &self.core.table.endpoints[self.core.table.routes[*route].endpoint];
        let Some(provider) = &endpoint.provider else {
            return Err(Failure::new(Outcome::NotConfigured, "not configured"));
        };
        let request = ChatRequest {
            model: model.clone(),
            messages: self.call.messages.clone(),
            max_tokens: self.call.max_tokens.or_else(|| self.core.max_tokens.get(&self.call.task).copied()),
            temperature: self.call.temperature,
            stream: true,
        };
        let patience = self.patience(candidate);
        let slow = || {
            let event = RouterEvent::Slow { provider: endpoint.name.clone(), model: model.clone() };
            let _ = self.core.events.send(event);
        };
        let listener = Listener { reply: Some(&self.events), slow: &slow };
        attempt::run(provider.as_ref(), request, patience, booking.brought(), listener).await
    }

    /// How long an attempt may take: less for its first token while another route can take over.
    fn patience(&self, candidate: usize) -> Patience {
        let timings = &self.core.timings;
        let now = Instant::now();
        let state = self.core.state();
        let route = self.candidates[candidate].route;
        let has_backup = (0..self.candidates.len())
            .any(|i| i != candidate && self.tried[i] == 0 && state.health[self.candidates[i].route].is_eligible(now));
        let can_go_on = self.attempts.len() < self.core.max_retries as usize;
        let first_token = if has_backup && can_go_on {
            timings.first_token.unwrap_or_else(|| {
                let (name, model) = (self.core.table.name_of(route), &self.core.table.routes[route].model);
                adaptive(&state.book.total(name, model).first_token, timings)
            })
        } else {
            timings.request
        };
        Patience {
            first_token: (now + first_token).min(self.deadline),
            idle: timings.idle,
            total: self.started + timings.total,
            slow: now + timings.slow,
        }
    }

    async fn explain(&mut self, candidate: usize) {
        let Candidate { model, why, .. } = &self.candidates[candidate];
        let (provider, model, why) = (self.name(candidate).to_owned(), model.clone(), why.clone());
        if let Some(before) = self.attempts.last().filter(|before| before.provider != provider) {
            let event = RouterEvent::FailedOver {
                from: before.provider.clone(),
                to: provider.clone(),
                outcome: before.outcome,
            };
            let _ = self.core.events.send(event);
        }
        if self.tried[candidate] == 0 {
            self.why.push(why);
        }
        self.say(ReplyEvent::Trying { provider, model }).await;
    }

    fn is_clean(&self, candidate: usize) -> bool {
        let route = self.candidates[candidate].route;
        self.core.state().health[route].is_clean(Instant::now(), self.core.timings.clean)
    }

    fn name(&self, candidate: usize) -> &str {
        self.core.table.name_of(self.candidates[candidate].route)
    }

    async fn say(&self, event: ReplyEvent) {
        // The caller may have stopped listening; then this task is about to be aborted.
        let _ = self.events.send(event).await;
    }

    fn answer(&mut self, candidate: usize, brought: Brought, usage: AnswerUsage, complete: bool) -> Answer {
        let attempts = std::mem::take(&mut self.attempts);
        let cost = attempts.iter().map(|attempt| attempt.cost).sum();
        Answer {
            text: brought.text,
            provider: self.name(candidate).to_owned(),
            model: self.candidates[candidate].model.clone(),
            finish_reason: brought.finish.filter(|_| complete).map(|reason| reason.as_str().to_owned()),
            complete,
            cached: false,
            simulated: self.core.simulated,
            attempts,
            seam: None,
            usage,
            cost: Cost { amount: cost, currency: self.core.currency.clone() },
            ttft_ms: brought.first_text.map(|at| millis(at - self.started)),
            total_ms: millis(self.started.elapsed()),
            why: std::mem::take(&mut self.why),
        }
    }

    fn refused(&self, kind: Outcome, message: String) -> CallError {
        CallError { kind, message, retry_at: None, attempts: self.attempts.clone() }
    }

    /// Nothing more can be tried: the last failure, and when another try is worth while.
    fn exhausted(&self) -> CallError {
        let retry_at = self.retry_at();
        let mut error = match &self.last {
            Some(failure) => {
                let name = self.attempts.last().map_or("", |attempt| attempt.provider.as_str());
                self.refused(
                    failure.outcome,
                    format!("no provider could answer; the last one tried, {name}: {}", failure.message),
                )
            }
            None => self.refused(Outcome::Unavailable, "no provider takes requests now (see `vita status`)".to_owned()),
        };
        error.retry_at = retry_at;
        error
    }

    /// When the first of the candidates is tried again.
    fn retry_at(&self) -> Option<DateTime<Utc>> {
        let (now, at) = self.core.now();
        let state = self.core.state();
        let moments = self.candidates.iter().filter_map(|candidate| {
            let health = &state.health[candidate.route];
            health.set_aside(now).map(|aside| aside.until).or_else(|| health.breaker.reopens_at())
        });
        moments.min().map(|moment| at + moment.saturating_duration_since(now))
    }
}

/// Samples before the wait for a first token follows what was measured (`router.md` R3).
const ENOUGH_SAMPLES: u64 = 20;

fn adaptive(first_token: &super::histogram::Histogram, timings: &super::Timings) -> Duration {
    let (least, most) = timings.first_token_bounds;
    match first_token.percentile(95) {
        Some(p95) if first_token.count() >= ENOUGH_SAMPLES => Duration::from_millis(p95 * 4).clamp(least, most),
        _ => timings.first_token_start,
    }
}
