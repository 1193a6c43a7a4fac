//! What all parts of the router share: the fixed table and one short-locked state. Every change goes through here, so that
//! the switch of the primary is considered after each and nothing that must be remembered is forgotten.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use rand_chacha::ChaCha8Rng;
use tokio::sync::{Notify, broadcast};
use tokio::time::Instant;

use super::breaker::Permit;
use super::call::{Attempt, Billed};
use super::counters::DayBook;
use super::event::RouterEvent;
use super::health::{self, RouteHealth, Verdict};
use super::ledger::Entry;
use super::limit::{Gate, RateLimit};
use super::snapshot::{LastError, SWITCHES_SHOWN};
use super::switch::{self, Leadership};
use super::table::{EndpointId, RouteId, Table};
use super::timings::Timings;
use crate::clock::Clock;
use crate::config::{Micro, Task};
use crate::store::{SwitchEntry, SwitchKind};
use crate::wire::{Failure, Outcome, Usage};

/// The part of the router that never changes while it runs, and the lock on the part that does.
pub(super) struct Core {
    pub table: Table,
    pub use_fallback: bool,
    pub max_retries: u32,
    pub max_tokens: BTreeMap<Task, u32>,
    pub currency: String,
    pub simulated: bool,
    pub timings: Timings,
    pub clock: Clock,
    pub gate: Gate,
    pub events: broadcast::Sender<RouterEvent>,
    /// Rings when a snapshot or a record is due.
    pub changed: Notify,
    /// Rings when a breaker changed its state: another probe may be due first.
    pub health_changed: Notify,
    state: Mutex<State>,
}

/// The part that changes.
pub(super) struct State {
    pub health: Vec<RouteHealth>,
    pub rates: Vec<RateLimit>,
    pub leadership: Leadership,
    /// What the settings say; a remembered switch counts only while they say the same.
    pub configured: Leadership,
    pub led_since: DateTime<Utc>,
    pub last_switch: Option<Instant>,
    pub contacts: Vec<Contact>,
    pub book: DayBook,
    pub switches: Vec<SwitchEntry>,
    pub switches_today: u64,
    pub outbox: Vec<Entry>,
    pub rng: ChaCha8Rng,
}

/// What has lately passed between us and a provider.
#[derive(Clone, Debug, Default)]
pub(super) struct Contact {
    /// The last attempt or probe that ended.
    pub last: Option<Instant>,
    pub last_error: Option<LastError>,
    pub in_flight: usize,
}

/// How an attempt or a probe ended, for the books.
pub(super) struct Ended<'a> {
    pub route: RouteId,
    pub model: &'a str,
    pub permit: Option<Permit>,
    pub result: Result<(), &'a Failure>,
    pub usage: Usage,
    pub billed: Billed,
    pub first_token: Option<Duration>,
    pub took: Duration,
}

impl Core {
    pub fn new(parts: CoreParts) -> Self {
        let CoreParts {
            table,
            leadership,
            book,
            rng,
            use_fallback,
            max_retries,
            max_tokens,
            currency,
            simulated,
            timings,
            clock,
            gate,
            rate_per_minute,
        } = parts;
        let state = State {
            health: table.routes.iter().map(|_| RouteHealth::new(&timings)).collect(),
            rates: table
                .endpoints
                .iter()
                .map(|_| RateLimit::per_minute(rate_per_minute))
                .collect(),
            contacts: vec![Contact::default(); table.endpoints.len()],
            configured: leadership.clone(),
            leadership,
            led_since: DateTime::<Utc>::MIN_UTC,
            last_switch: None,
            book,
            switches: Vec::new(),
            switches_today: 0,
            outbox: Vec::new(),
            rng,
        };
        let (events, _) = broadcast::channel(256);
        Self {
            table,
            use_fallback,
            max_retries,
            max_tokens,
            currency,
            simulated,
            timings,
            clock,
            gate,
            events,
            changed: Notify::new(),
            health_changed: Notify::new(),
            state: Mutex::new(state),
        }
    }

    /// The state, briefly: never across an await.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Both clocks at once.
    pub fn now(&self) -> (Instant, DateTime<Utc>) {
        (Instant::now(), self.clock.now())
    }

    /// An attempt begins.
    pub fn begin(&self, route: RouteId) {
        let endpoint = self.table.routes[route].endpoint;
        self.state().contacts[endpoint].in_flight += 1;
        self.changed.notify_one();
    }

