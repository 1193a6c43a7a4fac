//! The router as a caller sees it, under paused time with scripted providers.

mod calls;
mod health;
mod limits;
mod records;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, advance};

use super::testing::{Act, Script};
use super::*;
use crate::clock::Zone;
use crate::config::{Layers, Micro, Price, Prices, Task, load};
use crate::store::SwitchKind;
use crate::wire::{Message, Role};

/// A router over two scripts, `llama` and `qwen`.
struct Rig {
    router: Router,
    llama: Arc<Script>,
    qwen: Arc<Script>,
    ledger: Arc<MemoryLedger>,
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

fn endpoint(name: &str, script: &Arc<Script>, models: &[(Task, &str)]) -> Endpoint {
    let price = |text| Price::per_thousand(text).expect("a price");
    Endpoint {
        name: name.into(),
        provider: Some(script.clone()),
        models: models.iter().map(|(task, model)| (*task, (*model).to_owned())).collect(),
        prices: Prices { input: price("0.001"), output: price("0.002") },
    }
}

impl Rig {
    async fn new(llama: Script, qwen: Script, values: &[(&str, &str)]) -> Self {
        Self::over(Arc::default(), Arc::new(llama), Arc::new(qwen), values, false).await
    }

    async fn over(
        ledger: Arc<MemoryLedger>,
        llama: Arc<Script>,
        qwen: Arc<Script>,
        values: &[(&str, &str)],
        probing: bool,
    ) -> Self {
        let settings = settings(values);
        let endpoints = vec![
            endpoint("llama", &llama, &[(Task::Chat, "70B"), (Task::Fallback, "8B")]),
            endpoint("qwen", &qwen, &[(Task::Chat, "plus"), (Task::Audio, "audio")]),
        ];
        let noon = "2026-11-22T12:00:00Z".parse().expect("a moment");
        let parts = Parts {
            endpoints,
            timings: Timings::of(&settings),
            ledger: ledger.clone(),
            clock: Clock::starting_at(noon, Zone::Named(chrono_tz::UTC)),
            simulated: false,
            probing,
            seed: 7,
        };
        let router = Router::start(&settings, parts).await.expect("a router");
        Self { router, llama, qwen, ledger, settings }
    }

    /// The same providers and records in a new process.
    async fn restarted(self, probing: bool) -> Self {
        self.router.flush().await.expect("flushed");
        let Self { llama, qwen, ledger, .. } = self;
        Self::over(ledger, llama, qwen, &[], probing).await
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
