//! Tokens a minute at one provider: fed by estimates, corrected by what was counted.

use std::time::Duration;

use tokio::time::Instant;

const MINUTE: Duration = Duration::from_secs(60);

/// A limit that a provider's complaints brought down never falls below this, so that calls go on.
const LEAST: u64 = 1_000;

/// Such a limit grows by this part of what was thought with each minute without a complaint.
const GROWTH: u64 = 10;

/// A bucket that holds a minute's tokens and fills evenly. It may run into debt: a call larger than the bucket is let through
/// when the bucket is full, and later ones wait for it.
#[derive(Debug)]
pub struct TokenLimit {
    /// What the provider is said to allow.
    configured: Option<u64>,
    lowered: Option<Lowered>,
    /// Tokens taken and not yet refilled, at `as_of`.
    used: u64,
    as_of: Option<Instant>,
    /// Estimates that were taken and not yet corrected, oldest first.
    taken: Vec<Taken>,
}

/// The tokens of a call under way, as estimated.
#[derive(Clone, Copy, Debug)]
struct Taken {
    tokens: u64,
    /// The least that was used since: more must not be given back, since the rest has come back by itself.
    least: u64,
}

/// A limit that the provider's complaints brought down. It grows back.
#[derive(Clone, Copy, Debug)]
struct Lowered {
    /// When the latest complaint that counted came, and what was let through a minute from then on.
    at: Instant,
    to: u64,
    /// What was thought before the first of them.
    from: u64,
}

impl Lowered {
    /// The limit at `now`; `None` when it has grown back.
    fn at(self, now: Instant) -> Option<u64> {
        let quiet = now.saturating_duration_since(self.at).as_secs() / MINUTE.as_secs();
        let grown = self.to.saturating_add((self.from / GROWTH).saturating_mul(quiet));
        (grown < self.from).then_some(grown)
    }
}

impl TokenLimit {
    /// A limit per minute; `None` lets everything through until the provider complains.
    pub fn per_minute(limit: Option<u64>) -> Self {
        Self { configured: limit, lowered: None, used: 0, as_of: None, taken: Vec::new() }
    }

    /// The earliest moment a call of so many tokens may start.
    pub fn next(&self, tokens: u64, now: Instant) -> Instant {
        let Some(limit) = self.limit_at(now) else { return now };
        // A call larger than the bucket waits until it is full, not for ever.
        let room = limit.saturating_sub(tokens.min(limit));
        let excess = self.used_at(now).saturating_sub(room);
        now + time_to_refill(excess, limit)
    }

    /// Takes the tokens of a call that is about to start.
    pub fn take(&mut self, tokens: u64, now: Instant) {
        self.settle(now);
        self.used = self.used.saturating_add(tokens);
        self.taken.push(Taken { tokens, least: self.used });
    }

    /// A call took `actual` tokens where `estimated` were taken.
    pub fn correct(&mut self, estimated: u64, actual: u64, now: Instant) {
        self.settle(now);
        // Of calls of one size the oldest may be given back least.
        let own = self.taken.iter().position(|taken| taken.tokens == estimated);
        let most = own.map_or(0, |own| self.taken.remove(own).least);
        let back = estimated.saturating_sub(actual).min(most);
        self.used = self.used.saturating_add(actual.saturating_sub(estimated)).saturating_sub(back);
    }

    /// The provider said to an attempt that began then that its tokens per minute are used up: from now on half of what was
    /// thought, or of what was used. Of those that were under way together only the first one counts: none had seen the new limit.
    pub fn halve(&mut self, began: Instant, now: Instant) {
        if self.lowered.is_some_and(|lowered| began <= lowered.at) {
            return;
        }
        self.settle(now);
        let unknown = self.used.max(2 * LEAST);
        let lowered_from = self.lowered.filter(|lowered| lowered.at(now).is_some()).map(|lowered| lowered.from);
        let from = lowered_from.or(self.configured).unwrap_or(unknown);
        let known = self.limit_at(now).unwrap_or(from);
        self.lowered = Some(Lowered { at: now, to: (known / 2).max(LEAST.min(from)), from });
    }

