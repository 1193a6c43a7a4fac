//! Health checks: when they come, what they cost, and what they say.

use super::*;
use crate::wire::Failure;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Seconds between moments.
fn gaps(moments: &[Instant]) -> Vec<f64> {
    moments.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64()).collect()
}

/// Lets time pass second by second, so that each thing happens at its time.
async fn pass(time: u64) {
    for _ in 0..time {
        tokio::time::sleep(seconds(1)).await;
    }
}

async fn down(outcome: Outcome) -> Rig {
    let rig = Rig::probing(Script::default()).await;
    wait_for(|| rig.llama.calls() == 1).await;
    rig.llama.set(Act::Fail(outcome));
    while rig.breaker("llama") == BreakerState::Closed {
        rig.trail().await;
    }
    rig
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_answers_nobody_is_checked_on_the_interval_and_a_check_is_no_request() {
    let rig = Rig::probing(Script::default()).await;
    pass(600).await;
    for script in [&rig.llama, &rig.qwen] {
        let (lists, tokens) = (gaps(&script.listed()), gaps(&script.probed()));
        assert!(lists.len() >= 8 && lists.len() == tokens.len(), "{lists:?}");
        assert!(tokens.iter().all(|gap| (54.0..=67.0).contains(gap)), "{tokens:?}");
    }
    let snapshot = rig.router.snapshot();
    assert_eq!((snapshot.providers[0].requests_today, rig.llama.questions()), (0, 0));
    assert!(snapshot.providers[0].cost_today > Micro(0), "a token is charged");
    let counters = rig.router.core.state().book.total("llama", "70B");
    let asked = rig.llama.probed().len() as u64;
    assert_eq!(counters.probes, asked);
    let results: Vec<_> = counters.probe_results.into_iter().collect();
    assert_eq!(results, [("list:ok".to_owned(), asked), ("token:ok".to_owned(), asked)]);
}

#[tokio::test(start_paused = true)]
async fn traffic_makes_checks_unnecessary() {
    let rig = Rig::probing(Script::default()).await;
    wait_for(|| rig.llama.calls() == 1).await;
    for _ in 0..10 {
        pass(50).await;
        rig.ask().await.expect("an answer");
    }
    assert_eq!((rig.llama.listed().len(), rig.llama.calls()), (1, rig.llama.questions() + 1));
}

#[tokio::test(start_paused = true)]
async fn a_route_that_failed_is_checked_soon_so_that_an_outage_is_seen_without_waiting_for_callers() {
    let rig = Rig::probing(Script::default()).await;
    wait_for(|| rig.llama.calls() == 1).await;
    rig.llama.set(Act::Fail(Outcome::ServerError));
    assert_eq!(rig.trail().await, ["llama:server_error", "llama:server_error", "qwen:ok"]);
    pass(19).await;
    assert_eq!(rig.primary(), "qwen");
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_can_not_be_reached_is_not_asked_for_a_token() {
    let rig = Rig::probing(Script::default()).await;
    wait_for(|| rig.llama.calls() == 1).await;
    rig.llama.set_list(Act::Fail(Outcome::Connect));
    rig.llama.set(Act::Fail(Outcome::Connect));
    pass(66 + 18 + 18 + 1).await;
    assert_eq!((rig.breaker("llama"), rig.primary()), (BreakerState::Open, "qwen".to_owned()));
    assert_eq!(rig.llama.calls(), 1);
    let counters = rig.router.core.state().book.provider_total("llama");
    assert!(counters.probe_results["list:connect"] >= 3, "{:?}", counters.probe_results);
    assert_eq!(rig.router.snapshot().providers[0].requests_today, 0);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_may_not_list_models_is_tried_on_one_and_a_refused_key_is_not() {
    let refusal = |status| Act::FailAs(Failure { status: Some(status), ..Failure::new(Outcome::Auth, "scripted") });
    for (status, asks) in [(401, false), (403, true)] {
        let llama = Script::default();
        llama.set_list(refusal(status));
        let rig = Rig::probing(llama).await;
        pass(5).await;
        assert_eq!((rig.llama.calls() > 0, rig.primary() == "llama"), (asks, asks), "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_without_a_list_of_models_is_asked_for_a_token() {
    let llama = Script::default();
    llama.set_list(Act::FailAs(Failure { status: Some(404), ..Failure::new(Outcome::ModelUnavailable, "scripted") }));
    let rig = Rig::probing(llama).await;
    pass(5).await;
    assert_eq!((rig.llama.calls(), rig.primary().as_str()), (1, "llama"));
}

#[tokio::test(start_paused = true)]
async fn an_open_route_is_probed_every_fifteen_seconds_for_two_minutes_and_then_more_rarely() {
    let rig = down(Outcome::ServerError).await;
    let opened = Instant::now();
    let shown = rig.router.snapshot().providers[0].routes[0].probe_at.expect("a time");
    pass(295).await;
    let probes: Vec<_> = rig.llama.probed().into_iter().skip(1).collect();
    let at = rig.clock.now() - probes[0].elapsed();
    assert!((at - shown).num_milliseconds().abs() <= 1, "{at} was shown as {shown}");
    let gaps = gaps(&[vec![opened], probes].concat());
    let often = gaps.iter().take_while(|gap| (12.0..=18.0).contains(*gap)).count();
    assert!((7..=10).contains(&often), "{gaps:?}");
    for (gap, middle) in gaps[often..].iter().zip([30.0, 60.0, 120.0]) {
        assert!((middle * 0.8..=middle * 1.2).contains(gap), "{gaps:?}");
    }
    assert!(gaps.len() - often >= 2, "{gaps:?}");
}

#[tokio::test(start_paused = true)]
async fn an_open_route_whose_list_is_broken_too_is_asked_for_no_token() {
    let rig = down(Outcome::ServerError).await;
    rig.llama.set_list(Act::Fail(Outcome::ServerError));
    let before = rig.llama.calls();
    pass(100).await;
    assert_eq!((rig.llama.calls(), rig.breaker("llama")), (before, BreakerState::Open));
    rig.llama.set_list(Act::Say(""));
    rig.llama.set(Act::Say("back"));
    pass(31).await;
    assert_eq!(rig.breaker("llama"), BreakerState::HalfOpen);
}

#[tokio::test(start_paused = true)]
async fn an_open_route_whose_service_has_no_proper_list_is_asked_for_a_token() {
    let failing = |outcome, status| Act::FailAs(Failure { status, ..Failure::new(outcome, "scripted") });
    for (outcome, status) in [
        (Outcome::BadRequest, Some(400)),
        (Outcome::ServerError, Some(501)),
        (Outcome::Foreign, Some(200)),
        (Outcome::Malformed, None),
    ] {
        let rig = down(Outcome::ServerError).await;
        rig.llama.set_list(failing(outcome, status));
        rig.llama.set(Act::Say("back"));
        pass(19).await;
        assert_eq!(rig.breaker("llama"), BreakerState::HalfOpen, "{outcome:?} {status:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_check_never_takes_a_place_in_the_minute_that_is_not_free() {
    let values = vec![("RATE_LIMIT_PER_MINUTE", "6")];
    let rig = Build { probing: true, values, ..Build::default() }.rig().await;
    wait_for(|| rig.llama.calls() == 1).await;
    let started = Instant::now();
    let next = |rig: &Rig| rig.router.core.state().limits[0].rate.next(Instant::now());
    (0..14).for_each(|_| _ = rig.router.core.state().limits[0].rate.take(Instant::now()));
    let free = next(&rig);
    assert_eq!((free - started).as_secs(), 109, "fifteen places at six a minute with a burst of five");
    pass(300).await;
    let second = rig.llama.probed()[1];
    assert!((free..free + seconds(1)).contains(&second), "{:?}", second - free);
}

#[tokio::test(start_paused = true)]
async fn while_nobody_asks_anything_tokens_are_asked_for_every_five_minutes_only() {
    let rig = Rig::probing(Script::default()).await;
    pass(1800 + 3600).await;
    let dormant = |moments: Vec<Instant>| moments.into_iter().rev().take(8).rev().collect::<Vec<_>>();
    let (lists, tokens) = (gaps(&dormant(rig.llama.listed())), gaps(&dormant(rig.llama.probed())));
    assert!(lists.iter().all(|gap| (54.0..=67.0).contains(gap)), "{lists:?}");
    assert!(tokens.iter().all(|gap| (300.0..=367.0).contains(gap)), "{tokens:?}");
    rig.ask().await.expect("an answer");
    pass(130).await;
    let lately = rig.llama.probed().into_iter().filter(|at| at.elapsed() < seconds(130)).count();
    assert!(lately >= 1, "awake again");
}

#[tokio::test(start_paused = true)]
async fn a_check_never_gets_stuck_and_a_provider_has_one_at_a_time() {
    let llama = Script::always(Act::Silence);
    llama.set_list(Act::Silence);
    let rig = Rig::probing(llama).await;
    pass(9).await;
    assert_eq!((rig.llama.listed().len(), rig.llama.calls()), (1, 0), "the list is waited for");
    assert_eq!(rig.qwen.calls(), 1, "nobody else waits for that");
    pass(2).await;
    assert_eq!((rig.llama.listed().len(), rig.llama.calls()), (1, 1), "a list that does not come decides nothing");
    pass(10).await;
    let counters = rig.router.core.state().book.total("llama", "70B");
    assert_eq!(counters.probe_results["token:first_token_timeout"], 1);
    pass(300).await;
    let gaps = gaps(&rig.llama.listed());
    assert!(gaps.iter().all(|gap| *gap >= 10.0), "{gaps:?}");
    assert_eq!(rig.primary(), "qwen");
}

#[tokio::test(start_paused = true)]
async fn a_service_that_refuses_to_give_one_token_is_alive_and_asked_for_sixteen_from_then_on() {
    let complaint = "max_tokens must be at least 16";
    let refusal = Act::FailAs(Failure { status: Some(400), ..Failure::new(Outcome::BadRequest, complaint) });
    let llama = Script::then([refusal]);
    let rig = Rig::probing(llama).await;
    wait_for(|| rig.llama.calls() == 1).await;
    assert_eq!(rig.llama.latest().max_tokens, Some(1));
    pass(67).await;
    assert_eq!((rig.llama.calls(), rig.llama.latest().max_tokens), (2, Some(16)));
    let snapshot = rig.router.snapshot();
    assert_eq!((snapshot.providers[0].health, &snapshot.providers[0].last_error), (Health::Healthy, &None));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_used_up_its_token_without_text_is_alive_and_one_that_is_just_empty_is_not() {
    for (act, is_alive) in [(Act::Spend, true), (Act::Fail(Outcome::Empty), false)] {
        let rig = Rig::probing(Script::always(act)).await;
        pass(1 + 18 + 18).await;
        assert_eq!(rig.breaker("llama") == BreakerState::Closed, is_alive);
    }
}
