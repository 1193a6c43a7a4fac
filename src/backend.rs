//! What stands behind every face: settings, store, router, and the demo providers when nothing is configured.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use tokio::time::timeout;

use crate::clock::Clock;
use crate::config::{ProviderSettings, Settings};
use crate::provider::Provider;
use crate::provider::http::{HttpProvider, HttpSettings, ProviderError};
use crate::router::{Endpoint, Ledger, MemoryLedger, Parts, Router, Timings};
use crate::simulator::{Options, Simulator};
use crate::store::{Store, StoreError};

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
            Ok(endpoint(provider, Some(connect(provider, http)?)))
        })
        .collect()
}

fn endpoints(settings: &Settings) -> Result<Vec<Endpoint>, BackendError> {
    settings.providers.iter().map(|provider| Ok(endpoint(provider, reach(settings, provider)?))).collect()
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
        extra_body: dialect(&provider.base_url),
        allow_plain_http: settings.allow_plain_http,
        ..HttpSettings::new(&provider.base_url)
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

fn endpoint(provider: &ProviderSettings, reached: Option<Arc<dyn Provider>>) -> Endpoint {
    Endpoint {
        name: provider.name.clone(),
        fingerprint: fingerprint(provider),
        provider: reached,
        models: provider.models.clone(),
        prices: provider.prices,
        facts: BTreeMap::new(),
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
fn dialect(base_url: &str) -> Map<String, Value> {
    let host = base_url.split("://").nth(1).and_then(|rest| rest.split(['/', ':']).next()).unwrap_or_default();
    if host.ends_with(".aliyuncs.com") {
        Map::from_iter([("enable_thinking".to_owned(), Value::Bool(false))])
    } else {
        Map::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinking_is_switched_off_at_dashscope_and_nothing_is_added_elsewhere() {
        assert_eq!(dialect("https://dashscope.aliyuncs.com/compatible-mode/v1").len(), 1);
        assert_eq!(dialect("https://api.llama-api.com/v1").len(), 0);
        assert_eq!(dialect("http://127.0.0.1:8787/aliyuncs.com/v1").len(), 0);
        assert_eq!(dialect("https://aliyuncs.com.example/v1").len(), 0);
    }
}
