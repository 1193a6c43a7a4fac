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

/// Everything a reply says up to its end.
async fn heard(mut reply: Reply) -> Vec<ReplyEvent> {
    let mut events = Vec::new();
    while let Some(event) = reply.recv().await {
        events.push(event);
    }
    events
}

#[tokio::test(start_paused = true)]
async fn who_waits_in_line_sees_the_place_move_up_and_people_go_before_reports() {
    let slow = Act::After(Duration::from_secs(1), Box::new(Act::Say("done")));
    let rig = Rig::new(Script::always(slow), Script::default(), &[("MAX_CONCURRENT_REQUESTS", "1")]).await;
    let first = rig.router.send(hello());
    tokio::task::yield_now().await;
    let report = rig.router.send(Call { priority: Priority::Analysis, ..hello() });
    tokio::task::yield_now().await;
    let person = rig.router.send(hello());
    tokio::task::yield_now().await;
    assert_eq!((rig.router.snapshot().in_flight, rig.router.snapshot().queued), (1, 2));
    let (_, report, person) = tokio::join!(heard(first), heard(report), heard(person));
    let places = |events: &[ReplyEvent]| -> Vec<usize> {
        let place = |event: &ReplyEvent| match event {
            ReplyEvent::Queued { place, .. } => Some(*place),
            _ => None,
        };
        events.iter().filter_map(place).collect()
    };
    assert_eq!((places(&report), places(&person)), (vec![1, 2, 1], vec![1]), "the person went before the report");
    assert!(matches!(report.last(), Some(ReplyEvent::Finished(_))));
    assert_eq!((rig.router.snapshot().in_flight, rig.router.snapshot().queued), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_leaves_the_line_leaves_nothing_behind() {
    let rig = Rig::new(Script::always(Act::Silence), Script::default(), &[("MAX_CONCURRENT_REQUESTS", "1")]).await;
    let first = rig.router.send(hello());
    tokio::task::yield_now().await;
    let mut second = rig.router.send(hello());
    assert!(matches!(second.recv().await, Some(ReplyEvent::Queued { place: 1, .. })));
    drop(second);
    wait_for(|| rig.router.snapshot().queued == 0).await;
    drop(first);
    wait_for(|| rig.router.snapshot().in_flight == 0).await;
    assert_eq!(rig.qwen.calls(), 0);
}

#[tokio::test(start_paused = true)]
async fn retries_of_all_calls_together_are_limited_and_come_back_with_time() {
    let rig = Build { llama: Arc::new(failing(Outcome::Empty)), qwen: None, ..Build::default() }.rig().await;
    let mut attempts = 0;
    for _ in 0..8 {
        attempts += rig.ask().await.expect_err("nothing answers").attempts.len();
    }
    assert!(attempts <= 8 + 10 + 5, "{attempts} attempts for eight calls");
    let left = rig.router.snapshot().retry_tokens;
    advance(Duration::from_secs(100)).await;
    assert!(left < 3 && rig.router.snapshot().retry_tokens == 10);
}

#[tokio::test(start_paused = true)]
async fn a_provider_whose_tokens_a_minute_are_used_up_gets_less_and_the_backup_the_rest() {
    let quota = Failure {
        code: Some("insufficient_quota".into()),
        retry_after: Some(Duration::from_secs(1)),
        ..Failure::new(Outcome::RateLimited, "tokens a minute are used up")
    };
    let rig = Rig::new(Script::then([Act::FailAs(quota)]), Script::default(), &[]).await;
    rig.llama.set(Act::Drip(Duration::ZERO, "uncounted"));
    let long = || Call::new(Task::Chat, vec![Message::text(Role::User, "x ".repeat(4_000))]);
    let mut providers = Vec::new();
    for _ in 0..3 {
        providers.push(rig.router.ask(long()).await.expect("an answer").provider);
    }
    assert_eq!(providers, ["llama", "qwen", "qwen"], "after the pause one call, and then no room at llama for a while");
    advance(Duration::from_secs(120)).await;
    assert_eq!(rig.router.ask(long()).await.expect("an answer").provider, "llama");
}