    /// Books the end of an attempt (with a permit) or of a probe (without) everywhere at once, and returns its record.
    pub fn end(&self, ended: Ended) -> Attempt {
        let now = self.now();
        let endpoint = self.table.routes[ended.route].endpoint;
        let cost = super::cost::cost(self.table.endpoints[endpoint].prices, ended.usage);
        let outcome = ended.result.err().map_or(Outcome::Ok, |failure| failure.outcome);
        let mut state = self.state();
        state.book_health(self, &ended, now);
        let first_token_ms = ended.first_token.filter(|_| ended.result.is_ok()).map(millis);
        let name = &self.table.endpoints[endpoint].name;
        let model = &self.table.routes[ended.route].model;
        state.turn_to(self.clock.day_of(now.1));
        state
            .book
            .route(name, model)
            .count(ended.permit.is_none(), outcome, ended.usage, cost, first_token_ms);
        state.note_contact(endpoint, ended.permit.is_some(), ended.result, now);
        state.consider_switch(self, now);
        drop(state);
        let event = RouterEvent::AttemptEnded {
            provider: name.clone(),
            model: ended.model.to_owned(),
            outcome,
            probe: ended.permit.is_none(),
        };
        let _ = self.events.send(event);
        self.changed.notify_one();
        record(&ended, name, outcome, cost)
    }

    /// Moves the primary because somebody wants it.
    pub fn switch_by_hand(&self, to: &str, reason: &str, actor: &str) {
        let now = self.now();
        let mut state = self.state();
        state.leadership.preferred = to.to_owned();
        if state.leadership.primary == to {
            state.remember_leadership(now.1);
        } else {
            state.switch(self, to, SwitchKind::Manual, ("manual", reason, actor), now);
        }
        drop(state);
        self.changed.notify_one();
    }

    /// Lets the primary move by itself, or not.
    pub fn set_auto_switch(&self, enabled: bool) {
        let now = self.now();
        let mut state = self.state();
        state.leadership.auto_switch = enabled;
        state.remember_leadership(now.1);
        state.consider_switch(self, now);
        drop(state);
        self.changed.notify_one();
    }
}

/// What a [`Core`] is made of.
pub(super) struct CoreParts {
    pub table: Table,
    pub leadership: Leadership,
    pub book: DayBook,
    pub rng: ChaCha8Rng,
    pub use_fallback: bool,
    pub max_retries: u32,
    pub max_tokens: BTreeMap<Task, u32>,
    pub currency: String,
    pub simulated: bool,
    pub timings: Timings,
    pub clock: Clock,
    pub gate: Gate,
    pub rate_per_minute: Option<u32>,
}

impl State {
    /// Opens the book of a new day when the day has changed.
    pub fn turn_to(&mut self, today: chrono::NaiveDate) {
        if self.book.day() == today {
            return;
        }
        let rows = self.book.take_fresh();
        if !rows.is_empty() {
            self.outbox.push(Entry::Counters(self.book.day(), rows));
        }
        self.book = DayBook::new(today, BTreeMap::new());
        self.switches_today = 0;
        self.contacts.iter_mut().for_each(|contact| contact.last_error = None);
    }

    /// Lets the routes that an outcome speaks of know it: the one that was called, or all of the provider.
    fn book_health(&mut self, core: &Core, ended: &Ended, now: (Instant, DateTime<Utc>)) {
        let endpoint = core.table.routes[ended.route].endpoint;
        let slow = ended.first_token.is_some_and(|took| took > core.timings.slow);
        let wide = ended
            .result
            .err()
            .filter(|failure| health::is_provider_wide(failure.outcome));
        for route in core.table.routes_of(endpoint) {
            let before = self.health[route].breaker.state(now.0);
            let memory = self.health[route].memory(now);
            let Self { health, rng, .. } = self;
            if route == ended.route {
                match ended.permit {
                    Some(permit) => health[route].book(permit, ended.result, slow, now, &core.timings, rng),
                    None => health[route].book_probe(ended.result, now, &core.timings, rng),
                }
            } else if let Some(failure) = wide {
                health[route].book(Permit::Ordinary, Err(failure), false, now, &core.timings, rng);
            } else {
                continue;
            }
            self.note_health(core, route, before, &memory, now);
        }
    }

    fn note_health(
        &mut self,
        core: &Core,
        route: RouteId,
        before: super::BreakerState,
        memory: &health::RouteMemory,
        now: (Instant, DateTime<Utc>),
    ) {
        let (provider, model) = (core.table.name_of(route), &core.table.routes[route].model);
        let state = self.health[route].breaker.state(now.0);
        if state != before {
            let event = RouterEvent::BreakerChanged {
                provider: provider.to_owned(),
                model: model.clone(),
                state,
            };
            let _ = core.events.send(event);
            core.health_changed.notify_one();
        }
        let after = self.health[route].memory(now);
        let is_same =
            (after.failures, after.open_until, after.aside) == (memory.failures, memory.open_until, memory.aside);
        if !is_same && let Ok(value) = serde_json::to_string(&after) {
            self.outbox.push(Entry::Value(route_key(provider, model), value));
        }
    }

