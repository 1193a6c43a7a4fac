//! Tokens a minute at one provider: fed by estimates, corrected by what was counted.

use std::time::Duration;

use tokio::time::Instant;

const MINUTE: Duration = Duration::from_secs(60);

/// A limit that a provider's complaints brought down never falls below this, so that calls go on.
const LEAST: u64 = 1_000;

/// A bucket that holds a minute's tokens and fills evenly. It may run into debt: a call larger than the bucket is let through
/// when the bucket is full, and later ones wait for it.
#[derive(Debug)]
pub struct TokenLimit {
    per_minute: Option<u64>,
    /// Tokens taken and not yet refilled, at `as_of`.
    used: u64,
    as_of: Option<Instant>,
}

impl TokenLimit {
    /// A limit per minute; `None` lets everything through until the provider complains.
    pub fn per_minute(limit: Option<u64>) -> Self {
        Self { per_minute: limit, used: 0, as_of: None }
    }

    /// The earliest moment a call of so many tokens may start.
    pub fn next(&self, tokens: u64, now: Instant) -> Instant {
        let Some(limit) = self.per_minute else { return now };
        // A call larger than the bucket waits until it is full, not for ever.
        let room = limit.saturating_sub(tokens.min(limit));
        let excess = self.used_at(now).saturating_sub(room);
        now + time_to_refill(excess, limit)
    }

    /// Takes the tokens of a call that is about to start.
    pub fn take(&mut self, tokens: u64, now: Instant) {
        self.used = self.used_at(now).saturating_add(tokens);
        self.as_of = Some(now);
    }

    /// A call took `actual` tokens where `estimated` were taken.
    pub fn correct(&mut self, estimated: u64, actual: u64, now: Instant) {
        self.used = self.used_at(now).saturating_add(actual).saturating_sub(estimated);
        self.as_of = Some(now);
    }

    /// The provider says that its tokens per minute are used up: from now on half of what was thought, or of what was used.
    pub fn halve(&mut self, now: Instant) {
        let known = self.per_minute.unwrap_or_else(|| self.used_at(now));
        self.per_minute = Some((known / 2).max(LEAST));
    }

    /// What is still taken; without a limit, the minute's use fades over a minute.
    fn used_at(&self, now: Instant) -> u64 {
        let Some(as_of) = self.as_of else { return 0 };
        let passed = now.saturating_duration_since(as_of).as_millis();
        let full = u128::from(self.per_minute.unwrap_or(self.used));
        let refilled = full * passed / MINUTE.as_millis();
        self.used.saturating_sub(u64::try_from(refilled).unwrap_or(u64::MAX))
    }
}

fn time_to_refill(tokens: u64, per_minute: u64) -> Duration {
    let millis = u128::from(tokens) * MINUTE.as_millis() / u128::from(per_minute.max(1));
    Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX).min(600_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minutes_tokens_may_be_used_at_once_and_come_back_evenly() {
        let now = Instant::now();
        let mut limit = TokenLimit::per_minute(Some(6_000));
        limit.take(6_000, now);
        assert_eq!(limit.next(1_000, now) - now, Duration::from_secs(10));
        assert_eq!(limit.next(1_000, now + Duration::from_secs(10)), now + Duration::from_secs(10));
    }

    #[test]
    fn a_call_larger_than_the_bucket_waits_until_it_is_full() {
        let now = Instant::now();
        let mut limit = TokenLimit::per_minute(Some(6_000));
        assert_eq!(limit.next(50_000, now), now);
        limit.take(3_000, now);
        assert_eq!(limit.next(50_000, now) - now, Duration::from_secs(30));
    }

    #[test]
    fn an_estimate_is_corrected_by_what_was_counted() {
        let now = Instant::now();
        let mut limit = TokenLimit::per_minute(Some(6_000));
        limit.take(6_000, now);
        limit.correct(6_000, 1_000, now);
        assert_eq!(limit.next(5_000, now), now);
    }

    #[test]
    fn a_complaint_halves_what_is_let_through_also_where_nothing_was_known() {
        let now = Instant::now();
        let mut known = TokenLimit::per_minute(Some(6_000));
        known.halve(now);
        known.take(3_000, now);
        assert_eq!(known.next(600, now) - now, Duration::from_secs(12));
        let mut unknown = TokenLimit::per_minute(None);
        unknown.take(8_000, now);
        unknown.halve(now);
        assert_eq!(unknown.next(4_000, now) - now, Duration::from_secs(120), "four thousand a minute, eight in debt");
    }
}
