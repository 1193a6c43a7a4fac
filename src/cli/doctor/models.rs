//! Findings about the models of the table: what is known of them, and what the service lists.

use std::collections::{BTreeMap, BTreeSet};

use rust_i18n::t;

use super::check::{Check, Finding, State};
use super::similar;
use super::subject::Subject;
use crate::backend::sent_models;
use crate::config::{Retired, Task};

/// Most models named in one finding.
const NAMED: usize = 3;

/// Most models named that may be chosen from.
const OFFERED: usize = 12;

/// A model of the table that the service does not list.
struct Missing<'a> {
    id: String,
    tasks: Vec<Task>,
    retired: Option<&'a Retired>,
    /// A listed model that may do its work.
    instead: Option<String>,
}

/// The models of the table as they are sent, each with its tasks.
fn wanted(subject: Subject<'_>) -> BTreeMap<String, Vec<Task>> {
    let mut wanted: BTreeMap<String, Vec<Task>> = BTreeMap::new();
    for (task, id) in sent_models(subject.settings, subject.provider) {
        wanted.entry(id).or_default().push(task);
    }
    wanted
}

/// What is known of this provider's models without asking it: ids that are sent otherwise, and, when nobody is going to be asked,
/// models that are retired.
pub(super) fn known(subject: Subject<'_>, offline: bool) -> Vec<Check> {
    let (locale, hosts, url) = (subject.locale(), &subject.settings.hosts, subject.provider.base_url.as_str());
    let mut checks: Vec<_> = aliases(subject).into_iter().collect();
    for (id, tasks) in wanted(subject).into_iter().filter(|_| offline) {
        let Some(retired) = hosts.retired(url, &id) else { continue };
        let message = t!("doctor.known.retired", locale = locale, model = id, tasks = codes(&tasks), date = retired.on);
        let hint = t!("doctor.known.retired_hint", locale = locale, successors = retired.successors.join(", "));
        checks.push(subject.check(State::Warning, Finding::Retired, message).with_hint(hint));
    }
    checks
}

/// The models that are asked for by another name than the table's.
fn aliases(subject: Subject<'_>) -> Option<Check> {
    let (locale, url) = (subject.locale(), subject.provider.base_url.as_str());
    let written: BTreeSet<_> = subject.provider.models.values().collect();
    let pairs = written.into_iter().filter_map(|id| {
        let sent = subject.settings.hosts.sent_id(url, id);
        (sent != id).then(|| t!("doctor.known.alias_pair", locale = locale, id = id, sent = sent).into_owned())
    });
    let pairs = pairs.collect::<Vec<_>>().join(", ");
    let message = t!("doctor.known.alias", locale = locale, models = pairs);
    (!pairs.is_empty()).then(|| Check::new(&subject.provider.name, State::Info, message))
}

/// What the list says of the models of the table.
pub(super) fn listed(subject: Subject<'_>, offered: &[String], ms: u128) -> Check {
    let locale = subject.locale();
    let missing: Vec<_> = wanted(subject)
        .into_iter()
        .filter(|(id, _)| !offered.contains(id))
        .map(|(id, tasks)| {
            let retired = subject.settings.hosts.retired(&subject.provider.base_url, &id);
            let instead = instead(&id, retired, offered).map(str::to_owned);
            Missing { id, tasks, retired, instead }
        })
        .collect();
    if missing.is_empty() {
        return subject.check(State::Ok, Finding::Answers, t!("doctor.live.answers", locale = locale, ms = ms));
    }
    let models = missing.iter().map(|missing| match missing.retired {
        Some(retired) => {
            t!("doctor.live.retired_on", locale = locale, model = missing.id, date = retired.on).into_owned()
        }
        None => missing.id.clone(),
    });
    let models = some(models, NAMED);
    let message = t!("doctor.live.models_missing", locale = locale, ms = ms, models = models);
    let hint = if missing.iter().any(|missing| missing.instead.is_some()) {
        let lines = lines(&subject.provider.name, &missing, &t!("doctor.live.nothing_alike", locale = locale));
        format!("{}\n{lines}", subject.text("doctor.live.models_hint", ""))
    } else {
        t!(
            "doctor.live.offered_hint",
            locale = locale,
            offered = some(offered.iter().map(String::as_str), OFFERED),
            name = subject.provider.name,
            path = subject.settings.places.config_file.display()
        )
        .into_owned()
    };
    subject.check(State::Warning, Finding::ModelsMissing, message).with_hint(hint)
}

/// The first so many of the names, and how many more there are.
fn some(names: impl Iterator<Item = impl Into<String>>, most: usize) -> String {
    let mut names: Vec<String> = names.map(Into::into).collect();
    let more = names.len().saturating_sub(most);
    names.truncate(most);
    let named = names.join(", ");
    if more > 0 { format!("{named} (+{more})") } else { named }
}

