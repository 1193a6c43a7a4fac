//! One health check of one route: the list of models, then one token. Never retried, and never stuck: each step has its end.

use std::sync::Arc;

use tokio::time::{Instant, sleep_until, timeout};

use super::dormant;
use crate::provider::Provider;
use crate::router::attempt::{self, Brought, Nobody, Patience};
use crate::router::breaker::BreakerState;
use crate::router::call::Billed;
use crate::router::core::{Core, Ended};
use crate::router::cost;
use crate::router::event::RouterEvent;
use crate::router::table::{EndpointId, RouteId};
use crate::wire::{ChatRequest, Failure, Message, Outcome, Role, Usage};

/// The specification's health check: one token for this.
const QUESTION: &str = "Hi";

/// A check under way; the provider is free for the next one when it is dropped.
pub(super) struct Check {
    core: Arc<Core>,
    route: RouteId,
    endpoint: EndpointId,
}

impl Drop for Check {
    fn drop(&mut self) {
        self.core.state().contacts[self.endpoint].is_checked = false;
    }
}

impl Check {
    pub fn new(core: Arc<Core>, route: RouteId) -> Self {
        let endpoint = core.table.routes[route].endpoint;
        Self { core, route, endpoint }
    }

    pub async fn run(self) {
        let Some(provider) = self.core.table.endpoints[self.endpoint].provider.clone() else {
            return;
        };
        if self.list(provider.as_ref()).await && self.is_token_worth_it() {
            // Callers may need every place in the provider's minute: then it is left at that.
            if timeout(self.core.timings.probe_timeout, self.take_place()).await.is_ok() {
                self.ask(provider.as_ref()).await;
            }
        }
    }

    /// Asks for the list of models; whether it is worth asking for a token after that.
    async fn list(&self, provider: &dyn Provider) -> bool {
        let started = Instant::now();
        let late = || Failure::new(Outcome::FirstTokenTimeout, "no list of models in time");
        let listed = timeout(self.core.timings.probe_timeout, provider.models()).await.unwrap_or_else(|_| Err(late()));
        self.count("list", listed.as_ref().err().map_or(Outcome::Ok, |failure| failure.outcome));
        let Err(failure) = listed else { return true };
        match (failure.outcome, failure.status) {
            // There is no list, or this key may not read it: that says nothing of the models.
            (_, Some(403..=405 | 501)) => true,
            (Outcome::Connect | Outcome::Auth | Outcome::Billing, _) => {
                self.out_of_reach(&failure, started);
                false
            }
            (Outcome::RateLimited, _) => false,
            // A service that does not answer does not condemn a route that works, but one that is down stays down.
            (
                Outcome::Reset
                | Outcome::FirstTokenTimeout
                | Outcome::IdleTimeout
                | Outcome::TotalTimeout
                | Outcome::ServerError,
                _,
            ) => self.core.state().health[self.route].breaker.state(Instant::now()) != BreakerState::Open,
            // It is there, but its list is no list, or not for us.
            _ => true,
        }
    }

    /// Whether to ask for a token: not often while nobody asks anything, unless something is wrong.
    fn is_token_worth_it(&self) -> bool {
        let (now, state) = (Instant::now(), self.core.state());
        let pause = dormant(&state, &self.core.timings, now);
        let asked = state.health[self.route].token_asked;
        asked.zip(pause).is_none_or(|(asked, pause)| now >= asked + pause)
    }

    /// Takes a place in the provider's minute as soon as one is free.
    async fn take_place(&self) {
        loop {
            let (now, next) = {
                let now = Instant::now();
                let rate = &mut self.core.state().limits[self.endpoint].rate;
                let next = rate.next(now);
                if next <= now {
                    rate.take(now);
                }
                (now, next)
            };
            if next <= now {
                return;
            }
            sleep_until(next).await;
        }
    }

