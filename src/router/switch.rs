//! When the primary moves. Pure. A request that goes to another provider by itself (failover) moves nothing.

use serde::{Deserialize, Serialize};

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

/// The specification's word for what set an automatic switch off.
pub fn trigger(outcome: Option<Outcome>) -> &'static str {
    match outcome {
        Some(Outcome::RateLimited) => "rate_limited",
        Some(Outcome::ModelUnavailable) => "model_unavailable",
        Some(Outcome::FirstTokenTimeout | Outcome::IdleTimeout | Outcome::TotalTimeout) => "slow",
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
