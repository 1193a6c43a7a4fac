//! A call's path: a place among the calls in flight, a candidate, its permit, an attempt, its booking, and then the answer, a
//! retry, the next candidate, another provider that goes on where an answer broke off, or an honest end.

mod choice;
mod conversation;
mod delivery;
mod ending;
mod rescue;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::attempt::{self, Brought, Patience};
use super::booking::{Booking, Ticket};
use super::breaker::BreakerState;
use super::call::{Answer, AnswerUsage, Attempt, Call, CallError, ReplyEvent};
use super::core::Core;
use super::counters::Reason;
use super::event::RouterEvent;
use super::health::{self, Verdict};
use super::limit::Place;
use super::policy::{self, Candidate, NoCandidate, Preference};
use crate::wire::{ChatRequest, Failure, FinishReason, Message, Outcome};
use choice::Next;
use conversation::Conversation;
use delivery::Delivery;

/// A shorter wait is not spoken of.
const WORTH_TELLING: Duration = Duration::from_millis(100);

/// Serves one call to its one end, which is the last event sent.
pub(super) async fn serve(core: Arc<Core>, call: Call, events: mpsc::UnboundedSender<ReplyEvent>) {
    let mut dispatch = Dispatch::new(&core, call, events);
    let ended = dispatch.run().await;
    dispatch.note(match &ended {
        Ok(answer) => answer.broke_off().unwrap_or(Outcome::Ok),
        Err(error) => error.kind,
    });
    let end = match ended {
        Ok(answer) => ReplyEvent::Finished(Box::new(answer)),
        Err(error) => ReplyEvent::Failed(Box::new(error)),
    };
    dispatch.delivery.say(end);
}

/// What is known of one call while it is served.
struct Dispatch<'a> {
    core: &'a Arc<Core>,
    call: Call,
    conversation: Conversation,
    max_tokens: Option<u32>,
    delivery: Delivery,
    started: Instant,
    /// Latest moment for a first token.
    deadline: Instant,
    /// Latest moment for the end.
    end: Instant,
    candidates: Vec<Candidate>,
    attempts: Vec<Attempt>,
    /// What this call has seen of each candidate.
    tries: Vec<Tries>,
    why: Vec<String>,
    /// The failures before any text, with the candidate.
    failures: Vec<(usize, Failure)>,
    /// A candidate that is tried again ahead of the others.
    again: Option<Again>,
    /// The permit held is for a route known to be refused.
    forced: bool,
    /// The conversation has been made to fit once.
    fitted: bool,
    /// What happened is on record.
    is_noted: bool,
}

/// A caller that goes away leaves a record too.
impl Drop for Dispatch<'_> {
    fn drop(&mut self) {
        if !self.is_noted {
            self.note(Outcome::Cancelled);
        }
    }
}

/// What a call has seen of a candidate.
#[derive(Clone, Copy, Debug, Default)]
struct Tries {
    times: u32,
    /// It gave no sign in time: others are asked first.
    was_silent: bool,
    /// It said that the same request won't succeed there.
    is_closed: bool,
}

/// A candidate that is tried again, and after which wait.
#[derive(Clone, Copy, Debug)]
struct Again {
    candidate: usize,
    wait: Duration,
    /// The request is another one now: that is no retry.
    is_free: bool,
}

/// How an attempt ended.
struct Ended {
    result: Result<(), Failure>,
    brought: Brought,
    usage: AnswerUsage,
}

impl<'a> Dispatch<'a> {
    fn new(core: &'a Arc<Core>, mut call: Call, events: mpsc::UnboundedSender<ReplyEvent>) -> Self {
        let started = Instant::now();
        let earliest = |moment: Instant| call.deadline.map_or(moment, |deadline| deadline.min(moment));
        let (deadline, end) =
            (earliest(started + core.timings.request), earliest(started + core.timings.request + core.timings.total));
        let max_tokens = call.max_tokens.or_else(|| core.max_tokens.get(&call.task).copied());
        Self {
            core,
            conversation: Conversation::new(std::mem::take(&mut call.messages), max_tokens),
            max_tokens,
            delivery: Delivery::new(core.clone(), events, call.takes_words_back),
            started,
            deadline,
            end,
            candidates: Vec::new(),
            attempts: Vec::new(),
            tries: Vec::new(),
            why: vec![format!("task {}", call.task)],
            failures: Vec::new(),
            again: None,
            forced: false,
            fitted: false,
            is_noted: false,
            call,
        }
    }

