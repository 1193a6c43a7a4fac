//! `vita config`: the settings, and where they come from.

use clap::Subcommand;
use rust_i18n::t;
use serde_json::json;

use super::context::Context;
use super::exit::Failure;
use super::table;
use crate::config::{Loaded, Origin, Shown, places};
use crate::wire::text;

const SHOW: &str = "\
What wins: flag > environment > .env in this folder > configuration file > default.
Keys are never shown, and are read from the environment and .env only.";

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

fn show(context: &Context, json: bool) -> Result<(), Failure> {
    let Loaded {
        settings,
        shown,
        warnings,
    } = context.load()?;
    let locale = settings.language.code();
    for warning in warnings {
        context
            .output
            .notice(&t!("cli.config.warning", locale = locale, warning = warning));
    }
    if json {
        let values: Vec<_> = shown
            .iter()
            .map(|Shown { name, value, origin }| json!({"name": name, "value": value, "origin": origin.to_string()}))
            .collect();
        return context.output.json(&values);
    }
    let rows = shown.iter().map(|Shown { name, value, origin }| {
        let origin = match origin {
            Origin::File => settings.places.config_file.display().to_string(),
            origin => origin.to_string(),
        };
        [name.clone(), text::plain(value).into_owned(), origin]
    });
    context.output.result(&table::lines(&rows.collect::<Vec<_>>()))
}
