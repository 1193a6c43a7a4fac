//! Asks every configured provider whether it is there and has the models of the table.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::join_all;
use rust_i18n::t;
use tokio::time::{Instant, timeout};

use super::check::{Check, Finding, State};
use super::subject::Subject;
use super::{diagnosis, models, paths};
use crate::backend::{reach, sent_models};
use crate::config::{ProviderSettings, Settings, Task};
use crate::provider::Provider;
use crate::wire::{ChatRequest, Failure, Message, Outcome, Role};

/// Longest wait for an answer: the health check's own limit (specification, section 4).
const PATIENCE: Duration = Duration::from_secs(10);

/// The same for somebody who is less patient.
fn patience(settings: &Settings) -> Duration {
    PATIENCE.min(settings.request_timeout)
}

/// From here on an answer is slow (specification: the slow-response warning).
const SLOW: Duration = Duration::from_secs(3);

/// What asking every configured provider came to.
pub(super) struct Reached {
    pub checks: Vec<Check>,
    /// Whether one of them answered.
    pub any_answers: bool,
}

/// Asks every configured provider, all at once.
pub(super) async fn reach_all(settings: &Settings) -> Reached {
    let configured = settings.providers.iter().filter(|provider| provider.is_configured());
    let found = join_all(configured.map(|provider| examine(Subject { settings, provider }))).await;
    let checks: Vec<_> = found.into_iter().flatten().collect();
    Reached { any_answers: checks.iter().any(|check| check.finding.is_some_and(Finding::answers)), checks }
}

/// A check for every configured provider whose address or key no request can be made with.
pub(super) fn unusable(settings: &Settings) -> Vec<Check> {
    let errors = settings.providers.iter().filter_map(|provider| reach(settings, provider).err());
    errors.map(|error| Check::new("settings", State::Failed, error.to_string())).collect()
}

async fn examine(subject: Subject<'_>) -> Vec<Check> {
    let client = match reach(subject.settings, subject.provider) {
        Ok(Some(client)) => client,
        Ok(None) => return Vec::new(),
        Err(error) => return vec![subject.check(State::Failed, Finding::Other, error.to_string())],
    };
    let (started, patience) = (Instant::now(), patience(subject.settings));
    let listed = timeout(patience, client.models()).await;
    let took = started.elapsed();
    let found = match listed {
        Err(_) => diagnosis::silent(subject, patience),
        Ok(Ok(offered)) if !offered.is_empty() => models::listed(subject, &offered, took.as_millis()),
        Ok(Err(failure)) if !lacks_a_list(&failure) => diagnosis::of(subject, &failure, None),
        Ok(_) => return question(subject, client).await,
    };
    with_slowness(subject, found, took)
}

/// Not every service lists its models: that says nothing of whether it answers.
fn lacks_a_list(failure: &Failure) -> bool {
    match failure.outcome {
        Outcome::Foreign | Outcome::ModelUnavailable => matches!(failure.status, Some(404 | 405)),
        Outcome::Malformed | Outcome::BadRequest => true,
        _ => false,
    }
}

fn with_slowness(subject: Subject<'_>, found: Check, took: Duration) -> Vec<Check> {
    let is_slow = took >= SLOW && found.finding.is_some_and(Finding::answers);
    let slow = is_slow.then(|| {
        let message = t!("doctor.live.slow", locale = subject.locale(), ms = took.as_millis());
        subject.check(State::Warning, Finding::Slow, message).with_hint(subject.text("doctor.live.slow_hint", ""))
    });
    std::iter::once(found).chain(slow).collect()
}

/// Asks the specification's one-token question instead, and where there is nothing to ask, looks for another path.
async fn question(subject: Subject<'_>, client: Arc<dyn Provider>) -> Vec<Check> {
    let models = sent_models(subject.settings, subject.provider);
    let Some(model) = models.get(&Task::Chat).or_else(|| models.values().next()) else {
        return vec![diagnosis::wrong_path(subject, None)];
    };
    let (started, patience) = (Instant::now(), patience(subject.settings));
    let answer = timeout(patience, one_token(client.as_ref(), model)).await;
    let took = started.elapsed();
    let found = match answer {
        Err(_) => diagnosis::silent(subject, patience),
        Ok(Ok(())) => {
            let message = t!("doctor.live.no_list", locale = subject.locale(), ms = took.as_millis(), model = model);
            subject.check(State::Ok, Finding::NoModelList, message)
        }
        Ok(Err(failure)) if is_no_path(&failure) => {
            let found = another_path(subject).await;
            diagnosis::wrong_path(subject, found.as_deref())
        }
        Ok(Err(failure)) => diagnosis::of(subject, &failure, Some(model)),
    };
    with_slowness(subject, found, took)
}

fn is_no_path(failure: &Failure) -> bool {
    failure.outcome == Outcome::Foreign && matches!(failure.status, Some(404 | 405))
}

async fn one_token(client: &dyn Provider, model: &str) -> Result<(), Failure> {
    let request = ChatRequest {
        model: model.to_owned(),
        messages: vec![Message::text(Role::User, "Hi")],
        max_tokens: Some(1),
        temperature: None,
        stream: true,
    };
    let alive = |failure: Failure| match failure.outcome {
        // One token may hold no text, and some services want to give more than one.
        Outcome::Empty | Outcome::ContentFilter => Ok(()),
        Outcome::BadRequest if failure.message.contains("max_tokens") => Ok(()),
        _ => Err(failure),
    };
    let mut answer =
        client.chat(request).await.or_else(|failure| alive(failure).map(|()| futures_util::stream::empty().boxed()))?;
    while let Some(delta) = answer.next().await {
        if let Err(failure) = delta {
            return alive(failure);
        }
    }
    Ok(())
}

/// A base URL at the same host at which there is an API: one that lists models, or at least asks for a key.
async fn another_path(subject: Subject<'_>) -> Option<String> {
    let urls = paths::alternatives(&subject.provider.base_url, subject.service());
    let tried = join_all(urls.iter().map(|url| async move {
        let provider = ProviderSettings { base_url: url.clone(), base_url_given: true, ..subject.provider.clone() };
        let client = reach(subject.settings, &provider).ok().flatten()?;
        let listed = timeout(patience(subject.settings), client.models()).await.ok()?;
        let is_there = match listed {
            Ok(_) => true,
            Err(failure) => matches!(failure.status, Some(401 | 429)) || failure.outcome == Outcome::Billing,
        };
        is_there.then(|| url.clone())
    }));
    tried.await.into_iter().flatten().next()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::{Layers, load};

    #[test]
    fn an_answer_that_took_its_time_is_told_beside_what_was_found() {
        let flags = BTreeMap::from([("VITA_HOME".to_owned(), "/nonexistent/vita".to_owned())]);
        let settings = load(Layers { flags, ..Layers::default() }).expect("settings").settings;
        let subject = Subject { settings: &settings, provider: &settings.providers[0] };
        let after = |state, finding, ms| {
            let checks = with_slowness(subject, subject.check(state, finding, ""), Duration::from_millis(ms));
            checks.into_iter().filter_map(|check| check.finding).collect::<Vec<_>>()
        };
        assert_eq!(after(State::Ok, Finding::Answers, 2_999), [Finding::Answers]);
        assert_eq!(after(State::Ok, Finding::Answers, 3_000), [Finding::Answers, Finding::Slow]);
        assert_eq!(after(State::Failed, Finding::ServerError, 9_000), [Finding::ServerError]);
    }
}
