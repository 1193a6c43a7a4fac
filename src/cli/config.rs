//! `vita config`: the settings, and where they come from.

use clap::Subcommand;
use rust_i18n::t;
use serde::Serialize;

use super::context::Context;
use super::exit::Failure;
use super::table;
use crate::config::{Loaded, Origin, VARIABLES, places};
use crate::wire::text;

const SHOW: &str = "\
What wins: flag > environment > .env in this folder > configuration file >
default. Keys are never shown, and are read from the environment and .env only.";

/// The settings, and where they come from
#[derive(Debug, Subcommand)]
pub enum Config {
    /// Every value with its origin, keys hidden
    #[command(after_help = SHOW)]
    Show {
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Where the configuration file is looked for
    Path,
}

impl Config {
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::Show { json } => show(context, json),
            Self::Path => {
                let places = places(&context.layers()?)?;
                context.output.result(&format!("{}\n", places.config_file.display()))
            }
        }
    }
}

/// A setting as it is shown.
#[derive(Serialize)]
struct Row {
    name: String,
    /// None when nothing sets it.
    value: Option<String>,
    origin: String,
}

fn show(context: &Context, json: bool) -> Result<(), Failure> {
    let loaded = context.load()?;
    let locale = loaded.settings.language.code();
    for warning in &loaded.warnings {
        context.output.notice(&t!("cli.config.warning", locale = locale, warning = warning));
    }
    let rows = rows(&loaded);
    if json {
        return context.output.json(&rows);
    }
    let not_set = t!("cli.config.not_set", locale = locale);
    let cells = rows.into_iter().map(|row| {
        let value = row.value.unwrap_or_else(|| not_set.to_string());
        [row.name, text::plain(&value).into_owned(), row.origin]
    });
    context.output.result(&table::lines(&cells.collect::<Vec<_>>()))
}

/// Every setting: the table of variables, then each provider's own.
fn rows(loaded: &Loaded) -> Vec<Row> {
    let of_providers =
        loaded.settings.providers.iter().flat_map(|provider| [&provider.key_variable, &provider.base_url_variable]);
    let names = VARIABLES.iter().map(|variable| variable.name);
    let row = |name: &str| {
        let shown = loaded.shown.iter().find(|shown| shown.name == name);
        Row {
            name: name.to_owned(),
            value: shown.map(|shown| shown.value.clone()),
            origin: shown.map_or(Origin::Default, |shown| shown.origin).to_string(),
        }
    };
    names.chain(of_providers.map(String::as_str)).map(row).collect()
}
