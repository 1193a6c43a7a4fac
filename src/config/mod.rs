//! Settings: what can be set, where each value came from, and what a bad one should have been.

mod file;
mod hosts;
mod language;
mod layers;
mod masking;
mod money;
mod places;
mod provider_settings;
mod providers;
mod settings;
mod task;
#[cfg(test)]
mod tests;
mod trip;
mod variables;
mod words;

use std::fmt;
use std::path::PathBuf;

pub use hosts::{Aliases, Hosts, Retired, Service, host_of};
pub use language::{Language, UnknownLanguage};
pub use layers::{Layers, Origin};
pub use money::{Micro, Price};
pub use places::Places;
pub use provider_settings::ProviderSettings;
pub use providers::{ModelFacts, Prices};
pub use settings::{Loaded, Settings, Shown, load, places};
pub use task::{Task, UnknownTask};
pub use trip::Trip;
pub use variables::{VARIABLES, Variable};
pub use words::plain_words;

/// A value that can't be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The variable, or the field of the configuration file.
    pub variable: String,
    /// The value; `None` for a key, which is never shown.
    pub value: Option<String>,
    /// Where it came from.
    pub origin: Origin,
    /// What would be allowed.
    pub allowed: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { variable, value, origin, allowed } = self;
        match value {
            Some(value) => write!(f, "{variable} = {value:?} (from {origin}): allowed is {allowed}"),
            None => write!(f, "{variable} (from {origin}, not shown): allowed is {allowed}"),
        }
    }
}

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Values that can't be used, all of them.
    #[error("{}", .0.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n"))]
    BadValues(Vec<Problem>),
    /// A file that can't be read.
    #[error("{}: {why}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// No home folder is known.
    #[error("no home folder is known for this user: set VITA_HOME to a folder VITA may use")]
    NoHome,
}
