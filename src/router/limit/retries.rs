//! How many retries all calls together may make: an outage must not be answered with a storm.

use std::time::Duration;

use tokio::time::Instant;

/// Tokens when full (`router.md` R3).
const MOST: u32 = 10;
/// Parts of a token; a success gives one back.
const PARTS: u32 = 10;
/// One token comes by itself in this time.
const REFILL: Duration = Duration::from_secs(10);

/// A bucket of retries. First attempts and failovers to a healthy route are free; a retry, or a failover to a route that may
/// fail as well, takes one.
#[derive(Debug)]
pub struct RetryBudget {
    /// In tenths of a token, at `as_of`.
    parts: u32,
    as_of: Option<Instant>,
}

impl Default for RetryBudget {
    fn default() -> Self {
        Self { parts: MOST * PARTS, as_of: None }
    }
}

impl RetryBudget {
    /// Whole retries left.
    pub fn left(&self, now: Instant) -> u32 {
        self.parts_at(now) / PARTS
    }

    /// Takes one, if there is one.
    pub fn take(&mut self, now: Instant) -> bool {
        let Some(rest) = self.parts_at(now).checked_sub(PARTS) else { return false };
        self.settle(rest, now);
        true
    }

    /// A tenth comes back for an attempt that succeeded.
    pub fn give_back(&mut self, now: Instant) {
        self.settle((self.parts_at(now) + 1).min(MOST * PARTS), now);
    }

    /// Gives one back that was taken for an attempt that was never sent.
    pub fn refund(&mut self, now: Instant) {
        self.settle((self.parts_at(now) + PARTS).min(MOST * PARTS), now);
    }

    fn parts_at(&self, now: Instant) -> u32 {
        let passed = self.as_of.map_or(Duration::ZERO, |as_of| now.saturating_duration_since(as_of));
        let parts = passed.as_millis() * u128::from(PARTS) / REFILL.as_millis();
        self.parts.saturating_add(u32::try_from(parts).unwrap_or(u32::MAX)).min(MOST * PARTS)
    }

    fn settle(&mut self, parts: u32, now: Instant) {
        (self.parts, self.as_of) = (parts, Some(now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_retries_and_then_one_each_ten_seconds_or_ten_successes() {
        let now = Instant::now();
        let mut budget = RetryBudget::default();
        assert!((0..10).all(|_| budget.take(now)));
        assert!(!budget.take(now));
        assert!(budget.take(now + REFILL));
        (0..10).for_each(|_| budget.give_back(now + REFILL));
        assert!(budget.take(now + REFILL));
        assert_eq!(budget.left(now + REFILL), 0);
        assert_eq!(budget.left(now + REFILL * 1000), MOST);
    }
}
