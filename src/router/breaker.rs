//! The circuit breaker of one route. Pure: `now` is an argument.
//!
//! ```text
//! closed --3 failures in a row--> open --good probe, or the cooldown is over--> half-open
//!   ^                              ^                                              | one trial at a time
//!   +------- trial succeeded ------|---------------- trial failed ----------------+
//! ```

use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

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
#[derive(Debug)]
pub struct Breaker {
    phase: Phase,
    /// Generation of the latest trial.
    trials: u64,
    cooldown: Duration,
}

#[derive(Debug)]
enum Phase {
    Closed { failures: u32 },
    Open { until: Instant },
    HalfOpen { trial: Option<u64> },
}

impl Breaker {
    /// A closed breaker; once open it turns half-open after `cooldown` even without a good probe.
    pub fn new(cooldown: Duration) -> Self {
        Self { phase: Phase::Closed { failures: 0 }, trials: 0, cooldown }
    }

    /// The state at `now`.
    pub fn state(&self, now: Instant) -> BreakerState {
        match self.phase {
            Phase::Closed { .. } => BreakerState::Closed,
            Phase::Open { until } if now < until => BreakerState::Open,
            Phase::Open { .. } | Phase::HalfOpen { .. } => BreakerState::HalfOpen,
        }
    }

    /// Whether a failure has been seen since the last success.
    pub fn is_shaken(&self) -> bool {
        !matches!(self.phase, Phase::Closed { failures: 0 })
    }

    /// Whether it is closed, but the last attempt failed.
    pub fn is_failing(&self) -> bool {
        matches!(self.phase, Phase::Closed { failures } if failures > 0)
    }

    /// Whether [`Breaker::admit`] would give a permit.
    pub fn would_admit(&self, now: Instant) -> bool {
        match self.state(now) {
            BreakerState::Closed => true,
            BreakerState::Open => false,
            BreakerState::HalfOpen => !matches!(self.phase, Phase::HalfOpen { trial: Some(_) }),
        }
    }

    /// When an open breaker lets a trial through by itself.
    pub fn reopens_at(&self) -> Option<Instant> {
        match self.phase {
            Phase::Open { until } => Some(until),
            Phase::Closed { .. } | Phase::HalfOpen { .. } => None,
        }
    }

    /// Asks to send an attempt.
    pub fn admit(&mut self, now: Instant) -> Option<Permit> {
        if !self.would_admit(now) {
            return None;
        }
        if let Phase::Closed { .. } = self.phase {
            return Some(Permit::Ordinary);
        }
        self.trials += 1;
        self.phase = Phase::HalfOpen { trial: Some(self.trials) };
        Some(Permit::Trial(self.trials))
    }

    /// Books the end of an attempt that says something about the route's health.
    pub fn record(&mut self, permit: Permit, healthy: bool, now: Instant) {
        self.phase = match (&self.phase, permit) {
            (Phase::Closed { .. }, _) if healthy => Phase::Closed { failures: 0 },
            (Phase::Closed { failures }, _) if failures + 1 < FAILURES_TO_OPEN => {
                Phase::Closed { failures: failures + 1 }
            }
            (Phase::Closed { .. }, _) => Phase::Open { until: now + self.cooldown },
            (Phase::HalfOpen { trial: Some(live) }, Permit::Trial(mine)) if *live == mine => {
                if healthy {
                    Phase::Closed { failures: 0 }
                } else {
                    Phase::Open { until: now + self.cooldown }
                }
            }
            // The answer of an attempt that was sent before the state changed: it changes nothing any more.
            (Phase::Open { .. } | Phase::HalfOpen { .. }, _) => return,
        };
    }

    /// Gives a permit back without a verdict: the caller went away, or the request itself was at fault.
    pub fn release(&mut self, permit: Permit) {
        if let (Phase::HalfOpen { trial }, Permit::Trial(mine)) = (&mut self.phase, permit)
            && *trial == Some(mine)
        {
            *trial = None;
        }
    }

    /// Books a probe: while closed it counts as an attempt does, a good one turns an open breaker half-open; it never closes
    /// one, since a real call must.
    pub fn probed(&mut self, healthy: bool, now: Instant) {
        match self.phase {
            Phase::Closed { .. } => self.record(Permit::Ordinary, healthy, now),
            Phase::Open { .. } if healthy => self.phase = Phase::HalfOpen { trial: None },
            Phase::Open { .. } | Phase::HalfOpen { trial: None } if !healthy => {
                self.phase = Phase::Open { until: now + self.cooldown };
            }
            Phase::Open { .. } | Phase::HalfOpen { .. } => {}
        }
    }

