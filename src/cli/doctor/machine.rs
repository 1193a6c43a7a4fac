//! Findings about this machine: folders, database, terminal, language.

use std::env;
use std::path::Path;

use rust_i18n::t;

use super::check::{Check, State};
use crate::config::{Language, Places, Settings};
use crate::store::Store;
use crate::terminal::{Unfit, capabilities};

/// Where files live.
pub(super) fn places(places: &Places, language: Language) -> Vec<Check> {
    let place = |name: &str, path: &Path| {
        let missing = if path.exists() {
            String::new()
        } else {
            t!("doctor.not_there_yet", locale = language.code()).into_owned()
        };
        Check::new(name, State::Info, format!("{}{missing}", path.display()))
    };
    vec![
        place("config file", &places.config_file),
        place("data folder", &places.data),
        place("state folder", &places.state),
    ]
}

/// Whether the database opens.
pub(super) async fn database(settings: &Settings) -> Check {
    let locale = settings.language.code();
    match Store::open(&settings.database_url, &settings.places.state).await {
        Ok(store) => {
            let sessions = store.sessions().await;
            store.close().await;
            match sessions {
                Ok(sessions) => {
                    let found = t!("doctor.database", locale = locale, sessions = sessions.len());
                    Check::new("database", State::Ok, found)
                }
                Err(error) => Check::new("database", State::Failed, error.to_string()),
            }
        }
        Err(error) => Check::new("database", State::Failed, error.to_string()),
    }
}

/// What the console needs.
pub(super) fn terminal(language: Language) -> Vec<Check> {
    let locale = language.code();
    let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let term = variable("TERM").unwrap_or_else(|| "-".to_owned());
    let console = match capabilities::check() {
        Ok(()) => Check::new("terminal", State::Ok, t!("doctor.terminal", locale = locale, term = term)),
        Err(Unfit::NotATerminal) => Check::new("terminal", State::Info, t!("doctor.no_terminal", locale = locale)),
        Err(Unfit::Dumb) => Check::new("terminal", State::Warning, t!("doctor.dumb", locale = locale)),
    };
    let locale_name = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(variable);
    let locale_name = locale_name.unwrap_or_else(|| "POSIX".to_owned());
    let charset = if is_utf8(&locale_name) {
        Check::new("locale", State::Ok, locale_name)
    } else {
        let hint = t!("doctor.locale_hint", locale = locale);
        Check::new("locale", State::Warning, locale_name).with_hint(hint)
    };
    let spoken = format!("{} ({})", language.code(), t!("language.name", locale = locale));
    vec![console, charset, Check::new("language", State::Info, spoken)]
}

fn is_utf8(locale: &str) -> bool {
    let locale = locale.to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}
