//! A call's path: a place among the calls in flight, a candidate, its permit, an attempt, its booking, and then the answer, a
//! retry, the next candidate, or an honest end.

mod choice;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::attempt::{self, Brought, Listener};
use super::booking::Booking;
use super::breaker::BreakerState;
use super::call::{Answer, AnswerUsage, Attempt, Call, CallError, Cost, ReplyEvent};
use super::core::{Core, millis};
use super::event::RouterEvent;
use super::health::{self, Verdict};
use super::policy::{self, Candidate, NoCandidate, Preference};
use super::snapshot::CallRecord;
use crate::wire::{ChatRequest, Failure, Outcome};
use choice::Next;

/// Serves one call to its one end, which is the last event sent.
pub(super) async fn serve(core: Arc<Core>, call: Call, events: mpsc::Sender<ReplyEvent>) {
    let mut dispatch = Dispatch::new(&core, call, events.clone());
    let ended = dispatch.run().await;
    dispatch.note(&ended);
    let end = match ended {
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
    /// A candidate that is tried again ahead of the others, and after which wait.
    again: Option<(usize, Duration)>,
    /// The permit held is for a route known to be refused.
    forced: bool,
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
            again: None,
            forced: false,
        }
    }

    /// Keeps what happened to the call, and nothing of what was said in it.
    fn note(&self, ended: &Result<Answer, CallError>) {
        let (outcome, attempts, why, seam) = match ended {
            Ok(answer) => {
                let last = answer.attempts.last().map_or(Outcome::Ok, |attempt| attempt.outcome);
                (last, &answer.attempts, &answer.why, answer.seam.clone())
            }
            Err(error) => (error.kind, &error.attempts, &self.why, None),
        };
        let total_ms = millis(self.started.elapsed());
        let task = self.call.task;
        tracing::info!(%task, outcome = outcome.as_str(), total_ms, attempts = attempts.len(), why = why.join("; "), "call ended");
        let at = self.core.now().1;
        let (attempts, why) = (attempts.clone(), why.clone());
        self.core.state().note_call(CallRecord { at, task, outcome, attempts, seam, total_ms, why });
        self.core.changed.notify_one();
    }

    async fn run(&mut self) -> Result<Answer, CallError> {
        let _place = self.enter().await?;
        self.candidates = self.find_candidates().map_err(|none| self.refused(none.kind, none.message))?;
        self.tried = vec![0; self.candidates.len()];
        while self.attempts.len() <= self.core.max_retries as usize {
            // Listens before it looks, so that no end of a trial is missed.
            let mut attempt_ended = std::pin::pin!(self.core.attempt_ended.notified());
            attempt_ended.as_mut().enable();
            match self.next() {
                Next::Try(candidate, permit, start) => {
                    let booking = Booking::open(self.core, &self.candidates[candidate], permit, &self.call);
                    self.wait_until(start, &self.why_wait(candidate)).await;
                    if self.still_holds(candidate, permit)
                        && let Some(answer) = self.attempt(candidate, booking).await?
                    {
                        return Ok(answer);
                    }
                }
                Next::Wait(until) => self.wait_until(until, "every provider asks for a pause").await,
                Next::WaitForTrial => {
                    let _ = timeout_at(self.deadline, attempt_ended).await;
                }
                Next::GiveUp(limited_until) => return Err(self.exhausted(limited_until)),
            }
        }
        Err(self.exhausted(None))
    }

    /// A place among the calls in flight.
    async fn enter(&self) -> Result<super::limit::Place, CallError> {
        if let Some(place) = self.core.gate.try_enter() {
            return Ok(place);
        }
        let wait = self.core.timings.queue;
        self.say(ReplyEvent::Waiting { wait, reason: "too many calls at once".to_owned() }).await;
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

    async fn wait_until(&self, moment: Instant, reason: &str) {
        let wait = moment.saturating_duration_since(Instant::now());
        if wait > Duration::ZERO {
            self.say(ReplyEvent::Waiting { wait, reason: reason.to_owned() }).await;
            sleep_until(moment).await;
        }
    }

    /// What a wait before an attempt is for.
    fn why_wait(&self, candidate: usize) -> String {
        match (&self.last, self.tried[candidate]) {
            (Some(failure), 1..) => format!("retry at {}: {}", self.name(candidate), failure.message),
            _ => "our own limit of attempts a minute".to_owned(),
        }
    }

    /// Tries a candidate once. `None`: go on with what [`Dispatch::next`] chooses.
    async fn attempt(&mut self, candidate: usize, mut booking: Booking<'_>) -> Result<Option<Answer>, CallError> {
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
        self.again = self.retry_at_once(candidate, &failure, was_clean).map(|wait| (candidate, wait));
        self.last = Some(failure);
        Ok(None)
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

    async fn explain(&mut self, candidate: usize) {
        let Candidate { model, why, .. } = &self.candidates[candidate];
        let (provider, model, why) = (self.name(candidate).to_owned(), model.clone(), why.clone());
        if let Some(before) = self.attempts.last().filter(|before| before.provider != provider) {
            let (from, to, outcome) = (before.provider.clone(), provider.clone(), before.outcome);
            let _ = self.core.events.send(RouterEvent::FailedOver { from: from.clone(), to: to.clone(), outcome });
            self.say(ReplyEvent::FailedOver { from, to, outcome }).await;
        }
        if self.tried[candidate] == 0 {
            self.why.push(why);
        }
        self.say(ReplyEvent::Trying { provider, model }).await;
    }

    fn is_clean(&self, candidate: usize) -> bool {
        let route = self.route(candidate);
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
    fn exhausted(&self, limited_until: Option<Instant>) -> CallError {
        let retry_at = self.retry_at(limited_until);
        let mut error = match &self.last {
            Some(failure) => {
                let name = self.attempts.last().map_or("", |attempt| attempt.provider.as_str());
                self.refused(
                    failure.outcome,
                    format!("no provider could answer; the last one tried, {name}: {}", failure.message),
                )
            }
            None if limited_until.is_some() => self.refused(
                Outcome::Limit,
                "RATE_LIMIT_PER_MINUTE is reached at every provider that could answer".to_owned(),
            ),
            None => self.refused(Outcome::Unavailable, "no provider takes requests now (see `vita status`)".to_owned()),
        };
        error.retry_at = retry_at;
        error
    }

    /// When the first of the candidates is tried again.
    fn retry_at(&self, limited_until: Option<Instant>) -> Option<DateTime<Utc>> {
        let (now, at) = self.core.now();
        let state = self.core.state();
        let moments = self.candidates.iter().filter_map(|candidate| {
            let health = &state.health[candidate.route];
            health.set_aside(now).map(|aside| aside.until).or_else(|| health.breaker.reopens_at())
        });
        limited_until.into_iter().chain(moments).min().map(|moment| at + moment.saturating_duration_since(now))
    }
}
