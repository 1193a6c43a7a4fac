//! What one call meets: retries, failover, patience, and how it ends.

use super::*;

#[tokio::test(start_paused = true)]
async fn the_primary_answers_while_it_is_well() {
    let rig = Rig::new(Script::default(), Script::default(), &[]).await;
    let answer = rig.ask().await.expect("an answer");
    assert_eq!((answer.text.as_str(), answer.provider.as_str(), answer.complete), ("fine", "llama", true));
    assert_eq!(answer.cost.amount, Micro(20), "ten tokens at 0.001 and five at 0.002 per thousand");
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
    assert_eq!(rig.trail().await, ["llama:server_error", "llama:server_error", "qwen:ok"]);
    assert_eq!(rig.trail().await, ["llama:server_error", "qwen:ok"], "no longer clean: no retry on the spot");
}

#[tokio::test(start_paused = true)]
async fn a_silent_primary_costs_ten_seconds_and_is_not_asked_again() {
    let rig = Rig::new(Script::always(Act::Silence), Script::default(), &[]).await;
    let started = Instant::now();
    assert_eq!(rig.trail().await, ["llama:first_token_timeout", "qwen:ok"]);
    assert_eq!(started.elapsed(), Duration::from_secs(10));
}

#[tokio::test(start_paused = true)]
async fn a_slow_primary_without_another_provider_gets_the_whole_request_timeout() {
    let slow = || Script::always(Act::After(Duration::from_secs(12), Box::new(Act::Say("late"))));
    let alone = Build { llama: Arc::new(slow()), qwen: None, ..Build::default() }.rig().await;
    assert_eq!(alone.ask().await.expect("an answer").text, "late");
    let without_fallback = Rig::new(slow(), Script::default(), &[("USE_QWEN_FALLBACK", "false")]).await;
    assert_eq!(without_fallback.ask().await.expect("an answer").text, "late");
}

#[tokio::test(start_paused = true)]
async fn under_a_short_request_timeout_the_backup_gets_its_share_and_no_blame() {
    let backup = Act::After(Duration::from_secs(3), Box::new(Act::Say("in time")));
    let rig = Rig::new(Script::always(Act::Silence), Script::always(backup), &[("REQUEST_TIMEOUT", "8")]).await;
    for _ in 0..2 {
        assert_eq!(rig.trail().await, ["llama:first_token_timeout", "qwen:ok"]);
    }
}

