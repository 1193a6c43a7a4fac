//! The table of providers: names, addresses, models by task, prices and what is known of models and hosts, as data.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Deserialize;

use super::hosts::{Aliases, Hosts, Retired, Service};
use super::money::Price;
use super::task::Task;

/// The table that is laid under the configuration file's own.
const BUILT_IN: &str = include_str!("providers.toml");

/// The part of the configuration file that describes providers; every field is optional so that a file may change one value.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProviderTable {
    /// Most completion tokens by task.
    #[serde(default)]
    pub max_tokens: BTreeMap<Task, u32>,
    /// Providers by name.
    #[serde(default)]
    pub providers: BTreeMap<String, ProviderEntry>,
    #[serde(default)]
    pub aliases: Vec<Aliases>,
    #[serde(default)]
    pub retired: Vec<Retired>,
    #[serde(default)]
    pub services: Vec<Service>,
}

/// Keys of the configuration file that belong to the table.
pub(super) const KEYS: [&str; 5] = ["providers", "max_tokens", "aliases", "retired", "services"];

/// One provider as written in TOML.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProviderEntry {
    pub order: Option<u32>,
    pub base_url: Option<String>,
    pub base_url_variable: Option<String>,
    pub key_variable: Option<String>,
    pub key_form: Option<String>,
    pub input_price: Option<String>,
    pub output_price: Option<String>,
    pub tokens_per_minute: Option<u64>,
    #[serde(default)]
    pub models: BTreeMap<Task, String>,
    #[serde(default)]
    pub facts: BTreeMap<String, FactsEntry>,
}

/// What is known of one model, as written in TOML.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FactsEntry {
    pub input_price: Option<String>,
    pub output_price: Option<String>,
    pub cached_input_price: Option<String>,
    pub context: Option<u32>,
    pub continues: Option<bool>,
    pub as_of: Option<NaiveDate>,
}

/// What tokens cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prices {
    /// Tokens of the request.
    pub input: Price,
    /// Tokens of the answer.
    pub output: Price,
    /// Tokens of the request that the provider had in its own cache; as any other token of the request when absent.
    pub cached_input: Option<Price>,
}

/// What is known of a model at a provider.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelFacts {
    /// What its tokens cost; the provider's own prices when absent.
    pub prices: Option<Prices>,
    /// Tokens of prompt and answer together that it can hold; unknown when absent.
    pub context: Option<u32>,
    /// Whether it goes on with an answer whose beginning it is given (`partial: true`).
    pub continues: bool,
    /// When this was read at its source; unknown when absent.
    pub as_of: Option<NaiveDate>,
}

impl ProviderTable {
    pub(super) fn built_in() -> Result<Self, toml::de::Error> {
        toml::from_str(BUILT_IN)
    }

    /// The base URL of a provider, when the table has one.
    pub(super) fn base_url(&self, provider: &str) -> Option<&str> {
        self.providers.get(provider)?.base_url.as_deref()
    }

    /// Lays `over` on this table, value by value.
    pub(super) fn merge(&mut self, over: Self) {
        self.max_tokens.extend(over.max_tokens);
        for (name, entry) in over.providers {
            self.providers.entry(name).or_default().merge(entry);
        }
        // The first entry that fits counts.
        self.aliases.splice(..0, over.aliases);
        self.retired.splice(..0, over.retired);
        self.services.splice(..0, over.services);
    }

    /// What is known of hosts.
    pub(super) fn hosts(&self) -> Hosts {
        Hosts { aliases: self.aliases.clone(), retired: self.retired.clone(), services: self.services.clone() }
    }
}

fn lay<T>(under: &mut Option<T>, over: Option<T>) {
    if over.is_some() {
        *under = over;
    }
}

impl ProviderEntry {
    fn merge(&mut self, over: Self) {
        lay(&mut self.order, over.order);
        lay(&mut self.base_url, over.base_url);
        lay(&mut self.base_url_variable, over.base_url_variable);
        lay(&mut self.key_variable, over.key_variable);
        lay(&mut self.key_form, over.key_form);
        lay(&mut self.input_price, over.input_price);
        lay(&mut self.output_price, over.output_price);
        lay(&mut self.tokens_per_minute, over.tokens_per_minute);
        self.models.extend(over.models);
        for (model, facts) in over.facts {
            self.facts.entry(model).or_default().merge(facts);
        }
    }

    /// The variable of a provider: its name in capitals, with `_` for what the name of a variable can't have.
    fn variable(name: &str, what: &str) -> String {
        let letters = name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' });
        format!("{}_{what}", letters.collect::<String>())
    }

    /// The variable that holds the key: the entry's own, else `NAME_API_KEY`.
    pub(super) fn key_variable(&self, name: &str) -> String {
        self.key_variable.clone().unwrap_or_else(|| Self::variable(name, "API_KEY"))
    }

    /// The variable that holds the base URL: the entry's own, else `NAME_API_BASE_URL`.
    pub(super) fn base_url_variable(&self, name: &str) -> String {
        self.base_url_variable.clone().unwrap_or_else(|| Self::variable(name, "API_BASE_URL"))
    }
}

impl FactsEntry {
    fn merge(&mut self, over: Self) {
        lay(&mut self.input_price, over.input_price);
        lay(&mut self.output_price, over.output_price);
        lay(&mut self.cached_input_price, over.cached_input_price);
        lay(&mut self.context, over.context);
        lay(&mut self.continues, over.continues);
        lay(&mut self.as_of, over.as_of);
    }
}
