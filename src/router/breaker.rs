//! The circuit breaker of one route. Pure: `now` is an argument, and what time alone changes (a cooldown that is over, a lease
//! that ran out) is seen by whoever looks.
//!
//! ```text
//! closed --3 failures in a row, or tripped--> open --good probe, or the cooldown is over--> half-open
//!   ^                                          ^                                               | one leased trial at a time
//!   |                                          +------ trial failed, or its lease ran out -----+
//!   +------------------------- two good trials in a row, far enough apart ---------------------+
//! ```

mod outage;
#[cfg(test)]
mod tests;

use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

use super::timings::Timings;
pub use outage::Outage;

/// Failures in a row that open a closed breaker (design: `router.md` R2).
const FAILURES_TO_OPEN: u32 = 3;

/// What the breaker lets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BreakerState {
    /// Everything.
    Closed,
    /// Nothing but probes.
    Open,
    /// One trial at a time.
    HalfOpen,
}

impl BreakerState {
    /// The word in JSON and on the screen.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half-open",
        }
    }
}

/// The right to send one attempt; every permit is given back by exactly one of [`Breaker::record`] and [`Breaker::release`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permit {
    /// The breaker was closed.
    Ordinary,
    /// The one trial of a half-open breaker, with its generation: an answer to an older one is ignored.
    Trial(u64),
}

/// The circuit breaker of one route.
#[derive(Clone, Copy, Debug)]
pub struct Breaker {
    phase: Phase,
    /// Generation of the latest trial.
    trials: u64,
    /// The trouble it is in, or has lately been in.
    outage: Option<Outage>,
    /// When it last closed: the end of an attempt that began before says nothing any more.
    closed_at: Option<Instant>,
    times: Times,
}

/// How long it waits.
#[derive(Clone, Copy, Debug)]
struct Times {
    cooldown: Duration,
    lease: Duration,
    quiet: Duration,
    often: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Closed {
        failures: u32,
    },
    /// `lent` is a trial ahead of its time: whatever becomes of it, the outage goes on as it was unless it is good.
    Open {
        until: Instant,
        lent: Option<Trial>,
    },
    HalfOpen {
        good_since: Option<Instant>,
        trial: Option<Trial>,
    },
}

/// A trial under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Trial {
    generation: u64,
    /// The end of its lease: later than any attempt lasts.
    until: Instant,
}

const HALF_OPEN: Phase = Phase::HalfOpen { good_since: None, trial: None };

impl Breaker {
    /// A closed breaker.
    pub fn new(timings: &Timings) -> Self {
        let times = Times {
            cooldown: timings.open_cooldown,
            lease: timings.lease(),
            quiet: timings.quiet,
            often: timings.open_probes_often,
        };
        Self { phase: Phase::Closed { failures: 0 }, trials: 0, outage: None, closed_at: None, times }
    }

    /// The state at `now`.
    pub fn state(&self, now: Instant) -> BreakerState {
        self.at(now).noted()
    }

    /// The state as it was last noted, whatever time alone has changed since.
    pub fn noted(&self) -> BreakerState {
        match self.phase {
            Phase::Closed { .. } => BreakerState::Closed,
            Phase::Open { .. } => BreakerState::Open,
            Phase::HalfOpen { .. } => BreakerState::HalfOpen,
        }
    }

    /// Whether it is closed, but the last attempt failed.
    pub fn is_failing(&self) -> bool {
        matches!(self.phase, Phase::Closed { failures } if failures > 0)
    }

    /// Whether [`Breaker::admit`] would give a permit.
    pub fn would_admit(&self, now: Instant) -> bool {
        matches!(self.at(now).phase, Phase::Closed { .. } | Phase::HalfOpen { trial: None, .. })
    }

    /// When an open breaker lets a trial through by itself.
    pub fn reopens_at(&self) -> Option<Instant> {
        match self.phase {
            Phase::Open { until, .. } => Some(until),
            Phase::Closed { .. } | Phase::HalfOpen { .. } => None,
        }
    }

