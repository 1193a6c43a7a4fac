//! What a later process, or another one on the same store, must know of a route.

use chrono::{DateTime, TimeDelta, Utc};
use rand::Rng;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::{Aside, RouteHealth, Verdict, verdict};
use crate::router::breaker::{BreakerState, Outage};
use crate::router::core::Now;
use crate::router::timings::Timings;
use crate::wire::Outcome;

/// A route's health on the calendar. What only newer versions write has a default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteMemory {
    /// Fingerprint of the address and key it was seen with.
    pub of: String,
    pub at: DateTime<Utc>,
    /// Failures in a row; three and no end of the open state means half-open.
    pub failures: u32,
    pub open_until: Option<DateTime<Utc>>,
    /// While half-open: when the first of the good trials in a row ended.
    #[serde(default)]
    pub good_since: Option<DateTime<Utc>>,
    #[serde(default)]
    pub outage: Option<Outage<DateTime<Utc>>>,
    /// Until when it is set aside, and why.
    pub aside: Option<(DateTime<Utc>, Outcome)>,
    /// Since when; an older version's is as old as the memory.
    #[serde(default)]
    pub aside_since: Option<DateTime<Utc>>,
    /// What set it aside at this moment or before is void.
    #[serde(default)]
    pub lifted_at: Option<DateTime<Utc>>,
}

impl RouteMemory {
    /// Whether it says the same, whenever that was seen. (What is void is of interest only where something was set aside.)
    pub fn is_same(&self, other: &Self) -> bool {
        *self == Self { at: self.at, lifted_at: self.lifted_at, ..other.clone() }
    }
}

impl RouteHealth {
    /// What a later process must know.
    pub fn memory(&self, of: &str, now: Now) -> RouteMemory {
        RouteMemory {
            of: of.to_owned(),
            at: self.changed_at,
            failures: self.breaker.failures(),
            open_until: self.breaker.reopens_at().map(|moment| on_calendar(moment, now)),
            good_since: self.breaker.good_since().map(|moment| on_calendar(moment, now)),
            outage: self.breaker.outage().map(|outage| outage.map(|moment| on_calendar(moment, now))),
            aside: self.aside.map(|aside| (on_calendar(aside.until, now), aside.reason)),
            aside_since: self.aside.map(|aside| on_calendar(aside.since, now)),
            lifted_at: self.lifted_at.map(|moment| on_calendar(moment, now)),
        }
    }

    /// Takes over what another process saw: of the breaker, unless this one saw something later; of pauses and refusals, all that
    /// is not void.
    pub fn adopt(&mut self, memory: &RouteMemory, now: Now, timings: &Timings, rng: &mut impl Rng) {
        self.adopt_aside(memory, now);
        // A trial of our own is under way: its end will say more, and its lease must not be forgotten.
        if memory.at <= self.changed_at || self.breaker.is_on_trial() {
            return;
        }
        let is_first = self.changed_at == DateTime::<Utc>::MIN_UTC;
        self.changed_at = memory.at;
        let here = |moment| on_clock(moment, now);
        let outage = memory.outage.map(|outage| outage.map(here));
        let was_closed = self.breaker.state(now.0) == BreakerState::Closed;
        self.breaker.restore(memory.failures, memory.open_until.map(here), memory.good_since.map(here), outage, now.0);
        if !was_closed && self.breaker.state(now.0) == BreakerState::Closed {
            // What led to the outage must not open it again, whoever saw its end.
            self.window.clear();
            self.worrying = false;
        }
        if is_first {
            // Checked at once: whoever starts wants to see what is alive.
            self.probe_at = None;
        } else {
            self.plan_probe(now.0, timings, rng);
        }
    }

    fn adopt_aside(&mut self, memory: &RouteMemory, now: Now) {
        let here = |moment| on_clock(moment, now);
        self.lifted_at = self.lifted_at.max(memory.lifted_at.map(here));
        let since = here(memory.aside_since.unwrap_or(memory.at));
        let theirs = memory.aside.map(|(until, reason)| Aside { since, until: here(until), reason });
        // A pause that is over leaves no doubt behind; a refusal stands until something good is seen.
        let stands = |aside: &Aside| {
            let is_void = self.lifted_at.is_some_and(|lifted| aside.since <= lifted);
            !is_void && (verdict(aside.reason) == Verdict::Refused || now.0 < aside.until)
        };
        // What the provider asked of this process is kept, whatever another one was answered meanwhile.
        let is_asked_of_us = |aside: &Aside| verdict(aside.reason) != Verdict::Refused && now.0 < aside.until;
        let own = self.aside.filter(|aside| is_asked_of_us(aside) || stands(aside));
        self.aside = own.into_iter().chain(theirs.filter(stands)).max_by_key(|aside| aside.until);
    }
}

fn on_calendar(moment: Instant, (now, at): Now) -> DateTime<Utc> {
    let passed = |duration| TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX);
    let moved = match moment.checked_duration_since(now) {
        Some(ahead) => at.checked_add_signed(passed(ahead)),
        None => at.checked_sub_signed(passed(now.saturating_duration_since(moment))),
    };
    moved.unwrap_or(at)
}

fn on_clock(moment: DateTime<Utc>, (now, at): Now) -> Instant {
    let moved = match (moment - at).to_std() {
        Ok(ahead) => now.checked_add(ahead),
        Err(_) => (at - moment).to_std().ok().and_then(|ago| now.checked_sub(ago)),
    };
    moved.unwrap_or(now)
}