    /// Failures in a row while closed.
    pub fn failures(&self) -> u32 {
        match self.phase {
            Phase::Closed { failures } => failures,
            Phase::Open { .. } | Phase::HalfOpen { .. } => FAILURES_TO_OPEN,
        }
    }

    /// Turns an open breaker half-open ahead of its time: for the one trial that is allowed when nothing else is left.
    pub fn lend(&mut self) {
        if let Phase::Open { .. } = self.phase {
            self.phase = Phase::HalfOpen { trial: None };
        }
    }

    /// Whether its one trial is under way.
    pub fn is_on_trial(&self) -> bool {
        matches!(self.phase, Phase::HalfOpen { trial: Some(_) })
    }

    /// Takes over what another process saw of the route.
    pub fn restore(&mut self, failures: u32, open_until: Option<Instant>) {
        self.phase = match open_until {
            Some(until) => Phase::Open { until },
            None if failures < FAILURES_TO_OPEN => Phase::Closed { failures },
            None => Phase::HalfOpen { trial: None },
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COOLDOWN: Duration = Duration::from_secs(300);

    fn fail(breaker: &mut Breaker, now: Instant) {
        let permit = breaker.admit(now).expect("a permit");
        breaker.record(permit, false, now);
    }

    fn opened(now: Instant) -> Breaker {
        let mut breaker = Breaker::new(COOLDOWN);
        (0..FAILURES_TO_OPEN).for_each(|_| fail(&mut breaker, now));
        breaker
    }

    #[test]
    fn three_failures_in_a_row_open_it_and_a_success_between_them_does_not() {
        let now = Instant::now();
        let mut breaker = Breaker::new(COOLDOWN);
        fail(&mut breaker, now);
        fail(&mut breaker, now);
        let permit = breaker.admit(now).expect("a permit");
        breaker.record(permit, true, now);
        fail(&mut breaker, now);
        fail(&mut breaker, now);
        assert_eq!(breaker.state(now), BreakerState::Closed);
        fail(&mut breaker, now);
        assert_eq!(breaker.state(now), BreakerState::Open);
        assert_eq!(breaker.admit(now), None);
    }

    #[test]
    fn a_good_probe_lets_one_trial_through_and_only_its_success_closes() {
        let now = Instant::now();
        let mut breaker = opened(now);
        breaker.probed(true, now);
        let trial = breaker.admit(now).expect("the trial");
        assert_eq!(breaker.admit(now), None, "one trial at a time");
        breaker.record(trial, true, now);
        assert_eq!(breaker.state(now), BreakerState::Closed);
    }

    #[test]
    fn a_failed_trial_opens_it_again() {
        let now = Instant::now();
        let mut breaker = opened(now);
        breaker.probed(true, now);
        fail(&mut breaker, now);
        assert_eq!(breaker.state(now), BreakerState::Open);
    }

    #[test]
    fn a_cancelled_trial_frees_the_place_without_a_verdict() {
        let now = Instant::now();
        let mut breaker = opened(now);
        breaker.probed(true, now);
        let trial = breaker.admit(now).expect("the trial");
        breaker.release(trial);
        assert_eq!(breaker.state(now), BreakerState::HalfOpen);
        assert!(breaker.admit(now).is_some());
    }

    #[test]
    fn without_probes_the_cooldown_ends_in_a_trial() {
        let now = Instant::now();
        let mut breaker = opened(now);
        assert_eq!(breaker.admit(now + COOLDOWN - Duration::from_millis(1)), None);
        assert_eq!(breaker.admit(now + COOLDOWN), Some(Permit::Trial(1)));
    }

    #[test]
    fn the_late_answer_of_an_older_attempt_changes_nothing() {
        let now = Instant::now();
        let mut breaker = Breaker::new(COOLDOWN);
        let early = breaker.admit(now).expect("a permit");
        (0..FAILURES_TO_OPEN).for_each(|_| fail(&mut breaker, now));
        breaker.record(early, true, now);
        assert_eq!(breaker.state(now), BreakerState::Open);
    }
}
