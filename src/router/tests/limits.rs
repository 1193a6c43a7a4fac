//! Our own limits, and callers that go away.

use super::*;

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
    assert_eq!((snapshot.providers[0].in_flight, snapshot.providers[0].requests_today), (0, 1));
    assert_eq!(rig.breaker("llama"), BreakerState::Closed, "a cancel says nothing of health");
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
async fn our_own_rate_limit_at_every_provider_is_an_error_that_says_when_to_come_back() {
    let rig = Rig::new(Script::default(), Script::default(), &[("RATE_LIMIT_PER_MINUTE", "1")]).await;
    for _ in 0..10 {
        rig.ask().await.expect("within the burst");
    }
    let error = rig.ask().await.expect_err("the limit");
    assert_eq!((error.kind, error.attempts.len()), (Outcome::Limit, 0));
    assert!(error.retry_at.is_some());
    assert_eq!(rig.llama.calls() + rig.qwen.calls(), 10, "nothing was sent beyond the limit");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_leaves_before_anything_was_sent_is_no_request() {
    let rig = Rig::new(Script::default(), Script::default(), &[("RATE_LIMIT_PER_MINUTE", "6")]).await;
    for _ in 0..10 {
        rig.ask().await.expect("within the burst");
    }
    let before = rig.router.snapshot();
    let mut reply = rig.router.send(hello());
    assert!(matches!(reply.recv().await, Some(ReplyEvent::Waiting { .. })));
    drop(reply);
    wait_for(|| rig.router.snapshot().in_flight == 0).await;
    let after = rig.router.snapshot();
    let requests = |snapshot: &StatusSnapshot| snapshot.providers.iter().map(|p| p.requests_today).collect::<Vec<_>>();
    assert_eq!(requests(&before), requests(&after));
}