    /// Takes note of what has come back by now.
    fn settle(&mut self, now: Instant) {
        (self.used, self.as_of) = (self.used_at(now), Some(now));
        for taken in &mut self.taken {
            taken.least = taken.least.min(self.used);
        }
    }

    /// What is let through a minute.
    fn limit_at(&self, now: Instant) -> Option<u64> {
        self.lowered.and_then(|lowered| lowered.at(now)).or(self.configured)
    }

    /// What is still taken; without a limit, the minute's use fades over a minute.
    fn used_at(&self, now: Instant) -> u64 {
        let Some(as_of) = self.as_of else { return 0 };
        let passed = now.saturating_duration_since(as_of).as_millis();
        let full = u128::from(self.limit_at(as_of).unwrap_or(self.used));
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
    fn what_has_come_back_by_itself_is_not_given_back_again() {
        let now = Instant::now();
        let later = |seconds| now + Duration::from_secs(seconds);
        let mut limit = TokenLimit::per_minute(Some(6_000));
        limit.take(5_000, now);
        limit.take(5_000, later(50));
        limit.correct(5_000, 100, later(50));
        assert_eq!(limit.used_at(later(50)), 5_000, "the second call's tokens are still taken");
        limit.correct(5_000, 100, later(60));
        assert_eq!(limit.used_at(later(60)), 0, "and of those of the second four thousand were");
        let mut limit = TokenLimit::per_minute(Some(6_000));
        limit.take(5_000, now);
        limit.take(5_000, now);
        limit.correct(5_000, 100, later(50));
        assert_eq!(
            limit.used_at(later(50)),
            100,
            "one that waited behind the first is relieved by what the first left"
        );
    }

    #[test]
    fn a_complaint_halves_what_is_let_through_also_where_nothing_was_known() {
        let now = Instant::now();
        let mut known = TokenLimit::per_minute(Some(6_000));
        known.halve(now, now);
        known.take(3_000, now);
        assert_eq!(known.next(600, now) - now, Duration::from_secs(12));
        let mut unknown = TokenLimit::per_minute(None);
        unknown.take(8_000, now);
        unknown.halve(now, now);
        assert_eq!(unknown.next(4_000, now) - now, Duration::from_secs(120), "four thousand a minute, eight in debt");
    }

    #[test]
    fn complaints_to_calls_under_way_together_halve_it_once_and_it_grows_back_in_quiet_minutes() {
        let now = Instant::now();
        let later = |seconds| now + Duration::from_secs(seconds);
        let mut limit = TokenLimit::per_minute(Some(60_000));
        (1..=10).for_each(|second| limit.halve(now, later(second)));
        assert_eq!(limit.limit_at(later(10)), Some(30_000));
        limit.halve(later(11), later(12));
        assert_eq!(limit.limit_at(later(12 + 59)), Some(15_000), "a call that knew of the first complaint");
        let minutes = [1, 2, 7, 8, 1_000].map(|minute| limit.limit_at(later(12 + 60 * minute)));
        assert_eq!(minutes, [21_000, 27_000, 57_000, 60_000, 60_000].map(Some));
        let mut unknown = TokenLimit::per_minute(None);
        unknown.take(8_000, now);
        unknown.halve(now, now);
        assert_eq!([later(0), later(240), later(300)].map(|at| unknown.limit_at(at)), [Some(4_000), Some(7_200), None]);
    }

    #[test]
    fn a_complaint_never_raises_a_small_limit() {
        let now = Instant::now();
        let mut limit = TokenLimit::per_minute(Some(500));
        limit.halve(now, now);
        assert_eq!(limit.limit_at(now), Some(500));
    }
}
