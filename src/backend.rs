//! What stands behind every face: settings, store, router, and the demo providers when nothing is configured.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use tokio::time::timeout;

use crate::clock::Clock;
use crate::config::{ProviderSettings, Settings, Task, host_of};
use crate::provider::Provider;
use crate::provider::http::{HttpProvider, HttpSettings, ProviderError};
use crate::router::{Endpoint, Ledger, MemoryLedger, Parts, Router, Timings};
use crate::simulator::{Options, Simulator};
use crate::store::{Store, StoreError};
use crate::wire::Dialect;

/// Longest wait for dropped calls to be booked when the process ends.
const BOOKING: Duration = Duration::from_secs(1);

/// What a face is going to do, as far as the router's health checks are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// It stays: providers are checked on the interval.
    Long,
    /// It asks something and goes: what earlier runs remember must do.
    OneShot,
}

/// Everything a face needs; clones share one.
#[derive(Clone)]
pub struct Backend {
    /// The settings it was opened with.
    pub settings: Arc<Settings>,
    /// The calendar in the configured zone.
    pub clock: Clock,
    /// Sessions and records.
    pub store: Store,
    /// All providers.
    pub router: Router,
    /// The demo providers, when nothing is configured.
    pub demo: Option<Arc<Simulator>>,
}

/// Why there is nothing to stand on.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// The store can't be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A provider's settings can't be used.
    #[error("{variable}: {source}")]
    Provider {
        /// The variable to change.
        variable: String,
        /// What is wrong.
        source: ProviderError,
    },
    /// The demo providers can't listen.
    #[error("the demo providers can't listen on this machine's loopback address: {0}")]
    Demo(io::Error),
}

impl Backend {
    /// Opens the store, builds the providers (or starts the demo ones) and starts the router.
    ///
    /// # Errors
    /// When the store can't be opened or a provider's settings can't be used.
    pub async fn open(settings: Settings, lifetime: Lifetime) -> Result<Self, BackendError> {
        let clock = Clock::system(settings.zone);
        let store = Store::open(&settings.database_url, &settings.places.state).await?;
        let demo = if settings.is_demo() { Some(Arc::new(start_demo().await?)) } else { None };
        let (endpoints, ledger, timings): (_, Arc<dyn Ledger>, _) = match &demo {
            // Demo calls never enter the real records.
            Some(demo) => {
                (demo_endpoints(&settings, demo)?, Arc::new(MemoryLedger::default()), Timings::for_demo(&settings))
            }
            None => (endpoints(&settings)?, Arc::new(store.clone()), Timings::of(&settings)),
        };
        let parts = Parts {
            endpoints,
            timings,
            ledger,
            clock: clock.clone(),
            simulated: demo.is_some(),
            probing: lifetime == Lifetime::Long,
            seed: rand::random(),
        };
        let router = Router::start(&settings, parts).await?;
        Ok(Self { settings: Arc::new(settings), clock, store, router, demo })
    }

    /// Books the calls that were dropped, and writes what is not in the store yet; call it before the process ends.
    pub async fn close(&self) {
        // A call whose reply was dropped ends by itself soon after. One that doesn't is a call that nobody waits for.
        let _ = timeout(BOOKING, self.router.idle()).await;
        if let Err(error) = self.router.flush().await {
            tracing::warn!(%error, "the last records could not be written");
        }
        self.store.close().await;
    }
}

async fn start_demo() -> Result<Simulator, BackendError> {
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    Simulator::start(anywhere, Options::default()).await.map_err(BackendError::Demo)
}

fn demo_endpoints(settings: &Settings, demo: &Simulator) -> Result<Vec<Endpoint>, BackendError> {
    settings
        .providers
        .iter()
        .map(|provider| {
            let http = HttpSettings::new(demo.base_url(&provider.name));
            Ok(endpoint(provider, provider.models.clone(), Some(connect(provider, http)?)))
        })
        .collect()
}

fn endpoints(settings: &Settings) -> Result<Vec<Endpoint>, BackendError> {
    let one = |provider| Ok(endpoint(provider, sent_models(settings, provider), reach(settings, provider)?));
    settings.providers.iter().map(one).collect()
}

/// The models of a provider by task, under the ids that its host wants: what is logged and counted is what is sent.
pub fn sent_models(settings: &Settings, provider: &ProviderSettings) -> BTreeMap<Task, String> {
    let sent = |id| settings.hosts.sent_id(&provider.base_url, id).to_owned();
    provider.models.iter().map(|(task, id)| (*task, sent(id))).collect()
}

/// How to reach a provider; `None` when it is not configured.
///
/// # Errors
/// When its base URL or key can't be used.
pub fn reach(settings: &Settings, provider: &ProviderSettings) -> Result<Option<Arc<dyn Provider>>, BackendError> {
    if !provider.is_configured() {
        return Ok(None);
    }
    let http = HttpSettings {
        key: provider.key.clone(),
        extra_body: extra_body(&provider.base_url),
        dialect: dialect(provider),
        allow_plain_http: settings.allow_plain_http,
        ..HttpSettings::new(settings.hosts.full_base_url(&provider.base_url))
    };
    connect(provider, http).map(Some)
}

