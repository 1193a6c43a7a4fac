//! What a route's latest attempts say about its health. Pure: `now` is an argument.
//!
//! A run of failures shows a dead host at once; a share of failures shows a half-broken one, but of few attempts it says little:
//! one failure in five is nothing. Hence the lower bound of the true share (Wilson, one-sided 90 %): the breaker opens when even
//! that is above a tenth.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::config::Trip;

/// Attempts that count.
const MOST: usize = 50;
/// Fewer attempts than this never trip by their share, however many of them failed.
const LEAST: u32 = 10;
/// Nor do fewer failures.
const LEAST_FAILURES: u32 = 3;
/// Fewer attempts than this never trip by the bare share, and are not enough for a warning.
const ENOUGH: u32 = 20;
/// Standard score of a one-sided certainty of 90 %.
const Z: f64 = 1.28;
/// The share of failures that is too much.
const TOO_MUCH: f64 = 0.1;
/// One late first token is no percentile.
const LEAST_LATE: usize = 2;

/// What a route's latest attempts (50 in half an hour at most) say about its health.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Recent {
    /// Attempts that say something of health.
    pub attempts: u32,
    /// Those that failed.
    pub failures: u32,
    /// Share that failed, 0 to 1.
    pub error_rate: f64,
    /// Lower bound of the true share (Wilson, one-sided 90 %): above 0.1 the breaker opens.
    pub lower_bound: f64,
    /// Median time to first token of those that did not, in milliseconds.
    pub p50_ms: Option<u64>,
    /// 95th percentile of the time to first token, in milliseconds.
    pub p95_ms: Option<u64>,
}

/// The latest outcomes of one route that say something of its health.
#[derive(Debug)]
pub struct Window {
    outcomes: VecDeque<Outcome>,
    /// Older ones don't count.
    long: Duration,
    trip: Trip,
    /// A first token later than this is slow.
    slow: Duration,
}

#[derive(Clone, Copy, Debug)]
struct Outcome {
    at: Instant,
    end: End,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// With an answer, and the time to its first token where that was measured.
    Good(Option<Duration>),
    /// With a failure of the route.
    Bad,
}

impl Window {
    /// An empty window over the latest `long`.
    pub fn new(trip: Trip, long: Duration, slow: Duration) -> Self {
        Self { outcomes: VecDeque::new(), long, trip, slow }
    }

