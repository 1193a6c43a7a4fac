//! The configuration file: variables as lower-case keys, and the user's own part of the table of providers.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::ConfigError;
use super::providers::{KEYS, ProviderTable};
use super::variables::VARIABLES;
use super::words::plain_words;

/// A configuration file, read.
pub(super) struct ConfigFile {
    pub variables: BTreeMap<String, String>,
    pub table: ProviderTable,
}

/// Reads the file; `None` when there is none.
pub(super) fn read(path: &Path) -> Result<Option<ConfigFile>, ConfigError> {
    let unreadable = |why: String| ConfigError::Unreadable { path: path.to_owned(), why };
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error.to_string())),
    };
    // The parser's own message would quote the line, and somebody may have put a key there.
    let file: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        unreadable(format!("line {line}: {}", plain_words(error.message())))
    })?;
    let (table, variables): (toml::Table, toml::Table) =
        file.into_iter().partition(|(key, _)| KEYS.contains(&key.as_str()));
    // Printed whole, an error of a table names the field, and there is no line to quote.
    let table = ProviderTable::deserialize(table)
        .map_err(|error| unreadable(plain_words(error.to_string().trim_end()).replace('\n', " ")))?;
    let variables = variables
        .into_iter()
        .map(|(key, value)| variable(&key, &value).map_err(unreadable))
        .collect::<Result<_, _>>()?;
    Ok(Some(ConfigFile { variables, table }))
}

fn variable(key: &str, value: &toml::Value) -> Result<(String, String), String> {
    let name = key.to_uppercase();
    if name.ends_with("_KEY") || name.ends_with("_TOKEN") {
        return Err(format!("{key}: keys are read from the environment or .env only; remove it from this file"));
    }
    if !VARIABLES.iter().any(|variable| variable.name == name) {
        return Err(format!("{key} is not a setting (see `vita config show` for those that are)"));
    }
    let text = match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::Float(number) => number.to_string(),
        toml::Value::Boolean(flag) => flag.to_string(),
        _ => return Err(format!("{key} must be a string, a number or true/false")),
    };
    Ok((name, text))
}
