//! The primary: when it moves by itself, what that rests on, and the record of it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use super::breaker::BreakerState;
use super::core::{Core, Now};
use super::cost;
use super::event::RouterEvent;
use super::health::RouteHealth;
use super::ledger::Entry;
use super::memory::{LEAD, Lead, PREFERENCE, Preference};
use super::snapshot::SWITCHES_SHOWN;
use super::state::State;
use super::switch::{self, Leadership, Move};
use super::table::{EndpointId, Route, RouteId};
use crate::config::Micro;
use crate::store::{Evidence, Policy, SwitchDetails, SwitchEntry, SwitchKind};
use crate::wire::Usage;

/// What the prices of two providers are compared by.
const THOUSAND_EACH: Usage = Usage { prompt_tokens: 1_000, completion_tokens: 1_000, cached_tokens: 0 };

impl State {
    /// Moves the primary when that is due and the dwell has passed.
    pub fn consider_switch(&mut self, core: &Core, now: Now) {
        if !core.use_fallback || self.dwell_end(core, now).is_some() {
            return;
        }
        let usable: Vec<&str> = (0..core.table.endpoints.len())
            .filter(|endpoint| self.is_usable(core, *endpoint, now.0))
            .map(|endpoint| core.table.endpoints[endpoint].name.as_str())
            .collect();
        let Some(Move { to, kind }) = switch::due(&self.leadership, &usable) else {
            return;
        };
        let (trigger, reason) = if kind == SwitchKind::Recovery {
            ("recovery", format!("{to} answers again"))
        } else {
            self.grounds(core, core.table.endpoint_named(&self.leadership.primary), now.0)
        };
        self.switch(core, &to, kind, (trigger, &reason, "router"), now);
    }

    /// Whether a provider takes ordinary traffic.
    pub fn is_usable(&self, core: &Core, endpoint: EndpointId, now: Instant) -> bool {
        let leading = core.table.leading_route(endpoint).filter(|_| core.table.is_configured(endpoint));
        leading.is_some_and(|route| self.health[route].is_usable(now, &core.timings))
    }

    /// Until when the primary stays where it is; `None` when it may move now.
    pub fn dwell_end(&self, core: &Core, (now, at): Now) -> Option<Instant> {
        let end = self.last_switch? + self.dwell(core, at);
        (now < end).then_some(end)
    }

    /// How far apart the good trials of a half-open route are to be: as the dwell while another provider takes its calls, so that
    /// a provider that comes and goes is not trusted each time it comes. Where nobody stands in, caution would cost answers.
    pub fn apart(&self, core: &Core, route: RouteId, now: Instant) -> Duration {
        let own = &core.table.routes[route];
        let stands_in = |endpoint: EndpointId| {
            let routes = own.tasks.iter().filter_map(|task| core.table.route_for(endpoint, *task));
            let takes_calls =
                |health: &RouteHealth| health.is_eligible(now) && health.breaker.state(now) == BreakerState::Closed;
            core.table.is_configured(endpoint) && routes.into_iter().any(|route| takes_calls(&self.health[route]))
        };
        let others = (0..core.table.endpoints.len()).filter(|endpoint| *endpoint != own.endpoint);
        if core.use_fallback && others.into_iter().any(stands_in) { core.timings.dwell } else { Duration::ZERO }
    }

    /// The dwell by the times of the log, so that it is the same for every process and after a restart.
    fn dwell(&self, core: &Core, at: DateTime<Utc>) -> Duration {
        let automatic = self.switches.iter().filter(|entry| entry.kind != SwitchKind::Manual);
        switch::dwell(automatic.map(|entry| entry.at), at, &core.timings)
    }

