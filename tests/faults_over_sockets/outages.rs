//! Providers that are down, silent or slow, for a moment or for long.

use super::rig::{impatient_for_a_beginning, impatient_in_the_middle};
use super::*;

#[tokio::test]
async fn one_server_error_is_tried_again_once_and_the_reader_sees_only_a_short_wait() {
    for status in [500, 502, 503, 504, 529, 408] {
        let rig = Rig::new().await;
        rig.fault_once("llama", Fault::status(status));
        let heard = rig.hear(say("Fine.")).await;
        heard.is_whole("Fine.");
        assert_eq!(heard.events, ["trying llama", "waiting", "trying llama"], "{status}");
        assert_eq!(rig.counts(), (2, 0), "{status}");
        rig.thinks_well_of("llama");
    }
}

#[tokio::test]
async fn fifteen_questions_in_an_outage_are_all_answered_and_three_calls_are_lost() {
    let rig = Rig::failing("llama", Fault::status(503)).await;
    let heard = rig.hear(say("Fine.")).await;
    heard.is_whole("Fine.");
    assert_eq!(heard.trail(), ["llama server_error no", "llama server_error no", "qwen ok yes"]);
    assert_eq!(rig.hear(say("Fine.")).await.trail(), ["llama server_error no", "qwen ok yes"], "no second retry");
    for _ in 2..15 {
        assert_eq!(rig.hear(say("Fine.")).await.trail(), ["qwen ok yes"]);
    }
    assert_eq!(rig.counts(), (3, 15));
    assert_eq!(rig.breaker("llama"), BreakerState::Open);
    assert_eq!(rig.switches(), ["llama to qwen: auto, api_failure"]);
}

#[tokio::test]
async fn a_connection_that_breaks_before_the_first_word_is_tried_again_once() {
    for fault in [Fault::Reset, Fault::Refuse, Fault::Abort { tokens: 0 }] {
        let rig = Rig::new().await;
        rig.fault_once("llama", fault.clone());
        let heard = rig.hear(say("Fine.")).await;
        heard.is_whole("Fine.");
        assert_eq!(heard.trail(), ["llama reset maybe", "llama ok yes"], "{fault:?}");
        rig.thinks_well_of("llama");

        rig.fault("llama", fault.clone());
        let heard = rig.hear(say("Fine.")).await;
        heard.is_whole("Fine.");
        assert_eq!(heard.trail(), ["llama reset maybe", "qwen ok yes"], "{fault:?}: it failed a moment ago");
    }
}

#[tokio::test]
async fn a_silent_provider_is_left_for_the_other_one_and_not_asked_twice() {
    let rig = Build::default().timed(impatient_for_a_beginning).rig().await;
    rig.fault("llama", Fault::Silence);
    for turn in 1..=3 {
        let heard = rig.hear(say("Fine.")).await;
        heard.is_whole("Fine.");
        assert_eq!(heard.trail(), ["llama first_token_timeout maybe", "qwen ok yes"]);
        assert_eq!(rig.counts(), (turn, turn));
    }
    assert_eq!(rig.breaker("llama"), BreakerState::Open);
    assert_eq!(rig.switches(), ["llama to qwen: auto, slow"]);
    assert_eq!(rig.hear(say("Fine.")).await.trail(), ["qwen ok yes"]);
}

#[tokio::test]
async fn a_first_word_that_comes_too_late_is_dropped() {
    let rig = Build::default().timed(impatient_for_a_beginning).rig().await;
    rig.fault("llama", Fault::Slow { first_token: ms(900) });
    let heard = rig.hear(say("Fine.")).await;
    heard.is_whole("Fine.");
    assert_eq!(heard.trail(), ["llama first_token_timeout maybe", "qwen ok yes"]);
    let calls = rig.simulator.wait_for("llama", |calls| calls[0].end != CallEnd::Running).await;
    assert_eq!(calls[0].end, CallEnd::Abandoned, "the connection is closed: nothing comes late");
}

#[tokio::test]
async fn signs_of_life_are_no_beginning_of_an_answer() {
    let comments = Fault::KeepAlive { every: ms(20), tokens: 0 };
    let rig = Build::default().timed(impatient_for_a_beginning).rig().await;
    rig.fault("llama", comments);
    let heard = rig.hear(say("Fine.")).await;
    heard.is_whole("Fine.");
    assert_eq!(heard.trail(), ["llama first_token_timeout maybe", "qwen ok yes"]);
}

#[tokio::test]
async fn a_head_or_an_event_that_comes_byte_by_byte_for_ever_is_no_beginning_either() {
    let never_ends = [
        ("HTTP/1.1 200 OK\r\nX-Slow: ", "a"),
        ("HTTP/1.1 102 Processing\r\n\r\n", "HTTP/1.1 102 Processing\r\n\r\n"),
        (raw::STREAM, "d"),
        (raw::STREAM, "data: {\"choices\":[]}\n\n"),
        (raw::STREAM, "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n"),
        ("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n", " "),
    ];
    for (first, piece) in never_ends {
        let provider = Raw::repeating(first, piece).await;
        let rig = Build::default().at("llama", provider.base_url()).timed(impatient_for_a_beginning).rig().await;
        let heard = rig.hear(say("Fine.")).await;
        heard.is_whole("Fine.");
        assert_eq!(heard.trail(), ["llama first_token_timeout maybe", "qwen ok yes"], "{first:?} {piece:?}");
        assert_eq!(provider.requests(), 1);
    }
}

