//! When the primary moves. Pure. A request that goes to another provider by itself (failover) moves nothing.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::timings::Timings;

use crate::store::SwitchKind;
use crate::wire::Outcome;

/// Who is primary, who should be, and whether it moves by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leadership {
    /// The provider tried first now.
    pub primary: String,
    /// The provider that is primary while it is healthy.
    pub preferred: String,
    /// Whether the primary moves by itself.
    pub auto_switch: bool,
}

/// A switch that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    pub to: String,
    pub kind: SwitchKind,
}

/// The switch that is due by itself, if any. `usable` lists the providers that take ordinary traffic, in the order of the table.
pub fn due(leadership: &Leadership, usable: &[&str]) -> Option<Move> {
    let Leadership { primary, preferred, auto_switch } = leadership;
    let is_usable = |name: &str| usable.contains(&name);
    if !auto_switch {
        None
    } else if primary != preferred && is_usable(preferred) {
        Some(Move { to: preferred.clone(), kind: SwitchKind::Recovery })
    } else if !is_usable(primary) {
        usable.first().map(|backup| Move { to: (*backup).to_owned(), kind: SwitchKind::Auto })
    } else {
        None
    }
}

/// How long the primary stays where it is after a switch: the base, doubled for each automatic switch that came soon after the one
/// before it, and the base again after a long quiet. `automatic` are their times, the latest first.
pub fn dwell(automatic: impl IntoIterator<Item = DateTime<Utc>>, now: DateTime<Utc>, timings: &Timings) -> Duration {
    let (soon, quiet) = timings.dwell_memory;
    let (mut later, mut doublings) = (None, 0);
    for at in automatic {
        let gap = (later.unwrap_or(now) - at).to_std().unwrap_or_default();
        if gap >= quiet {
            break;
        }
        doublings += u32::from(later.is_some() && gap <= soon);
        later = Some(at);
    }
    let doubled = timings.dwell.saturating_mul(1u32.checked_shl(doublings).unwrap_or(u32::MAX));
    doubled.min(timings.dwell_longest.max(timings.dwell))
}

/// The specification's word for what set an automatic switch off.
pub fn trigger(outcome: Option<Outcome>) -> &'static str {
    match outcome {
        Some(Outcome::RateLimited) => "rate_limited",
        Some(Outcome::ModelUnavailable) => "model_unavailable",
        Some(Outcome::FirstTokenTimeout | Outcome::IdleTimeout | Outcome::TotalTimeout | Outcome::TooSlow) => "slow",
        _ => "api_failure",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn led_by(primary: &str, preferred: &str) -> Leadership {
        Leadership { primary: primary.into(), preferred: preferred.into(), auto_switch: true }
    }

    fn moved(leadership: &Leadership, usable: &[&str]) -> Option<(String, SwitchKind)> {
        due(leadership, usable).map(|due| (due.to, due.kind))
    }

    #[test]
    fn a_primary_that_is_down_is_replaced_and_comes_back() {
        assert_eq!(moved(&led_by("llama", "llama"), &["llama", "qwen"]), None);
        assert_eq!(moved(&led_by("llama", "llama"), &["qwen"]), Some(("qwen".into(), SwitchKind::Auto)));
        assert_eq!(moved(&led_by("qwen", "llama"), &["qwen"]), None);
        assert_eq!(moved(&led_by("qwen", "llama"), &["llama", "qwen"]), Some(("llama".into(), SwitchKind::Recovery)));
    }

    #[test]
    fn with_nothing_usable_or_auto_switch_off_it_stays() {
        assert_eq!(moved(&led_by("llama", "llama"), &[]), None);
        let off = Leadership { auto_switch: false, ..led_by("llama", "llama") };
        assert_eq!(moved(&off, &["qwen"]), None);
    }

    #[test]
    fn when_the_stand_in_fails_too_another_one_takes_over() {
        assert_eq!(moved(&led_by("qwen", "llama"), &["third"]), Some(("third".into(), SwitchKind::Auto)));
    }
}
