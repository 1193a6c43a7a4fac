//! When the primary moves, how soon again, and what the log says of it.

use super::*;
use crate::store::{Evidence, Policy};
use crate::wire::Failure;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Seconds until the primary may move by itself again.
fn dwell(rig: &Rig) -> Option<i64> {
    let snapshot = rig.router.snapshot();
    snapshot.dwell_until.map(|until| (until - snapshot.at).num_seconds())
}

/// Somebody asks every five seconds until the primary is this one.
async fn asks_until(rig: &Rig, primary: &str) -> Duration {
    let started = Instant::now();
    while rig.primary() != primary {
        assert!(started.elapsed() < seconds(4000), "{primary} never leads: {:#?}", rig.router.snapshot());
        rig.ask().await.expect("an answer");
        tokio::time::sleep(seconds(5)).await;
    }
    started.elapsed()
}

#[tokio::test(start_paused = true)]
async fn each_automatic_switch_that_follows_another_one_soon_doubles_the_dwell() {
    let rig = Rig::probing(Script::default()).await;
    assert_eq!(dwell(&rig), None);
    for (is_up, primary, expected) in
        [(false, "qwen", 60), (true, "llama", 120), (false, "qwen", 240), (true, "llama", 480)]
    {
        rig.llama.set(if is_up { Act::Say("fine") } else { Act::Fail(Outcome::ServerError) });
        asks_until(&rig, primary).await;
        let left = dwell(&rig).expect("it stays");
        assert!((expected - 6..=expected).contains(&left), "{left} of {expected}");
    }
    let times: Vec<_> = rig.router.snapshot().switches.iter().map(|entry| entry.at).collect();
    let apart: Vec<_> = times.windows(2).map(|pair| (pair[0] - pair[1]).num_seconds()).collect();
    assert!(apart[0] >= 240 && apart[1] >= 120 && apart[2] >= 60, "{apart:?}");

    let rig = Build { probing: true, ..rig_again(rig).await }.rig().await;
    assert!(dwell(&rig).is_some_and(|left| left > 400), "a new process respects it");
    tokio::time::sleep(seconds(3601)).await;
    rig.llama.set(Act::Fail(Outcome::ServerError));
    asks_until(&rig, "qwen").await;
    assert!(dwell(&rig).is_some_and(|left| left <= 60), "an hour's quiet");
}

async fn rig_again(rig: Rig) -> Build {
    rig.router.flush().await.expect("flushed");
    rig.again()
}

#[tokio::test(start_paused = true)]
async fn a_share_of_failures_moves_the_primary_with_its_evidence() {
    let refusal = Failure {
        status: Some(503),
        code: Some("ModelUnavailable".into()),
        request_id: Some("r-1".into()),
        ..Failure::new(Outcome::FirstTokenTimeout, "overloaded")
    };
    let bad = || Act::FailAs(refusal.clone());
    let good = || Act::After(Duration::from_millis(500), Box::new(Act::Say("fine")));
    let acts = [bad(), good(), good(), bad(), good(), good(), bad(), good(), good(), good()];
    let rig = Rig::new(Script::then(acts), Script::default(), &[]).await;
    let _running = rig.router.send(Call { provider: Some("llama".into()), ..hello() });
    for _ in 0..9 {
        assert_eq!((rig.primary().as_str(), rig.breaker("llama")), ("llama", BreakerState::Closed));
        rig.ask().await.expect("an answer");
    }
    let snapshot = rig.router.snapshot();
    let entry = &snapshot.switches[0];
    assert_eq!((entry.seq, entry.trigger.as_str(), entry.kind), (1, "error_rate", SwitchKind::Auto));
    assert_eq!(entry.reason, "3 of the last 10 attempts failed; the last one: overloaded");
    let details = &entry.details;
    let evidence = Evidence {
        attempts: 10,
        error_rate_permille: 300,
        lower_bound_permille: 154,
        p50_ms: Some(500),
        p95_ms: Some(500),
        status: Some(503),
        code: Some("ModelUnavailable".into()),
        request_id: Some("r-1".into()),
    };
    assert_eq!(details.evidence, evidence);
    let policy = Policy {
        trip: "wilson".into(),
        preferred: "llama".into(),
        auto_switch: true,
        use_fallback: true,
        dwell_seconds: 60,
    };
    assert_eq!((&details.policy, details.cost_delta_micro), (&policy, 0));
    let recent = snapshot.providers[0].routes[0].recent;
    assert_eq!((recent.attempts, recent.failures, recent.error_rate), (10, 3, 0.3));
}

