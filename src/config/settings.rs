//! The settings a run works with, read from the layers in one pass that reports every bad value at once.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::hosts::Hosts;
use super::layers::{Layers, Origin};
use super::masking::mask_value;
use super::places::Places;
use super::provider_settings::ProviderSettings;
use super::providers::ProviderTable;
use super::task::Task;
use super::trip::Trip;
use super::variables::{self as var, Variable, boolean};
use super::{ConfigError, Language, Problem};
use crate::clock::Zone;

/// Everything that can be set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Language of the interface and of new interviews.
    pub language: Language,
    /// May another provider answer when the primary fails?
    pub use_fallback: bool,
    /// Does the primary move by itself?
    pub auto_switch: bool,
    /// Which share of failures is too much?
    pub trip: Trip,
    /// The provider that is primary while it is healthy and nobody has switched; empty when the table is.
    pub preferred: String,
    /// Time without traffic after which a provider is probed.
    pub health_check_interval: Duration,
    /// Attempts after the first.
    pub max_retries: u32,
    /// Is another provider asked once when the first one's content filter refuses a question?
    pub ask_others_when_filtered: bool,
    /// Longest wait for a first token over all attempts.
    pub request_timeout: Duration,
    /// Calls in flight at once; `None` = no limit.
    pub max_concurrent: Option<u32>,
    /// Attempts a minute at each provider; `None` = no limit.
    pub rate_per_minute: Option<u32>,
    /// Longest wait for one provider's first token; `None` = adaptive.
    pub first_token_timeout: Option<Duration>,
    /// Longest silence inside an answer.
    pub stream_idle_timeout: Duration,
    /// Wait before the first retry at the same provider.
    pub retry_base_delay: Duration,
    /// Code of the currency of prices and costs.
    pub currency: String,
    /// The zone that decides what "today" is.
    pub zone: Zone,
    /// May keys travel unencrypted beyond this machine?
    pub allow_plain_http: bool,
    /// Folders.
    pub places: Places,
    /// Where the database is.
    pub database_url: String,
    /// Most completion tokens by task.
    pub max_tokens: BTreeMap<Task, u32>,
    /// Providers in the order of the table.
    pub providers: Vec<ProviderSettings>,
    /// What is known of services by their host.
    pub hosts: Hosts,
}

impl Settings {
    /// Whether no provider is configured, so that demo providers stand in.
    pub fn is_demo(&self) -> bool {
        !self.providers.iter().any(ProviderSettings::is_configured)
    }
}

/// A value for `vita config show`: as text, keys masked, with its origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The variable.
    pub name: String,
    /// The value; a key is shown only as "set".
    pub value: String,
    /// Where it came from.
    pub origin: Origin,
}

/// Settings with everything `vita config show` and `vita doctor` say about them.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The settings.
    pub settings: Settings,
    /// Every value with its origin.
    pub shown: Vec<Shown>,
    /// What looks wrong but may be meant.
    pub warnings: Vec<String>,
}

/// Where files live by these layers: known also when settings are bad.
///
/// # Errors
/// [`ConfigError::NoHome`].
pub fn places(layers: &Layers) -> Result<Places, ConfigError> {
    match layers.get(var::VITA_HOME.name) {
        Some((home, _)) => Ok(Places::under(&PathBuf::from(home))),
        None => Places::of_user().ok_or(ConfigError::NoHome),
    }
}

/// Reads the settings from the layers; `layers.file` is filled from the configuration file on the way.
///
/// # Errors
/// [`ConfigError::BadValues`] lists every bad value at once; other variants are about files.
pub fn load(mut layers: Layers) -> Result<Loaded, ConfigError> {
    let places = places(&layers)?;
    let built_in = ProviderTable::built_in()
        .map_err(|error| ConfigError::Unreadable { path: "the built-in table".into(), why: error.message().into() })?;
    let mut table = built_in.clone();
    if let Some(file) = super::file::read(&places.config_file)? {
        layers.file = file.variables;
        table.merge(file.table);
    }
    let mut reader = Reader { layers: &layers, shown: Vec::new(), problems: Vec::new(), warnings: Vec::new() };
    let settings = reader.settings(places, table, &built_in);
    let Reader { shown, problems, warnings, .. } = reader;
    if problems.is_empty() { Ok(Loaded { settings, shown, warnings }) } else { Err(ConfigError::BadValues(problems)) }
}

/// Collects values, their origins and every problem.
pub(super) struct Reader<'a> {
    pub layers: &'a Layers,
    pub shown: Vec<Shown>,
    pub problems: Vec<Problem>,
    pub warnings: Vec<String>,
}

