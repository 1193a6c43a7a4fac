//! The words for what the state holds, in the user's language.

use std::time::Duration;

use rust_i18n::t;

use super::theme::Role;
use crate::app::State;
use crate::router::{BreakerState, Health, ProviderStatus, RouteStatus};

/// A provider's health in one word, and its look.
pub fn health(provider: &ProviderStatus, state: &State) -> (String, Role) {
    let (key, role) = match provider.health {
        _ if !provider.configured => ("ui.health.not_configured", Role::Dim),
        Health::Healthy => ("ui.health.healthy", Role::Good),
        Health::Degraded => ("ui.health.degraded", Role::Warning),
        Health::Unavailable => ("ui.health.unavailable", Role::Error),
    };
    (word(key, state), role)
}

/// A model's health in one word, and its look.
pub fn route_health(provider: &ProviderStatus, route: &RouteStatus, state: &State) -> (String, Role) {
    let (key, role) = match route.breaker {
        _ if !provider.configured => ("ui.health.not_configured", Role::Dim),
        _ if route.unavailable.is_some() => ("ui.health.unavailable", Role::Error),
        BreakerState::Closed => ("ui.health.healthy", Role::Good),
        BreakerState::HalfOpen => ("ui.health.trial", Role::Warning),
        BreakerState::Open => ("ui.health.unavailable", Role::Error),
    };
    (word(key, state), role)
}

/// A circuit breaker's state.
pub fn breaker(breaker: BreakerState, state: &State) -> String {
    let key = match breaker {
        BreakerState::Closed => "ui.breaker.closed",
        BreakerState::HalfOpen => "ui.breaker.half_open",
        BreakerState::Open => "ui.breaker.open",
    };
    word(key, state)
}

/// Milliseconds, or that there is no figure yet.
pub fn milliseconds(ms: Option<u64>) -> String {
    ms.map_or_else(|| "-".into(), |ms| format!("{} ms", grouped(ms)))
}

/// A count with its thousands parted: `1,234`.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut parted = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            parted.push(',');
        }
        parted.push(digit);
    }
    parted
}

/// Time left: whole minutes, in the last one seconds.
pub fn time_left(left: Duration, state: &State) -> String {
    let locale = state.language.code();
    let seconds = left.as_millis().div_ceil(1000);
    match seconds {
        0 => t!("ui.time.up", locale = locale),
        1..=60 => t!("ui.time.seconds", locale = locale, count = seconds),
        _ => t!("ui.time.minutes", locale = locale, count = seconds.div_ceil(60)),
    }
    .into_owned()
}

/// What moves while something runs, always three cells wide.
pub fn dots(state: &State) -> &'static str {
    ["   ", ".  ", ".. ", "..."].get(state.beats() % 4).unwrap_or(&"   ")
}

/// A text of the interface.
pub fn word(key: &str, state: &State) -> String {
    t!(key, locale = state.language.code()).into_owned()
}
