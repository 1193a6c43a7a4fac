//! Health checks: a one-token question to a provider that nobody has talked to for a while, and to routes that are down.

use std::sync::Arc;

use tokio::time::{Instant, sleep_until, timeout};

use super::attempt::{self, Brought, Nobody, Patience};
use super::breaker::BreakerState;
use super::core::{Core, Ended};
use super::cost;
use super::keeper::Keeper;
use super::table::{EndpointId, RouteId};
use crate::wire::{ChatRequest, Failure, Message, Outcome, Role, Usage};

/// The specification's health check: one token for this.
const QUESTION: &str = "Hi";

/// Probes what is due, for ever; reads at each interval what other processes have written.
pub(super) async fn run(core: Arc<Core>, keeper: Arc<Keeper>) {
    let mut refresh_at = Instant::now() + core.timings.probe_interval;
    loop {
        let wake = next_wake(&core, Instant::now()).map_or(refresh_at, |at| at.min(refresh_at));
        tokio::select! {
            () = sleep_until(wake) => {}
            () = core.health_changed.notified() => continue,
        }
        let now = core.now();
        if now.0 >= refresh_at {
            refresh_at = now.0 + core.timings.probe_interval;
            if let Err(error) = keeper.refresh().await {
                tracing::warn!(%error, "what other processes wrote could not be read");
            }
        }
        // Asked again after the sleep: a call may have made the probe unnecessary.
        if let Some((_, route)) = next_due(&core, now.0).filter(|(at, _)| *at <= now.0) {
            probe(&core, route).await;
        }
        // After the probe: what it saw counts.
        core.state().consider_switch(&core, core.now());
        core.changed.notify_one();
    }
}

/// When a probe is due, or the dwell that holds the primary back is over.
fn next_wake(core: &Core, now: Instant) -> Option<Instant> {
    let dwell_over = core.state().last_switch.map(|last| last + core.timings.dwell).filter(|end| *end > now);
    let probe = next_due(core, now).map(|(at, _)| at);
    dwell_over.into_iter().chain(probe).min()
}

/// The probe that is due first, and when.
fn next_due(core: &Core, now: Instant) -> Option<(Instant, RouteId)> {
    (0..core.table.endpoints.len())
        .filter(|endpoint| core.table.is_configured(*endpoint))
        .filter_map(|endpoint| due_of(core, endpoint, now))
        .min_by_key(|(at, _)| *at)
}

/// A provider with an open or failing route is asked on that route often; a silent one on its leading route each interval.
fn due_of(core: &Core, endpoint: EndpointId, now: Instant) -> Option<(Instant, RouteId)> {
    let state = core.state();
    let is_troubled = |route: &RouteId| {
        let breaker = &state.health[*route].breaker;
        breaker.state(now) == BreakerState::Open || breaker.is_failing()
    };
    let (route, interval, last) = match core.table.routes_of(endpoint).find(is_troubled) {
        // Traffic on another model says nothing of this one.
        Some(route) => (route, core.timings.open_probe_interval, state.health[route].last_contact),
        None => (core.table.leading_route(endpoint)?, core.timings.probe_interval, state.contacts[endpoint].last),
    };
    // A provider that was never spoken to is asked at once: the first screen shows what is alive.
    let at = last.map_or(now, |last| last + interval);
    let aside = state.health[route].set_aside(now).map_or(now, |aside| aside.until);
    Some((at.max(aside), route))
}

/// Asks one route for one token, without retries.
async fn probe(core: &Arc<Core>, route: RouteId) {
    let Some(provider) = core.table.endpoints[core.table.routes[route].endpoint].provider.clone() else {
        return;
    };
    let model = &core.table.routes[route].model;
    let request = ChatRequest {
        model: model.clone(),
        messages: vec![Message::text(Role::User, QUESTION)],
        max_tokens: Some(1),
        temperature: None,
        stream: true,
    };
    let started = Instant::now();
    let end = started + core.timings.probe_timeout;
    let wait = core.timings.probe_timeout;
    let patience =
        Patience { first_token: end, idle: wait, total: wait, end, slow: end, floor: None, ends_repetition: false };
    let (mut brought, mut nobody) = (Brought::default(), Nobody);
    let asked = attempt::run(provider.as_ref(), request, patience, &mut brought, &mut nobody);
    let result = timeout(core.timings.probe_timeout, asked)
        .await
        .unwrap_or_else(|_| Err(Failure::new(Outcome::FirstTokenTimeout, "no answer to the health check in time")));
    let result = result.or_else(alive_all_the_same);
    let prompt_tokens = cost::estimate_prompt(&[Message::text(Role::User, QUESTION)]);
    let estimate = Usage { prompt_tokens, completion_tokens: 1, cached_tokens: 0 };
    let outcome = result.as_ref().err().map_or((Outcome::Ok, None), |failure| (failure.outcome, failure.status));
    let billed = cost::billed(outcome.0, outcome.1, brought.usage.is_some(), brought.first_token.is_some());
    let usage = if billed == super::Billed::No { Usage::default() } else { brought.usage.unwrap_or(estimate) };
    core.end(Ended {
        route,
        model,
        permit: None,
        result: result.as_ref().copied(),
        usage,
        billed,
        first_token: brought.first_token.map(|at| at - started),
        took: started.elapsed(),
        reserved: 0,
    });
}

/// An answer without text, or a complaint about so few tokens, comes from a service that is alive.
fn alive_all_the_same(failure: Failure) -> Result<(), Failure> {
    match failure.outcome {
        Outcome::Empty | Outcome::ContentFilter => Ok(()),
        Outcome::BadRequest if failure.message.contains("max_tokens") => Ok(()),
        _ => Err(failure),
    }
}