#[tokio::test]
async fn a_slow_provider_with_nobody_behind_it_is_waited_for_and_the_slowness_is_said() {
    let rig = Build::default()
        .without("qwen")
        .timed(|timings| (timings.first_token, timings.slow) = (Some(ms(100)), ms(50)))
        .rig()
        .await;
    rig.fault("llama", Fault::Slow { first_token: ms(600) });
    let heard = rig.hear(say("Fine.")).await;
    heard.is_whole("Fine.");
    assert_eq!(
        (heard.trail(), heard.events.clone()),
        (vec!["llama ok yes".to_owned()], vec!["trying llama".to_owned(), "llama is slow".to_owned()],)
    );
    assert!(heard.answer().ttft_ms >= Some(500));
    rig.thinks_well_of("llama");
}

#[tokio::test]
async fn with_both_down_each_is_tried_and_one_clear_error_comes_and_the_first_that_is_back_answers() {
    let rig = Rig::new().await;
    rig.simulator.set_down("llama", true);
    rig.simulator.set_down("qwen", true);
    let models = ["Llama-3.3-70B-Instruct", "qwen-plus"];
    while models.iter().any(|model| !rig.is_open(model)) {
        let heard = rig.hear(say("Fine.")).await;
        assert_eq!(heard.error().kind, Outcome::Reset);
        assert!(heard.error().message.starts_with("no provider could answer"), "{}", heard.error().message);
        assert!(rig.counts().0 + rig.counts().1 < 20, "three failures open a breaker");
    }
    let heard = rig.hear(say("Fine.")).await;
    for model in models {
        let tries = heard.attempts().iter().filter(|attempt| attempt.model == model).count();
        assert_eq!(tries, 1, "one leased try of {model}: {:?}", heard.attempts());
    }
    assert!(heard.error().retry_at.is_some(), "{:?}", heard.error());

    rig.simulator.set_down("qwen", false);
    rig.hear(say("Fine.")).await.is_whole("Fine.");
}

#[tokio::test]
async fn with_auto_switch_off_the_primary_stays_and_the_fallback_still_answers() {
    let rig = Build::default().set(&[("ENABLE_AUTO_SWITCH", "false")]).rig().await;
    rig.simulator.set_down("llama", true);
    for _ in 0..4 {
        let heard = rig.hear(say("Fine.")).await;
        heard.is_whole("Fine.");
        assert_eq!(heard.answer().provider, "qwen");
    }
    assert_eq!((rig.primary(), rig.switches()), ("llama".to_owned(), vec![]));

    let rig = Build::default().set(&[("ENABLE_AUTO_SWITCH", "false"), ("USE_QWEN_FALLBACK", "false")]).rig().await;
    rig.simulator.set_down("llama", true);
    let heard = rig.hear(say("Fine.")).await;
    assert_eq!((heard.error().kind, rig.counts().1), (Outcome::Reset, 0));
}

#[tokio::test]
async fn an_answer_that_drips_is_gone_on_with_by_the_other_provider_and_alone_it_is_waited_for() {
    let rig = Build::default().timed(|timings| timings.floor = (200, ms(400))).rig().await;
    rig.fault("llama", Fault::Drip { every: ms(10) });
    let heard = rig.hear(say(&words(200))).await;
    assert_eq!(
        (heard.trail(), heard.answer().complete),
        (vec!["llama too_slow maybe".to_owned(), "qwen ok yes".to_owned()], true,)
    );
    assert_eq!(heard.screen, words(200));

    let alone = Build::default().without("qwen").timed(impatient_in_the_middle).rig().await;
    alone.fault("llama", Fault::Drip { every: ms(20) });
    let heard = alone.hear(say(&words(30))).await;
    heard.is_whole(&words(30));
    assert_eq!(heard.trail(), ["llama ok yes"]);
}

#[tokio::test]
async fn a_long_outage_of_both_costs_few_calls_however_often_the_person_tries() {
    let rig = Rig::new().await;
    rig.simulator.set_down("llama", true);
    rig.simulator.set_down("qwen", true);
    let mut asked = 0;
    while rig.router.snapshot().retry_tokens > 0 {
        assert!(rig.hear(say("Fine.")).await.end.is_err());
        asked += 1;
    }
    for _ in 0..5 {
        assert_eq!(rig.hear(say("Fine.")).await.attempts().len(), 1, "the first try of a question is always made");
        assert!(rig.is_open("Llama-3.3-70B-Instruct") && rig.is_open("qwen-plus"), "they are no better for it");
    }
    let (llama, qwen) = rig.counts();
    // Ten retries are shared by all questions; going to another model that may be well costs none.
    assert!(llama + qwen <= asked + 5 + 10 + 6, "{llama} and {qwen} for {asked} questions and five");
}