/// The listed model that may do the work of one that is not: a known successor, else the one whose name is nearest.
fn instead<'a>(id: &str, retired: Option<&Retired>, offered: &'a [String]) -> Option<&'a str> {
    let successors = retired.into_iter().flat_map(|retired| &retired.successors);
    let mut known = successors.filter_map(|successor| offered.iter().find(|id| *id == successor));
    known.next().map(String::as_str).or_else(|| similar::nearest(id, offered))
}

/// Lines for the configuration file that put listed models in the place of missing ones.
fn lines(provider: &str, missing: &[Missing<'_>], nothing: &str) -> String {
    let key = |name: &str| {
        let is_bare = name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_') && !name.is_empty();
        if is_bare { name.to_owned() } else { toml::Value::from(name).to_string() }
    };
    let mut lines = format!("[providers.{}.models]\n", key(provider));
    for missing in missing {
        for task in &missing.tasks {
            lines.push_str(&match &missing.instead {
                Some(id) => format!("{task} = {}\n", toml::Value::from(id.as_str())),
                None => format!("# {task}: {nothing}\n"),
            });
        }
    }
    lines
}

fn codes(tasks: &[Task]) -> String {
    tasks.iter().map(|task| task.code()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Layers, Settings, load};

    /// The settings with qwen at DashScope, where no key is needed to look at the table.
    fn settings() -> Settings {
        let home = BTreeMap::from([("VITA_HOME".to_owned(), "/nonexistent/vita".to_owned())]);
        load(Layers { flags: home, ..Layers::default() }).expect("settings").settings
    }

    #[test]
    fn a_successor_that_is_listed_is_suggested_and_else_the_nearest_name() {
        let settings = settings();
        let subject = Subject { settings: &settings, provider: &settings.providers[1] };
        let offered = ["qwen-plus", "qwen-long", "qwen3.8-flash", "qwen2.5-coder-32b-instruct", "qwen3.6-plus"];
        let check = listed(subject, &offered.map(str::to_owned), 12);
        assert_eq!((check.state, check.finding), (State::Warning, Some(Finding::ModelsMissing)));
        assert_eq!(
            check.message,
            "answers in 12 ms, but does not list: qwen-turbo (retired on 2026-07-13), qwen2.5-math-72b-instruct, qwen3-asr-flash"
        );
        let lines: Vec<_> = check.hint.as_deref().unwrap_or_default().lines().collect();
        assert_eq!(
            lines,
            [
                "Write into /nonexistent/vita/config.toml:",
                "[providers.qwen.models]",
                "fallback = \"qwen3.8-flash\"",
                "turbo = \"qwen3.8-flash\"",
                "math = \"qwen2.5-coder-32b-instruct\"",
                "audio = \"qwen3.8-flash\"",
            ]
        );
    }

    #[test]
    fn where_nothing_is_alike_what_is_listed_is_named() {
        let settings = settings();
        let subject = Subject { settings: &settings, provider: &settings.providers[1] };
        let ids = |count| (1..=count).map(|number| format!("m{number}")).collect::<Vec<_>>();
        let hint = |count| listed(subject, &ids(count), 12).hint.unwrap_or_default();
        let write =
            "Write for each task the one that may do it under [providers.qwen.models] in /nonexistent/vita/config.toml";
        assert_eq!(hint(2), format!("It lists m1, m2. {write}"));
        assert_eq!(hint(14), format!("It lists {} (+2). {write}", ids(12).join(", ")));
    }

    #[test]
    fn the_suggested_lines_are_a_configuration_file() {
        let missing = |id: &str, task, instead: Option<&str>| Missing {
            id: id.to_owned(),
            tasks: vec![task],
            retired: None,
            instead: instead.map(str::to_owned),
        };
        let hostile = [missing("a", Task::Chat, Some("x\"\ny = \"")), missing("b", Task::Audio, None)];
        let file: toml::Table = lines("my provider", &hostile, "nothing").parse().expect("TOML");
        assert_eq!(file["providers"]["my provider"]["models"]["chat"].as_str(), Some("x\"\ny = \""));
        assert_eq!(file["providers"]["my provider"]["models"].as_table().map(toml::Table::len), Some(1));
    }

    #[test]
    fn without_asking_aliases_and_retired_models_are_told() {
        let settings = settings();
        let subject = Subject { settings: &settings, provider: &settings.providers[1] };
        let findings = |offline| known(subject, offline).into_iter().filter(|check| check.finding.is_some()).count();
        assert_eq!((findings(true), findings(false)), (1, 0));
        let checks = known(subject, true);
        assert_eq!(checks.len(), 2);
        assert!(checks[0].message.contains("qwen3-asr-flash for Qwen/Qwen2-Audio-7B-Instruct"), "{checks:?}");
        assert!(checks[1].message.contains("qwen-turbo (fallback, turbo) was retired on 2026-07-13"), "{checks:?}");
    }
}
