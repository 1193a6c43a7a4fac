//! What all parts of the router share: the fixed table and one short-locked state. Every change goes through here, so that
//! the switch of the primary is considered after each and nothing that must be remembered is forgotten.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{Notify, broadcast};
use tokio::time::Instant;

use super::breaker::{BreakerState, Permit};
use super::call::{Attempt, Billed};
use super::counters::{Counted, Reason};
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
    /// Whether another provider is asked once when the first one's filter refuses a question.
    pub ask_others_when_filtered: bool,
    pub max_tokens: BTreeMap<Task, u32>,
    pub currency: String,
    pub simulated: bool,
    pub timings: Timings,
    pub clock: Clock,
    pub gate: Gate,
    pub events: broadcast::Sender<RouterEvent>,
    /// Rings when there is something new to show.
    pub changed: Arc<Notify>,
    /// Rings when there is something new to write.
    pub recorded: Notify,
    /// Wakes every call that waits for another one's trial.
    pub attempt_ended: Notify,
    /// Rings when a breaker counted a failure or forgot some: another probe may be due first.
    pub health_changed: Notify,
    pub state: Mutex<State>,
}

/// The same moment on tokio's clock and on the calendar.
pub(super) type Now = (Instant, DateTime<Utc>);

/// How an attempt or a probe ended, for the books.
pub(super) struct Ended<'a> {
    pub route: RouteId,
    pub model: &'a str,
    pub permit: Option<Permit>,
    pub result: Result<(), &'a Failure>,
    /// What kind of attempt; none for a probe.
    pub reason: Option<Reason>,
    pub usage: Usage,
    /// Nobody counted the tokens.
    pub estimated: bool,
    pub billed: Billed,
    pub first_token: Option<Duration>,
    pub took: Duration,
    /// Tokens taken from the provider's limit when it began.
    pub reserved: u64,
}

impl Ended<'_> {
    /// Whether the caller named a model that is not the route's own, and the provider does not have it.
    pub fn is_foreign(&self, core: &Core) -> bool {
        self.model != core.table.routes[self.route].model
            && self.result.is_err_and(|failure| failure.outcome == Outcome::ModelUnavailable)
    }
}

impl Core {
    /// Something changed that others see and that must be kept.
    fn tell(&self) {
        self.changed.notify_one();
        self.recorded.notify_one();
    }

    /// The state, briefly: never across an await.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Both clocks at once.
    pub fn now(&self) -> Now {
        (Instant::now(), self.clock.now())
    }

    /// An attempt begins.
    pub fn begin(&self, route: RouteId) {
        let endpoint = self.table.routes[route].endpoint;
        self.state().contacts[endpoint].in_flight += 1;
        self.changed.notify_one();
    }

    /// An attempt that was never sent gives back what it held; nothing is booked.
    pub fn never_sent(&self, route: RouteId, permit: Permit, reserved: u64, is_charged: bool) {
        let now = Instant::now();
        let mut state = self.state();
        state.health[route].breaker.release(permit);
        let endpoint = self.table.routes[route].endpoint;
        state.limits[endpoint].tokens.correct(reserved, 0, now);
        state.limits[endpoint].rate.give_back();
        if is_charged {
            state.retries.refund(now);
        }
        let in_flight = &mut state.contacts[endpoint].in_flight;
        *in_flight = in_flight.saturating_sub(1);
        drop(state);
        self.changed.notify_one();
        self.attempt_ended.notify_waiters();
    }

    /// Books the end of an attempt (with a permit) or of a probe (without) everywhere at once, and returns its record.
    pub fn end(&self, ended: Ended) -> Attempt {
        let now = self.now();
        let endpoint = self.table.routes[ended.route].endpoint;
        let cost = super::cost::cost(self.table.prices(endpoint, ended.model), ended.usage);
        let outcome = ended.result.err().map_or(Outcome::Ok, |failure| failure.outcome);
        let mut state = self.state();
        let before = state.health[ended.route].breaker.state(now.0);
        state.book_health(self, &ended, now);
        let after = state.health[ended.route].breaker.state(now.0);
        state.adjust_limits(endpoint, &ended, before != BreakerState::Closed && after == BreakerState::Closed, now.0);
        let name = &self.table.endpoints[endpoint].name;
        state.turn_to(self.clock.day_of(now.1));
        state.book.route(name, ended.model).count(Counted {
            reason: ended.reason,
            outcome,
            usage: ended.usage,
            estimated: ended.estimated,
            cost,
            first_token: ended.first_token,
            took: ended.took,
        });
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
        self.tell();
        self.attempt_ended.notify_waiters();
        record(&ended, name, outcome, cost)
    }

    /// Moves the primary because somebody wants it.
    pub fn switch_by_hand(&self, to: &str, reason: &str, actor: &str) {
        let now = self.now();
        let mut state = self.state();
        state.leadership.preferred = to.to_owned();
        state.remember_preference(now.1);
        if state.leadership.primary != to {
            state.switch(self, to, SwitchKind::Manual, ("manual", reason, actor), now);
        }
        drop(state);
        self.tell();
    }

    /// Lets the primary move by itself, or not.
    pub fn set_auto_switch(&self, enabled: bool) {
        let now = self.now();
        let mut state = self.state();
        state.leadership.auto_switch = enabled;
        state.remember_preference(now.1);
        state.consider_switch(self, now);
        drop(state);
        self.tell();
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