    /// When time alone changes it next.
    pub fn changes_at(&self) -> Option<Instant> {
        match self.phase {
            Phase::HalfOpen { trial: Some(trial), .. } => Some(trial.until),
            _ => self.reopens_at(),
        }
    }

    /// Asks to send an attempt.
    pub fn admit(&mut self, now: Instant) -> Option<Permit> {
        self.settle(now);
        match &mut self.phase {
            Phase::Closed { .. } => Some(Permit::Ordinary),
            Phase::HalfOpen { trial: trial @ None, .. } => {
                self.trials += 1;
                *trial = Some(Trial { generation: self.trials, until: now + self.times.lease });
                Some(Permit::Trial(self.trials))
            }
            Phase::Open { .. } | Phase::HalfOpen { .. } => None,
        }
    }

    /// Books the end of an attempt that says something about the route's health. `apart` is the least time between the first
    /// good trial and the one that closes the breaker.
    pub fn record(&mut self, permit: Permit, healthy: bool, apart: Duration, now: Instant) {
        self.settle(now);
        match (self.phase, permit) {
            (Phase::Closed { .. }, Permit::Ordinary) if healthy => self.phase = Phase::Closed { failures: 0 },
            (Phase::Closed { failures }, Permit::Ordinary) => {
                self.phase = Phase::Closed { failures: failures + 1 };
                if failures + 1 >= FAILURES_TO_OPEN {
                    self.trip(now);
                }
            }
            (Phase::HalfOpen { good_since, trial: Some(trial) }, Permit::Trial(mine)) if trial.generation == mine => {
                match good_since {
                    _ if !healthy => self.fall(now),
                    Some(since) if now >= since + apart => self.close(now),
                    since => self.phase = Phase::HalfOpen { good_since: since.or(Some(now)), trial: None },
                }
            }
            (Phase::Open { lent: Some(trial), until }, Permit::Trial(mine)) if trial.generation == mine => {
                self.phase = match healthy {
                    true => Phase::HalfOpen { good_since: Some(now), trial: None },
                    false => Phase::Open { until, lent: None },
                };
            }
            // The end of an attempt that was sent before the state changed: it changes nothing any more.
            _ => {}
        }
    }

    /// Gives a permit back without a verdict: the caller went away, or the request itself was at fault.
    pub fn release(&mut self, permit: Permit) {
        if let (Phase::HalfOpen { trial, .. } | Phase::Open { lent: trial, .. }, Permit::Trial(mine)) =
            (&mut self.phase, permit)
            && trial.is_some_and(|trial| trial.generation == mine)
        {
            *trial = None;
        }
    }

    /// Books a probe: while closed it counts as an attempt does, a good one turns an open breaker half-open; it never closes
    /// one, since a real call must.
    pub fn probed(&mut self, healthy: bool, now: Instant) {
        self.settle(now);
        match self.phase {
            Phase::Closed { .. } => self.record(Permit::Ordinary, healthy, Duration::ZERO, now),
            Phase::Open { lent, .. } if healthy => self.phase = Phase::HalfOpen { good_since: None, trial: lent },
            Phase::Open { .. } => self.note_trouble(now),
            Phase::HalfOpen { trial: None, .. } if !healthy => self.open(now),
            Phase::HalfOpen { .. } => {}
        }
    }

    /// Plans a probe of an open route, to come after the wait: the longer the outage, the longer that is.
    pub fn plan_probe(&mut self, timings: &Timings, now: Instant) -> Option<Duration> {
        let is_open = self.state(now) == BreakerState::Open;
        self.outage.as_mut().filter(|_| is_open).map(|outage| outage.plan_probe(timings, now))
    }

    /// Opens a closed breaker.
    pub fn trip(&mut self, now: Instant) {
        if let Phase::Closed { .. } = self.phase {
            let lately = self.outage.filter(|outage| now < outage.last + self.times.quiet);
            let steps = lately.map_or(0, |outage| outage.steps);
            self.outage = Some(Outage { often_until: now + self.times.often, last: now, steps });
            self.open(now);
        }
    }

