//! Durations counted in buckets three per cent wide, so that days, processes and models add up and a median survives a restart.

use std::collections::BTreeMap;

/// Values below this have a bucket each; above it every power of two is cut into half as many.
const LINEAR: u64 = 64;
const PER_OCTAVE: u64 = LINEAR / 2;
const OCTAVE_BITS: u32 = PER_OCTAVE.trailing_zeros();

/// How many values fell into each bucket. Milliseconds here, though any whole number would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram(BTreeMap<u64, u64>);

impl Histogram {
    /// Counts a value.
    pub fn add(&mut self, value: u64) {
        self.add_to_bucket(bucket_of(value), 1);
    }

    /// Adds to a bucket known by its number.
    pub fn add_to_bucket(&mut self, bucket: u64, count: u64) {
        *self.0.entry(bucket).or_default() += count;
    }

    /// Adds another histogram.
    pub fn merge(&mut self, other: &Self) {
        for (bucket, count) in &other.0 {
            self.add_to_bucket(*bucket, *count);
        }
    }

    /// Buckets with their counts.
    pub fn buckets(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.0.iter().map(|(bucket, count)| (*bucket, *count))
    }

    /// How many values were counted.
    pub fn count(&self) -> u64 {
        self.0.values().sum()
    }

    /// The value below which `percent` of the values lie (nearest rank); `None` without values.
    pub fn percentile(&self, percent: u64) -> Option<u64> {
        let rank = (self.count() * percent).div_ceil(100).max(1);
        let mut seen = 0;
        self.0.iter().find_map(|(bucket, count)| {
            seen += count;
            (seen >= rank).then(|| value_of(*bucket))
        })
    }
}

fn bucket_of(value: u64) -> u64 {
    if value < LINEAR {
        return value;
    }
    let shift = value.ilog2() - OCTAVE_BITS;
    LINEAR + u64::from(shift - 1) * PER_OCTAVE + ((value >> shift) - PER_OCTAVE)
}

/// The middle of a bucket.
fn value_of(bucket: u64) -> u64 {
    if bucket < LINEAR {
        return bucket;
    }
    let shift = ((bucket - LINEAR) / PER_OCTAVE + 1).min(u64::from(u64::BITS - OCTAVE_BITS - 1));
    let lowest = (PER_OCTAVE + (bucket - LINEAR) % PER_OCTAVE) << shift;
    lowest + (1 << shift) / 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_median_of_nothing_is_nothing_and_of_one_value_that_value() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.percentile(50), None);
        histogram.add(17);
        assert_eq!(histogram.percentile(50), Some(17));
    }

    proptest! {
        #[test]
        fn a_percentile_is_within_two_per_cent_of_the_exact_one(mut values in prop::collection::vec(0u64..600_000, 1..200), percent in 1u64..=99) {
            let mut histogram = Histogram::default();
            values.iter().for_each(|value| histogram.add(*value));
            values.sort_unstable();
            let exact = values[(values.len() as u64 * percent).div_ceil(100) as usize - 1];
            let given = histogram.percentile(percent).expect("values");
            prop_assert!(given.abs_diff(exact) * 50 <= exact, "{given} for {exact}");
        }

        #[test]
        fn every_value_has_a_bucket_that_contains_it(value in any::<u64>()) {
            prop_assert_eq!(bucket_of(value_of(bucket_of(value))), bucket_of(value));
        }
    }
}
