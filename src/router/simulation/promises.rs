//! What must hold of the router's standing, and of each request that it makes of a provider.

use std::time::Duration;

use tokio::time::Instant;

use super::books::{Books, Case, Process, Visit};
use super::log::{Verdict, hold};
use super::plan::{Continues, NAMES, Plan};
use super::{text, users};
use crate::router::{BreakerState, RouteStatus, StatusSnapshot};
use crate::wire::{Message, Role};

/// Tokens of the retry budget, and how long one of them takes to come back by itself (`router.md` R3).
const RETRY_TOKENS: f64 = 10.0;
const RETRY_TOKEN_SECONDS: f64 = 10.0;

/// What a success gives back of a token.
const SUCCESS_TOKENS: f64 = 0.1;

/// The shortest beginning that another provider is asked to go on with, in characters (`router.md` R5).
const SHORTEST_PARTIAL: usize = 40;

/// The voice in which a provider answers a call.
pub(super) fn voice(books: &Books, call: usize, site: usize) -> usize {
    if books.cases.get(call).is_some_and(|case| case.errand.same_words) { 0 } else { site }
}

/// Of every snapshot.
pub(super) fn of_snapshot(books: &Books, plan: &Plan, process: usize, snapshot: &StatusSnapshot) -> Verdict {
    let most = books.processes[process].most_now();
    let places = plan.knobs.max_concurrent.map_or(usize::MAX, |places| places as usize);
    let (in_flight, queued) = (snapshot.in_flight, snapshot.queued);
    hold(snapshot.retry_tokens <= 10, "I2", || format!("{} retry tokens", snapshot.retry_tokens))?;
    hold(in_flight <= places, "I7", || format!("{in_flight} calls hold {places} places"))?;
    // More than the users have made: a health check holds a place.
    hold(in_flight + queued <= most, "I11", || format!("{in_flight} in flight and {queued} in line of {most} calls"))?;
    let attempts: usize = snapshot.providers.iter().map(|provider| provider.in_flight).sum();
    hold(attempts <= most, "I7", || format!("{attempts} attempts under way for {most} calls"))?;
    hold(snapshot.provider(&snapshot.primary).is_some(), "I6", || format!("{:?} is primary", snapshot.primary))
}

/// Of every request to a provider, before it is taken into the books.
pub(super) fn of_request(
    books: &Books,
    plan: &Plan,
    visit: &Visit,
    snapshot: Option<&StatusSnapshot>,
    messages: &[Message],
) -> Verdict {
    let process = &books.processes[visit.process];
    let place = || format!("{}/{}", NAMES[visit.site], visit.model);
    if let Some(until) = process.not_before.get(&(visit.site, visit.model.clone())) {
        let early = until.saturating_duration_since(Instant::now());
        hold(early.is_zero(), "I9", || format!("{} asked {early:?} before its Retry-After passed", place()))?;
    }
    let Some(call) = visit.call else { return of_health_check(books, visit) };
    let case = &books.cases[call];
    hold(!case.over, "I4", || format!("question {call} has ended, and {} is asked", place()))?;
    let attempts = case.visits.len() + 1;
    let most = 1 + plan.knobs.max_retries as usize;
    hold(attempts <= most, "I2", || format!("attempt {attempts} of question {call}, where {most} are allowed"))?;
    let others = case.visits.iter().filter(|earlier| books.visits[**earlier].over.is_none()).count();
    hold(others == 0, "I2", || format!("question {call} is asked at two places at once"))?;
    let is_retry = is_retry(books, case, visit, is_on_trial(snapshot, visit));
    hold(!is_retry || retries_left(process) >= 1.0, "I2", || format!("a retry of question {call} beyond the budget"))?;
    let prompt = || format!("question {call} asks {} for something else: {messages:?}", place());
    hold(is_asked_for(case, call, visit, messages), "R5", prompt)?;
    of_continuation(books, plan, visit, case, call)?;
    let waited = case.sent.elapsed();
    let is_at_once = waited.is_zero() || !case.visits.is_empty() || !case.unhindered;
    hold(is_at_once, "I11", || format!("question {call} waited {waited:?} though nothing was in its way"))?;
    match snapshot.and_then(|snapshot| route(snapshot, visit)).map(|route| (route.breaker, route.on_trial)) {
        Some((BreakerState::Open, false)) => {
            hold(false, "I3", || format!("{} is open, and asked question {call}", place()))
        }
        Some((BreakerState::Open | BreakerState::HalfOpen, _)) => {
            let same_route = |other: &&Visit| other.model == visit.model && other.call.is_some() && other.on_trial;
            let trials = books.under_way(visit.process, visit.site).filter(same_route).count();
            hold(trials == 0, "I3", || format!("{} is on trial, and asked question {call} too", place()))
        }
        Some((BreakerState::Closed, _)) | None => Ok(()),
    }
}