fn connect(provider: &ProviderSettings, http: HttpSettings) -> Result<Arc<dyn Provider>, BackendError> {
    let built = HttpProvider::new(http);
    let built = built.map_err(|source| {
        let variable = match source {
            ProviderError::Key => &provider.key_variable,
            _ => &provider.base_url_variable,
        };
        BackendError::Provider { variable: variable.clone(), source }
    })?;
    Ok(Arc::new(built))
}

fn endpoint(
    provider: &ProviderSettings,
    models: BTreeMap<Task, String>,
    reached: Option<Arc<dyn Provider>>,
) -> Endpoint {
    Endpoint {
        name: provider.name.clone(),
        fingerprint: fingerprint(provider),
        provider: reached,
        models,
        prices: provider.prices,
        facts: provider.facts.clone(),
        tokens_per_minute: provider.tokens_per_minute,
    }
}

/// Tells this base URL and key from any other: some digits of a hash, from which neither can be had back.
fn fingerprint(provider: &ProviderSettings) -> String {
    let key = provider.key.as_ref().map_or("", ExposeSecret::expose_secret);
    let hash = Sha256::new().chain_update(&provider.base_url).chain_update([0]).chain_update(key).finalize();
    hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

/// What a host wants in every request beyond the common form: DashScope's newer models think unless they are told not to, and
/// thinking is billed (`router.md` 2.2).
fn extra_body(base_url: &str) -> Map<String, Value> {
    if is_dashscope(base_url) {
        Map::from_iter([("enable_thinking".to_owned(), Value::Bool(false))])
    } else {
        Map::new()
    }
}

/// What a provider's service speaks. What listens on this machine speaks as the service that it stands in for.
fn dialect(provider: &ProviderSettings) -> Dialect {
    let listed = provider.listed_base_url.as_deref().filter(|_| is_loopback(&host_of(&provider.base_url)));
    if is_dashscope(&provider.base_url) || listed.is_some_and(is_dashscope) {
        Dialect::DashScope
    } else {
        Dialect::OpenAi
    }
}

fn is_dashscope(base_url: &str) -> bool {
    host_of(base_url).ends_with(".aliyuncs.com")
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Layers, load};

    #[test]
    fn thinking_is_switched_off_at_dashscope_and_nothing_is_added_elsewhere() {
        assert_eq!(extra_body("https://dashscope.aliyuncs.com/compatible-mode/v1").len(), 1);
        assert_eq!(extra_body("https://api.llama-api.com/v1").len(), 0);
        assert_eq!(extra_body("http://127.0.0.1:8787/aliyuncs.com/v1").len(), 0);
        assert_eq!(extra_body("https://aliyuncs.com.example/v1").len(), 0);
    }
    /// The settings with this base URL of qwen.
    fn with_qwen_at(url: &str) -> Settings {
        let variable = |name: &str, value: &str| BTreeMap::from([(name.to_owned(), value.to_owned())]);
        let layers = Layers {
            flags: variable("VITA_HOME", "/nonexistent/vita"),
            environment: variable("QWEN_API_BASE_URL", url),
            ..Layers::default()
        };
        load(layers).unwrap().settings
    }

    #[test]
    fn dashscope_is_asked_for_its_own_ids_and_any_other_host_for_those_of_the_table() {
        let code = |url: &str| {
            let endpoints = endpoints(&with_qwen_at(url)).unwrap();
            let id = endpoints[1].models[&Task::Code].clone();
            (endpoints[1].facts.contains_key(&id), id)
        };
        let dashscope = "https://cn-hongkong.dashscope.aliyuncs.com/compatible-mode/v1";
        assert_eq!(code(dashscope), (true, "qwen2.5-coder-32b-instruct".to_owned()));
        assert_eq!(code("http://127.0.0.1:9/v1"), (false, "Qwen/Qwen2.5-Coder-32B-Instruct".to_owned()));
    }

    #[test]
    fn what_stands_in_for_dashscope_on_this_machine_speaks_as_dashscope_does() {
        let of_qwen = |url: &str| dialect(&with_qwen_at(url).providers[1]);
        assert_eq!(of_qwen("https://dashscope-us.aliyuncs.com/compatible-mode/v1"), Dialect::DashScope);
        assert_eq!(of_qwen("http://127.0.0.1:9/qwen/v1"), Dialect::DashScope);
        assert_eq!(of_qwen("http://[::1]:9/qwen/v1"), Dialect::DashScope);
        assert_eq!(of_qwen("https://api-inference.modelscope.cn/v1"), Dialect::OpenAi);
        let llama = &with_qwen_at("").providers[0];
        assert_eq!(
            dialect(&ProviderSettings { base_url: "http://127.0.0.1:9/v1".to_owned(), ..llama.clone() }),
            Dialect::OpenAi
        );
    }
}
