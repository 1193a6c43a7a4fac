//! Attempts a minute at one provider.

use std::time::Duration;

use tokio::time::Instant;

/// Attempts that may start at once before the even spacing begins: protects per-second quotas (`router.md` R6).
const BURST: u32 = 5;

/// How long attempts are spaced evenly, without a burst, after the provider complained of growth or came back.
const RAMP: Duration = Duration::from_secs(60);

/// Spaces attempts evenly (generic cell rate algorithm): `burst` at once, then one each `interval`.
#[derive(Debug)]
pub struct RateLimit {
    interval: Duration,
    /// When the attempts let through so far would have been due at an even pace.
    due: Option<Instant>,
    /// Until then there is no burst.
    calm_until: Option<Instant>,
}

impl RateLimit {
    /// A limit per minute; `None` lets everything through.
    pub fn per_minute(limit: Option<u32>) -> Self {
        let interval = limit.map_or(Duration::ZERO, |limit| Duration::from_secs(60) / limit.max(1));
        Self { interval, due: None, calm_until: None }
    }

    /// The earliest moment an attempt may start.
    pub fn next(&self, now: Instant) -> Instant {
        let burst = if self.calm_until.is_some_and(|until| now < until) { 1 } else { BURST };
        let tolerance = self.interval * (burst - 1);
        self.due.and_then(|due| due.checked_sub(tolerance)).map_or(now, |earliest| earliest.max(now))
    }

    /// Takes that moment's place.
    pub fn take(&mut self, now: Instant) -> Instant {
        let start = self.next(now);
        self.due = Some(self.due.map_or(start, |due| due.max(start)) + self.interval);
        start
    }

    /// Gives a place back that was taken for nothing.
    pub fn give_back(&mut self) {
        self.due = self.due.and_then(|due| due.checked_sub(self.interval));
    }

    /// No bursts for a while: the provider complained of a rate that grew too fast, or has just come back.
    pub fn calm_down(&mut self, now: Instant) {
        self.calm_until = Some(now + RAMP);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts(limit: &mut RateLimit, now: Instant, count: usize) -> Vec<u64> {
        (0..count).map(|_| (limit.take(now) - now).as_secs()).collect()
    }

    #[test]
    fn sixty_a_minute_lets_five_through_at_once_and_then_one_a_second() {
        let mut limit = RateLimit::per_minute(Some(60));
        assert_eq!(starts(&mut limit, Instant::now(), 8), [0, 0, 0, 0, 0, 1, 2, 3]);
    }

    #[test]
    fn after_a_complaint_of_growth_there_is_no_burst_for_a_minute() {
        let now = Instant::now();
        let mut limit = RateLimit::per_minute(Some(60));
        limit.calm_down(now);
        assert_eq!(starts(&mut limit, now, 3), [0, 1, 2]);
        assert_eq!(starts(&mut limit, now + RAMP, 6), [0, 0, 0, 0, 0, 1]);
    }

    #[test]
    fn no_limit_never_waits() {
        let now = Instant::now();
        let mut limit = RateLimit::per_minute(None);
        assert!((0..1000).all(|_| limit.take(now) == now));
    }
}