    /// What set an automatic switch off, in the specification's word and in words for people.
    fn grounds(&self, core: &Core, left: Option<EndpointId>, now: Instant) -> (&'static str, String) {
        let health = left.and_then(|endpoint| core.table.leading_route(endpoint)).map(|route| &self.health[route]);
        let seen = health.and_then(|health| health.fault.as_ref()).map(|fault| (fault.outcome, fault.message.clone()));
        let error = left.and_then(|endpoint| self.contacts[endpoint].last_error.clone());
        let (outcome, message) = seen.or_else(|| error.map(|error| (error.outcome, error.message))).unzip();
        let message = message.unwrap_or_else(|| "it takes no traffic".to_owned());
        match health.filter(|health| health.is_down_by_share(now)).map(|health| health.recent(now)) {
            Some(recent) => {
                let (failures, attempts) = (recent.failures, recent.attempts);
                ("error_rate", format!("{failures} of the last {attempts} attempts failed; the last one: {message}"))
            }
            None => (switch::trigger(outcome), message),
        }
    }

    /// Moves the primary, and keeps a record of it.
    pub fn switch(
        &mut self,
        core: &Core,
        to: &str,
        kind: SwitchKind,
        (trigger, reason, actor): (&str, &str, &str),
        now: Now,
    ) {
        self.turn_to(core.clock.day_of(now.1));
        let details = self.details(core, to, kind, now);
        let entry = SwitchEntry {
            seq: self.next_seq(),
            at: now.1,
            from: std::mem::replace(&mut self.leadership.primary, to.to_owned()),
            to: to.to_owned(),
            kind,
            trigger: trigger.to_owned(),
            reason: reason.to_owned(),
            actor: actor.to_owned(),
            details: Box::new(details),
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

    fn details(&self, core: &Core, to: &str, kind: SwitchKind, (now, at): Now) -> SwitchDetails {
        let Leadership { primary, preferred, auto_switch } = &self.leadership;
        let (from, to) = (core.table.endpoint_named(primary), core.table.endpoint_named(to));
        let leading = |endpoint: Option<EndpointId>| endpoint.and_then(|endpoint| core.table.leading_route(endpoint));
        let spoken_of = leading(if kind == SwitchKind::Recovery { to } else { from });
        let price = |endpoint| leading(endpoint).map_or(0, |route| thousand_each(core, route).0.cast_signed());
        let is_known = self.led_since > DateTime::<Utc>::MIN_UTC;
        SwitchDetails {
            evidence: spoken_of.map(|route| evidence(&self.health[route], now)).unwrap_or_default(),
            policy: Policy {
                trip: self.trip.as_str().to_owned(),
                preferred: preferred.clone(),
                auto_switch: *auto_switch,
                use_fallback: core.use_fallback,
                dwell_seconds: self.dwell(core, at).as_secs(),
            },
            in_flight: from.map_or(0, |endpoint| self.contacts[endpoint].in_flight as u64),
            held_seconds: is_known.then(|| (at - self.led_since).num_seconds().max(0).cast_unsigned()),
            cost_delta_micro: price(to) - price(from),
        }
    }

    fn next_seq(&self) -> u64 {
        self.switches.first().map_or(0, |entry| entry.seq) + 1
    }

    /// Puts switches that wait to be written back on top of a log that was read from the store.
    pub fn keep_unwritten_switches(&mut self) {
        let unwritten = self.outbox.iter().filter_map(|entry| match entry {
            Entry::Switch(day, entry) => Some((*day, entry.clone())),
            _ => None,
        });
        for (day, entry) in unwritten.collect::<Vec<_>>() {
            let entry = SwitchEntry { seq: self.next_seq(), ..entry };
            self.switches.insert(0, entry);
            self.switches_today += u64::from(day == self.book.day());
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
}

fn evidence(health: &RouteHealth, now: Instant) -> Evidence {
    let recent = health.recent(now);
    let fault = health.fault.clone();
    let permille = |share: f64| (share * 1000.0).round() as u32;
    Evidence {
        attempts: recent.attempts,
        error_rate_permille: permille(recent.error_rate),
        lower_bound_permille: permille(recent.lower_bound),
        p50_ms: recent.p50_ms,
        p95_ms: recent.p95_ms,
        status: fault.as_ref().and_then(|fault| fault.status),
        code: fault.as_ref().and_then(|fault| fault.code.clone()),
        request_id: fault.and_then(|fault| fault.request_id),
    }
}

fn thousand_each(core: &Core, route: RouteId) -> Micro {
    let Route { endpoint, model, .. } = &core.table.routes[route];
    cost::cost(core.table.prices(*endpoint, model), THOUSAND_EACH)
}