#[tokio::test(start_paused = true)]
async fn a_manual_switch_in_the_middle_of_an_answer_lets_it_end_where_it_is_and_says_so() {
    let slow = Act::After(seconds(5), Box::new(Act::Say("to the end")));
    let rig = Rig::new(Script::then([slow]), Script::default(), &[]).await;
    rig.router.switch_primary("qwen", "first", "key").expect("switched");
    tokio::time::sleep(seconds(90)).await;
    rig.router.switch_primary("llama", "second", "key").expect("switched");
    let running = tokio::spawn({
        let router = rig.router.clone();
        async move { router.ask(hello()).await }
    });
    tokio::time::sleep(seconds(1)).await;
    rig.router.switch_primary("qwen", "third", "key").expect("switched");
    assert_eq!(rig.ask().await.expect("an answer").provider, "qwen", "the next turn goes to the new primary");
    let answer = running.await.expect("no panic").expect("an answer");
    assert_eq!((answer.provider.as_str(), answer.text.as_str()), ("llama", "to the end"));
    let snapshot = rig.router.snapshot();
    let log: Vec<_> = snapshot
        .switches
        .iter()
        .map(|entry| (entry.seq, entry.reason.as_str(), entry.details.in_flight, entry.details.held_seconds))
        .collect();
    assert_eq!(log, [(3, "third", 1, Some(1)), (2, "second", 0, Some(90)), (1, "first", 0, None)]);
}

#[tokio::test(start_paused = true)]
async fn the_third_throttle_in_five_minutes_moves_the_primary_and_a_quiet_time_brings_it_back() {
    let pause = || Act::Throttle(seconds(4));
    let rig = Rig::probing(Script::default()).await;
    wait_for(|| rig.llama.calls() == 1).await;
    for _ in 0..3 {
        assert_eq!(rig.primary(), "llama", "a pause of four seconds can be waited for");
        rig.llama.set(pause());
        assert_eq!(rig.trail().await, ["llama:rate_limited", "qwen:ok"]);
        rig.llama.set(Act::Say("fine"));
        tokio::time::sleep(seconds(10)).await;
    }
    let snapshot = rig.router.snapshot();
    assert_eq!((snapshot.primary.as_str(), snapshot.switches[0].trigger.as_str()), ("qwen", "rate_limited"));
    assert_eq!(rig.breaker("llama"), BreakerState::Closed, "a throttle is no failure");
    let waited = asks_until(&rig, "llama").await;
    assert!((seconds(240)..seconds(300)).contains(&waited), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn what_one_process_finds_out_another_one_on_the_same_store_knows_at_its_next_look() {
    let one = Rig::new(failing(Outcome::ServerError), Script::default(), &[]).await;
    let other = one.again().rig().await;
    let tell = async |from: &Rig, to: &Rig| {
        tokio::time::sleep(seconds(1)).await;
        from.router.flush().await.expect("flushed");
        to.router.keeper.refresh().await.expect("refreshed");
    };
    one.trail().await;
    tell(&one, &other).await;
    assert_eq!(other.trail().await, ["llama:server_error", "qwen:ok"], "the third failure in a row of both");
    tell(&other, &one).await;
    assert_eq!((one.breaker("llama"), one.primary()), (BreakerState::Open, "qwen".to_owned()));
    assert_eq!((dwell(&one), dwell(&other)), (Some(59), Some(59)));

    one.llama.set(Act::Say("back"));
    tokio::time::sleep(seconds(300)).await;
    assert_eq!(one.trail().await, ["llama:ok"], "the first trial");
    tell(&one, &other).await;
    tokio::time::sleep(seconds(60)).await;
    assert_eq!(other.trail().await, ["llama:ok"], "the second one, in the other process");
    assert_eq!((other.breaker("llama"), other.primary()), (BreakerState::Closed, "llama".to_owned()));
    tell(&other, &one).await;
    let (ones, others) = (one.router.snapshot(), other.router.snapshot());
    assert_eq!((ones.primary.as_str(), &ones.switches), ("llama", &others.switches));
    assert_eq!(ones.switches.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [2, 1]);
}

#[tokio::test(start_paused = true)]
async fn by_the_letter_of_the_specification_a_tenth_of_twenty_calls_moves_the_primary() {
    for (trip, moves) in [("wilson", false), ("literal", true)] {
        let act = |i: usize| {
            if i.is_multiple_of(6) && i > 0 { Act::Fail(Outcome::FirstTokenTimeout) } else { Act::Say("fine") }
        };
        let rig = Rig::new(Script::then((0..20).map(act)), Script::default(), &[("TRIP", trip)]).await;
        for _ in 0..20 {
            rig.ask().await.expect("an answer");
        }
        assert_eq!(rig.primary() == "qwen", moves, "three of twenty, {trip}");
    }
}
