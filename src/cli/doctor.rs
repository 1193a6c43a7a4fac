//! `vita doctor`: what is wrong, and what to do about it.

mod check;
mod diagnosis;
mod facts;
mod keys;
mod machine;
mod models;
mod paths;
mod providers;
mod similar;
mod subject;

use clap::Args;
use rust_i18n::t;
use serde::Serialize;

use super::context::Context;
use super::exit::{Exit, Failure};
use crate::config::{self, ConfigError, Language, Loaded};
use check::{Check, State};

const MORE: &str = "\
Exit codes:
  0  usable: settings are good, and at least one configured provider answers
     (or none is configured, and the demo stands in)
  1  the database can't be opened
  3  a setting is bad
  4  providers are configured and none of them answers

Reaching a provider means asking for its list of models, which costs nothing.
A service that has no such list is asked for one token instead.";

/// Check settings, keys, files, terminal and providers
#[derive(Debug, Args)]
#[command(after_help = MORE)]
pub struct Doctor {
    /// Don't contact the providers
    #[arg(long)]
    offline: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// The document of `--json`.
#[derive(Serialize)]
struct Findings {
    ok: bool,
    checks: Vec<Check>,
}

impl Doctor {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let layers = context.layers()?;
        let places = config::places(&layers)?;
        let mut checks = Vec::new();
        let exit = match config::load(layers) {
            Ok(loaded) => self.examine(context, &loaded, &mut checks).await,
            Err(error) => {
                let language = context.common.lang.unwrap_or(Language::En);
                checks.extend(machine::places(&places, language));
                checks.extend(bad_settings(&error));
                checks.extend(machine::terminal(language));
                Exit::Configuration
            }
        };
        if self.json {
            let ok = exit == Exit::Ok;
            context.output.json(&Findings { ok, checks })?;
        } else {
            context.output.result(&check::lines(&checks))?;
        }
        match exit {
            Exit::Ok => Ok(()),
            exit => Err(Failure::silent(exit)),
        }
    }

    async fn examine(&self, context: &Context, loaded: &Loaded, checks: &mut Vec<Check>) -> Exit {
        let settings = &loaded.settings;
        let language = settings.language;
        let unusable = providers::unusable(settings);
        let has_addresses = unusable.is_empty();
        checks.extend(unusable);
        if has_addresses {
            checks.push(Check::new("settings", State::Ok, t!("doctor.settings", locale = language.code())));
        }
        checks.extend(loaded.warnings.iter().map(|warning| Check::new("settings", State::Warning, warning)));
        checks.extend(machine::places(&settings.places, language));
        let database = machine::database(settings).await;
        let has_database = database.state == State::Ok;
        checks.push(database);
        checks.extend(machine::terminal(language));
        if !has_addresses {
            return Exit::Configuration;
        }
        checks.extend(keys::check(settings));
        checks.extend(facts::check(settings, self.offline));
        let reached = if self.offline || settings.is_demo() {
            true
        } else {
            context.output.notice(&t!("doctor.asking", locale = language.code()));
            let found = providers::reach_all(settings).await;
            checks.extend(found.checks);
            found.any_answers
        };
        match (has_database, reached) {
            (false, _) => Exit::Failure,
            (true, false) => Exit::NoAnswer,
            (true, true) => Exit::Ok,
        }
    }
}

/// A check for every bad value, or for the file that can't be read.
fn bad_settings(error: &ConfigError) -> Vec<Check> {
    match error {
        ConfigError::BadValues(problems) => {
            problems.iter().map(|problem| Check::new("settings", State::Failed, problem.to_string())).collect()
        }
        error => vec![Check::new("settings", State::Failed, error.to_string())],
    }
}