    /// Whether [`Breaker::lend`] would give a permit.
    pub fn would_lend(&self, now: Instant) -> bool {
        matches!(self.at(now).phase, Phase::Open { lent: None, .. })
    }

    /// The one trial of an open breaker that is allowed when nothing else is left.
    pub fn lend(&mut self, now: Instant) -> Option<Permit> {
        self.settle(now);
        let Phase::Open { lent: lent @ None, .. } = &mut self.phase else { return None };
        self.trials += 1;
        *lent = Some(Trial { generation: self.trials, until: now + self.times.lease });
        Some(Permit::Trial(self.trials))
    }

    /// Turns an open breaker half-open ahead of its time: somebody wants it tried again.
    pub fn try_again(&mut self) {
        if let Phase::Open { .. } = self.phase {
            self.phase = HALF_OPEN;
        }
    }

    /// Whether its one trial is under way.
    pub fn is_on_trial(&self) -> bool {
        matches!(self.phase, Phase::HalfOpen { trial: Some(_), .. } | Phase::Open { lent: Some(_), .. })
    }

    /// Takes note of what time alone has changed.
    pub fn settle(&mut self, now: Instant) {
        *self = self.at(now);
    }

    /// Failures in a row while closed.
    pub fn failures(&self) -> u32 {
        match self.phase {
            Phase::Closed { failures } => failures,
            Phase::Open { .. } | Phase::HalfOpen { .. } => FAILURES_TO_OPEN,
        }
    }

    /// When the first of the good trials in a row ended.
    pub fn good_since(&self) -> Option<Instant> {
        match self.phase {
            Phase::HalfOpen { good_since, .. } => good_since,
            Phase::Closed { .. } | Phase::Open { .. } => None,
        }
    }

    /// The trouble it is in, or has lately been in.
    pub fn outage(&self) -> Option<Outage> {
        self.outage
    }

    /// When it last closed.
    pub fn closed_at(&self) -> Option<Instant> {
        self.closed_at
    }

    /// Takes over what another process saw of the route; closed by that one, it has closed now.
    pub fn restore(
        &mut self,
        failures: u32,
        open_until: Option<Instant>,
        good_since: Option<Instant>,
        outage: Option<Outage>,
        now: Instant,
    ) {
        let was_closed = self.state(now) == BreakerState::Closed;
        self.outage = outage;
        self.phase = match open_until {
            Some(until) => Phase::Open { until, lent: None },
            None if failures < FAILURES_TO_OPEN => Phase::Closed { failures },
            None => Phase::HalfOpen { good_since, trial: None },
        };
        if !was_closed && self.state(now) == BreakerState::Closed {
            self.closed_at = Some(now);
        }
    }

    /// As it is at `now`.
    fn at(mut self, now: Instant) -> Self {
        if let Phase::HalfOpen { trial: Some(trial), .. } = self.phase
            && now >= trial.until
        {
            self.fall(trial.until);
        }
        if let Phase::Open { until, lent } = self.phase {
            let trial = lent.filter(|lent| now < lent.until);
            self.phase = match now >= until {
                true => Phase::HalfOpen { good_since: None, trial },
                false => Phase::Open { until, lent: trial },
            };
        }
        self
    }

    /// A trial has failed.
    fn fall(&mut self, now: Instant) {
        self.open(now);
        if let Some(outage) = &mut self.outage {
            outage.note_failed_trial(now);
        }
    }

    fn open(&mut self, now: Instant) {
        self.phase = Phase::Open { until: now + self.times.cooldown, lent: None };
        self.note_trouble(now);
    }

    fn close(&mut self, now: Instant) {
        self.phase = Phase::Closed { failures: 0 };
        self.closed_at = Some(now);
    }

    fn note_trouble(&mut self, now: Instant) {
        let outage = self.outage.get_or_insert(Outage { often_until: now, last: now, steps: 0 });
        outage.last = now;
    }
}