#[tokio::test(start_paused = true)]
async fn no_attempt_begins_after_the_deadline() {
    let values = [("REQUEST_TIMEOUT", "5"), ("RETRY_BASE_DELAY", "20")];
    let rig = Rig::new(failing(Outcome::ServerError), failing(Outcome::ServerError), &values).await;
    let started = Instant::now();
    rig.ask().await.expect_err("nothing answers");
    assert!(started.elapsed() <= Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn words_that_were_given_before_an_error_are_paid_for() {
    let rig = Rig::new(Script::always(Act::Break("half an answer ")), Script::default(), &[]).await;
    let answer = rig.ask().await.expect("what came");
    assert_eq!((answer.complete, answer.attempts[0].billed), (false, Billed::Maybe));
    assert!(answer.cost.amount > Micro(0));
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
    assert_eq!((rig.breaker("llama"), rig.primary()), (BreakerState::Closed, "llama".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_short_pause_asked_for_is_waited_for_and_a_long_one_goes_to_the_backup() {
    let short = Script::then([Act::Throttle(Duration::from_secs(1))]);
    let rig = Rig::new(short, Script::default(), &[]).await;
    assert_eq!(rig.trail().await, ["llama:rate_limited", "llama:ok"]);
    let rig = Rig::new(Script::always(Act::Throttle(Duration::from_secs(40))), Script::default(), &[]).await;
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
    assert_eq!((answer.text.as_str(), answer.complete, answer.finish_reason), ("half an ", false, None));
    assert_eq!(answer.attempts[0].billed, Billed::Maybe);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_stands_still_is_ended_after_the_idle_time() {
    let rig = Rig::new(Script::always(Act::Stall("half")), Script::default(), &[("STREAM_IDLE_TIMEOUT", "4")]).await;
    let started = Instant::now();
    let answer = rig.ask().await.expect("what came");
    assert_eq!((answer.complete, answer.attempts[0].outcome), (false, Outcome::IdleTimeout));
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
async fn without_fallback_nobody_else_is_asked() {
    let rig = Rig::new(failing(Outcome::Connect), Script::default(), &[("USE_QWEN_FALLBACK", "false")]).await;
    rig.ask().await.expect_err("llama alone");
    assert_eq!(rig.qwen.calls(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_a_provider_says_of_retrying_is_believed() {
    let said = |should_retry, outcome| {
        Act::FailAs(Failure { should_retry: Some(should_retry), ..Failure::new(outcome, "scripted") })
    };
    let no = Rig::new(Script::always(said(false, Outcome::ServerError)), failing(Outcome::ServerError), &[]).await;
    let asked = no.trail().await.iter().filter(|attempt| attempt.starts_with("llama")).count();
    assert_eq!(asked, 2, "the strong model and the light one, each once");
    let yes = Rig::new(Script::then([said(true, Outcome::BadRequest)]), Script::default(), &[]).await;
    assert_eq!(yes.trail().await, ["llama:bad_request", "llama:ok"]);
}

#[tokio::test(start_paused = true)]
async fn a_question_that_a_filter_refused_goes_elsewhere_only_when_the_settings_say_so() {
    let rig = Rig::new(failing(Outcome::ContentFilter), Script::default(), &[]).await;
    assert_eq!(rig.ask().await.expect_err("refused").kind, Outcome::ContentFilter);
    assert_eq!((rig.qwen.calls(), rig.breaker("llama")), (0, BreakerState::Closed));
    let values = [("CONTENT_FILTER_FALLBACK", "true")];
    let rig = Rig::new(failing(Outcome::ContentFilter), Script::default(), &values).await;
    assert_eq!(rig.trail().await, ["llama:content_filter", "qwen:ok"]);
    let rig = Rig::new(failing(Outcome::ContentFilter), failing(Outcome::ContentFilter), &values).await;
    assert_eq!(rig.trail().await, ["llama:content_filter", "qwen:content_filter"]);
}

#[tokio::test(start_paused = true)]
async fn a_conversation_that_is_too_long_loses_its_oldest_turns_once() {
    let rig = Rig::new(Script::then([Act::Fail(Outcome::ContextLength)]), Script::default(), &[]).await;
    let turn =
        |n: usize| Message::text(if n.is_multiple_of(2) { Role::User } else { Role::Assistant }, "word ".repeat(50));
    let mut messages = vec![Message::text(Role::System, "Be brief.")];
    messages.extend((0..9).map(turn));
    let answer = rig.router.ask(Call::new(Task::Chat, messages.clone())).await.expect("an answer");
    let sent = rig.llama.latest().messages;
    assert_eq!((sent.first(), sent.last()), (messages.first(), messages.last()));
    assert!(sent.len() < messages.len() && answer.why.iter().any(|why| why.contains("were left out")), "{answer:?}");
    assert_eq!(rig.breaker("llama"), BreakerState::Closed);

    let rig = Rig::new(failing(Outcome::ContextLength), Script::default(), &[]).await;
    let error = rig.router.ask(Call::new(Task::Chat, messages)).await.expect_err("still too long");
    assert_eq!((error.kind, error.attempts.len()), (Outcome::ContextLength, 2), "one try");
}

#[tokio::test(start_paused = true)]
async fn a_silent_route_is_not_asked_again_while_another_can_be() {
    let rig = Rig::new(Script::always(Act::Silence), failing(Outcome::ServerError), &[]).await;
    let trail = rig.trail().await;
    assert_eq!(trail[..2], ["llama:first_token_timeout", "qwen:server_error"]);
    assert!(
        trail[2..].iter().all(|attempt| attempt != "llama:first_token_timeout") || trail[2].starts_with("qwen"),
        "{trail:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn the_caller_is_told_after_three_seconds_without_a_word_and_a_deadline_of_its_own_is_kept() {
    let rig = Rig::new(Script::always(Act::Silence), Script::always(Act::Silence), &[]).await;
    let started = Instant::now();
    let mut reply = rig.router.send(Call { deadline: Some(started + Duration::from_secs(7)), ..hello() });
    let mut slow_at = None;
    while let Some(event) = reply.recv().await {
        if matches!(event, ReplyEvent::Slow { .. }) {
            slow_at.get_or_insert(started.elapsed());
        }
    }
    assert_eq!((slow_at, started.elapsed()), (Some(Duration::from_secs(3)), Duration::from_secs(7)));
}