    /// Counts the end of an attempt.
    pub fn add(&mut self, end: End, now: Instant) {
        self.outcomes.push_back(Outcome { at: now, end });
        if self.outcomes.len() > MOST {
            self.outcomes.pop_front();
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.outcomes.clear();
    }

    /// Whether so many of them failed that the breaker is to open.
    pub fn trips(&self, now: Instant) -> bool {
        let (attempts, failures) = self.count(now);
        match self.trip {
            Trip::Wilson => {
                attempts >= LEAST && failures >= LEAST_FAILURES && lower_bound(failures, attempts) > TOO_MUCH
            }
            Trip::Literal => attempts >= ENOUGH && is_poor(attempts, failures),
        }
    }

    /// Whether a warning is due. One that stands already is kept until things are clearly better.
    pub fn is_worrying(&self, stands: bool, now: Instant) -> bool {
        let (attempts, failures) = self.count(now);
        let fails =
            if stands { !is_well(attempts, failures) } else { attempts >= ENOUGH && is_poor(attempts, failures) };
        fails || self.is_slow(now)
    }

    /// The figures.
    pub fn recent(&self, now: Instant) -> Recent {
        let (attempts, failures) = self.count(now);
        let first_tokens = self.first_tokens(now);
        let percentile = |percent| nearest_rank(&first_tokens, percent).map(super::core::millis);
        Recent {
            attempts,
            failures,
            error_rate: if attempts == 0 { 0.0 } else { f64::from(failures) / f64::from(attempts) },
            lower_bound: lower_bound(failures, attempts),
            p50_ms: percentile(50),
            p95_ms: percentile(95),
        }
    }

    /// Whether the 95th percentile of the time to first token is over the warning time.
    fn is_slow(&self, now: Instant) -> bool {
        let first_tokens = self.first_tokens(now);
        let late = first_tokens.iter().filter(|took| **took > self.slow).count();
        late >= LEAST_LATE && nearest_rank(&first_tokens, 95).is_some_and(|p95| p95 > self.slow)
    }

    /// Attempts and failures.
    fn count(&self, now: Instant) -> (u32, u32) {
        self.counting(now)
            .fold((0, 0), |(attempts, failures), outcome| (attempts + 1, failures + u32::from(outcome.end == End::Bad)))
    }

    /// Times to first token, in ascending order.
    fn first_tokens(&self, now: Instant) -> Vec<Duration> {
        let took = |outcome: &Outcome| match outcome.end {
            End::Good(took) => took,
            End::Bad => None,
        };
        let mut first_tokens: Vec<_> = self.counting(now).filter_map(took).collect();
        first_tokens.sort_unstable();
        first_tokens
    }

    fn counting(&self, now: Instant) -> impl Iterator<Item = &Outcome> {
        self.outcomes.iter().filter(move |outcome| now < outcome.at + self.long)
    }
}

/// More than a tenth.
fn is_poor(attempts: u32, failures: u32) -> bool {
    failures * 10 > attempts
}

/// Less than a twentieth.
fn is_well(attempts: u32, failures: u32) -> bool {
    failures == 0 || failures * 20 < attempts
}

/// The value below which `percent` of the sorted values lie.
fn nearest_rank(sorted: &[Duration], percent: usize) -> Option<Duration> {
    sorted.get((sorted.len() * percent).div_ceil(100).max(1) - 1).copied()
}

/// The share of failures that is surely not undercut: lower end of Wilson's interval.
fn lower_bound(failures: u32, attempts: u32) -> f64 {
    if failures == 0 {
        return 0.0;
    }
    let (n, square) = (f64::from(attempts), Z * Z);
    let share = f64::from(failures) / n;
    let spread = Z * (share * (1.0 - share) / n + square / (4.0 * n * n)).sqrt();
    (share + square / (2.0 * n) - spread) / (1.0 + square / n)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(1800);
    const SLOW: Duration = Duration::from_secs(3);
    const GOOD: End = End::Good(None);

    fn window(trip: Trip, attempts: u32, failures: u32, now: Instant) -> Window {
        let mut window = Window::new(trip, LONG, SLOW);
        (0..attempts).for_each(|i| window.add(if i < failures { End::Bad } else { GOOD }, now));
        window
    }

    #[test]
    fn it_trips_first_at_these_shares() {
        let now = Instant::now();
        for (attempts, failures) in [(10, 3), (15, 3), (16, 4), (20, 4), (25, 5), (30, 6), (40, 7), (50, 8)] {
            assert!(window(Trip::Wilson, attempts, failures, now).trips(now), "{failures} of {attempts}");
            assert!(!window(Trip::Wilson, attempts, failures - 1, now).trips(now), "{} of {attempts}", failures - 1);
        }
    }

    #[test]
    fn fewer_than_ten_attempts_never_trip_by_their_share() {
        let now = Instant::now();
        assert!(!window(Trip::Wilson, 9, 9, now).trips(now));
    }

    #[test]
    fn by_the_letter_it_trips_above_a_tenth_of_at_least_twenty() {
        let now = Instant::now();
        let trips = |attempts, failures| window(Trip::Literal, attempts, failures, now).trips(now);
        assert_eq!(
            [trips(19, 19), trips(20, 2), trips(20, 3), trips(50, 5), trips(50, 6)],
            [false, false, true, false, true]
        );
    }

    #[test]
    fn fifty_attempts_count_and_none_older_than_half_an_hour() {
        let now = Instant::now();
        let mut window = window(Trip::Wilson, 10, 10, now);
        (0..45).for_each(|_| window.add(GOOD, now + LONG / 2));
        let counted = |at| (window.recent(at).attempts, window.recent(at).failures);
        assert_eq!(counted(now + LONG / 2), (50, 5), "the oldest five are gone");
        assert_eq!(counted(now + LONG), (45, 0));
        assert_eq!(counted(now + LONG * 2), (0, 0));
    }

    #[test]
    fn the_figures_of_twenty_attempts() {
        let now = Instant::now();
        let mut window = Window::new(Trip::Wilson, LONG, SLOW);
        (1..=16).for_each(|i| window.add(End::Good(Some(Duration::from_millis(100 * i))), now));
        (0..4).for_each(|_| window.add(End::Bad, now));
        let recent = window.recent(now);
        assert_eq!((recent.attempts, recent.failures, recent.error_rate), (20, 4, 0.2));
        assert_eq!((recent.p50_ms, recent.p95_ms), (Some(800), Some(1600)));
        assert!((recent.lower_bound - 0.1105).abs() < 0.0005, "{}", recent.lower_bound);
        assert_eq!(Window::new(Trip::Wilson, LONG, SLOW).recent(now), Recent::default());
    }

    #[test]
    fn a_warning_comes_above_a_tenth_and_goes_below_a_twentieth() {
        let now = Instant::now();
        let worries =
            |stands, attempts, failures| window(Trip::Wilson, attempts, failures, now).is_worrying(stands, now);
        assert!(!worries(false, 19, 3), "too few");
        assert!(!worries(false, 20, 2) && worries(false, 20, 3));
        assert!(worries(true, 20, 2) && worries(true, 20, 1), "in between it stays");
        assert!(!worries(true, 21, 1) && !worries(true, 0, 0));
    }

    #[test]
    fn slow_first_tokens_are_a_warning_and_a_single_one_is_not() {
        let now = Instant::now();
        let with = |late: usize, quick: usize| {
            let mut window = Window::new(Trip::Wilson, LONG, SLOW);
            (0..late).for_each(|_| window.add(End::Good(Some(SLOW * 2)), now));
            (0..quick).for_each(|_| window.add(End::Good(Some(SLOW)), now));
            window.is_worrying(false, now)
        };
        assert_eq!([with(1, 0), with(2, 0), with(2, 30), with(2, 48)], [false, true, true, false]);
    }
}
