//! How long to wait before the same route is tried again.

use std::time::Duration;

use rand::{Rng, RngExt};

/// `base · 2^retry`, capped, spread over ±20 % so that callers that failed together don't return together.
pub fn delay(base: Duration, cap: Duration, retry: u32, rng: &mut impl Rng) -> Duration {
    let doubled = base.saturating_mul(1u32.checked_shl(retry).unwrap_or(u32::MAX));
    doubled.min(cap).mul_f64(rng.random_range(0.8..1.2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    #[test]
    fn it_doubles_up_to_the_cap_within_a_fifth() {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        for (retry, middle) in [(0, 1.0), (1, 2.0), (2, 4.0), (10, 20.0), (40, 20.0)] {
            let wait = delay(Duration::from_secs(1), Duration::from_secs(20), retry, &mut rng).as_secs_f64();
            assert!((middle * 0.8..=middle * 1.2).contains(&wait), "retry {retry}: {wait}");
        }
    }
}
