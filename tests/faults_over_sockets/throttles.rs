//! Providers that ask for less.

use super::*;

const PAUSE: Duration = ms(250);

/// Waits in which a pause of a quarter of a second is too long to be sat out while the other provider can answer.
fn hurried(timings: &mut vita::router::Timings) {
    timings.retry_after_patience = ms(100);
}

#[tokio::test]
async fn a_throttle_of_a_moment_is_waited_out_and_the_same_provider_answers() {
    let rig = Rig::new().await;
    rig.fault_once("llama", throttle("0.25"));
    let heard = rig.hear(say("Fine.")).await;
    heard.is_whole("Fine.");
    assert_eq!(heard.trail(), ["llama rate_limited no", "llama ok yes"]);
    assert_eq!(heard.events, ["trying llama", "waiting", "trying llama"], "the wait is said");
    let calls = rig.received("llama");
    assert!(calls[1].at - calls[0].at >= PAUSE, "not before the time that was asked for");
    rig.thinks_well_of("llama");
}

#[tokio::test]
async fn a_provider_that_throttles_every_call_is_asked_once_and_then_left_alone() {
    let rig = Build::default().timed(|timings| timings.throttle = (ms(8_000), ms(60_000))).rig().await;
    rig.fault("llama", Fault::status(429));
    let heard = rig.hear(say("Fine.")).await;
    heard.is_whole("Fine.");
    assert_eq!(heard.trail(), ["llama rate_limited no", "qwen ok yes"]);
    assert!(!heard.events.contains(&"waiting".to_owned()), "the other provider is asked at once");
    for _ in 0..3 {
        assert_eq!(rig.hear(say("Fine.")).await.trail(), ["qwen ok yes"]);
    }
    assert_eq!(rig.counts(), (1, 4));
    let (reason, seconds) = rig.left_alone("llama").expect("left alone");
    assert!(reason == Outcome::RateLimited && seconds < 9.7, "{seconds} s");
    assert_eq!(rig.breaker("llama"), BreakerState::Closed, "a throttle is no failure");
}

#[tokio::test]
async fn each_throttle_in_a_row_is_left_alone_for_longer_up_to_a_bound() {
    // The primary would move after the third.
    let build = Build::default().set(&[("ENABLE_AUTO_SWITCH", "false")]);
    let rig = build.timed(|timings| timings.throttle = (ms(50), ms(400))).rig().await;
    rig.fault("llama", Fault::status(429));
    let asked = async {
        while rig.received("llama").len() < 6 {
            rig.hear(say("Fine.")).await.is_whole("Fine.");
        }
    };
    tokio::time::timeout(SOON, asked).await.expect("asked again");
    let calls = rig.received("llama");
    let gaps: Vec<_> = calls.windows(2).map(|pair| pair[1].at - pair[0].at).collect();
    for (gap, least) in gaps.iter().zip([40, 80, 160, 320, 320]) {
        assert!(*gap >= ms(least), "{gaps:?}");
    }
    assert_eq!(rig.breaker("llama"), BreakerState::Closed);
}

#[tokio::test]
async fn a_provider_that_names_a_long_pause_is_not_asked_before_and_the_primary_moves() {
    let rig = Rig::failing("llama", throttle("45")).await;
    rig.hear(say("Fine.")).await.is_whole("Fine.");
    rig.hear(say("Fine.")).await.is_whole("Fine.");
    assert_eq!(rig.counts(), (1, 2));
    let (_, seconds) = rig.left_alone("llama").expect("left alone");
    assert!((10.0..=45.0).contains(&seconds), "{seconds} s");
    assert_eq!(rig.switches(), ["llama to qwen: auto, rate_limited"]);
}

