//! The part of the router that changes, behind one short lock: health, leadership, today's book. Nothing here waits.

use std::collections::{BTreeSet, VecDeque};

use chrono::{DateTime, NaiveDate, Utc};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde::Serialize;
use tokio::time::Instant;

use super::breaker::Permit;
use super::core::{Core, Ended, Now};
use super::counters::{Counters, DayBook};
use super::event::RouterEvent;
use super::health::{self, RouteHealth, Seen, Verdict};
use super::ledger::Entry;
use super::limit::{RateLimit, RetryBudget, TokenLimit};
use super::memory::{Configured, error_key, route_key};
use super::snapshot::{CALLS_SHOWN, CallRecord, LastError};
use super::switch::Leadership;
use super::table::{EndpointId, RouteId, Table};
use super::timings::Timings;
use crate::config::Trip;
use crate::store::SwitchEntry;
use crate::wire::{Failure, Outcome, Throttle};

/// The part that changes.
pub(super) struct State {
    pub health: Vec<RouteHealth>,
    /// Which share of failures is too much.
    pub trip: Trip,
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
    /// When the last attempt ended; at first, when the router was started.
    pub last_call: Instant,
    /// Whether somebody checks the providers.
    pub is_probing: bool,
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
    /// The last attempt that succeeded.
    pub answered: Option<Instant>,
    /// When it is checked next though nothing is wrong; `None` = at once, since nobody knows whether it is alive.
    pub check_at: Option<Instant>,
    /// A check is under way.
    pub is_checked: bool,
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
        (rate, trip): (Option<u32>, Trip),
        seed: u64,
    ) -> Self {
        let leadership = Leadership {
            primary: configured.preferred.clone(),
            preferred: configured.preferred.clone(),
            auto_switch: configured.auto_switch,
        };
        Self {
            health: table.routes.iter().map(|_| RouteHealth::new(timings, trip)).collect(),
            trip,
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
            last_call: Instant::now(),
            is_probing: false,
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
        let began = now.0 - ended.took;
        let apart = self.apart(core, ended.route, now.0);
        let seen = Seen { result: ended.result, first_token: ended.first_token, began, now, apart };
        if ended.is_foreign(core) {
            // A model that the caller named and the provider lacks says nothing of the route it was sent on.
            let release = |health: &mut RouteHealth| {
                ended.permit.into_iter().for_each(|permit| health.breaker.release(permit));
            };
            return self.change_health(core, ended.route, now, |health, _| release(health));
        }
        self.change_health(core, ended.route, now, |health, rng| health.book(ended.permit, seen, &core.timings, rng));
        let is_wide = ended.result.is_err_and(|failure| health::is_provider_wide(failure.outcome));
        let siblings = core.table.routes_of(core.table.routes[ended.route].endpoint);
        for route in siblings.filter(|route| *route != ended.route) {
            if ended.result.is_ok() && self.health[route].is_down_with_all(now.0) {
                self.change_health(core, route, now, |health, _| health.hear_of_recovery(began, now));
            } else if is_wide {
                self.change_health(core, route, now, |health, rng| {
                    if ended.permit.is_none() {
                        health.plan_probe(began, &core.timings, rng);
                    }
                    let permit = ended.permit.map(|_| Permit::Ordinary);
                    health.book(permit, seen, &core.timings, rng);
                });
            }
        }
    }

    /// Changes the health of a route, and lets everybody know who must.
    pub fn change_health(
        &mut self,
        core: &Core,
        route: RouteId,
        now: Now,
        change: impl FnOnce(&mut RouteHealth, &mut ChaCha8Rng),
    ) {
        let (provider, model) = (core.table.name_of(route), &core.table.routes[route].model);
        let fingerprint = &core.table.endpoints[core.table.routes[route].endpoint].fingerprint;
        let (before, memory) = (self.health[route].breaker.noted(), self.health[route].memory(fingerprint, now));
        change(&mut self.health[route], &mut self.rng);
        let (state, news) = (self.health[route].breaker.noted(), self.health[route].memory(fingerprint, now));
        if state != before {
            let event = RouterEvent::BreakerChanged { provider: provider.to_owned(), model: model.clone(), state };
            let _ = core.events.send(event);
            core.attempt_ended.notify_waiters();
        }
        if !news.is_same(&memory) {
            core.health_changed.notify_one();
            self.remember(route_key(provider, model), &news);
        }
    }

    /// Takes note of what time alone has changed.
    pub fn settle(&mut self, core: &Core, now: Now) {
        let is_due = |health: &RouteHealth| health.breaker.changes_at().is_some_and(|change| change <= now.0);
        for route in (0..self.health.len()).filter(|route| is_due(&self.health[*route])).collect::<Vec<_>>() {
            self.change_health(core, route, now, |health, rng| health.settle(now, &core.timings, rng));
            // A route that lets a trial through is left to callers, unless none comes.
            let contact = &mut self.contacts[core.table.routes[route].endpoint];
            contact.check_at = contact.check_at.max(Some(now.0 + core.timings.probe_interval));
        }
    }

    /// Somebody wants these providers tried again: nothing sets their routes aside any more, their open breakers let a trial
    /// through, and they are checked at once.
    pub fn try_again(&mut self, core: &Core, endpoints: impl Iterator<Item = EndpointId>, now: Now) {
        for endpoint in endpoints {
            for route in core.table.routes_of(endpoint) {
                self.change_health(core, route, now, |health, _| health.try_again(now));
            }
            self.contacts[endpoint].check_at = None;
            self.contacts[endpoint].answered = None;
        }
        self.consider_switch(core, now);
        core.health_changed.notify_one();
        core.attempt_ended.notify_waiters();
    }

    /// Lets our own limits learn from how an attempt or a probe ended.
    pub fn adjust_limits(&mut self, endpoint: EndpointId, ended: &Ended, is_back: bool, now: Instant) {
        let limits = &mut self.limits[endpoint];
        match ended.result {
            Ok(()) => self.retries.give_back(now),
            Err(failure) if failure.outcome == Outcome::RateLimited => match Throttle::of(failure) {
                Throttle::Tokens => limits.tokens.halve(now - ended.took, now),
                Throttle::Burst => limits.rate.calm_down(now),
                Throttle::Requests => {}
            },
            Err(_) => {}
        }
        limits.tokens.correct(ended.reserved, ended.usage.prompt_tokens + ended.usage.completion_tokens, now);
        if is_back {
            limits.rate.calm_down(now);
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
        if attempt {
            contact.in_flight = contact.in_flight.saturating_sub(1);
            contact.answered = result.ok().map(|()| now).or(contact.answered);
            self.last_call = now;
        }
        let Err(failure) = result else { return };
        if health::verdict(failure.outcome) == Verdict::Silent {
            return;
        }
        let error = LastError { at, outcome: failure.outcome, message: failure.message.clone() };
        self.remember(error_key(&core.table.endpoints[endpoint].name), &error);
        self.contacts[endpoint].last_error = Some(error);
    }

    /// Keeps a call that ended among those that are shown.
    pub fn note_call(&mut self, call: CallRecord) {
        self.calls.push_front(call);
        self.calls.truncate(CALLS_SHOWN);
    }

    /// Puts a value on the way to the ledger in place of an older one of that name.
    pub fn remember(&mut self, name: String, value: &impl Serialize) {
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
