//! The part of the router that changes, behind one short lock: health, leadership, today's book. Nothing here waits.

use chrono::{DateTime, NaiveDate, Utc};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use tokio::time::Instant;

use super::breaker::{BreakerState, Permit};
use super::core::{Core, Ended};
use super::counters::{Counters, DayBook};
use super::event::RouterEvent;
use super::health::{self, RouteHealth, RouteMemory, Verdict};
use super::ledger::Entry;
use super::limit::RateLimit;
use super::memory::{LEADERSHIP, LeadershipMemory, error_key, route_key};
use super::snapshot::{LastError, SWITCHES_SHOWN};
use super::switch::{self, Leadership};
use super::table::{EndpointId, RouteId, Table};
use super::timings::Timings;
use crate::store::{SwitchEntry, SwitchKind};
use crate::wire::Failure;

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

impl State {
    /// Nothing has happened yet.
    pub fn new(
        table: &Table,
        timings: &Timings,
        leadership: Leadership,
        today: NaiveDate,
        rate: Option<u32>,
        seed: u64,
    ) -> Self {
        Self {
            health: table.routes.iter().map(|_| RouteHealth::new(timings)).collect(),
            rates: table.endpoints.iter().map(|_| RateLimit::per_minute(rate)).collect(),
            contacts: vec![Contact::default(); table.endpoints.len()],
            configured: leadership.clone(),
            leadership,
            led_since: DateTime::<Utc>::MIN_UTC,
            last_switch: None,
            book: DayBook::new(today, Counters::new()),
            switches: Vec::new(),
            switches_today: 0,
            outbox: Vec::new(),
            rng: ChaCha8Rng::seed_from_u64(seed),
        }
    }

    /// Opens the book of a new day when the day has changed.
    pub fn turn_to(&mut self, today: NaiveDate) {
        if self.book.day() == today {
            return;
        }
        let rows = self.book.take_fresh();
        if !rows.is_empty() {
            self.outbox.push(Entry::Counters(self.book.day(), rows));
        }
        self.book = DayBook::new(today, Counters::new());
        self.switches_today = 0;
        self.contacts.iter_mut().for_each(|contact| contact.last_error = None);
    }

    /// Lets the routes that an outcome speaks of know it: the one that was called, or all of the provider.
    pub fn book_health(&mut self, core: &Core, ended: &Ended, now: (Instant, DateTime<Utc>)) {
        let endpoint = core.table.routes[ended.route].endpoint;
        let slow = ended.first_token.is_some_and(|took| took > core.timings.slow);
        let wide = ended.result.err().filter(|failure| health::is_provider_wide(failure.outcome));
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
        before: BreakerState,
        memory: &RouteMemory,
        now: (Instant, DateTime<Utc>),
    ) {
        let (provider, model) = (core.table.name_of(route), &core.table.routes[route].model);
        let state = self.health[route].breaker.state(now.0);
        if state != before {
            let event = RouterEvent::BreakerChanged { provider: provider.to_owned(), model: model.clone(), state };
            let _ = core.events.send(event);
        }
        let after = self.health[route].memory(now);
        if state != before || after.failures != memory.failures {
            core.health_changed.notify_one();
        }
        let is_same =
            (after.failures, after.open_until, after.aside) == (memory.failures, memory.open_until, memory.aside);
        if !is_same && let Ok(value) = serde_json::to_string(&after) {
            self.outbox.push(Entry::Value(route_key(provider, model), value));
        }
    }

    pub fn note_contact(
        &mut self,
        core: &Core,
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
        let Err(failure) = result else { return };
        if health::verdict(failure.outcome) == Verdict::Silent {
            return;
        }
        let error = LastError { at, outcome: failure.outcome, message: failure.message.clone() };
        if let Ok(value) = serde_json::to_string(&error) {
            self.outbox.push(Entry::Value(error_key(&core.table.endpoints[endpoint].name), value));
        }
        self.contacts[endpoint].last_error = Some(error);
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

    pub fn switch(
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
        tracing::info!(from = entry.from, to, kind = kind.as_str(), trigger, reason, "primary switched");
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

    pub fn remember_leadership(&mut self, at: DateTime<Utc>) {
        self.led_since = at;
        let memory = LeadershipMemory { at, configured: self.configured.clone(), leadership: self.leadership.clone() };
        if let Ok(value) = serde_json::to_string(&memory) {
            self.outbox.push(Entry::Value(LEADERSHIP.to_owned(), value));
        }
    }
}
