//! The router over real sockets: every provider's fault as the caller meets it, and books that agree with the provider's own.
#![allow(clippy::expect_used, reason = "a test that can't be set up has failed")]

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;
use vita::clock::{Clock, Zone};
use vita::config::{Layers, Settings, Task, load};
use vita::provider::http::{HttpProvider, HttpSettings};
use vita::router::{
    Answer, BreakerState, Call, CallError, Endpoint, MemoryLedger, Parts, Router, StatusSnapshot, Timings,
};
use vita::simulator::{Fault, Options, Pace, Simulator, Step};
use vita::wire::{Message, Outcome, Role};

const SOON: Duration = Duration::from_secs(20);

struct Rig {
    router: Router,
    simulator: Simulator,
}

impl Rig {
    async fn new(probing: bool) -> Self {
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let options = Options { pace: Pace::INSTANT, ..Options::default() };
        let simulator = Simulator::start(anywhere, options).await.expect("a simulator");
        let settings = settings();
        let endpoints = settings.providers.iter().map(|provider| {
            let http = HttpProvider::new(HttpSettings::new(simulator.base_url(&provider.name))).expect("a provider");
            Endpoint {
                name: provider.name.clone(),
                fingerprint: String::new(),
                provider: Some(Arc::new(http)),
                models: provider.models.clone(),
                prices: provider.prices,
                facts: BTreeMap::new(),
                tokens_per_minute: None,
            }
        });
        let parts = Parts {
            endpoints: endpoints.collect(),
            timings: shrunk(&settings),
            ledger: Arc::new(MemoryLedger::default()),
            clock: Clock::system(Zone::Named(chrono_tz::UTC)),
            simulated: true,
            probing,
            seed: 7,
        };
        let router = Router::start(&settings, parts).await.expect("a router");
        Self { router, simulator }
    }

    fn faults(&self, provider: &str, fault: Fault) {
        self.simulator.set_plan(provider, vec![Step::always(provider, fault)]);
    }

    async fn ask(&self) -> Result<Answer, CallError> {
        let call = Call::new(Task::Chat, vec![Message::text(Role::User, "How do I describe my work experience?")]);
        timeout(SOON, self.router.ask(call)).await.expect("an end in time")
    }

    async fn until(&self, fact: impl FnMut(&Arc<StatusSnapshot>) -> bool) -> Arc<StatusSnapshot> {
        let mut watch = self.router.watch();
        match timeout(SOON, watch.wait_for(fact)).await {
            Ok(seen) => seen.expect("a router").clone(),
            Err(_) => panic!("the fact did not come: {:#?}", self.router.snapshot()),
        }
    }
}

fn settings() -> Settings {
    let environment = [("VITA_HOME", "/nonexistent/vita"), ("RATE_LIMIT_PER_MINUTE", "0")];
    let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
    load(Layers { environment: BTreeMap::from(environment), ..Layers::default() }).expect("settings").settings
}

/// Every wait a hundredth of its length or so.
fn shrunk(settings: &Settings) -> Timings {
    let ms = Duration::from_millis;
    Timings {
        request: ms(2_000),
        first_token: Some(ms(200)),
        idle: ms(200),
        total: ms(4_000),
        retry_base: ms(10),
        clean: ms(600),
        open_cooldown: ms(30_000),
        dwell: ms(300),
        probe_interval: ms(100),
        open_probe_interval: ms(50),
        probe_timeout: ms(500),
        ..Timings::of(settings)
    }
}

fn outcomes(answer: &Answer) -> Vec<(&str, Outcome)> {
    answer.attempts.iter().map(|attempt| (attempt.provider.as_str(), attempt.outcome)).collect()
}

#[tokio::test]
async fn whatever_breaks_before_the_first_word_the_backup_answers() {
    let faults = [
        (Fault::status(500), Outcome::ServerError),
        (Fault::status(503), Outcome::ServerError),
        (Fault::status(429), Outcome::RateLimited),
        (Fault::status(401), Outcome::Auth),
        (Fault::Reset, Outcome::Reset),
        (Fault::Silence, Outcome::FirstTokenTimeout),
        (Fault::Empty, Outcome::Empty),
        (Fault::Html, Outcome::Foreign),
    ];
    for (fault, outcome) in faults {
        let rig = Rig::new(false).await;
        rig.faults("llama", fault.clone());
        let answer = rig.ask().await.unwrap_or_else(|error| panic!("{fault:?}: {error:?}"));
        let (last, before) = answer.attempts.split_last().expect("attempts");
        assert_eq!((last.provider.as_str(), last.outcome, answer.complete), ("qwen", Outcome::Ok, true), "{fault:?}");
        assert!(before.iter().all(|attempt| attempt.outcome == outcome), "{fault:?}: {before:?}");
    }
}

#[tokio::test]
async fn an_answer_cut_in_the_middle_is_shown_as_far_as_it_came_and_never_as_whole() {
    for fault in [Fault::Cut { tokens: 5 }, Fault::Stall { tokens: 5 }, Fault::Malformed { tokens: 5 }] {
        let rig = Rig::new(false).await;
        rig.faults("llama", fault.clone());
        let answer = rig.ask().await.unwrap_or_else(|error| panic!("{fault:?}: {error:?}"));
        assert!(!answer.complete && !answer.text.is_empty() && answer.finish_reason.is_none(), "{fault:?}: {answer:?}");
    }
}

#[tokio::test]
async fn an_outage_moves_the_primary_and_the_end_of_it_brings_it_back() {
    let rig = Rig::new(true).await;
    assert_eq!(outcomes(&rig.ask().await.expect("an answer")), [("llama", Outcome::Ok)]);
    rig.simulator.set_down("llama", true);
    let down = rig.until(|snapshot| snapshot.primary == "qwen").await;
    assert_eq!(down.switches[0].trigger, "api_failure");
    assert_eq!(outcomes(&rig.ask().await.expect("an answer")), [("qwen", Outcome::Ok)]);

    rig.simulator.set_down("llama", false);
    let half_open = |snapshot: &Arc<StatusSnapshot>| {
        snapshot.providers[0].routes.iter().any(|route| route.breaker == BreakerState::HalfOpen)
    };
    rig.until(half_open).await;
    assert_eq!(outcomes(&rig.ask().await.expect("an answer")), [("llama", Outcome::Ok)], "the trial");
    let back = rig.until(|snapshot| snapshot.primary == "llama").await;
    assert_eq!((back.switches_today, back.switches[0].kind.as_str()), (2, "recovery"));
}

#[tokio::test]
async fn the_books_agree_with_the_providers_own() {
    let rig = Rig::new(false).await;
    rig.simulator.set_plan("llama", vec![Step::always("llama", Fault::status(500)).times(2)]);
    for _ in 0..12 {
        rig.ask().await.expect("an answer");
    }
    let snapshot = rig.router.snapshot();
    for provider in &snapshot.providers {
        let calls = rig.simulator.calls(&provider.name);
        assert_eq!(provider.requests_today, calls.len() as u64, "{}", provider.name);
        let (prompt, completion) =
            calls.iter().filter(|call| call.status == Some(200)).fold((0, 0), |(prompt, completion), call| {
                (prompt + call.prompt_tokens, completion + call.completion_tokens)
            });
        assert_eq!((provider.prompt_tokens, provider.completion_tokens), (prompt, completion), "{}", provider.name);
    }
}