#[tokio::test]
async fn a_pause_is_understood_in_every_form_and_nonsense_is_no_pause() {
    let dated = |seconds| Step { retry_after_date: Some(seconds), ..Step::always("llama", Fault::status(429)) };
    let headed = |name: &str, value: &str| Step {
        headers: vec![(name.to_owned(), value.to_owned())],
        ..Step::always("llama", throttle("50"))
    };
    let asked = |value| Step::always("llama", throttle(value));
    for (step, pause) in [
        (dated(40), 30.0..=41.0),
        (asked("40.5"), 30.0..=40.5),
        (headed("retry-after-ms", "20000"), 10.0..=20.0),
        (headed("retry-after-ms", "-5"), 40.0..=50.0),
        (asked("86400"), 3500.0..=3600.0),
        (asked("-5"), 0.0..=1.2),
        (asked("soon"), 0.0..=1.2),
        (asked("1e300"), 0.0..=1.2),
    ] {
        let rig = Rig::new().await;
        rig.plan("llama", [step.clone()]);
        let heard = rig.hear(say("Fine.")).await;
        heard.is_whole("Fine.");
        assert_eq!(heard.trail(), ["llama rate_limited no", "qwen ok yes"], "{step:?}");
        let seconds = rig.left_alone("llama").map_or(0.0, |(_, seconds)| seconds);
        assert!(pause.contains(&seconds), "{seconds} s: {step:?}");
    }
}

#[tokio::test]
async fn a_throttle_without_words_or_as_a_web_page_is_a_throttle_and_the_page_is_not_shown() {
    for body in [BodyKind::Html, BodyKind::Empty, BodyKind::Plain, BodyKind::Problem, BodyKind::Text] {
        let rig = Rig::failing("llama", refusal(429, "x", body)).await;
        let heard = rig.hear(say("Fine.")).await;
        heard.is_whole("Fine.");
        assert_eq!(heard.trail(), ["llama rate_limited no", "qwen ok yes"], "{body:?}");
        assert_eq!(rig.left_alone("llama").map(|(reason, _)| reason), Some(Outcome::RateLimited), "{body:?}");
        assert_eq!(rig.breaker("llama"), BreakerState::Closed);
    }
    let alone = Build::default().without("qwen").timed(|timings| timings.request = ms(500)).rig().await;
    alone.fault("llama", refusal(429, "x", BodyKind::Html));
    let heard = alone.hear(say("Fine.")).await;
    let error = heard.error();
    assert_eq!(error.kind, Outcome::RateLimited);
    assert!(error.message.contains("429") && error.retry_at.is_some(), "{error:?}");
}

#[tokio::test]
async fn a_quota_of_tokens_a_minute_is_a_pause_and_no_bill() {
    for (code, body) in [("insufficient_quota", BodyKind::Json), ("Throttling.AllocationQuota", BodyKind::Native)] {
        let rig = Rig::failing("qwen", refusal(429, code, body)).await;
        let heard = rig.hear(Call { provider: Some("qwen".to_owned()), ..say("Fine.") }).await;
        heard.is_whole("Fine.");
        assert_eq!(heard.trail(), ["qwen rate_limited no", "llama ok yes"], "{code}");
        let (reason, seconds) = rig.left_alone("qwen").expect("left alone");
        assert!(reason == Outcome::RateLimited && seconds <= 60.0, "{code}: {reason:?} for {seconds} s");
    }
}

#[tokio::test]
async fn a_complaint_of_sudden_growth_is_no_failure() {
    let rig = Rig::new().await;
    rig.fault_once("llama", refusal(429, "limit_burst_rate", BodyKind::Json));
    let heard = rig.hear(say("Fine.")).await;
    assert_eq!(heard.trail(), ["llama rate_limited no", "qwen ok yes"]);
    assert_eq!((rig.breaker("llama"), rig.primary()), (BreakerState::Closed, "llama".to_owned()));
}

#[tokio::test]
async fn a_throttle_inside_a_stream_that_began_well_is_never_seen_by_the_reader() {
    let rig = Rig::failing("llama", Fault::error_frame(429, "Throttling.AllocationQuota")).await;
    let heard = rig.hear(say(&words(20))).await;
    heard.is_whole(&words(20));
    assert_eq!(heard.answer().seam, None);
    assert_eq!(heard.trail(), ["llama rate_limited no", "qwen ok yes"]);
    assert_eq!(rig.left_alone("llama").map(|(reason, _)| reason), Some(Outcome::RateLimited));
}

