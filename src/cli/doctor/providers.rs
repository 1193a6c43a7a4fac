//! Findings about the providers: keys, and whether each answers and has the models of the table.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use rust_i18n::t;
use tokio::time::{Instant, timeout};

use super::check::{Check, State};
use crate::backend::reach;
use crate::config::{ProviderSettings, Settings};
use crate::wire::{Failure, Outcome};

/// Longest wait for a list of models: the health check's own limit (specification, section 4).
const PATIENCE: Duration = Duration::from_secs(10);

/// Most models named in one finding.
const NAMED: usize = 3;

/// Which providers have a key; the key itself is never shown.
pub(super) fn keys(settings: &Settings) -> Vec<Check> {
    let locale = settings.language.code();
    if settings.is_demo() {
        let variables: Vec<_> = settings.providers.iter().map(|provider| provider.key_variable.as_str()).collect();
        let hint = t!("cli.doctor.demo_hint", locale = locale, variables = variables.join(", "));
        return vec![Check::new("providers", State::Info, t!("cli.demo", locale = locale)).with_hint(hint)];
    }
    let key = |provider: &ProviderSettings| {
        let variable = &provider.key_variable;
        if provider.key.is_some() {
            Check::new(&provider.name, State::Ok, t!("cli.doctor.key_set", locale = locale, variable = variable))
        } else if provider.base_url_given {
            let found = t!("cli.doctor.key_missing", locale = locale, variable = variable);
            Check::new(&provider.name, State::Info, found)
        } else {
            let found = t!("cli.doctor.not_configured", locale = locale, variable = variable);
            Check::new(&provider.name, State::Info, found)
        }
    };
    settings.providers.iter().map(key).collect()
}

/// What asking every configured provider came to.
pub(super) struct Reached {
    pub checks: Vec<Check>,
    /// Whether one of them answered.
    pub any_answers: bool,
}

/// Asks every configured provider for its models, all at once.
pub(super) async fn reach_all(settings: &Settings) -> Reached {
    let configured = settings.providers.iter().filter(|provider| provider.is_configured());
    let found = join_all(configured.map(|provider| reach_one(settings, provider))).await;
    Reached { any_answers: found.iter().any(|check| matches!(check.state, State::Ok | State::Warning)), checks: found }
}

async fn reach_one(settings: &Settings, provider: &ProviderSettings) -> Check {
    let locale = settings.language.code();
    let name = &provider.name;
    let client = match reach(settings, provider) {
        Ok(Some(client)) => client,
        Ok(None) => return Check::new(name, State::Info, t!("cli.doctor.not_configured", locale = locale)),
        Err(error) => return Check::new(name, State::Failed, error.to_string()),
    };
    let started = Instant::now();
    let answer = timeout(PATIENCE, client.models()).await;
    let ms = started.elapsed().as_millis();
    match answer {
        Ok(Ok(offered)) => {
            let missing = missing(provider, &offered);
            if missing.is_empty() {
                return Check::new(name, State::Ok, t!("cli.doctor.answers", locale = locale, ms = ms));
            }
            let found = t!("cli.doctor.models_missing", locale = locale, ms = ms, models = missing);
            let hint = t!("cli.doctor.models_hint", locale = locale, name = name);
            Check::new(name, State::Warning, found).with_hint(hint)
        }
        // Not every service lists its models; that it refuses the question shows that it answers.
        Ok(Err(failure)) if matches!(failure.status, Some(404 | 405)) => {
            Check::new(name, State::Warning, t!("cli.doctor.no_list", locale = locale, ms = ms))
        }
        Ok(Err(failure)) => {
            let hint = hint(&failure, provider, locale);
            Check::new(name, State::Failed, format!("{}: {}", failure.outcome.as_str(), failure.message))
                .with_hint(hint)
        }
        Err(_) => Check::new(name, State::Failed, t!("cli.doctor.silent", locale = locale)).with_hint(t!(
            "cli.doctor.url_hint",
            locale = locale,
            variable = provider.base_url_variable
        )),
    }
}

/// The table's models that the service does not list, the first few of them.
fn missing(provider: &ProviderSettings, offered: &[String]) -> String {
    let wanted: BTreeSet<_> = provider.models.values().collect();
    let missing: Vec<_> = wanted.into_iter().filter(|model| !offered.contains(model)).collect();
    let named = missing.iter().take(NAMED).map(|model| model.as_str()).collect::<Vec<_>>().join(", ");
    match missing.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} (+{more})"),
    }
}

fn hint(failure: &Failure, provider: &ProviderSettings, locale: &str) -> String {
    let hint = match failure.outcome {
        Outcome::Auth => t!("cli.doctor.auth_hint", locale = locale, variable = provider.key_variable),
        Outcome::Billing => t!("cli.doctor.billing_hint", locale = locale),
        Outcome::RateLimited | Outcome::ServerError => t!("cli.doctor.later_hint", locale = locale),
        _ => t!("cli.doctor.url_hint", locale = locale, variable = provider.base_url_variable),
    };
    hint.into_owned()
}