    async fn run(&mut self) -> Result<Answer, CallError> {
        let _place = self.enter().await?;
        let stand_in = self.why_another_leads();
        self.why.extend(stand_in);
        self.candidates = self.find_candidates().map_err(|none| self.refused(none.kind, none.message))?;
        self.tries = vec![Tries::default(); self.candidates.len()];
        while self.may_try() {
            // Listens before it looks, so that no end of a trial is missed.
            let mut attempt_ended = std::pin::pin!(self.core.attempt_ended.notified());
            attempt_ended.as_mut().enable();
            match self.next() {
                Next::Try(candidate, ticket) => {
                    let booking = self.open(candidate, ticket, self.reason(candidate));
                    self.leave_for(candidate);
                    self.wait_until(ticket.start, &self.why_wait(candidate)).await;
                    if self.still_holds(candidate, ticket.permit)
                        && let Some(answer) = self.attempt(candidate, booking).await?
                    {
                        return Ok(answer);
                    }
                }
                Next::Wait(until) => self.wait_until(until, "every provider asks for a pause").await,
                Next::WaitForTrial => {
                    let wait = self.deadline.saturating_duration_since(Instant::now());
                    let reason = "another call is trying the only provider left".to_owned();
                    self.delivery.say(ReplyEvent::Waiting { wait, reason });
                    let _ = timeout_at(self.deadline, attempt_ended).await;
                }
                Next::GiveUp(limited_until) => return Err(self.exhausted(limited_until)),
            }
        }
        Err(self.exhausted(None))
    }

    /// Whether the settings allow one more attempt.
    fn may_try(&self) -> bool {
        self.attempts.len() <= self.core.max_retries as usize
    }

