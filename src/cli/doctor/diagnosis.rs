//! What a provider's failure means, and what to do about it.

use std::time::Duration;

use rust_i18n::t;

use super::check::{Check, Finding, State};
use super::keys::address;
use super::subject::Subject;
use crate::config::host_of;
use crate::wire::{Failure, Obstacle, Outcome, Throttle};

/// The variables that send connections through a proxy.
const PROXIES: [&str; 6] = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

/// What a failure of this provider means; `model` is the one that was asked for, when it was a question.
pub(super) fn of(subject: Subject<'_>, failure: &Failure, model: Option<&str>) -> Check {
    match failure.outcome {
        Outcome::Connect => connection(subject, failure),
        Outcome::Reset | Outcome::Truncated => {
            let hint = proxied(subject, subject.text("doctor.host.url_hint", ""));
            failed(subject, Finding::Broken, "doctor.host.reset", failure).with_hint(hint)
        }
        Outcome::Auth => key(subject, failure),
        Outcome::Billing => money(subject, failure),
        Outcome::ModelUnavailable => gone(subject, failure, model),
        Outcome::RateLimited => throttled(subject, failure),
        Outcome::ServerError => failed(subject, Finding::ServerError, "doctor.refusal.server", failure)
            .with_hint(subject.text("doctor.refusal.server_hint", "")),
        Outcome::Foreign => foreign(subject, failure),
        outcome => {
            let locale = subject.locale();
            let message =
                t!("doctor.refusal.other", locale = locale, outcome = outcome.as_str(), said = failure.message);
            let hint = subject.text("doctor.host.url_hint", "");
            subject.check(State::Failed, Finding::Other, message).with_hint(hint)
        }
    }
}

/// It took the question and did not answer in this time.
pub(super) fn silent(subject: Subject<'_>, waited: Duration) -> Check {
    let hint = proxied(subject, subject.text("doctor.live.silent_hint", ""));
    let message = subject.text("doctor.live.silent", &waited.as_secs_f64().to_string());
    subject.check(State::Failed, Finding::Silent, message).with_hint(hint)
}

fn failed(subject: Subject<'_>, finding: Finding, key: &str, failure: &Failure) -> Check {
    subject.check(State::Failed, finding, subject.text(key, cause(failure)))
}

/// What stopped a connection: the part of the message that does not name the host again.
fn cause(failure: &Failure) -> &str {
    let named = ["no connection to ", "the connection to "].iter().any(|start| failure.message.starts_with(start));
    failure.message.split_once(": ").filter(|_| named).map_or(failure.message.as_str(), |(_, cause)| cause)
}

fn connection(subject: Subject<'_>, failure: &Failure) -> Check {
    let (finding, message, hint) = match Obstacle::of(failure) {
        Some(Obstacle::NoSuchName) => {
            (Finding::NoSuchHost, "doctor.host.no_such_name", "doctor.host.no_such_name_hint")
        }
        Some(Obstacle::NoNameServer) => {
            (Finding::NoNameServer, "doctor.host.no_name_server", "doctor.host.no_name_server_hint")
        }
        Some(Obstacle::Refused) => (Finding::Refused, "doctor.host.refused", "doctor.host.refused_hint"),
        Some(Obstacle::Unreachable) => (Finding::Unreachable, "doctor.host.unreachable", "doctor.host.way_hint"),
        Some(Obstacle::Timeout) => (Finding::Unreachable, "doctor.host.connect_timeout", "doctor.host.way_hint"),
        Some(Obstacle::Tls) => (Finding::Tls, "doctor.host.tls", tls_hint(&failure.message)),
        Some(Obstacle::Proxy) => (Finding::Proxy, "doctor.host.proxy", "doctor.host.url_hint"),
        None => (Finding::Unreachable, "doctor.host.other", "doctor.host.url_hint"),
    };
    failed(subject, finding, message, failure).with_hint(proxied(subject, subject.text(hint, "")))
}

/// What to do about a failure of TLS, by what the library says of it.
fn tls_hint(said: &str) -> &'static str {
    if said.contains("not valid for") {
        "doctor.host.tls_name_hint"
    } else if said.contains("ertificate") {
        "doctor.host.tls_certificate_hint"
    } else {
        "doctor.host.tls_plain_hint"
    }
}

/// The hint, with a word about the proxy that the environment names. Connections to this machine go through none.
fn proxied(subject: Subject<'_>, hint: String) -> String {
    let host = host_of(&subject.provider.base_url);
    let is_set = |name: &&&str| std::env::var(**name).is_ok_and(|value| !value.is_empty());
    match PROXIES.iter().find(is_set).filter(|_| host != "localhost" && !host.starts_with("127.") && host != "::1") {
        Some(variable) => {
            let more = t!("doctor.host.proxy_variable", locale = subject.locale(), variable = variable);
            format!("{hint}{more}")
        }
        None => hint,
    }
}

