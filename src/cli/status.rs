//! `vita status`: the specification's key-metrics document, or the same for people.

use clap::Args;
use rust_i18n::t;

use super::context::Context;
use super::exit::Failure;
use super::table;
use crate::config::Language;
use crate::router::{Health, KeyMetrics, ProviderStatus, StatusSnapshot};
use crate::wire::text;

/// Longest error shown in the table, in characters.
const ERROR_SHOWN: usize = 60;

const MORE: &str = "\
The figures are today's, of every process that used the same database. --json
prints the key-metrics document: response_time_ms is the median time to first
token (null before the first), success_rate a percentage.";

/// How the providers are doing today
#[derive(Debug, Args)]
#[command(after_help = MORE)]
pub struct Status {
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Status {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let settings = context.load()?.settings;
        let work = context.with_backend(settings, async |backend| {
            let snapshot = backend.router.snapshot();
            if self.json {
                context.output.json(&KeyMetrics::from(&*snapshot))
            } else {
                context.output.result(&for_people(&snapshot, backend.settings.language))
            }
        });
        work.await
    }
}

fn for_people(snapshot: &StatusSnapshot, language: Language) -> String {
    let say = |key: &str| t!(format!("cli.status.{key}"), locale = language.code()).into_owned();
    let mut rows = vec![["provider", "state", "first_token", "success", "requests", "cost", "last_error"].map(say)];
    rows.extend(snapshot.providers.iter().map(|provider| row(provider, &snapshot.currency, language)));
    let auto = if snapshot.auto_switch { "on" } else { "off" };
    format!(
        "{}\n{}\n",
        table::lines(&rows),
        t!(
            "cli.status.summary",
            locale = language.code(),
            primary = snapshot.primary,
            auto = say(auto),
            switches = snapshot.switches_today
        )
    )
}

fn row(provider: &ProviderStatus, currency: &str, language: Language) -> [String; 7] {
    let say = |key: &str| t!(format!("cli.status.{key}"), locale = language.code()).into_owned();
    let state = match (provider.configured, provider.health) {
        (false, _) => "not_configured",
        (true, Health::Healthy) => "healthy",
        (true, Health::Degraded) => "degraded",
        (true, Health::Unavailable) => "unavailable",
    };
    let first_token = provider.response_time_ms.map(|ms| format!("{ms} ms"));
    let error = provider.last_error.as_ref();
    [
        provider.name.clone(),
        say(state),
        first_token.unwrap_or_else(|| "-".to_owned()),
        format!("{:.1} %", provider.success_rate()),
        provider.requests_today.to_string(),
        format!("{} {currency}", provider.cost_today),
        error.map_or_else(|| "-".to_owned(), |error| text::line(&error.message, ERROR_SHOWN)),
    ]
}
