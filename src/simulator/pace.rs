//! How fast answers come.

use std::time::Duration;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// The speed of built-in answers. Each delay is varied by a fifth, up or down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// From the request to the first token.
    pub first_token: Duration,
    /// From one token to the next.
    pub token: Duration,
}

impl Pace {
    /// No delays at all.
    pub const INSTANT: Self = Self { first_token: Duration::ZERO, token: Duration::ZERO };
}

impl Default for Pace {
    /// About what hosted 70B models show: a first token in a third of a second, then some sixty a second.
    fn default() -> Self {
        Self { first_token: Duration::from_millis(320), token: Duration::from_millis(16) }
    }
}

/// The delays of one call.
pub(super) struct Delays {
    pace: Pace,
    random: ChaCha8Rng,
}

impl Delays {
    /// The delays of the call with this number.
    pub fn new(pace: Pace, seed: u64, call: u64) -> Self {
        Self { pace, random: ChaCha8Rng::seed_from_u64(seed.wrapping_add(call)) }
    }

    /// The wait for the first token.
    pub fn first_token(&mut self) -> Duration {
        self.vary(self.pace.first_token)
    }

    /// The wait for the next token.
    pub fn token(&mut self) -> Duration {
        self.vary(self.pace.token)
    }

    fn vary(&mut self, delay: Duration) -> Duration {
        delay * self.random.random_range(80..=120) / 100
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_delays_within_a_fifth() {
        let draw = |seed| {
            let mut delays = Delays::new(Pace::default(), seed, 3);
            [delays.first_token(), delays.token(), delays.token()]
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        for delay in &draw(7)[1..] {
            assert!((Duration::from_micros(12_800)..=Duration::from_micros(19_200)).contains(delay));
        }
    }

    #[test]
    fn an_instant_pace_never_waits() {
        let mut delays = Delays::new(Pace::INSTANT, 1, 1);
        assert_eq!((delays.first_token(), delays.token()), (Duration::ZERO, Duration::ZERO));
    }
}