    /// Asks for one token.
    async fn ask(&self, provider: &dyn Provider) {
        let started = Instant::now();
        let max_tokens = {
            let health = &mut self.core.state().health[self.route];
            health.token_asked = Some(started);
            health.probe_tokens
        };
        let request = ChatRequest {
            model: self.core.table.routes[self.route].model.clone(),
            messages: vec![Message::text(Role::User, QUESTION)],
            max_tokens: Some(max_tokens),
            temperature: None,
            stream: true,
        };
        let wait = self.core.timings.probe_timeout;
        let end = started + wait;
        let patience = Patience {
            first_token: end,
            is_fair: true,
            idle: wait,
            total: wait,
            end,
            deadline: None,
            slow: end,
            floor: None,
        };
        let (mut brought, mut nobody) = (Brought::default(), Nobody);
        let asked = attempt::run(provider, request, patience, &mut brought, &mut nobody);
        let late = || Failure::new(Outcome::FirstTokenTimeout, "no answer to the health check in time");
        let result = timeout(wait, asked).await.unwrap_or_else(|_| Err(late()));
        let result = result.or_else(|failure| self.unless_alive(failure, &brought));
        let outcome = result.as_ref().err().map_or(Outcome::Ok, |failure| failure.outcome);
        self.count("token", outcome);
        let status = result.as_ref().err().and_then(|failure| failure.status);
        let billed = cost::billed(outcome, status, brought.usage.is_some(), brought.first_token.is_some());
        let prompt_tokens = cost::estimate_prompt(&[Message::text(Role::User, QUESTION)]);
        let estimate = Usage { prompt_tokens, completion_tokens: 1, cached_tokens: 0 };
        let usage = if billed == Billed::No { Usage::default() } else { brought.usage.unwrap_or(estimate) };
        let first_token = brought.first_token.map(|at| at - started);
        self.core.end(Ended {
            usage,
            estimated: billed != Billed::Yes,
            billed,
            first_token,
            ..self.ended(result.as_ref().copied(), started)
        });
    }

    /// An answer that was counted but has no text, or a complaint about so few tokens, comes from a service that is alive.
    fn unless_alive(&self, failure: Failure, brought: &Brought) -> Result<(), Failure> {
        let is_about_tokens = failure.message.to_ascii_lowercase().contains("token");
        match failure.outcome {
            Outcome::Empty if brought.usage.is_some() || brought.finish.is_some() => Ok(()),
            Outcome::ContentFilter => Ok(()),
            Outcome::BadRequest | Outcome::ContextLength if is_about_tokens => {
                self.core.state().health[self.route].ask_for_more();
                Ok(())
            }
            _ => Err(failure),
        }
    }

    fn count(&self, level: &str, outcome: Outcome) {
        let core = &self.core;
        let today = core.clock.today();
        let mut state = core.state();
        state.turn_to(today);
        state
            .book
            .route(core.table.name_of(self.route), &core.table.routes[self.route].model)
            .count_probe(level, outcome);
    }

    /// Books that the provider can't be reached or refuses the key: for that no token need be asked for.
    fn out_of_reach(&self, failure: &Failure, started: Instant) {
        let (core, now) = (&self.core, self.core.now());
        let ended = self.ended(Err(failure), started);
        let mut state = core.state();
        state.book_health(core, &ended, now);
        state.note_contact(core, self.endpoint, false, Err(failure), now);
        state.consider_switch(core, now);
        drop(state);
        let (provider, model) = (core.table.name_of(self.route).to_owned(), ended.model.to_owned());
        let event = RouterEvent::AttemptEnded { provider, model, outcome: failure.outcome, probe: true };
        let _ = core.events.send(event);
    }

    fn ended<'a>(&'a self, result: Result<(), &'a Failure>, started: Instant) -> Ended<'a> {
        Ended {
            route: self.route,
            model: &self.core.table.routes[self.route].model,
            permit: None,
            result,
            reason: None,
            usage: Usage::default(),
            estimated: false,
            billed: Billed::No,
            first_token: None,
            took: started.elapsed(),
            reserved: 0,
        }
    }
}
