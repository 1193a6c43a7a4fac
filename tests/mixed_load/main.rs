//! Mixed load over real sockets: many callers, some of whom go away, two providers that do everything a simulator can get wrong, and
//! at the end books that agree with the providers' own, nothing left in flight, and memory that did not grow.
//!
//! `VITA_LOAD_SECONDS` says how long (5), `VITA_LOAD_SEED` which faults. For the real thing, one ledger at a time:
//! `VITA_LOAD_SECONDS=600 cargo test --release --test mixed_load memory -- --nocapture`
#![allow(clippy::expect_used, reason = "a test that can't be set up has failed")]

mod books;
mod callers;
mod faults;

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use vita::clock::{Clock, Zone};
use vita::config::{Layers, ModelFacts, Settings, Task, load};
use vita::provider::http::{HttpProvider, HttpSettings};
use vita::router::{Endpoint, Ledger, MemoryLedger, Parts, Router, Timings};
use vita::simulator::{CallEnd, Options, Pace, Plan, Simulator};
use vita::store::Store;

use books::{Book, Served};
use callers::{Caller, Heard};

/// Those who wait for the end of every call, and those who go away.
const PATIENT: u64 = 30;
const HASTY: u64 = 18;

/// Longest wait for the last connections and records to end.
const SOON: Duration = Duration::from_secs(30);

/// Most that the memory may grow from the second third of the run to the last, in KiB. Ten minutes are some hundred thousand
/// calls: anything kept of each would show.
const GROWTH: u64 = 16 << 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_mixed_load_the_books_in_memory_agree_with_the_providers() {
    run(Arc::new(MemoryLedger::default())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_mixed_load_the_books_in_the_store_agree_with_the_providers() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite:{}", folder.path().join("vita.db").display());
    let store = Store::open(&url, &folder.path().join("state")).await.expect("a store");
    run(Arc::new(store)).await;
}

async fn run(ledger: Arc<dyn Ledger>) {
    let seed = variable("VITA_LOAD_SEED").unwrap_or(7);
    let length = Duration::from_secs(variable("VITA_LOAD_SECONDS").unwrap_or(5));
    let settings = settings();
    let simulator = simulator(seed).await;
    let expected = callers::expected(&simulator).await;
    let router = Router::start(&settings, parts(&settings, &simulator, ledger.clone())).await.expect("a router");

    let until = Instant::now() + length;
    let callers = (0..PATIENT + HASTY).map(|number| {
        let caller = Caller::new(router.clone(), seed + number, number < PATIENT, expected.clone());
        tokio::spawn(caller.call_until(until))
    });
    let callers = join_all(callers.collect::<Vec<_>>());
    let (heard, mut served, memory) = watch(callers, &simulator).await;
    let heard = heard.into_iter().map(|heard| heard.expect("a caller that did not panic")).sum::<Heard>();

    timeout(SOON, router.idle()).await.expect("no attempt under way");
    for provider in faults::PROVIDERS {
        let ended = |calls: &[_]| calls.iter().all(is_over);
        timeout(SOON, simulator.wait_for(provider, ended)).await.expect("no call under way");
    }
    collect(&simulator, &mut served);
    let snapshot = router.snapshot();
    assert_eq!((snapshot.in_flight, snapshot.queued), (0, 0), "calls in flight and in line");

    router.flush().await.expect("a ledger that takes records");
    let remembered = ledger.load(snapshot.day).await.expect("a ledger that gives them back");
    println!("seed {seed}, {} s: {heard}", length.as_secs());
    for provider in &settings.providers {
        let mut book = Book::default();
        for (_, route) in remembered.counters.iter().filter(|((name, _), _)| *name == provider.name) {
            let tokens = (route.prompt_tokens, route.completion_tokens);
            book.add((route.attempts, route.ok, route.probes), tokens, route.cost, &route.outcomes);
        }
        let shown = snapshot.providers.iter().find(|shown| shown.name == provider.name).expect("the provider");
        assert_eq!(shown.requests_today, book.attempts, "{}: attempts shown and written", provider.name);
        let served = &served[provider.name.as_str()];
        books::compare(&provider.name, provider.prices, &book, &heard, served);
    }
    println!("memory: {memory}");
    assert!(memory.growth() < GROWTH, "{memory}");
    heard.assert_not_in_vain();
}

fn is_over(call: &vita::simulator::CallRecord) -> bool {
    call.probe || call.end != CallEnd::Running
}

/// Takes notes while the callers call.
async fn watch<T>(
    callers: impl Future<Output = T>,
    simulator: &Simulator,
) -> (T, BTreeMap<&'static str, Served>, Memory) {
    let mut served = faults::PROVIDERS.map(|provider| (provider, Served::default())).into_iter().collect();
    let mut memory = Memory::default();
    let mut tick = interval(Duration::from_millis(100));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    tokio::pin!(callers);
    loop {
        tokio::select! {
            heard = &mut callers => return (heard, served, memory),
            _ = tick.tick() => {
                collect(simulator, &mut served);
                memory.sample();
            }
        }
    }
}

fn collect(simulator: &Simulator, served: &mut BTreeMap<&'static str, Served>) {
    for (provider, served) in served {
        simulator.take_ended(provider).iter().for_each(|call| served.note(call));
    }
}

/// The process's resident memory over time, in KiB; empty where the system does not tell.
#[derive(Default)]
struct Memory(Vec<u64>);

impl Memory {
    fn sample(&mut self) {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        self.0.extend(resident.and_then(|rest| rest.trim().trim_end_matches("kB").trim().parse::<u64>().ok()));
    }

    /// The median of a third of the samples.
    fn third(&self, number: usize) -> u64 {
        let third = self.0.len() / 3;
        let mut samples = self.0[third * number..third * (number + 1)].to_vec();
        samples.sort_unstable();
        samples.get(third / 2).copied().unwrap_or(0)
    }

    fn growth(&self) -> u64 {
        self.third(2).saturating_sub(self.third(1))
    }
}

impl std::fmt::Display for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, {}, {} KiB (medians of each third)", self.third(0), self.third(1), self.third(2))
    }
}

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().expect("a whole number"))
}

