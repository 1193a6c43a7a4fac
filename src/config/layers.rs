//! Where a value may come from, and which source wins: flag, environment, `./.env`, configuration file, default.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use super::ConfigError;

/// Where a setting's value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A flag of this command.
    Flag,
    /// The process environment.
    Environment,
    /// The file `.env` in the working folder.
    DotEnv,
    /// The configuration file.
    File,
    /// Built in.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flag => "flag",
            Self::Environment => "environment",
            Self::DotEnv => ".env",
            Self::File => "config file",
            Self::Default => "default",
        })
    }
}

/// Values by variable name, one map a source.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    /// Values given by flags.
    pub flags: BTreeMap<String, String>,
    /// The process environment.
    pub environment: BTreeMap<String, String>,
    /// `./.env`.
    pub dotenv: BTreeMap<String, String>,
    /// The configuration file's top-level keys, in capitals.
    pub file: BTreeMap<String, String>,
}

impl Layers {
    /// Reads the process environment and the `.env` of the working folder, when there is one.
    ///
    /// # Errors
    /// When `.env` exists and can't be read or parsed.
    pub fn read(flags: BTreeMap<String, String>) -> Result<Self, ConfigError> {
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Ok(Self { flags, environment, dotenv: read_dotenv(Path::new(".env"))?, file: BTreeMap::new() })
    }

    /// The value of a variable and its source; an empty value counts as unset.
    pub fn get(&self, name: &str) -> Option<(&str, Origin)> {
        [
            (&self.flags, Origin::Flag),
            (&self.environment, Origin::Environment),
            (&self.dotenv, Origin::DotEnv),
            (&self.file, Origin::File),
        ]
        .into_iter()
        .find_map(|(layer, origin)| Some((layer.get(name)?.trim(), origin)).filter(|(value, _)| !value.is_empty()))
    }
}

fn read_dotenv(path: &Path) -> Result<BTreeMap<String, String>, ConfigError> {
    let entries = match dotenvy::from_path_iter(path) {
        Ok(entries) => entries,
        Err(error) if error.not_found() => return Ok(BTreeMap::new()),
        Err(_) => {
            return Err(ConfigError::Unreadable { path: path.to_owned(), why: "it can't be opened".into() });
        }
    };
    // dotenvy's own message quotes the line, which may hold a key: say which one it is instead.
    entries
        .map(|entry| {
            entry.map_err(|error| ConfigError::Unreadable {
                path: path.to_owned(),
                why: match error {
                    dotenvy::Error::LineParse(entry, _) => {
                        let line = std::fs::read_to_string(path).ok().and_then(|text| line_of(&entry, &text));
                        let place = line.map_or_else(|| "a line".to_owned(), |line| format!("line {line}"));
                        format!("{place} is not NAME=value (quote values that hold spaces or #)")
                    }
                    _ => "it is not text in UTF-8".to_owned(),
                },
            })
        })
        .collect()
}

/// The number of the line, from 1, with which an entry begins.
fn line_of(entry: &str, text: &str) -> Option<usize> {
    let first = entry.lines().next()?;
    let is_it = |line: &str| line.strip_prefix(first).is_some_and(|rest| rest.is_empty() || rest.starts_with('#'));
    text.trim_start_matches('\u{feff}').lines().position(is_it).map(|index| index + 1)
}
