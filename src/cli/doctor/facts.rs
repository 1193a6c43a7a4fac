//! Findings from what is known without asking anybody: services that ended, models that are retired, and how old the knowledge is.

use chrono::NaiveDate;
use rust_i18n::t;

use super::check::{Check, Finding, State};
use super::models;
use super::subject::{Subject, label};
use crate::backend::sent_models;
use crate::config::Settings;

/// What is known of the configured providers. `offline`: nobody is going to be asked.
pub(super) fn check(settings: &Settings, offline: bool) -> Vec<Check> {
    let configured = settings.providers.iter().filter(|provider| provider.is_configured());
    let subjects: Vec<_> = configured.map(|provider| Subject { settings, provider }).collect();
    let mut checks: Vec<_> = subjects
        .iter()
        .flat_map(|subject| ended(*subject).into_iter().chain(models::known(*subject, offline)))
        .collect();
    let dates = || subjects.iter().flat_map(|subject| dates(*subject));
    if let (Some(from), Some(to)) = (dates().min(), dates().max()) {
        let locale = settings.language.code();
        let message = match from == to {
            true => t!("doctor.facts_of_one_day", locale = locale, date = from),
            false => t!("doctor.facts", locale = locale, from = from, to = to),
        };
        checks.push(Check::new("facts", State::Info, message));
    }
    checks
}

fn ended(subject: Subject<'_>) -> Option<Check> {
    let service = subject.service()?;
    let date = service.ended?;
    let message = t!("doctor.known.service_ended", locale = subject.locale(), service = label(service), date = date);
    let hint = subject.text("doctor.known.service_ended_hint", "");
    Some(subject.check(State::Warning, Finding::Ended, message).with_hint(hint))
}

/// When the facts in use were read.
fn dates<'a>(subject: Subject<'a>) -> impl Iterator<Item = NaiveDate> + 'a {
    let (provider, hosts) = (subject.provider, &subject.settings.hosts);
    let facts = sent_models(subject.settings, provider).into_values().filter_map(|id| provider.facts.get(&id)?.as_of);
    facts.chain(provider.models.values().filter_map(|id| hosts.alias_date(&provider.base_url, id)))
}
