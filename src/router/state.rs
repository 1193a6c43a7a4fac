//! The part of the router that changes, behind one short lock: health, leadership, today's book. Nothing here waits.

use std::collections::{BTreeSet, VecDeque};

use chrono::{DateTime, NaiveDate, Utc};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde::Serialize;
use tokio::time::Instant;

use super::breaker::{BreakerState, Permit};
use super::core::{Core, Ended, Now};
use super::counters::{Counters, DayBook};
use super::event::RouterEvent;
use super::health::{self, RouteHealth, RouteMemory, Seen, Verdict};
use super::ledger::Entry;
use super::limit::{RateLimit, RetryBudget, TokenLimit};
use super::memory::{Configured, LEAD, Lead, PREFERENCE, Preference, error_key, route_key};
use super::snapshot::{CALLS_SHOWN, CallRecord, LastError, SWITCHES_SHOWN};
use super::switch::{self, Leadership};
use super::table::{EndpointId, RouteId, Table};
use super::timings::Timings;
use crate::store::{SwitchEntry, SwitchKind};
use crate::wire::{Failure, Outcome, Throttle};

/// The part that changes.
pub(super) struct State {
    pub health: Vec<RouteHealth>,
    /// Our own limits at each provider.
    pub limits: Vec<Limits>,
    pub retries: RetryBudget,
    /// Routes that refused to go on with an answer.
    pub refuse_to_continue: BTreeSet<RouteId>,
    pub leadership: Leadership,
    /// What the settings say; a remembered switch counts only while they say the same.
    pub configured: Configured,
    /// When the preference was last chosen, and when the primary last moved, as far as this process knows.
    pub preferred_since: DateTime<Utc>,
    pub led_since: DateTime<Utc>,
    pub last_switch: Option<Instant>,
    pub contacts: Vec<Contact>,
    pub book: DayBook,
    pub switches: Vec<SwitchEntry>,
    /// The latest calls that ended, newest first.
    pub calls: VecDeque<CallRecord>,
    pub switches_today: u64,
    pub outbox: Vec<Entry>,
    pub rng: ChaCha8Rng,
}

