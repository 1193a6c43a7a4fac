//! One provider's part of the settings: its variables, its models, and what is known of them.

use std::collections::BTreeMap;

use secrecy::SecretString;

use super::Problem;
use super::layers::Origin;
use super::masking::{mask_url, mask_value};
use super::money::Price;
use super::providers::{FactsEntry, ModelFacts, Prices, ProviderEntry};
use super::settings::{Reader, Shown};
use super::task::Task;

/// One provider as it will be used.
#[derive(Clone, Debug)]
pub struct ProviderSettings {
    /// Its name in the table.
    pub name: String,
    /// Where it answers.
    pub base_url: String,
    /// The base URL of the built-in table, which the given one may stand in for; none for a provider that is not in it.
    pub listed_base_url: Option<String>,
    /// Whether the base URL is another than the built-in table's, so that somebody must have given it.
    pub base_url_given: bool,
    /// The variable that holds its base URL.
    pub base_url_variable: String,
    /// Its key.
    pub key: Option<SecretString>,
    /// The variable that holds its key.
    pub key_variable: String,
    /// The model of each task it can do.
    pub models: BTreeMap<Task, String>,
    /// What its tokens cost where nothing is known of a model.
    pub prices: Prices,
    /// What is known of its models, by the id that is sent.
    pub facts: BTreeMap<String, ModelFacts>,
    /// Tokens a minute that it allows for one model; unknown or without a limit when absent.
    pub tokens_per_minute: Option<u64>,
}

impl ProviderSettings {
    /// Whether anybody configured this provider: it has a key, or a base URL of the user's own (a local host may need no key).
    pub fn is_configured(&self) -> bool {
        self.key.is_some() || self.base_url_given
    }
}

impl Reader<'_> {
    pub fn provider(&mut self, name: &str, entry: &ProviderEntry, built_in: Option<&str>) -> ProviderSettings {
        let key_variable = entry.key_variable(name);
        let base_url_variable = entry.base_url_variable(name);
        let key = self.key(&key_variable, entry.key_form.as_deref());
        let (base_url, origin) = match self.layers.get(&base_url_variable) {
            Some((url, origin)) => (url.to_owned(), origin),
            None if entry.base_url.as_deref() == built_in => (built_in.unwrap_or_default().to_owned(), Origin::Default),
            None => (entry.base_url.clone().unwrap_or_default(), Origin::File),
        };
        self.shown.push(Shown { name: base_url_variable.clone(), value: mask_url(&base_url), origin });
        ProviderSettings {
            name: name.to_owned(),
            listed_base_url: built_in.map(str::to_owned),
            base_url_given: built_in.is_none_or(|listed| listed != base_url),
            base_url,
            base_url_variable,
            key,
            key_variable,
            models: entry.models.clone(),
            prices: Prices {
                input: self.price(&format!("{name}.input_price"), entry.input_price.as_deref()),
                output: self.price(&format!("{name}.output_price"), entry.output_price.as_deref()),
                cached_input: None,
            },
            facts: entry.facts.iter().map(|(model, facts)| (model.clone(), self.facts(name, model, facts))).collect(),
            tokens_per_minute: entry.tokens_per_minute.filter(|tokens| *tokens > 0),
        }
    }

    fn key(&mut self, variable: &str, form: Option<&str>) -> Option<SecretString> {
        let (text, origin) = self.layers.get(variable)?;
        self.shown.push(Shown { name: variable.into(), value: "set (hidden)".into(), origin });
        if text.chars().any(|c| c.is_control() || !c.is_ascii()) {
            self.problems.push(Problem {
                variable: variable.into(),
                value: None,
                origin,
                allowed: "a key of printable ASCII characters".into(),
            });
        } else if let Some(form) = form.filter(|form| !has_form(text, form)) {
            self.warnings
                .push(format!("{variable} ({origin}) does not look like {form}; is it another service's key?"));
        }
        Some(SecretString::from(text))
    }

    fn facts(&mut self, provider: &str, model: &str, entry: &FactsEntry) -> ModelFacts {
        let field = |name: &str| format!("{provider}.facts.{model:?}.{name}");
        let both = entry.input_price.as_deref().zip(entry.output_price.as_deref());
        let any = [&entry.input_price, &entry.output_price, &entry.cached_input_price].into_iter().flatten().next();
        if let (None, Some(alone)) = (both, any) {
            self.bad_field(&field("input_price"), alone, "input_price and output_price together, or neither");
        }
        let prices = both.map(|(input, output)| Prices {
            input: self.price(&field("input_price"), Some(input)),
            output: self.price(&field("output_price"), Some(output)),
            cached_input: entry
                .cached_input_price
                .as_deref()
                .map(|price| self.price(&field("cached_input_price"), Some(price))),
        });
        if entry.context == Some(0) {
            self.bad_field(&field("context"), "0", "a number of tokens from 1");
        }
        ModelFacts { prices, context: entry.context, continues: entry.continues.unwrap_or(false), as_of: entry.as_of }
    }

    fn price(&mut self, field: &str, text: Option<&str>) -> Price {
        let Some(text) = text else { return Price::default() };
        Price::per_thousand(text).unwrap_or_else(|| {
            self.bad_field(field, text, "a decimal amount per 1,000 tokens in quotes, such as \"0.0008\"");
            Price::default()
        })
    }

    fn bad_field(&mut self, field: &str, value: &str, allowed: &str) {
        self.problems.push(Problem {
            variable: format!("providers.{field}"),
            value: Some(mask_value(value)),
            origin: Origin::File,
            allowed: allowed.into(),
        });
    }
}

/// Whether a key begins and is divided like the form in the table (`LLM|<digits>|<secret>`, `sk-<secret>`).
fn has_form(key: &str, form: &str) -> bool {
    let prefix = form.split('<').next().unwrap_or_default();
    key.starts_with(prefix) && key.matches('|').count() == form.matches('|').count()
}
