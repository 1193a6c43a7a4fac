//! `.env.example` lists exactly the variables that have effect, with what the code says about each, so it can't drift.

#![expect(clippy::expect_used, reason = "a step that fails is the test's failure")]

use std::collections::BTreeMap;

use vita::config::{Layers, Settings, VARIABLES, load};

const EXAMPLE: &str = include_str!("../.env.example");

fn defaults() -> Settings {
    let home = tempfile::tempdir().expect("a folder");
    let flags = BTreeMap::from([("VITA_HOME".to_owned(), home.path().display().to_string())]);
    let layers = Layers { flags, ..Layers::default() };
    load(layers).expect("the defaults").settings
}

/// The variables of the providers, with their defaults: a key has none.
fn of_providers() -> Vec<(String, String)> {
    let providers = defaults().providers;
    let variables = providers.into_iter().flat_map(|provider| {
        let key = (provider.key_variable, String::new());
        [key, (provider.base_url_variable, provider.base_url)]
    });
    variables.collect()
}

/// The lines that set something once their `#` is removed.
fn entries() -> Vec<(String, String)> {
    let entries = EXAMPLE.lines().filter_map(|line| line.strip_prefix('#')?.split_once('='));
    entries
        .filter(|(name, _)| name.bytes().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == b'_'))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

#[test]
fn it_lists_every_variable_with_its_default_and_no_other() {
    let of_table = VARIABLES.iter().map(|variable| {
        let default = variable.default.unwrap_or_default();
        (variable.name.to_owned(), default.to_owned())
    });
    assert_eq!(entries(), of_providers().into_iter().chain(of_table).collect::<Vec<_>>());
}

#[test]
fn it_says_of_each_what_the_code_says() {
    for variable in VARIABLES {
        let entry = format!(
            "# {}\n# Allowed: {}.\n#{}={}\n",
            variable.about,
            variable.allowed,
            variable.name,
            variable.default.unwrap_or_default()
        );
        assert!(EXAMPLE.contains(&entry), "missing:\n{entry}");
    }
}

#[test]
fn as_it_stands_it_sets_nothing() {
    let lines = EXAMPLE.lines();
    let set: Vec<_> = lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    assert_eq!(set, [""; 0]);
}