/// A health check overtakes nobody: one at a time for each provider.
pub(super) fn of_health_check(books: &Books, visit: &Visit) -> Verdict {
    let others = books.under_way(visit.process, visit.site).filter(|other| other.call.is_none()).count();
    hold(others == 0, "I11", || format!("{} has two health checks at once", NAMES[visit.site]))
}

/// Takes a request into the books.
pub(super) fn enter(books: &mut Books, mut visit: Visit, strange: bool, snapshot: Option<&StatusSnapshot>) {
    visit.strange = strange;
    visit.on_trial = is_on_trial(snapshot, &visit);
    let number = books.visits.len();
    if let Some(call) = visit.call {
        let retry = is_retry(books, &books.cases[call], &visit, visit.on_trial);
        books.cases[call].visits.push(number);
        books.processes[visit.process].retries += u32::from(retry);
    }
    books.visits.push(visit);
}

/// Whether something stands in the way of a call that is made now: if not, its first attempt begins at this very moment.
pub(super) fn is_unhindered(
    process: &Process,
    errand: &super::plan::Errand,
    plan: &Plan,
    now: &StatusSnapshot,
) -> bool {
    let rests = process.last_sent.is_none_or(|last| last.elapsed() > Duration::from_secs(90));
    let may_start = process.active.is_empty() && (plan.knobs.rate_per_minute.is_none() || rests);
    let is_free = |route: &RouteStatus| route.breaker == BreakerState::Closed && route.unavailable.is_none();
    let serves = |route: &RouteStatus| route.tasks.contains(&errand.task) && is_free(route);
    let has_route = now.providers.iter().any(|provider| provider.routes.iter().any(serves));
    may_start && has_route && plan.knobs.use_fallback && errand.deadline.is_none()
}

fn route<'a>(snapshot: &'a StatusSnapshot, visit: &Visit) -> Option<&'a RouteStatus> {
    snapshot.provider(NAMES[visit.site])?.routes.iter().find(|route| route.model == visit.model)
}

/// Whether the route's breaker is not closed.
fn is_on_trial(snapshot: Option<&StatusSnapshot>, visit: &Visit) -> bool {
    snapshot.and_then(|snapshot| route(snapshot, visit)).is_some_and(|route| route.breaker != BreakerState::Closed)
}

/// Whether it costs a token: the call was at this route before, or leaves another one for a route that is no better.
fn is_retry(books: &Books, case: &Case, visit: &Visit, on_trial: bool) -> bool {
    let is_same = |earlier: &Visit| earlier.site == visit.site && earlier.model == visit.model;
    case.visits.iter().any(|earlier| on_trial || is_same(&books.visits[*earlier]))
}

/// The most that the retry budget can hold now.
fn retries_left(process: &Process) -> f64 {
    let by_time = process.began.elapsed().as_secs_f64() / RETRY_TOKEN_SECONDS;
    let by_success = f64::from(process.successes) * SUCCESS_TOKENS;
    RETRY_TOKENS + by_time + by_success - f64::from(process.retries) + 1e-6
}

/// The user's own messages, and at most the beginning of the answer after them.
fn is_asked_for(case: &Case, call: usize, visit: &Visit, messages: &[Message]) -> bool {
    let own = users::messages(call, &case.errand);
    let added = messages.strip_prefix(own.as_slice());
    match (added, &visit.partial) {
        (Some([]), None) => true,
        (Some([last]), Some(_)) => last.role == Role::Assistant,
        _ => false,
    }
}

/// A continuation is asked of a provider that can, and from what the user has.
fn of_continuation(books: &Books, plan: &Plan, visit: &Visit, case: &Case, call: usize) -> Verdict {
    let Some(partial) = &visit.partial else { return Ok(()) };
    let can = plan.sites[visit.site].continues != Continues::No;
    hold(can, "R5", || format!("{} can't go on with question {call}", NAMES[visit.site]))?;
    let long = partial.chars().count();
    hold(long >= SHORTEST_PARTIAL, "R5", || format!("question {call} goes on after {long} characters"))?;
    let is_strange = case.visits.iter().any(|earlier| books.visits[*earlier].strange);
    let is_known = (0..plan.sites.len()).any(|voice| text::whole(call, voice).starts_with(partial.as_str()));
    hold(is_strange || is_known, "I14", || format!("question {call} goes on from what nobody said: {partial:?}"))
}
