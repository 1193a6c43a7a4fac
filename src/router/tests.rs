//! The router as a caller sees it, under paused time with scripted providers.

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
    let mut environment: BTreeMap<String, String> = values
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    environment.insert("VITA_HOME".into(), "/nonexistent/vita".into());
    environment.insert("BUDGET_TIME_ZONE".into(), "UTC".into());
    environment.entry("RATE_LIMIT_PER_MINUTE".into()).or_insert("0".into());
    load(Layers {
        environment,
        ..Layers::default()
    })
    .expect("settings")
    .settings
}

fn endpoint(name: &str, script: &Arc<Script>, models: &[(Task, &str)]) -> Endpoint {
    let price = |text| Price::per_thousand(text).expect("a price");
    Endpoint {
        name: name.into(),
        provider: Some(script.clone()),
        models: models
            .iter()
            .map(|(task, model)| (*task, (*model).to_owned()))
            .collect(),
        prices: Prices {
            input: price("0.001"),
            output: price("0.002"),
        },
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
        Self {
            router,
            llama,
            qwen,
            ledger,
            settings,
        }
    }

    /// The same providers and records in a new process.
    async fn restarted(self, probing: bool) -> Self {
        self.router.flush().await.expect("flushed");
        let Self {
            llama, qwen, ledger, ..
        } = self;
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
        attempts
            .iter()
            .map(|attempt| format!("{}:{}", attempt.provider, attempt.outcome.as_str()))
            .collect()
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

#[tokio::test(start_paused = true)]
async fn the_primary_answers_while_it_is_well() {
    let rig = Rig::new(Script::default(), Script::default(), &[]).await;
    let answer = rig.ask().await.expect("an answer");
    assert_eq!(
        (answer.text.as_str(), answer.provider.as_str(), answer.complete),
        ("fine", "llama", true)
    );
    assert_eq!(
        answer.cost.amount,
        Micro(20),
        "ten tokens at 0.001 and five at 0.002 per thousand"
    );
    assert_eq!(answer.why, ["task chat", "llama is primary"]);
    assert_eq!(rig.qwen.calls(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_broken_connection_is_retried_once_after_the_base_delay() {
    let rig = Rig::new(Script::then([Act::Fail(Outcome::Reset)]), Script::default(), &[]).await;
    let started = Instant::now();
    assert_eq!(rig.trail().await, ["llama:reset", "llama:ok"]);
    assert!((Duration::from_millis(800)..=Duration::from_millis(1200)).contains(&started.elapsed()));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stays_broken_is_left_for_the_backup_before_any_text() {
    let rig = Rig::new(failing(Outcome::ServerError), Script::default(), &[]).await;
    assert_eq!(
        rig.trail().await,
        ["llama:server_error", "llama:server_error", "qwen:ok"]
    );
    assert_eq!(
        rig.trail().await,
        ["llama:server_error", "qwen:ok"],
        "no longer clean: no retry on the spot"
    );
}

#[tokio::test(start_paused = true)]
async fn a_silent_primary_costs_ten_seconds_and_is_not_asked_again() {
    let rig = Rig::new(Script::always(Act::Silence), Script::default(), &[]).await;
    let started = Instant::now();
    assert_eq!(rig.trail().await, ["llama:first_token_timeout", "qwen:ok"]);
    assert_eq!(started.elapsed(), Duration::from_secs(10));
}

#[tokio::test(start_paused = true)]
async fn a_slow_primary_without_a_backup_gets_the_whole_request_timeout() {
    let slow = Act::After(Duration::from_secs(12), Box::new(Act::Say("late")));
    let rig = Rig::new(
        Script::always(slow),
        Script::default(),
        &[("USE_QWEN_FALLBACK", "false")],
    )
    .await;
    let call = Call {
        model: Some("70B".into()),
        ..hello()
    };
    assert_eq!(rig.router.ask(call).await.expect("an answer").text, "late");
}

#[tokio::test(start_paused = true)]
async fn attempts_never_exceed_one_plus_the_retries() {
    for retries in ["0", "1", "3"] {
        let values = [("MAX_RETRY_COUNT", retries)];
        let rig = Rig::new(failing(Outcome::ServerError), failing(Outcome::ServerError), &values).await;
        let error = rig.ask().await.expect_err("nothing answers");
        assert_eq!(error.attempts.len(), 1 + retries.parse::<usize>().expect("a number"));
        assert_eq!(error.kind, Outcome::ServerError);
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_at_fault_is_not_sent_to_anybody_else_and_says_nothing_of_health() {
    let rig = Rig::new(failing(Outcome::BadRequest), Script::default(), &[]).await;
    for _ in 0..4 {
        assert_eq!(rig.trail().await, ["llama:bad_request"]);
    }
    assert_eq!(
        (rig.breaker("llama"), rig.primary()),
        (BreakerState::Closed, "llama".to_owned())
    );
}

#[tokio::test(start_paused = true)]
async fn a_refused_key_sets_the_whole_provider_aside() {
    let rig = Rig::new(failing(Outcome::Auth), Script::default(), &[]).await;
    assert_eq!(rig.trail().await, ["llama:auth", "qwen:ok"]);
    assert_eq!(rig.trail().await, ["qwen:ok"]);
    assert_eq!(rig.primary(), "qwen");
    let snapshot = rig.router.snapshot();
    let llama = snapshot.provider("llama").expect("llama");
    assert_eq!(llama.health, Health::Unavailable);
    assert!(llama.routes.iter().all(|route| route.unavailable.is_some()));
}

#[tokio::test(start_paused = true)]
async fn a_model_that_is_gone_sets_only_its_route_aside() {
    let rig = Rig::new(
        failing(Outcome::ModelUnavailable),
        failing(Outcome::ModelUnavailable),
        &[],
    )
    .await;
    assert_eq!(
        rig.trail().await,
        [
            "llama:model_unavailable",
            "qwen:model_unavailable",
            "llama:model_unavailable"
        ]
    );
    let asked: Vec<_> = rig.ask().await.expect_err("nothing is left").attempts;
    assert!(asked.is_empty(), "no call to a model that is known to be gone");
}

#[tokio::test(start_paused = true)]
async fn a_short_pause_asked_for_is_waited_for_and_a_long_one_goes_to_the_backup() {
    let short = Script::then([Act::Throttle(Duration::from_secs(1))]);
    let rig = Rig::new(short, Script::default(), &[]).await;
    assert_eq!(rig.trail().await, ["llama:rate_limited", "llama:ok"]);
    let rig = Rig::new(
        Script::always(Act::Throttle(Duration::from_secs(40))),
        Script::default(),
        &[],
    )
    .await;
    assert_eq!(rig.trail().await, ["llama:rate_limited", "qwen:ok"]);
    assert_eq!(rig.trail().await, ["qwen:ok"], "not asked before its time");
    assert_eq!(rig.router.snapshot().switches[0].trigger, "rate_limited");
}

#[tokio::test(start_paused = true)]
async fn when_both_ask_for_a_pause_the_shorter_one_is_waited_for() {
    let pause = |seconds| Act::Throttle(Duration::from_secs(seconds));
    let rig = Rig::new(Script::then([pause(9), pause(9)]), Script::then([pause(4)]), &[]).await;
    let started = Instant::now();
    assert_eq!(rig.ask().await.expect("an answer").provider, "qwen");
    assert!(started.elapsed() >= Duration::from_secs(4) && started.elapsed() < Duration::from_secs(9));
}

#[tokio::test(start_paused = true)]
async fn an_answer_cut_in_the_middle_is_kept_and_never_called_complete() {
    let rig = Rig::new(Script::always(Act::Cut("half an ")), Script::default(), &[]).await;
    let answer = rig.ask().await.expect("what came");
    assert_eq!(
        (answer.text.as_str(), answer.complete, answer.finish_reason),
        ("half an ", false, None)
    );
    assert_eq!(answer.attempts[0].billed, Billed::Maybe);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_stands_still_is_ended_after_the_idle_time() {
    let rig = Rig::new(
        Script::always(Act::Stall("half")),
        Script::default(),
        &[("STREAM_IDLE_TIMEOUT", "4")],
    )
    .await;
    let started = Instant::now();
    let answer = rig.ask().await.expect("what came");
    assert_eq!(
        (answer.complete, answer.attempts[0].outcome),
        (false, Outcome::IdleTimeout)
    );
    assert_eq!(started.elapsed(), Duration::from_secs(4));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_was_called_whole_is_complete_though_the_connection_lingers() {
    let rig = Rig::new(Script::always(Act::Linger("whole")), Script::default(), &[]).await;
    let started = Instant::now();
    let answer = rig.ask().await.expect("an answer");
    assert_eq!((answer.complete, answer.finish_reason.as_deref()), (true, Some("stop")));
    assert_eq!(started.elapsed(), Duration::from_secs(1));
    assert!(answer.usage.estimated, "no token counts came");
}

#[tokio::test(start_paused = true)]
async fn three_failures_open_the_breaker_and_move_the_primary_with_a_reason() {
    let rig = Rig::new(failing(Outcome::ServerError), Script::default(), &[]).await;
    rig.trail().await;
    assert_eq!(rig.primary(), "llama", "a single request's failover moves nothing");
    rig.trail().await;
    assert_eq!(
        (rig.breaker("llama"), rig.primary()),
        (BreakerState::Open, "qwen".to_owned())
    );
    let snapshot = rig.router.snapshot();
    let entry = &snapshot.switches[0];
    assert_eq!(
        (entry.kind, entry.trigger.as_str(), entry.reason.as_str()),
        (SwitchKind::Auto, "api_failure", "scripted")
    );
    assert_eq!(snapshot.switches_today, 1);
    let before = rig.llama.calls();
    for _ in 0..5 {
        assert_eq!(rig.trail().await, ["qwen:ok"]);
    }
    assert_eq!(rig.llama.calls(), before, "an open route is left alone");
}

#[tokio::test(start_paused = true)]
async fn with_probes_the_primary_comes_back_after_a_trial_and_the_dwell() {
    let llama = Arc::new(failing(Outcome::ServerError));
    let rig = Rig::over(Arc::default(), llama, Arc::default(), &[], true).await;
    rig.trail().await;
    rig.trail().await;
    assert_eq!(rig.primary(), "qwen");
    rig.llama.set(Act::Say("back"));
    advance(Duration::from_secs(16)).await;
    wait_for(|| rig.breaker("llama") == BreakerState::HalfOpen).await;
    assert_eq!(
        rig.ask().await.expect("an answer").text,
        "back",
        "the next call is the trial"
    );
    assert_eq!(
        (rig.breaker("llama"), rig.primary()),
        (BreakerState::Closed, "qwen".to_owned()),
        "the dwell is not over"
    );
    advance(Duration::from_secs(60)).await;
    wait_for(|| rig.primary() == "llama").await;
    assert_eq!(rig.router.snapshot().switches[0].kind, SwitchKind::Recovery);
}

#[tokio::test(start_paused = true)]
async fn a_failed_trial_is_served_by_the_backup_and_the_caller_sees_no_error() {
    let rig = Rig::over(
        Arc::default(),
        Arc::new(failing(Outcome::ServerError)),
        Arc::default(),
        &[],
        false,
    )
    .await;
    rig.trail().await;
    rig.trail().await;
    advance(rig.router.core.timings.open_cooldown).await;
    assert_eq!(rig.trail().await, ["llama:server_error", "qwen:ok"]);
    assert_eq!(rig.breaker("llama"), BreakerState::Open);
}

#[tokio::test(start_paused = true)]
async fn with_both_down_each_gets_one_try_and_the_error_says_when_to_come_back() {
    let rig = Rig::new(failing(Outcome::Connect), failing(Outcome::Connect), &[]).await;
    while rig.breaker("llama") != BreakerState::Open || rig.breaker("qwen") != BreakerState::Open {
        rig.trail().await;
    }
    let error = rig.ask().await.expect_err("nothing answers");
    let asked: Vec<_> = error.attempts.iter().map(|attempt| attempt.provider.as_str()).collect();
    assert_eq!(
        asked,
        ["qwen", "llama"],
        "the primary of the moment first, each route once"
    );
    assert!(error.retry_at.is_some());
}

#[tokio::test(start_paused = true)]
async fn without_auto_switch_the_primary_stays_and_each_call_is_rescued() {
    let rig = Rig::new(
        failing(Outcome::Connect),
        Script::default(),
        &[("ENABLE_AUTO_SWITCH", "false")],
    )
    .await;
    for _ in 0..5 {
        assert_eq!(rig.trail().await.last().map(String::as_str), Some("qwen:ok"));
    }
    assert_eq!(
        (rig.primary().as_str(), rig.router.snapshot().switches_today),
        ("llama", 0)
    );
}

#[tokio::test(start_paused = true)]
async fn without_fallback_nobody_else_is_asked() {
    let rig = Rig::new(
        failing(Outcome::Connect),
        Script::default(),
        &[("USE_QWEN_FALLBACK", "false")],
    )
    .await;
    rig.ask().await.expect_err("llama alone");
    assert_eq!(rig.qwen.calls(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_manual_switch_changes_primary_and_preference_and_survives_a_restart() {
    let rig = Rig::new(Script::default(), Script::default(), &[]).await;
    rig.router
        .switch_primary("qwen", "cost_optimization", "command")
        .expect("switched");
    assert_eq!(rig.ask().await.expect("an answer").provider, "qwen");
    let rig = rig.restarted(false).await;
    let snapshot = rig.router.snapshot();
    assert_eq!(
        (snapshot.primary.as_str(), snapshot.preferred.as_str()),
        ("qwen", "qwen")
    );
    let entry = &snapshot.switches[0];
    assert_eq!(
        (entry.kind, entry.reason.as_str(), entry.actor.as_str()),
        (SwitchKind::Manual, "cost_optimization", "command")
    );
    rig.router.switch_primary("openai", "", "command").expect_err("unknown");
}

#[tokio::test(start_paused = true)]
async fn counters_cost_and_an_outage_survive_a_restart() {
    let rig = Rig::new(failing(Outcome::ServerError), Script::default(), &[]).await;
    rig.trail().await;
    rig.trail().await;
    let before = rig.router.snapshot();
    let rig = rig.restarted(false).await;
    let after = rig.router.snapshot();
    for (old, new) in before.providers.iter().zip(&after.providers) {
        assert_eq!(
            (old.requests_today, old.succeeded_today, old.cost_today),
            (new.requests_today, new.succeeded_today, new.cost_today)
        );
        assert_eq!(old.response_time_ms, new.response_time_ms);
    }
    assert_eq!(rig.breaker("llama"), BreakerState::Open);
    assert_eq!(
        rig.trail().await,
        ["qwen:ok"],
        "the new process does not try what the old one knew to be down"
    );
}

#[tokio::test(start_paused = true)]
async fn a_script_that_fails_once_per_process_still_opens_the_breaker() {
    let mut rig = Rig::new(failing(Outcome::ServerError), Script::default(), &[]).await;
    for _ in 0..3 {
        rig.trail().await;
        rig = rig.restarted(false).await;
    }
    let calls = rig.llama.calls();
    rig.trail().await;
    assert_eq!(rig.llama.calls(), calls);
}

#[tokio::test(start_paused = true)]
async fn a_new_day_starts_at_zero_and_keeps_the_primary() {
    let rig = Rig::new(Script::default(), Script::default(), &[]).await;
    rig.ask().await.expect("an answer");
    advance(Duration::from_secs(13 * 3600)).await;
    let snapshot = rig.router.snapshot();
    assert_eq!(
        (snapshot.day.to_string().as_str(), snapshot.providers[0].requests_today),
        ("2026-11-23", 0)
    );
    rig.ask().await.expect("an answer");
    rig.router.flush().await.expect("flushed");
    let yesterday = rig
        .ledger
        .load("2026-11-22".parse().expect("a day"))
        .await
        .expect("counters")
        .counters;
    assert_eq!(yesterday[&("llama".to_owned(), "70B".to_owned())].attempts, 1);
}

#[tokio::test(start_paused = true)]
async fn silence_is_probed_on_the_interval_and_a_probe_is_no_request() {
    let rig = Rig::over(Arc::default(), Arc::default(), Arc::default(), &[], true).await;
    wait_for(|| rig.llama.calls() == 1 && rig.qwen.calls() == 1).await;
    advance(Duration::from_secs(61)).await;
    wait_for(|| rig.llama.calls() == 2 && rig.qwen.calls() == 2).await;
    let snapshot = rig.router.snapshot();
    assert_eq!((snapshot.providers[0].requests_today, rig.llama.questions()), (0, 0));
    assert!(snapshot.providers[0].cost_today > Micro(0), "a probe is charged");
}

#[tokio::test(start_paused = true)]
async fn traffic_makes_probes_unnecessary() {
    let rig = Rig::over(Arc::default(), Arc::default(), Arc::default(), &[], true).await;
    wait_for(|| rig.llama.calls() == 1).await;
    for _ in 0..4 {
        advance(Duration::from_secs(40)).await;
        rig.ask().await.expect("an answer");
    }
    assert_eq!(rig.llama.calls(), rig.llama.questions() + 1);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_reply_frees_its_place_and_is_booked_as_cancelled() {
    let rig = Rig::new(Script::always(Act::Silence), Script::default(), &[]).await;
    let mut reply = rig.router.send(hello());
    assert!(matches!(reply.recv().await, Some(ReplyEvent::Trying { .. })));
    tokio::task::yield_now().await;
    assert_eq!(rig.router.snapshot().in_flight, 1);
    drop(reply);
    wait_for(|| rig.router.snapshot().in_flight == 0).await;
    let snapshot = rig.router.snapshot();
    assert_eq!(
        (snapshot.providers[0].in_flight, snapshot.providers[0].requests_today),
        (0, 1)
    );
    assert_eq!(
        rig.breaker("llama"),
        BreakerState::Closed,
        "a cancel says nothing of health"
    );
}

#[tokio::test(start_paused = true)]
async fn one_call_too_many_waits_and_is_then_refused_without_blaming_a_provider() {
    let rig = Rig::new(
        Script::always(Act::Silence),
        Script::default(),
        &[("MAX_CONCURRENT_REQUESTS", "1"), ("FIRST_TOKEN_TIMEOUT", "20")],
    )
    .await;
    let _first = rig.router.send(hello());
    tokio::task::yield_now().await;
    let error = rig.ask().await.expect_err("no place");
    assert_eq!((error.kind, error.attempts.len()), (Outcome::Limit, 0));
}

#[tokio::test(start_paused = true)]
async fn our_own_rate_limit_sends_the_overflow_to_the_backup() {
    let rig = Rig::new(Script::default(), Script::default(), &[("RATE_LIMIT_PER_MINUTE", "12")]).await;
    let mut providers = Vec::new();
    for _ in 0..7 {
        providers.push(rig.ask().await.expect("an answer").provider);
    }
    assert_eq!(providers, ["llama", "llama", "llama", "llama", "llama", "qwen", "qwen"]);
    assert_eq!(rig.settings.rate_per_minute, Some(12));
}

#[tokio::test(start_paused = true)]
async fn the_snapshot_that_is_watched_follows() {
    let rig = Rig::new(Script::default(), Script::default(), &[]).await;
    let mut watch = rig.router.watch();
    rig.ask().await.expect("an answer");
    watch
        .wait_for(|snapshot| snapshot.providers[0].requests_today == 1)
        .await
        .expect("published");
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