/// Our own limits at one provider.
#[derive(Debug)]
pub(super) struct Limits {
    pub rate: RateLimit,
    pub tokens: TokenLimit,
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
        configured: Configured,
        today: NaiveDate,
        rate: Option<u32>,
        seed: u64,
    ) -> Self {
        let leadership = Leadership {
            primary: configured.preferred.clone(),
            preferred: configured.preferred.clone(),
            auto_switch: configured.auto_switch,
        };
        Self {
            health: table.routes.iter().map(|_| RouteHealth::new(timings)).collect(),
            limits: table
                .endpoints
                .iter()
                .map(|endpoint| Limits {
                    rate: RateLimit::per_minute(rate),
                    tokens: TokenLimit::per_minute(endpoint.tokens_per_minute),
                })
                .collect(),
            retries: RetryBudget::default(),
            refuse_to_continue: BTreeSet::new(),
            contacts: vec![Contact::default(); table.endpoints.len()],
            configured,
            leadership,
            preferred_since: DateTime::<Utc>::MIN_UTC,
            led_since: DateTime::<Utc>::MIN_UTC,
            last_switch: None,
            book: DayBook::new(today, Counters::new()),
            switches: Vec::new(),
            calls: VecDeque::new(),
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
    pub fn book_health(&mut self, core: &Core, ended: &Ended, now: Now) {
        let endpoint = core.table.routes[ended.route].endpoint;
        let slow = ended.first_token.is_some_and(|took| took > core.timings.slow);
        let wide = ended.result.is_err_and(|failure| health::is_provider_wide(failure.outcome));
        for route in core.table.routes_of(endpoint) {
            let before = self.health[route].breaker.state(now.0);
            let memory = self.health[route].memory(&core.table.endpoints[endpoint].fingerprint, now);
            let Self { health, rng, .. } = self;
            let seen = Seen { result: ended.result, slow, began: now.0 - ended.took, now };
            if route == ended.route && ended.is_foreign(core) {
                // A model that the caller named and the provider lacks says nothing of the route it was sent on.
                ended.permit.into_iter().for_each(|permit| health[route].breaker.release(permit));
            } else if route == ended.route {
                health[route].book(ended.permit, seen, &core.timings, rng);
            } else if wide {
                health[route].book(Some(Permit::Ordinary), seen, &core.timings, rng);
            } else {
                continue;
            }
            self.note_health(core, route, before, &memory, now);
        }
    }

    fn note_health(&mut self, core: &Core, route: RouteId, before: BreakerState, memory: &RouteMemory, now: Now) {
        let (provider, model) = (core.table.name_of(route), &core.table.routes[route].model);
        let state = self.health[route].breaker.state(now.0);
        if state != before {
            let event = RouterEvent::BreakerChanged { provider: provider.to_owned(), model: model.clone(), state };
            let _ = core.events.send(event);
        }
        let after = self.health[route].memory(&memory.of, now);
        if state != before || after.failures != memory.failures {
            core.health_changed.notify_one();
        }
        let is_same =
            (after.failures, after.open_until, after.aside) == (memory.failures, memory.open_until, memory.aside);
        if !is_same {
            self.remember(route_key(provider, model), &after);
        }
    }

    /// Lets our own limits learn from how an attempt or a probe ended.
    pub fn adjust_limits(&mut self, endpoint: EndpointId, ended: &Ended, is_back: bool, now: Instant) {
        let limits = &mut self.limits[endpoint];
        limits.tokens.correct(ended.reserved, ended.usage.prompt_tokens + ended.usage.completion_tokens, now);
        match ended.result {
            Ok(()) => self.retries.give_back(now),
            Err(failure) if failure.outcome == Outcome::RateLimited => match Throttle::of(failure) {
                Throttle::Tokens => limits.tokens.halve(now),
                Throttle::Burst => limits.rate.calm_down(now),
                Throttle::Requests => {}
            },
            Err(_) => {}
        }
        if is_back {
            self.limits[endpoint].rate.calm_down(now);
        }
    }

    pub fn note_contact(
        &mut self,
        core: &Core,
        endpoint: EndpointId,
        attempt: bool,
        result: Result<(), &Failure>,
        (now, at): Now,
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
        self.remember(error_key(&core.table.endpoints[endpoint].name), &error);
        self.contacts[endpoint].last_error = Some(error);
    }

    /// Moves the primary when that is due and the dwell has passed.
    pub fn consider_switch(&mut self, core: &Core, now: Now) {
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
        now: Now,
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
        self.led_since = now.1;
        let lead = Lead { at: now.1, configured: self.configured.clone(), primary: to.to_owned() };
        self.remember(LEAD.to_owned(), &lead);
        let _ = core.events.send(RouterEvent::Switched(entry));
    }

    /// Keeps a call that ended among those that are shown.
    pub fn note_call(&mut self, call: CallRecord) {
        self.calls.push_front(call);
        self.calls.truncate(CALLS_SHOWN);
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

    /// Keeps what somebody has chosen by hand.
    pub fn remember_preference(&mut self, at: DateTime<Utc>) {
        self.preferred_since = at;
        let Leadership { preferred, auto_switch, .. } = self.leadership.clone();
        let preference = Preference { at, configured: self.configured.clone(), preferred, auto_switch };
        self.remember(PREFERENCE.to_owned(), &preference);
    }

    /// Counts the dwell from the latest switch that any process made.
    pub fn respect_dwell(&mut self, (now, at): Now) {
        let latest = self.switches.first().and_then(|entry| (at - entry.at).to_std().ok());
        let moment = latest.and_then(|ago| now.checked_sub(ago));
        self.last_switch = self.last_switch.max(moment);
    }

    /// Puts a value on the way to the ledger in place of an older one of that name.
    fn remember(&mut self, name: String, value: &impl Serialize) {
        if let Ok(value) = serde_json::to_string(value) {
            self.outbox.retain(|entry| !matches!(entry, Entry::Value(known, _) if *known == name));
            self.outbox.push(Entry::Value(name, value));
        }
    }

    /// Everything that the ledger has not been given; each entry is followed by [`State::written`] or [`State::not_written`].
    pub fn take_batch(&mut self) -> Vec<Entry> {
        let mut batch = std::mem::take(&mut self.outbox);
        let rows = self.book.send();
        if !rows.is_empty() {
            batch.push(Entry::Counters(self.book.day(), rows));
        }
        batch
    }

    /// The ledger has taken an entry.
    pub fn written(&mut self, entry: &Entry) {
        if matches!(entry, Entry::Counters(day, _) if *day == self.book.day()) {
            self.book.sent();
        }
    }

    /// The ledger has refused these: they stay for the next try, before what is newer.
    pub fn not_written(&mut self, entries: Vec<Entry>) {
        let newer = std::mem::take(&mut self.outbox);
        for entry in entries.into_iter().chain(newer) {
            match entry {
                Entry::Counters(day, _) if day == self.book.day() => self.book.not_sent(),
                Entry::Value(name, value) => {
                    self.outbox.retain(|entry| !matches!(entry, Entry::Value(known, _) if *known == name));
                    self.outbox.push(Entry::Value(name, value));
                }
                entry => self.outbox.push(entry),
            }
        }
    }
}