impl Reader<'_> {
    fn settings(&mut self, places: Places, table: ProviderTable, built_in: &ProviderTable) -> Settings {
        let use_fallback = self.required(&var::USE_QWEN_FALLBACK, boolean);
        let prefer_llama = self.required(&var::PREFER_LLAMA, boolean);
        let providers = self.providers(&table, built_in);
        Settings {
            language: self.language(),
            use_fallback,
            auto_switch: self.required(&var::ENABLE_AUTO_SWITCH, boolean),
            trip: self.required(&var::TRIP, Trip::of),
            preferred: preferred(&providers, prefer_llama),
            health_check_interval: self.required(&var::HEALTH_CHECK_INTERVAL, |text| seconds(text, 1.0, 86_400.0)),
            max_retries: self.required(&var::MAX_RETRY_COUNT, |text| whole(text, 10)),
            ask_others_when_filtered: self.required(&var::CONTENT_FILTER_FALLBACK, boolean),
            request_timeout: self.required(&var::REQUEST_TIMEOUT, |text| seconds(text, 0.1, 600.0)),
            max_concurrent: self.required(&var::MAX_CONCURRENT_REQUESTS, |text| limit(text, 10_000)),
            rate_per_minute: self.required(&var::RATE_LIMIT_PER_MINUTE, |text| limit(text, 1_000_000)),
            first_token_timeout: self.optional(&var::FIRST_TOKEN_TIMEOUT, |text| seconds(text, 0.1, 600.0)),
            stream_idle_timeout: self.required(&var::STREAM_IDLE_TIMEOUT, |text| seconds(text, 0.1, 600.0)),
            retry_base_delay: self.required(&var::RETRY_BASE_DELAY, |text| seconds(text, 0.0, 60.0)),
            currency: self.required(&var::CURRENCY, currency),
            zone: self
                .optional(&var::BUDGET_TIME_ZONE, |text| text.parse().ok().map(Zone::Named))
                .unwrap_or(Zone::Local),
            allow_plain_http: self.required(&var::ALLOW_PLAIN_HTTP, boolean),
            database_url: self.database_url(&places),
            places: self.places(places),
            hosts: table.hosts(),
            max_tokens: table.max_tokens,
            providers,
        }
    }

    /// Reads a variable whose default is in the table.
    fn required<T: Default>(&mut self, variable: &Variable, parse: impl Fn(&str) -> Option<T>) -> T {
        self.optional(variable, parse).unwrap_or_default()
    }

    fn optional<T>(&mut self, variable: &Variable, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let (text, origin) = match self.layers.get(variable.name) {
            Some(found) => found,
            None => (variable.default?, Origin::Default),
        };
        self.shown.push(Shown { name: variable.name.into(), value: mask_value(text), origin });
        let value = parse(text);
        if value.is_none() {
            self.problems.push(Problem {
                variable: variable.name.into(),
                value: Some(mask_value(text)),
                origin,
                allowed: variable.allowed.into(),
            });
        }
        value
    }

    fn language(&mut self) -> Language {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(|name| self.layers.get(name));
        self.optional(&var::VITA_LANG, |text| text.parse().ok())
            .unwrap_or_else(|| Language::of_locale(locale.map_or("", |(value, _)| value)))
    }

    fn places(&mut self, places: Places) -> Places {
        self.optional(&var::VITA_HOME, |text| Some(text.to_owned()));
        places
    }

    fn database_url(&mut self, places: &Places) -> String {
        self.optional(&var::VITA_DATABASE_URL, |text| text.starts_with("sqlite:").then(|| text.to_owned()))
            .unwrap_or_else(|| format!("sqlite:{}", places.data.join("vita.db").display()))
    }

    fn providers(&mut self, table: &ProviderTable, built_in: &ProviderTable) -> Vec<ProviderSettings> {
        let mut entries: Vec<_> = table.providers.iter().collect();
        entries.sort_by_key(|(name, entry)| (entry.order.unwrap_or(u32::MAX), name.as_str()));
        entries.into_iter().map(|(name, entry)| self.provider(name, entry, built_in.base_url(name))).collect()
    }
}

/// The provider that is primary by preference: llama or not, among those that are configured (among all in the demo).
fn preferred(providers: &[ProviderSettings], prefer_llama: bool) -> String {
    let any_configured = providers.iter().any(ProviderSettings::is_configured);
    let usable: Vec<_> = providers.iter().filter(|provider| provider.is_configured() || !any_configured).collect();
    usable
        .iter()
        .find(|provider| (provider.name == "llama") == prefer_llama)
        .or(usable.first())
        .map(|provider| provider.name.clone())
        .unwrap_or_default()
}

fn seconds(text: &str, least: f64, most: f64) -> Option<Duration> {
    let value: f64 = text.parse().ok()?;
    (least..=most).contains(&value).then(|| Duration::from_secs_f64(value))
}

fn whole(text: &str, most: u32) -> Option<u32> {
    text.parse().ok().filter(|value| *value <= most)
}

/// A limit where 0 means none.
fn limit(text: &str, most: u32) -> Option<Option<u32>> {
    whole(text, most).map(|value| (value > 0).then_some(value))
}

fn currency(text: &str) -> Option<String> {
    (text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase())).then(|| text.to_owned())
}
