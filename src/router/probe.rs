//! Health checks: of a provider that has answered nobody for a while, and of routes that are in trouble.
//!
//! A check asks for the list of models first, which costs nothing, and for one token only where that says too little. Real
//! answers make checks unnecessary; callers come before them; a provider has one at a time.

mod check;

use std::sync::Arc;
use std::time::Duration;

use rand::RngExt;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::core::{Core, Now};
use super::keeper::Keeper;
use super::state::State;
use super::table::{EndpointId, RouteId};
use super::timings::Timings;
use check::Check;

/// Checks what is due, for ever; reads at each interval what other processes have written.
pub(super) async fn run(core: Arc<Core>, keeper: Arc<Keeper>) {
    core.state().is_probing = true;
    let mut refresh_at = Instant::now() + core.timings.probe_interval;
    // They end with this task.
    let mut checks = JoinSet::new();
    loop {
        let wake = next_wake(&core, core.now()).map_or(refresh_at, |at| at.min(refresh_at));
        tokio::select! {
            biased;
            () = core.health_changed.notified() => {}
            Some(_) = checks.join_next() => {}
            () = sleep_until(wake) => {}
        }
        if Instant::now() >= refresh_at {
            refresh_at = Instant::now() + core.timings.probe_interval;
            if let Err(error) = keeper.refresh().await {
                tracing::warn!(%error, "what other processes wrote could not be read");
            }
        }
        let now = core.now();
        core.state().settle(&core, now);
        for route in begin(&core, now.0) {
            checks.spawn(Check::new(core.clone(), route).run());
        }
        core.state().consider_switch(&core, now);
        core.changed.notify_one();
        core.recorded.notify_one();
    }
}

/// When a check is due, a cooldown or a lease is over, or the dwell that holds the primary back.
fn next_wake(core: &Core, now: Now) -> Option<Instant> {
    let state = core.state();
    let checks = (0..core.table.endpoints.len()).filter_map(|id| due(core, &state, id, now.0)).map(|(at, _)| at);
    let changes = state.health.iter().filter_map(|health| health.breaker.changes_at());
    checks.chain(changes).chain(state.dwell_end(core, now)).min()
}

/// The routes whose check is due. From now on it is under way, and the next one is not due before its time.
fn begin(core: &Core, now: Instant) -> Vec<RouteId> {
    let mut state = core.state();
    let mut begun = Vec::new();
    for endpoint in 0..core.table.endpoints.len() {
        if let Some((_, route)) = due(core, &state, endpoint, now).filter(|(at, _)| *at <= now) {
            let State { health, contacts, rng, .. } = &mut *state;
            health[route].plan_probe(now, &core.timings, rng);
            contacts[endpoint].is_checked = true;
            contacts[endpoint].check_at = Some(now + core.timings.probe_interval.mul_f64(rng.random_range(0.9..1.1)));
            begun.push(route);
        }
    }
    begun
}

/// Which of a provider's routes is checked next, and when: one in trouble by its own schedule, else the leading one when the
/// provider has answered nobody for an interval. Not before a place in the provider's minute is free, which callers may take.
fn due(core: &Core, state: &State, endpoint: EndpointId, now: Instant) -> Option<(Instant, RouteId)> {
    let contact = &state.contacts[endpoint];
    if contact.is_checked || !core.table.is_configured(endpoint) {
        return None;
    }
    let in_trouble = core.table.routes_of(endpoint).filter_map(|route| {
        let health = &state.health[route];
        let dormant = dormant(state, &core.timings, now);
        let affordable = health.token_asked.zip(dormant).map_or(now, |(asked, pause)| asked + pause);
        Some((health.probe_due(now)?.max(affordable), route))
    });
    let leading = core.table.leading_route(endpoint).filter(|route| state.health[*route].probe_due(now).is_none());
    let silent = leading.map(|route| {
        let aside = state.health[route].set_aside(now).map_or(now, |aside| aside.until);
        let answered = contact.answered.map_or(now, |answered| answered + core.timings.probe_interval);
        // A provider that was never spoken to is asked at once: the first screen shows what is alive.
        (contact.check_at.unwrap_or(now).max(answered).max(aside), route)
    });
    let (at, route) = in_trouble.chain(silent).min_by_key(|(at, _)| *at)?;
    Some((at.max(state.limits[endpoint].rate.next(now)), route))
}

/// How far apart probes that cost money are while nobody asks anything; `None` while somebody does.
fn dormant(state: &State, timings: &Timings, now: Instant) -> Option<Duration> {
    let (after, pause) = timings.dormant;
    (now >= state.last_call + after).then_some(pause)
}
