//! What all parts of the router share: the fixed table and one short-locked state. Every change goes through here, so that
//! the switch of the primary is considered after each and nothing that must be remembered is forgotten.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{Notify, broadcast};
use tokio::time::Instant;

use super::breaker::Permit;
use super::call::{Attempt, Billed};
use super::event::RouterEvent;
use super::limit::Gate;
use super::state::State;
use super::table::{RouteId, Table};
use super::timings::Timings;
use crate::clock::Clock;
use crate::config::{Micro, Task};
use crate::store::SwitchKind;
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
    /// Rings when a breaker counted a failure or forgot some: another probe may be due first.
    pub health_changed: Notify,
    pub state: Mutex<State>,
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
        state.book.route(name, model).count(ended.permit.is_none(), outcome, ended.usage, cost, first_token_ms);
        state.note_contact(self, endpoint, ended.permit.is_some(), ended.result, now);
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