    /// Takes over the permit of an attempt.
    fn open(&self, candidate: usize, ticket: Ticket, reason: Reason) -> Booking<'a> {
        Booking::open(self.core, &self.candidates[candidate], ticket, reason, self.conversation.weight())
    }

    /// What the next attempt is within this call.
    fn reason(&self, candidate: usize) -> Reason {
        match self.attempts.last() {
            None => Reason::First,
            Some(last) if last.provider == self.name(candidate) => Reason::Retry,
            Some(_) => Reason::Failover,
        }
    }

    /// A place among the calls in flight.
    async fn enter(&mut self) -> Result<Place, CallError> {
        let refused = |why: &str| format!("too many calls at once (MAX_CONCURRENT_REQUESTS): {why}; try again soon");
        let standing = self.core.gate.stand(self.call.priority, self.started);
        let standing = standing.map_err(|full| self.refused(Outcome::Limit, refused(&full.to_string())))?;
        let deadline = (self.started + self.core.timings.queue).min(self.deadline);
        let mut told = None;
        loop {
            // Listens before it looks, so that no move of the line is missed.
            let mut moved = std::pin::pin!(standing.moved());
            moved.as_mut().enable();
            if let Some(place) = standing.enter(Instant::now()) {
                if told.is_some() {
                    self.why.push(format!("stood in line for {} ms", self.started.elapsed().as_millis()));
                }
                return Ok(place);
            }
            if !standing.is_in_line() {
                return Err(self.refused(Outcome::Limit, refused("the line is full, and others go first")));
            }
            let (place, wait) = standing.outlook();
            if told.replace(place) != Some(place) {
                self.delivery.say(ReplyEvent::Queued { place, wait });
            }
            if timeout_at(deadline, moved).await.is_err() {
                return Err(self.refused(Outcome::Limit, refused("none ended in time")));
            }
        }
    }

    fn find_candidates(&self) -> Result<Vec<Candidate>, NoCandidate> {
        let core = self.core;
        let (now, state) = (Instant::now(), core.state());
        let on_trial = core.table.endpoint_named(&state.leadership.preferred).filter(|endpoint| {
            let route = core.table.route_for(*endpoint, self.call.task).or_else(|| core.table.leading_route(*endpoint));
            route.is_some_and(|route| {
                let health = &state.health[route];
                // Where nothing is probed, a refused route whose time is over is heard of in no other way.
                let is_in_doubt = health.breaker.state(now) == BreakerState::HalfOpen || health.was_refused().is_some();
                is_in_doubt && health.is_eligible(now)
            })
        });
        let primary = state.leadership.primary.clone();
        let is_gone = |route: &usize| {
            state.health[*route].set_aside(now).is_some_and(|aside| aside.reason == Outcome::ModelUnavailable)
        };
        let wanted = (0..core.table.endpoints.len()).filter_map(|id| core.table.route_for(id, self.call.task));
        let gone: Vec<_> = wanted.filter(is_gone).collect();
        drop(state);
        let preference = Preference {
            primary: &primary,
            on_trial,
            use_fallback: core.use_fallback,
            tokens: self.conversation.weight().total(),
            gone: &gone,
        };
        policy::candidates(&core.table, &self.call, &preference)
    }

    async fn wait_until(&self, moment: Instant, reason: &str) {
        let wait = moment.saturating_duration_since(Instant::now());
        if wait >= WORTH_TELLING {
            self.delivery.say(ReplyEvent::Waiting { wait, reason: reason.to_owned() });
        }
        sleep_until(moment).await;
    }

    /// What a wait before an attempt is for.
    fn why_wait(&self, candidate: usize) -> String {
        match self.failures.iter().rev().find(|(failed, _)| *failed == candidate) {
            Some((_, failure)) => format!("retry at {}: {}", self.name(candidate), failure.message),
            None => format!("our own limit at {}", self.name(candidate)),
        }
    }

    /// Tries a candidate once. `None`: go on with what [`Dispatch::next`] chooses.
    async fn attempt(&mut self, candidate: usize, booking: Booking<'_>) -> Result<Option<Answer>, CallError> {
        self.explain(candidate);
        let was_clean = self.is_clean(candidate);
        let messages = self.conversation.messages().to_vec();
        let patience = self.patience(candidate);
        let Ended { result, brought, usage } = self.send(candidate, booking, messages, self.max_tokens, patience).await;
        let Err(failure) = result else {
            return Ok(Some(self.answer(candidate, &brought, usage, true)));
        };
        self.why.push(format!("{}: {}", self.name(candidate), failure.message));
        if !self.delivery.given.is_empty() {
            // Words that were given can't be taken back by us: another provider goes on, or what came is the answer, marked as cut.
            return Ok(Some(self.rescue(candidate, failure, &brought, usage).await));
        }
        let was_silent = matches!(failure.outcome, Outcome::FirstTokenTimeout | Outcome::Deadline);
        self.tries[candidate].was_silent |= was_silent;
        self.tries[candidate].is_closed |= failure.should_retry == Some(false);
        if failure.outcome == Outcome::ModelUnavailable {
            self.add_siblings(candidate);
        }
        self.again = self.try_again(candidate, &failure, was_clean);
        if self.again.is_none()
            && health::verdict(failure.outcome) == Verdict::Silent
            && !was_silent
            && !self.may_ask_others(candidate, &failure)
        {
            return Err(self.refused(failure.outcome, format!("{}: {}", self.name(candidate), failure.message)));
        }
        self.failures.push((candidate, failure));
        Ok(None)
    }

    /// Sends a request, and books how it ended.
    async fn send(
        &mut self,
        candidate: usize,
        mut booking: Booking<'_>,
        messages: Vec<Message>,
        max_tokens: Option<u32>,
        patience: Patience,
    ) -> Ended {
        self.tries[candidate].times += 1;
        let Candidate { route, model, .. } = &self.candidates[candidate];
        let endpoint = &self.core.table.endpoints[self.core.table.routes[*route].endpoint];
        let request = ChatRequest {
            model: model.clone(),
            messages,
            max_tokens,
            temperature: self.call.temperature,
            stream: true,
        };
        self.delivery.listen_to(&endpoint.name, model);
        let mut result = match &endpoint.provider {
            Some(provider) => {
                attempt::run(provider.as_ref(), request, patience, booking.brought(), &mut self.delivery).await
            }
            None => Err(Failure::new(Outcome::NotConfigured, "not configured")),
        };
        if result.as_ref().is_err_and(|failure| failure.outcome == Outcome::Empty)
            && booking.brought().finish == Some(FinishReason::Stop)
            && self.delivery.goes_on()
        {
            // The first answer lacked nothing but the word that it ends, and here that word is.
            result = Ok(());
        }
        if result.is_ok() {
            result = self.delivery.finish();
        }
        let (attempt, usage, brought) = booking.close(result.as_ref().copied());
        self.attempts.push(attempt);
        Ended { result, brought, usage }
    }

    /// Says that another provider than the last one is turned to.
    fn leave_for(&self, candidate: usize) {
        let to = self.name(candidate);
        if let Some(before) = self.attempts.last().filter(|before| before.provider != to) {
            let (from, to, outcome) = (before.provider.clone(), to.to_owned(), before.outcome);
            let _ = self.core.events.send(RouterEvent::FailedOver { from: from.clone(), to: to.clone(), outcome });
            self.delivery.say(ReplyEvent::FailedOver { from, to, outcome });
        }
    }

    /// Says who is asked now, and why.
    fn explain(&mut self, candidate: usize) {
        let Candidate { model, why, .. } = &self.candidates[candidate];
        let (provider, model, why) = (self.name(candidate).to_owned(), model.clone(), why.clone());
        if self.tries[candidate].times == 0 {
            let passed_over = self.passed_over(candidate);
            self.why.extend(passed_over);
            self.why.push(why);
        }
        self.delivery.say(ReplyEvent::Trying { provider, model });
    }

    fn is_clean(&self, candidate: usize) -> bool {
        let route = self.route(candidate);
        self.core.state().health[route].is_clean(Instant::now(), self.core.timings.clean)
    }

    fn name(&self, candidate: usize) -> &str {
        self.core.table.name_of(self.candidates[candidate].route)
    }
}