async fn simulator(seed: u64) -> Simulator {
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let ms = Duration::from_millis;
    let plan = Plan { steps: faults::random_plan(seed) };
    let options = Options { plan, seed, pace: Pace { first_token: ms(15), token: Duration::ZERO } };
    Simulator::start(anywhere, options).await.expect("a simulator")
}

fn settings() -> Settings {
    let environment =
        [("VITA_HOME", "/nonexistent/vita"), ("RATE_LIMIT_PER_MINUTE", "0"), ("MAX_CONCURRENT_REQUESTS", "32")];
    let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
    load(Layers { environment: BTreeMap::from(environment), ..Layers::default() }).expect("settings").settings
}

fn parts(settings: &Settings, simulator: &Simulator, ledger: Arc<dyn Ledger>) -> Parts {
    let endpoints = settings.providers.iter().map(|provider| {
        let http = HttpProvider::new(HttpSettings::new(simulator.base_url(&provider.name))).expect("a provider");
        let continues = ModelFacts { continues: true, ..ModelFacts::default() };
        Endpoint {
            name: provider.name.clone(),
            fingerprint: String::new(),
            provider: Some(Arc::new(http)),
            models: provider.models.clone(),
            prices: provider.prices,
            facts: [(provider.models[&Task::Chat].clone(), continues)].into(),
            tokens_per_minute: None,
        }
    });
    Parts {
        endpoints: endpoints.collect(),
        timings: shrunk(settings),
        ledger,
        clock: Clock::system(Zone::Named(chrono_tz::UTC)),
        simulated: true,
        probing: true,
        seed: 7,
    }
}

/// Every wait a part of its length; those for a provider long enough for a busy machine.
fn shrunk(settings: &Settings) -> Timings {
    let ms = Duration::from_millis;
    Timings {
        request: ms(10_000),
        first_token: Some(faults::FIRST_TOKEN),
        idle: faults::IDLE,
        total: ms(20_000),
        queue: ms(5_000),
        rescue: ms(300),
        retry_base: ms(10),
        retry_cap: ms(100),
        retry_after_patience: ms(50),
        clean: ms(200),
        open_cooldown: ms(1_000),
        throttle: (ms(20), ms(200)),
        blocked: ms(200),
        dwell: ms(300),
        throttle_moves_primary: ms(100),
        probe_interval: ms(200),
        open_probe_interval: ms(50),
        probe_timeout: ms(2_000),
        ..Timings::of(settings)
    }
}