    fn note_contact(
        &mut self,
        endpoint: EndpointId,
        attempt: bool,
        result: Result<(), &Failure>,
        (now, at): (Instant, DateTime<Utc>),
    ) {
        let contact = &mut self.contacts[endpoint];
        contact.last = Some(now);
        if attempt {
            contact.in_flight = contact.in_flight.saturating_sub(1);
        }
        if let Err(failure) = result.map_err(|failure| (failure, health::verdict(failure.outcome)))
            && failure.1 != Verdict::Silent
        {
            contact.last_error = Some(LastError {
                at,
                outcome: failure.0.outcome,
                message: failure.0.message.clone(),
            });
        }
    }

    /// Moves the primary when that is due and the dwell has passed.
    pub fn consider_switch(&mut self, core: &Core, now: (Instant, DateTime<Utc>)) {
        if !core.use_fallback || self.last_switch.is_some_and(|last| now.0 < last + core.timings.dwell) {
            return;
        }
        let usable: Vec<&str> = (0..core.table.endpoints.len())
            .filter(|endpoint| self.is_usable(core, *endpoint, now.0))
            .map(|endpoint| core.table.endpoints[endpoint].name.as_str())
            .collect();
        let Some(due) = switch::due(&self.leadership, &usable) else {
            return;
        };
        let from = core.table.endpoint_named(&self.leadership.primary);
        let error = from.and_then(|endpoint| self.contacts[endpoint].last_error.clone());
        match due.kind {
            SwitchKind::Recovery => {
                let reason = format!("{} answers again", due.to);
                self.switch(core, &due.to, due.kind, ("recovery", &reason, "router"), now);
            }
            SwitchKind::Auto | SwitchKind::Manual => {
                let trigger = switch::trigger(error.as_ref().map(|error| error.outcome));
                let reason = error.map_or_else(|| "it takes no traffic".to_owned(), |error| error.message);
                self.switch(core, &due.to, due.kind, (trigger, &reason, "router"), now);
            }
        }
    }

    /// Whether a provider takes ordinary traffic.
    pub fn is_usable(&self, core: &Core, endpoint: EndpointId, now: Instant) -> bool {
        core.table.is_configured(endpoint)
            && core
                .table
                .leading_route(endpoint)
                .is_some_and(|route| self.health[route].is_usable(now, core.timings.throttle_moves_primary))
    }

    fn switch(
        &mut self,
        core: &Core,
        to: &str,
        kind: SwitchKind,
        (trigger, reason, actor): (&str, &str, &str),
        now: (Instant, DateTime<Utc>),
    ) {
        self.turn_to(core.clock.day_of(now.1));
        let entry = SwitchEntry {
            at: now.1,
            from: std::mem::replace(&mut self.leadership.primary, to.to_owned()),
            to: to.to_owned(),
            kind,
            trigger: trigger.to_owned(),
            reason: reason.to_owned(),
            actor: actor.to_owned(),
        };
        tracing::info!(
            from = entry.from,
            to,
            kind = kind.as_str(),
            trigger,
            reason,
            "primary switched"
        );
        self.last_switch = Some(now.0);
        self.switches_today += 1;
        self.switches.insert(0, entry.clone());
        self.switches.truncate(SWITCHES_SHOWN);
        self.outbox.push(Entry::Switch(self.book.day(), entry.clone()));
        self.remember_leadership(now.1);
        let _ = core.events.send(RouterEvent::Switched(entry));
    }

    /// Puts switches that wait to be written back on top of a log that was read from the store.
    pub fn keep_unwritten_switches(&mut self) {
        for entry in &self.outbox {
            if let Entry::Switch(day, entry) = entry {
                self.switches.insert(0, entry.clone());
                self.switches_today += u64::from(*day == self.book.day());
            }
        }
        self.switches.truncate(SWITCHES_SHOWN);
    }

    fn remember_leadership(&mut self, at: DateTime<Utc>) {
        self.led_since = at;
        let memory = super::memory::LeadershipMemory {
            at,
            configured: self.configured.clone(),
            leadership: self.leadership.clone(),
        };
        if let Ok(value) = serde_json::to_string(&memory) {
            self.outbox
                .push(Entry::Value(super::memory::LEADERSHIP.to_owned(), value));
        }
    }
}

/// The name under which a route's health is remembered.
pub(super) fn route_key(provider: &str, model: &str) -> String {
    format!("route:{provider}/{model}")
}

fn record(ended: &Ended, provider: &str, outcome: Outcome, cost: Micro) -> Attempt {
    Attempt {
        provider: provider.to_owned(),
        model: ended.model.to_owned(),
        outcome,
        status: ended.result.map_or_else(|failure| failure.status, |()| Some(200)),
        ms: millis(ended.took),
        billed: ended.billed,
        cost,
    }
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