#[tokio::test]
async fn when_both_ask_for_a_pause_the_shorter_one_is_waited_for_and_the_wait_is_said() {
    let rig = Build::default().timed(hurried).rig().await;
    let of = |model: &str, pause| Step { model: Some(model.to_owned()), ..Step::always("llama", throttle(pause)) };
    rig.plan("llama", [of("Llama-3.3-70B-Instruct", "0.25").times(1), of("Llama-3.3-8B-Instruct", "30")]);
    rig.fault("qwen", throttle("30"));
    let heard = rig.hear(say("Fine.")).await;
    heard.is_whole("Fine.");
    let models: Vec<_> = heard.attempts().iter().map(|attempt| attempt.model.as_str()).collect();
    let (large, small) = ("Llama-3.3-70B-Instruct", "Llama-3.3-8B-Instruct");
    assert_eq!(models, [large, "qwen-plus", small, large], "a limit is of one model");
    assert!(heard.events.contains(&"waiting".to_owned()), "{:?}", heard.events);
    let calls = rig.received("llama");
    assert!(calls[2].at - calls[0].at >= PAUSE, "not before the time that was asked for");
}

#[tokio::test]
async fn when_both_ask_for_a_pause_beyond_the_deadline_the_error_comes_at_once_and_names_the_time() {
    let rig = Rig::new().await;
    rig.fault("llama", throttle("90"));
    rig.fault("qwen", throttle("40"));
    let heard = rig.hear(say("Fine.")).await;
    let error = heard.error();
    let asked = rig.counts();
    assert_eq!((error.kind, asked), (Outcome::RateLimited, (2, 1)), "each model once: {:?}", heard.trail());
    let until = (error.retry_at.expect("a time") - rig.router.snapshot().at).as_seconds_f64();
    assert!((20.0..=40.0).contains(&until), "the earlier of both: {until} s");
    // The primary has moved, and the new one's lighter model is asked too; after that nobody, however often the person tries.
    rig.hear(say("Fine.")).await;
    for _ in 0..2 {
        let heard = rig.hear(say("Fine.")).await;
        let error = heard.error();
        assert_eq!((error.kind, rig.counts()), (Outcome::RateLimited, (2, 2)));
        assert!(error.message.ends_with("asks for a pause") && error.retry_at.is_some(), "{error:?}");
    }
}

#[tokio::test]
async fn a_storm_of_throttles_from_both_ends_in_one_error_and_few_calls() {
    let rig = Build::default()
        .timed(|timings| (timings.throttle, timings.request) = ((ms(50), ms(200)), ms(2_000)))
        .rig()
        .await;
    rig.fault("llama", Fault::status(429));
    rig.fault("qwen", Fault::status(429));
    let heard = rig.hear(say("Fine.")).await;
    assert_eq!((heard.error().kind, heard.attempts().len()), (Outcome::RateLimited, 4));
    assert_eq!((rig.breaker("llama"), rig.breaker("qwen")), (BreakerState::Closed, BreakerState::Closed));
    rig.plan("qwen", []);
    rig.hear(say("Fine.")).await.is_whole("Fine.");
}

#[tokio::test]
async fn the_providers_own_word_on_trying_again_is_taken() {
    let step = |status, word: &str| Step {
        headers: vec![("x-should-retry".to_owned(), word.to_owned())],
        ..Step::always("llama", Fault::status(status)).times(1)
    };
    let rig = Rig::new().await;
    rig.plan("llama", [step(500, "false")]);
    assert_eq!(rig.hear(say("Fine.")).await.trail(), ["llama server_error no", "qwen ok yes"]);
    let rig = Rig::new().await;
    rig.plan("llama", [step(422, "true")]);
    assert_eq!(rig.hear(say("Fine.")).await.trail(), ["llama bad_request no", "llama ok yes"]);
}
