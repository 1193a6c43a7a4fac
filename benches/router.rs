//! What the router itself costs: whole calls over a provider in this process that answers at once, on one core, with the limits
//! off and the records in memory. `cargo bench --bench router`
#![allow(clippy::unwrap_used, reason = "a bench that can't be set up has failed")]

use std::collections::BTreeMap;
use std::sync::Arc;

use divan::Bencher;
use divan::counter::ItemsCount;
use futures_util::future::join_all;
use futures_util::{StreamExt as _, stream};
use tokio::runtime::{Builder, Runtime};
use vita::clock::{Clock, Zone};
use vita::config::{Layers, Settings, Task, load};
use vita::provider::{DeltaStream, Provider, ProviderFuture};
use vita::router::{Call, Endpoint, MemoryLedger, Parts, Router, Timings};
use vita::wire::{ChatRequest, Delta, FinishReason, Message, Role, Usage};

fn main() {
    divan::main();
}

/// Answers at once with so many tokens.
struct Instant {
    tokens: usize,
}

impl Provider for Instant {
    fn chat(&self, _: ChatRequest) -> ProviderFuture<DeltaStream> {
        let usage = Usage { prompt_tokens: 12, completion_tokens: self.tokens as u64, cached_tokens: 0 };
        let text = std::iter::repeat_n(" measured", self.tokens).map(|token| Delta::Text(token.to_owned()));
        let end = [Delta::Finish(FinishReason::Stop), Delta::Usage(usage)];
        let answer = stream::iter(text.chain(end).map(Ok)).boxed();
        Box::pin(async { Ok(answer) })
    }

    fn models(&self) -> ProviderFuture<Vec<String>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

fn settings() -> Settings {
    let environment =
        [("VITA_HOME", "/nonexistent/vita"), ("RATE_LIMIT_PER_MINUTE", "0"), ("MAX_CONCURRENT_REQUESTS", "0")];
    let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
    load(Layers { environment: BTreeMap::from(environment), ..Layers::default() }).unwrap().settings
}

async fn router(tokens: usize) -> Router {
    let settings = settings();
    let endpoints = settings.providers.iter().map(|provider| Endpoint {
        name: provider.name.clone(),
        fingerprint: String::new(),
        provider: Some(Arc::new(Instant { tokens })),
        models: provider.models.clone(),
        prices: provider.prices,
        facts: BTreeMap::new(),
        tokens_per_minute: None,
    });
    let parts = Parts {
        endpoints: endpoints.collect(),
        timings: Timings::of(&settings),
        ledger: Arc::new(MemoryLedger::default()),
        clock: Clock::system(Zone::Named(chrono_tz::UTC)),
        simulated: true,
        probing: false,
        seed: 7,
    };
    Router::start(&settings, parts).await.unwrap()
}

fn one_core() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}

/// So many callers at once, each with one call: items are calls.
fn calls(bencher: Bencher, callers: usize, tokens: usize) {
    let runtime = one_core();
    let router = runtime.block_on(router(tokens));
    let ask = || {
        let question = Message::text(Role::User, "How do I describe my work experience?");
        router.ask(Call::new(Task::Chat, vec![question]))
    };
    bencher.counter(ItemsCount::new(callers)).bench_local(|| {
        let answers = runtime.block_on(join_all((0..callers).map(|_| ask())));
        assert!(answers.iter().all(|answer| answer.as_ref().is_ok_and(|answer| answer.complete)));
        answers
    });
}

#[divan::bench(args = [1, 32])]
fn call_of_one_token(bencher: Bencher, callers: usize) {
    calls(bencher, callers, 1);
}

#[divan::bench(args = [1, 32])]
fn call_of_100_tokens(bencher: Bencher, callers: usize) {
    calls(bencher, callers, 100);
}
