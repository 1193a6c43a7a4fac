//! Breakers, trials, probes, and the switch of the primary.

use super::*;

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
    let rig = Rig::new(failing(Outcome::ModelUnavailable), failing(Outcome::ModelUnavailable), &[]).await;
    assert_eq!(rig.trail().await, ["llama:model_unavailable", "qwen:model_unavailable", "llama:model_unavailable"]);
    let asked: Vec<_> = rig.ask().await.expect_err("nothing is left").attempts;
    assert_eq!(asked.len(), 1, "one try, since nothing else is left and somebody may have mended it");
}

#[tokio::test(start_paused = true)]
async fn three_failures_open_the_breaker_and_move_the_primary_with_a_reason() {
    let rig = Rig::new(failing(Outcome::ServerError), Script::default(), &[]).await;
    rig.trail().await;
    assert_eq!(rig.primary(), "llama", "a single request's failover moves nothing");
    rig.trail().await;
    assert_eq!((rig.breaker("llama"), rig.primary()), (BreakerState::Open, "qwen".to_owned()));
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
async fn with_probes_the_primary_comes_back_after_two_good_trials_a_dwell_apart() {
    let rig = Rig::probing(failing(Outcome::ServerError)).await;
    rig.trail().await;
    rig.trail().await;
    assert_eq!(rig.primary(), "qwen");
    rig.llama.set(Act::Say("back"));
    advance(Duration::from_secs(18)).await;
    wait_for(|| rig.breaker("llama") == BreakerState::HalfOpen).await;
    for _ in 0..3 {
        assert_eq!(rig.ask().await.expect("an answer").text, "back", "the next calls are trials");
        advance(Duration::from_secs(19)).await;
    }
    assert_eq!((rig.breaker("llama"), rig.primary()), (BreakerState::HalfOpen, "qwen".to_owned()));
    advance(Duration::from_secs(3)).await;
    assert_eq!(rig.ask().await.expect("an answer").text, "back");
    assert_eq!((rig.breaker("llama"), rig.primary()), (BreakerState::Closed, "llama".to_owned()));
    assert_eq!(rig.router.snapshot().switches[0].kind, SwitchKind::Recovery);
}

#[tokio::test(start_paused = true)]
async fn where_nobody_stands_in_two_good_trials_are_enough() {
    let build = Build { llama: Arc::new(failing(Outcome::ServerError)), qwen: None, ..Build::default() };
    let rig = build.rig().await;
    while rig.breaker("llama") == BreakerState::Closed {
        rig.trail().await;
    }
    advance(rig.router.core.timings.open_cooldown).await;
    rig.llama.set(Act::Say("back"));
    for state in [BreakerState::HalfOpen, BreakerState::Closed] {
        assert_eq!(rig.ask().await.expect("an answer").text, "back");
        assert_eq!(rig.breaker("llama"), state);
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_trial_is_served_by_the_backup_and_the_caller_sees_no_error() {
    let rig = Rig::new(failing(Outcome::ServerError), Script::default(), &[]).await;
    rig.trail().await;
    rig.trail().await;
    advance(rig.router.core.timings.open_cooldown).await;
    assert_eq!(rig.trail().await, ["llama:server_error", "qwen:ok"]);
    assert_eq!(rig.breaker("llama"), BreakerState::Open);
    assert_eq!(rig.router.snapshot().switches_today, 1, "a failed trial moves nothing");
}

#[tokio::test(start_paused = true)]
async fn a_trial_that_never_ends_is_given_up_with_its_lease() {
    let rig = Rig::probing(failing(Outcome::ServerError)).await;
    rig.trail().await;
    rig.trail().await;
    rig.router.try_again(Some("llama")).expect("a provider");
    let route = rig.router.core.table.leading_route(0).expect("a route");
    rig.router.core.state().health[route].breaker.admit(Instant::now()).expect("the trial");
    let mut events = rig.router.events();
    advance(rig.router.core.timings.lease()).await;
    let is_open = |event| matches!(event, RouterEvent::BreakerChanged { state: BreakerState::Open, .. });
    while !is_open(events.recv().await.expect("an event")) {}
    assert_eq!(rig.breaker("llama"), BreakerState::Open);
}

#[tokio::test(start_paused = true)]
async fn when_a_provider_can_be_reached_again_all_its_models_are_tried_again() {
    let rig = Rig::new(failing(Outcome::Connect), Script::default(), &[]).await;
    while rig.breaker("llama") == BreakerState::Closed {
        rig.trail().await;
    }
    let states =
        |rig: &Rig| rig.router.snapshot().providers[0].routes.iter().map(|route| route.breaker).collect::<Vec<_>>();
    assert_eq!(states(&rig), [BreakerState::Open, BreakerState::Open], "nothing of it can be reached");
    rig.llama.set(Act::Say("back"));
    rig.router.core.state().health[0].breaker.try_again();
    assert_eq!(rig.ask().await.expect("an answer").text, "back");
    assert_eq!(states(&rig), [BreakerState::HalfOpen, BreakerState::HalfOpen]);
}

#[tokio::test(start_paused = true)]
async fn an_account_that_was_paid_is_used_again_when_somebody_says_so_here_or_in_another_process() {
    let rig = Rig::probing(failing(Outcome::Billing)).await;
    wait_for(|| rig.primary() == "qwen").await;
    rig.llama.set(Act::Say("paid"));
    advance(Duration::from_secs(600)).await;
    assert_eq!(rig.trail().await, ["qwen:ok"], "not before the hour is over");
    rig.router.try_again(Some("llama")).expect("a provider");
    wait_for(|| rig.primary() == "llama").await;
    assert_eq!(rig.trail().await, ["llama:ok"]);
    let unknown = rig.router.try_again(Some("openai")).expect_err("unknown");
    assert_eq!(unknown.known, "llama, qwen");

    let refused = Rig::new(failing(Outcome::Auth), failing(Outcome::Auth), &[]).await;
    refused.ask().await.expect_err("both keys are refused");
    refused.router.flush().await.expect("flushed");
    let other = refused.again().rig().await;
    advance(Duration::from_secs(1)).await;
    refused.router.try_again(None).expect("all providers");
    refused.router.flush().await.expect("flushed");
    other.router.keeper.refresh().await.expect("refreshed");
    let asides = |rig: &Rig| {
        rig.router
            .snapshot()
            .providers
            .iter()
            .flat_map(|p| p.routes.clone())
            .filter(|r| r.unavailable.is_some())
            .count()
    };
    assert_eq!((asides(&refused), asides(&other)), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn with_both_down_each_gets_one_try_and_the_error_says_when_to_come_back() {
    let rig = Rig::new(failing(Outcome::Connect), failing(Outcome::Connect), &[]).await;
    while rig.breaker("llama") != BreakerState::Open || rig.breaker("qwen") != BreakerState::Open {
        rig.trail().await;
    }
    let error = rig.ask().await.expect_err("nothing answers");
    let asked: Vec<_> = error.attempts.iter().map(|attempt| attempt.provider.as_str()).collect();
    assert_eq!(asked, ["llama", "qwen"], "the one that reopens first, each route once");
    assert!(error.retry_at.is_some());
}

#[tokio::test(start_paused = true)]
async fn without_auto_switch_the_primary_stays_and_each_call_is_rescued() {
    let rig = Rig::new(failing(Outcome::Connect), Script::default(), &[("ENABLE_AUTO_SWITCH", "false")]).await;
    for _ in 0..5 {
        assert_eq!(rig.trail().await.last().map(String::as_str), Some("qwen:ok"));
    }
    assert_eq!((rig.primary().as_str(), rig.router.snapshot().switches_today), ("llama", 0));
}

#[tokio::test(start_paused = true)]
async fn a_manual_switch_changes_primary_and_preference_and_survives_a_restart() {
    let rig = Rig::new(Script::default(), Script::default(), &[]).await;
    rig.router.switch_primary("qwen", "cost_optimization", "command").expect("switched");
    assert_eq!(rig.ask().await.expect("an answer").provider, "qwen");
    let rig = rig.restarted().await;
    let snapshot = rig.router.snapshot();
    assert_eq!((snapshot.primary.as_str(), snapshot.preferred.as_str()), ("qwen", "qwen"));
    let entry = &snapshot.switches[0];
    assert_eq!(
        (entry.kind, entry.reason.as_str(), entry.actor.as_str()),
        (SwitchKind::Manual, "cost_optimization", "command")
    );
    rig.router.switch_primary("openai", "", "command").expect_err("unknown");
}

#[tokio::test(start_paused = true)]
async fn a_script_that_fails_once_per_process_still_opens_the_breaker() {
    let mut rig = Rig::new(failing(Outcome::ServerError), Script::default(), &[]).await;
    for _ in 0..3 {
        rig.trail().await;
        rig = rig.restarted().await;
    }
    let calls = rig.llama.calls();
    rig.trail().await;
    assert_eq!(rig.llama.calls(), calls);
}

#[tokio::test(start_paused = true)]
async fn a_corrected_key_is_tried_at_once() {
    let rig = Rig::new(failing(Outcome::Auth), Script::default(), &[]).await;
    rig.trail().await;
    rig.router.flush().await.expect("flushed");
    rig.llama.set(Act::Say("welcome"));
    let corrected = Build { fingerprint: "another key", qwen: None, ..rig.again() }.rig().await;
    assert_eq!(corrected.ask().await.expect("an answer").text, "welcome");
}

#[tokio::test(start_paused = true)]
async fn a_model_that_the_caller_misspelt_does_not_block_the_tasks_own() {
    let rig = Rig::new(Script::then([Act::Fail(Outcome::ModelUnavailable)]), Script::default(), &[]).await;
    let call = Call { model: Some("typo".into()), ..hello() };
    let answer = rig.router.ask(call).await.expect("the backup's answer");
    assert_eq!((answer.attempts[0].model.as_str(), answer.provider.as_str()), ("typo", "qwen"));
    assert_eq!((rig.primary().as_str(), rig.trail().await), ("llama", vec!["llama:ok".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn an_hour_after_a_refusal_the_primary_does_not_return_before_something_good_was_seen() {
    let rig = Rig::probing(failing(Outcome::Auth)).await;
    wait_for(|| rig.primary() == "qwen").await;
    advance(Duration::from_secs(3700)).await;
    wait_for(|| rig.llama.calls() > 1).await;
    assert_eq!((rig.primary().as_str(), rig.router.snapshot().switches_today), ("qwen", 1));
}

#[tokio::test(start_paused = true)]
async fn the_end_of_an_older_answer_does_not_clear_a_newer_throttle() {
    let slow = Act::After(Duration::from_secs(2), Box::new(Act::Say("old")));
    let llama = Script::then([slow, Act::Throttle(Duration::from_secs(40))]);
    let rig = Rig::new(llama, Script::default(), &[]).await;
    let mut older = rig.router.send(hello());
    tokio::task::yield_now().await;
    assert_eq!(rig.trail().await, ["llama:rate_limited", "qwen:ok"]);
    while older.recv().await.is_some() {}
    assert_eq!(rig.trail().await, ["qwen:ok"], "not asked before its time");
}

#[tokio::test(start_paused = true)]
async fn calls_wait_for_a_trial_that_is_under_way_when_nothing_else_is_left() {
    let build = Build { llama: Arc::new(failing(Outcome::ServerError)), qwen: None, ..Build::default() };
    let rig = Build { values: vec![("MAX_RETRY_COUNT", "0")], ..build }.rig().await;
    for _ in 0..4 {
        rig.ask().await.expect_err("down");
    }
    assert_eq!(rig.breaker("llama"), BreakerState::Open);
    rig.llama.set(Act::After(Duration::from_secs(5), Box::new(Act::Say("back"))));
    let by_model = |model: &str| Call { model: Some(model.into()), ..hello() };
    let (trial, waiting) = tokio::join!(rig.router.ask(by_model("70B")), rig.router.ask(by_model("70B")));
    assert_eq!((trial.expect("the trial").text, waiting.expect("the other").text), ("back".into(), "back".into()));
}

#[tokio::test(start_paused = true)]
async fn two_routers_on_one_ledger_neither_undo_a_manual_switch_nor_log_an_outage_twice() {
    let llama = Arc::new(Script::default());
    let one = Build { llama: llama.clone(), ..Build::default() }.rig().await;
    let other = one.again().rig().await;
    one.router.switch_primary("qwen", "by hand", "command").expect("switched");
    one.router.flush().await.expect("flushed");
    other.router.set_auto_switch(true);
    other.router.flush().await.expect("flushed");
    let third = one.again().rig().await;
    assert_eq!(third.router.snapshot().primary, "qwen");

    llama.set(Act::Fail(Outcome::Connect));
    third.router.switch_primary("llama", "back", "command").expect("switched");
    third.router.flush().await.expect("flushed");
    let fourth = one.again().rig().await;
    for _ in 0..4 {
        fourth.ask().await.expect("the backup's answer");
    }
    assert_eq!(fourth.primary(), "llama", "the dwell of the other's switch is respected");
}

#[tokio::test(start_paused = true)]
async fn with_fallback_switched_off_after_an_outage_the_preferred_provider_leads_again() {
    let rig = Rig::new(failing(Outcome::Connect), Script::default(), &[]).await;
    while rig.primary() == "llama" {
        rig.trail().await;
    }
    rig.router.flush().await.expect("flushed");
    let alone = Build { values: vec![("USE_QWEN_FALLBACK", "false")], ..rig.again() }.rig().await;
    assert_eq!(alone.primary(), "llama");
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_refused_in_a_trial_is_tried_once_a_call_and_the_call_ends() {
    let alone = Build { llama: Arc::new(failing(Outcome::ServerError)), qwen: None, ..Build::default() };
    let rig = alone.rig().await;
    while rig.breaker("llama") != BreakerState::Open {
        rig.trail().await;
    }
    rig.llama.set(Act::Fail(Outcome::Auth));
    advance(Duration::from_secs(301)).await;
    for _ in 0..2 {
        let error = rig.ask().await.expect_err("the key is refused");
        assert_eq!(error.kind, Outcome::Auth);
        assert!(error.attempts.len() <= 2, "{error:?}");
    }
}
