//! Findings about a provider's key, without asking anybody: whether there is one, and whether it looks like this service's.

use rust_i18n::t;
use secrecy::ExposeSecret as _;

use super::check::{Check, Finding, State};
use super::subject::{Subject, label};
use crate::config::{Service, Settings};

/// Which providers have a key, and of which service; the key itself is never shown.
pub(super) fn check(settings: &Settings) -> Vec<Check> {
    let locale = settings.language.code();
    if settings.is_demo() {
        let variables: Vec<_> = settings.providers.iter().map(|provider| provider.key_variable.as_str()).collect();
        let hint = t!("doctor.demo_hint", locale = locale, variables = variables.join(", "));
        return vec![Check::new("providers", State::Info, t!("cli.demo", locale = locale)).with_hint(hint)];
    }
    settings.providers.iter().flat_map(|provider| of_one(Subject { settings, provider })).collect()
}

fn of_one(subject: Subject<'_>) -> Vec<Check> {
    let provider = subject.provider;
    let is = |state, key| Check::new(&provider.name, state, subject.text(key, ""));
    match &provider.key {
        Some(key) => {
            let trouble = trouble(subject, key.expose_secret());
            std::iter::once(is(State::Ok, "doctor.key.set")).chain(trouble).collect()
        }
        None if provider.base_url_given => vec![is(State::Info, "doctor.key.missing")],
        None => vec![is(State::Info, "doctor.key.not_configured")],
    }
}

/// What is wrong with the form of a key, as far as services are known by theirs.
fn trouble(subject: Subject<'_>, key: &str) -> Option<Check> {
    let warn = |message: String| subject.check(State::Warning, Finding::ForeignKey, message);
    if key.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("bearer")) {
        return Some(warn(subject.text("doctor.key.bearer", "")).with_hint(subject.text("doctor.key.bearer_hint", "")));
    }
    let service = subject.service().filter(|service| !service.keys.is_empty())?;
    let issuers = subject.settings.hosts.issuers(key);
    let is_own = service.keys.iter().any(|form| key.starts_with(form.as_str()));
    if is_own && issuers.iter().any(|issuer| issuer.name == service.name) {
        return None;
    }
    let forms = service.keys.iter().map(|form| format!("{form}...")).collect::<Vec<_>>().join(", ");
    let (locale, provider) = (subject.locale(), subject.provider);
    let message = |key: &str, issuer: &str| {
        t!(
            key,
            locale = locale,
            issuer = issuer,
            forms = forms,
            service = label(service),
            key_variable = provider.key_variable,
            url_variable = provider.base_url_variable
        )
        .into_owned()
    };
    let Some(issuer) = issuers.first() else {
        return Some(warn(message("doctor.key.unlike", "")).with_hint(subject.text("doctor.key.foreign_hint", "")));
    };
    Some(warn(message("doctor.key.foreign", &issuer.name)).with_hint(advice(subject, &issuers)))
}

/// What to do with a key of these services: their addresses, or that they are no more.
fn advice(subject: Subject<'_>, issuers: &[&Service]) -> String {
    let (locale, provider) = (subject.locale(), subject.provider);
    let living = issuers.iter().filter(|issuer| issuer.ended.is_none());
    let urls: Vec<_> = living.map(|issuer| address(issuer)).collect();
    let ended = issuers.iter().find_map(|issuer| Some((&issuer.name, issuer.ended?)));
    match (urls.as_slice(), ended) {
        ([], Some((issuer, date))) => t!(
            "doctor.key.ended_hint",
            locale = locale,
            issuer = issuer,
            date = date,
            service = subject.called(),
            key_variable = provider.key_variable
        ),
        (urls, _) => t!(
            "doctor.key.address_hint",
            locale = locale,
            urls = urls.join(", "),
            service = subject.called(),
            key_variable = provider.key_variable,
            url_variable = provider.base_url_variable
        ),
    }
    .into_owned()
}

/// The base URL of a service, with its region.
pub(super) fn address(service: &Service) -> String {
    let url = format!("https://{}{}", service.host, service.path);
    match &service.region {
        Some(region) => format!("{url} ({region})"),
        None => url,
    }
}
