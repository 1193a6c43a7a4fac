//! Money is whole micro-units (millionths) of one currency; nothing here is a float.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};

/// An amount in micro-units of the configured currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Micro(pub u64);

impl Add for Micro {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Micro {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Micro {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::default(), Add::add)
    }
}

/// Six decimals, as in JSON: `0.000142`.
impl fmt::Display for Micro {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}

/// A price in micro-units per million tokens, so that one token of 0.0008 per 1,000 is still a whole number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Price(u64);

/// Fractional digits of a price per 1,000 tokens that survive: 10⁻⁹ per 1,000 tokens is one micro-unit per million.
const PRICE_DIGITS: usize = 9;

impl Price {
    /// Reads a decimal amount per 1,000 tokens such as `0.0008`; `None` when it is not a plain decimal below 10,000.
    pub fn per_thousand(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || whole.len() > 4 || fraction.len() > PRICE_DIGITS || !digits(whole) || !digits(fraction) {
            return None;
        }
        format!("{whole}{fraction:0<PRICE_DIGITS$}").parse().ok().map(Self)
    }

    /// What `tokens` cost, in 10⁻⁶ micro-units: prices of several kinds are added before rounding once.
    pub fn of(self, tokens: u64) -> u128 {
        u128::from(self.0) * u128::from(tokens)
    }

    /// Rounds a sum of [`Price::of`] up to a micro-unit.
    pub fn round_up(sum: u128) -> Micro {
        Micro(u64::try_from(sum.div_ceil(1_000_000)).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_per_thousand_tokens_costs_the_same_for_a_thousand_tokens() {
        let price = Price::per_thousand("0.0008").expect("a price");
        assert_eq!(Price::round_up(price.of(1_000)).to_string(), "0.000800");
    }

    #[test]
    fn one_token_is_rounded_up_to_a_micro_unit() {
        let price = Price::per_thousand("0.0008").expect("a price");
        assert_eq!(Price::round_up(price.of(1)), Micro(1));
        assert_eq!(Price::round_up(0), Micro(0));
    }

    #[test]
    fn text_that_is_no_plain_decimal_is_no_price() {
        for text in ["", ".5", "-1", "1e3", "0.0000000001", "12345", "1,5", "NaN"] {
            assert_eq!(Price::per_thousand(text), None, "{text}");
        }
    }
}
