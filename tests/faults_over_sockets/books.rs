//! The router's books agree with the providers' own.

use super::*;

/// Requests and tokens of both, in the router's books and in the simulator's, as far as the provider counted them.
fn agree(rig: &Rig) {
    let seen = rig.router.snapshot();
    for provider in &seen.providers {
        let calls = rig.simulator.calls(&provider.name);
        let turns = calls.iter().filter(|call| !call.probe).count();
        assert_eq!(provider.requests_today, turns as u64, "{}", provider.name);
        let whole = calls.iter().filter(|call| call.status == Some(200) && call.end == CallEnd::Sent);
        let (prompt, completion) = whole.fold((0, 0), |(prompt, completion), call| {
            (prompt + call.prompt_tokens, completion + call.completion_tokens)
        });
        assert_eq!((provider.prompt_tokens, provider.completion_tokens), (prompt, completion), "{}", provider.name);
    }
}

#[tokio::test]
async fn whatever_happens_every_request_is_booked_once_and_every_token_that_was_counted() {
    let rig = Rig::new().await;
    let now_and_then = |fault, after| Step { after, ..Step::always("llama", fault).times(1) };
    rig.plan(
        "llama",
        [
            now_and_then(Fault::status(500), 1),
            now_and_then(Fault::status(400), 4),
            now_and_then(Fault::UsageEach, 6),
            now_and_then(throttle("0.1"), 8),
            now_and_then(Fault::status(503), 11),
        ],
    );
    for _ in 0..14 {
        rig.hear(say(&words(12))).await;
    }
    agree(&rig);
    let seen = rig.router.snapshot();
    let succeeded: u64 = seen.providers.iter().map(|provider| provider.succeeded_today).sum();
    assert_eq!(succeeded, 13, "all but the request that was wrong in itself");
    let spent = seen.cost_today();
    let told = seen.calls.iter().flat_map(|call| &call.attempts).map(|attempt| attempt.cost).sum();
    assert_eq!(spent, told, "the day's cost is the sum of what every call said");
}

#[tokio::test]
async fn health_checks_are_counted_apart_and_an_odd_answer_to_one_is_a_sign_of_life() {
    for fault in [
        Fault::Finish { reason: "stop".to_owned(), tokens: Some(0) },
        Fault::Finish { reason: "length".to_owned(), tokens: Some(0) },
        Fault::Status {
            status: 400,
            code: None,
            message: Some("max_tokens must be at least 16".to_owned()),
            retry_after: None,
            body: BodyKind::Json,
        },
    ] {
        let rig = Build::default().probing().timed(|timings| timings.probe_interval = ms(50)).rig().await;
        rig.plan("llama", [Step { on: Target::Probes, ..Step::always("llama", fault.clone()) }]);
        let probes = |calls: &[vita::simulator::CallRecord]| calls.iter().filter(|call| call.probe).count();
        let asked = rig.simulator.wait_for("llama", |calls| probes(calls) >= 3);
        tokio::time::timeout(SOON, asked).await.expect("health checks");
        rig.thinks_well_of("llama");
        assert_eq!(rig.router.snapshot().providers[0].requests_today, 0, "{fault:?}");
    }
}

#[tokio::test]
async fn a_call_says_what_each_attempt_cost_and_whether_that_is_sure() {
    let rig = Rig::failing("llama", Fault::Cut { tokens: 40 }).await;
    let heard = rig.hear(say(&words(60))).await;
    assert_eq!(heard.trail(), ["llama truncated maybe", "qwen ok yes"]);
    let [first, second] = heard.attempts() else { panic!("{heard:?}") };
    assert!(first.cost.0 > 0 && second.cost.0 > 0, "both are paid for");
    assert_eq!(heard.answer().cost.amount, first.cost + second.cost);
    assert_eq!(rig.router.snapshot().cost_today(), heard.answer().cost.amount);
}
