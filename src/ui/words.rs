//! The words for what the state holds, in the user's language.

use std::time::Duration;

use rust_i18n::t;

use super::theme::Role;
use crate::app::{State, terms};
use crate::config::Micro;
use crate::router::{BreakerState, Health, ProviderStatus, RouteStatus};
use crate::wire::Outcome;

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

/// How something ended.
pub fn outcome(outcome: Outcome, state: &State) -> String {
    terms::outcome(outcome, state.language).into_owned()
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

/// A count in few characters: `16.2M` from a million on.
pub fn short(count: u64) -> String {
    const MILLION: u64 = 1_000_000;
    match count {
        MILLION.. => format!("{}.{}M", grouped(count / MILLION), count % MILLION / (MILLION / 10)),
        _ => grouped(count),
    }
}

/// An amount without the zeros that say nothing, with two decimals at least: `19.80`, `0.000142`.
pub fn money(amount: Micro) -> String {
    money_of(amount, decimals(amount))
}

/// The decimals of an amount that say something, two at least.
pub fn decimals(amount: Micro) -> usize {
    let exact = amount.to_string();
    let zeros = exact.len() - exact.trim_end_matches('0').len();
    let decimals = exact.find('.').map_or(0, |point| exact.len() - point - 1);
    decimals.saturating_sub(zeros).max(decimals.min(2))
}

/// An amount with this many decimals, of the six it has: a column has the same in each row.
pub fn money_of(amount: Micro, decimals: usize) -> String {
    let exact = amount.to_string();
    let end = exact.find('.').map_or(exact.len(), |point| point + 1 + decimals);
    exact.get(..end).unwrap_or(&exact).to_owned()
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

/// Words with the name of who says them, or of what they are about, on one line.
pub fn said(name: &str, words: &str, state: &State) -> String {
    t!("ui.said", locale = state.language.code(), name = name, words = words).into_owned()
}

/// A text of the interface.
pub fn word(key: &str, state: &State) -> String {
    t!(key, locale = state.language.code()).into_owned()
}
