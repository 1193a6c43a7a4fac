//! The router as a caller sees it, under paused time with scripted providers.

mod calls;
mod flapping;
mod health;
mod limits;
mod matrix;
mod probes;
mod records;
mod rescue;
mod switching;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, advance};

use super::testing::{Act, Script};
use super::*;
use crate::clock::Zone;
use crate::config::{Layers, Micro, ModelFacts, Price, Prices, Task, load};
use crate::store::SwitchKind;
use crate::wire::{Failure, Message, Role};

/// A router over two scripts, `llama` and `qwen`.
struct Rig {
    router: Router,
    llama: Arc<Script>,
    qwen: Arc<Script>,
    ledger: Arc<MemoryLedger>,
    clock: Clock,
    settings: Settings,
}

fn settings(values: &[(&str, &str)]) -> Settings {
    let mut environment: BTreeMap<String, String> =
        values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    environment.insert("VITA_HOME".into(), "/nonexistent/vita".into());
    environment.insert("BUDGET_TIME_ZONE".into(), "UTC".into());
    environment.entry("RATE_LIMIT_PER_MINUTE".into()).or_insert("0".into());
    load(Layers { environment, ..Layers::default() }).expect("settings").settings
}

fn endpoint(name: &str, script: Option<&Arc<Script>>, models: &[(Task, &str)], fingerprint: &str) -> Endpoint {
    let price = |text| Price::per_thousand(text).expect("a price");
    Endpoint {
        name: name.into(),
        fingerprint: fingerprint.into(),
        provider: script.map(|script| script.clone() as _),
        models: models.iter().map(|(task, model)| (*task, (*model).to_owned())).collect(),
        prices: Prices { input: price("0.001"), output: price("0.002"), cached_input: None },
        facts: BTreeMap::new(),
        tokens_per_minute: None,
    }
}

/// What a rig is made of; everything not named is the ordinary case.
struct Build {
    ledger: Arc<MemoryLedger>,
    llama: Arc<Script>,
    /// None = qwen is not configured.
    qwen: Option<Arc<Script>>,
    values: Vec<(&'static str, &'static str)>,
    probing: bool,
    fingerprint: &'static str,
    clock: Option<Clock>,
    /// Whether qwen's chat model goes on with an answer whose beginning it is given.
    continues: bool,
    seed: u64,
}

impl Default for Build {
    fn default() -> Self {
        Self {
            ledger: Arc::default(),
            llama: Arc::default(),
            qwen: Some(Arc::default()),
            values: Vec::new(),
            probing: false,
            fingerprint: "an address and a key",
            clock: None,
            continues: false,
            seed: 7,
        }
    }
}

impl Build {
    async fn rig(self) -> Rig {
        let Self { ledger, llama, qwen, values, probing, fingerprint, clock, continues, seed } = self;
        let settings = settings(&values);
        let llama_models = [(Task::Chat, "70B"), (Task::Fallback, "8B")];
        let qwen_models = [(Task::Chat, "plus"), (Task::Audio, "audio")];
        let mut endpoints = vec![
            endpoint("llama", Some(&llama), &llama_models, fingerprint),
            endpoint("qwen", qwen.as_ref(), &qwen_models, fingerprint),
        ];
        endpoints[1].facts.insert("plus".into(), ModelFacts { continues, ..ModelFacts::default() });
        let noon = "2026-11-22T12:00:00Z".parse().expect("a moment");
        let clock = clock.unwrap_or_else(|| Clock::starting_at(noon, Zone::Named(chrono_tz::UTC)));
        let parts = Parts {
            endpoints,
            timings: Timings::of(&settings),
            ledger: ledger.clone(),
            clock: clock.clone(),
            simulated: false,
            probing,
            seed,
        };
        let router = Router::start(&settings, parts).await.expect("a router");
        Rig { router, llama, qwen: qwen.unwrap_or_default(), ledger, clock, settings }
    }
}

impl Rig {
    async fn new(llama: Script, qwen: Script, values: &[(&'static str, &'static str)]) -> Self {
        let (llama, qwen) = (Arc::new(llama), Some(Arc::new(qwen)));
        Build { llama, qwen, values: values.to_vec(), ..Build::default() }.rig().await
    }

    async fn probing(llama: Script) -> Self {
        Build { llama: Arc::new(llama), probing: true, ..Build::default() }.rig().await
    }

    /// The same providers, records and calendar, for another router.
    fn again(&self) -> Build {
        let Self { llama, qwen, ledger, clock, .. } = self;
        let (llama, qwen, ledger, clock) = (llama.clone(), Some(qwen.clone()), ledger.clone(), Some(clock.clone()));
        Build { ledger, llama, qwen, clock, ..Build::default() }
    }

    /// The same providers and records in a new process.
    async fn restarted(self) -> Self {
        self.router.flush().await.expect("flushed");
        self.again().rig().await
    }

    async fn ask(&self) -> Result<Answer, CallError> {
        self.router.ask(hello()).await
    }

    /// Outcomes of the attempts of one call, as `provider:outcome`.
    async fn trail(&self) -> Vec<String> {
        let attempts = match self.ask().await {
            Ok(answer) => answer.attempts,
            Err(error) => error.attempts,
        };
        attempts.iter().map(|attempt| format!("{}:{}", attempt.provider, attempt.outcome.as_str())).collect()
    }

    fn primary(&self) -> String {
        self.router.snapshot().primary.clone()
    }

    fn breaker(&self, provider: &str) -> BreakerState {
        self.router
            .snapshot()
            .provider(provider)
            .expect("a provider")
            .routes
            .iter()
            .find(|route| route.tasks.contains(&Task::Chat))
            .expect("chat")
            .breaker
    }
}

fn hello() -> Call {
    Call::new(Task::Chat, vec![Message::text(Role::User, "hello")])
}

fn failing(outcome: Outcome) -> Script {
    Script::always(Act::Fail(outcome))
}

/// Lets other tasks run until a fact is there.
async fn wait_for(fact: impl Fn() -> bool) {
    for _ in 0..1000 {
        if fact() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("the fact did not come");
}