fn key(subject: Subject<'_>, failure: &Failure) -> Check {
    if subject.provider.key.is_none() {
        return failed(subject, Finding::KeyRefused, "doctor.refusal.no_key", failure)
            .with_hint(subject.text("doctor.refusal.no_key_hint", ""));
    }
    let check = failed(subject, Finding::KeyRefused, "doctor.refusal.key", failure);
    let others = other_regions(subject);
    if others.is_empty() {
        return check.with_hint(subject.text("doctor.refusal.key_hint", ""));
    }
    check.with_hint(t!(
        "doctor.refusal.region_hint",
        locale = subject.locale(),
        regions = others.join(", "),
        service = subject.called(),
        key_variable = subject.provider.key_variable,
        url_variable = subject.provider.base_url_variable
    ))
}

/// The addresses of the same service in its other regions, one a region.
fn other_regions(subject: Subject<'_>) -> Vec<String> {
    let Some(own) = subject.service().filter(|service| service.region.is_some()) else { return Vec::new() };
    let mut seen = vec![&own.region];
    let mut addresses = Vec::new();
    for service in subject.settings.hosts.services().filter(|service| service.name == own.name) {
        if !seen.contains(&&service.region) {
            seen.push(&service.region);
            addresses.push(address(service));
        }
    }
    addresses
}

fn money(subject: Subject<'_>, failure: &Failure) -> Check {
    let said = [failure.code.as_deref().unwrap_or_default(), &failure.message].join(" ").to_lowercase();
    let (finding, message, hint) = if said.contains("free") {
        (Finding::FreeTier, "doctor.refusal.free_tier", "doctor.refusal.free_tier_hint")
    } else {
        (Finding::Unpaid, "doctor.refusal.unpaid", "doctor.refusal.unpaid_hint")
    };
    failed(subject, finding, message, failure).with_hint(subject.text(hint, ""))
}

fn gone(subject: Subject<'_>, failure: &Failure, model: Option<&str>) -> Check {
    let (locale, model) = (subject.locale(), model.unwrap_or("?"));
    let message = t!("doctor.refusal.model", locale = locale, model = model, said = failure.message);
    let check = subject.check(State::Failed, Finding::ModelGone, message);
    match subject.settings.hosts.retired(&subject.provider.base_url, model) {
        Some(retired) => check.with_hint(t!(
            "doctor.refusal.model_successors_hint",
            locale = locale,
            date = retired.on,
            successors = retired.successors.join(", "),
            name = subject.provider.name,
            path = subject.settings.places.config_file.display()
        )),
        None => check.with_hint(subject.text("doctor.refusal.model_hint", "")),
    }
}

fn throttled(subject: Subject<'_>, failure: &Failure) -> Check {
    let limit = match Throttle::of(failure) {
        Throttle::Requests => "doctor.refusal.requests",
        Throttle::Tokens => "doctor.refusal.tokens",
        Throttle::Burst => "doctor.refusal.burst",
    };
    let locale = subject.locale();
    let limit = t!(limit, locale = locale);
    let message = t!("doctor.refusal.throttled", locale = locale, limit = limit, said = failure.message);
    let hint = subject.text("doctor.refusal.throttled_hint", "");
    subject.check(State::Warning, Finding::Throttled, message).with_hint(hint)
}

/// Something else than an API answered.
fn foreign(subject: Subject<'_>, failure: &Failure) -> Check {
    let with_status = |finding, key: &str, hint: &str| {
        let status = failure.status.map_or_else(String::new, |status| status.to_string());
        subject.check(State::Failed, finding, subject.text(key, &status)).with_hint(subject.text(hint, ""))
    };
    match failure.status {
        Some(300..=399) => with_status(Finding::Redirect, "doctor.path.redirect", "doctor.path.redirect_hint"),
        Some(407 | 511) => with_status(Finding::Proxy, "doctor.path.sign_in", "doctor.path.sign_in_hint"),
        Some(404 | 405) => wrong_path(subject, None),
        _ if failure.message.contains("does not speak HTTP") => {
            failed(subject, Finding::Other, "doctor.path.not_http", failure)
                .with_hint(subject.text("doctor.host.url_hint", ""))
        }
        _ => failed(subject, Finding::WebPage, "doctor.path.page", failure)
            .with_hint(subject.text("doctor.path.page_hint", "")),
    }
}

/// No API at the base URL; `found` is one at which there is.
pub(super) fn wrong_path(subject: Subject<'_>, found: Option<&str>) -> Check {
    let check = subject.check(State::Failed, Finding::WrongPath, subject.text("doctor.path.wrong", ""));
    match found {
        Some(found) => check.with_hint(t!(
            "doctor.path.found_hint",
            locale = subject.locale(),
            found = found,
            url_variable = subject.provider.base_url_variable
        )),
        None => check.with_hint(subject.text("doctor.path.lost_hint", "")),
    }
}
