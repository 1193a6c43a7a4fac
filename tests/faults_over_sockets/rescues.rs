//! Answers that break off after words were given.

use super::rig::impatient_in_the_middle;
use super::*;

/// What breaks an answer after forty words, and what that is called.
fn breaks() -> [(Fault, Outcome); 8] {
    let tokens = 40;
    [
        (Fault::Cut { tokens }, Outcome::Truncated),
        (Fault::Abort { tokens }, Outcome::Reset),
        (Fault::Short { tokens }, Outcome::Truncated),
        (Fault::Truncate { tokens }, Outcome::Truncated),
        (Fault::Malformed { tokens }, Outcome::Malformed),
        (Fault::Stall { tokens }, Outcome::IdleTimeout),
        (Fault::KeepAlive { every: ms(20), tokens }, Outcome::IdleTimeout),
        (
            Fault::ErrorFrame { tokens, status: 500, code: None, message: None, body: BodyKind::Object },
            Outcome::ServerError,
        ),
    ]
}

async fn breaking(build: Build, fault: &Fault) -> Rig {
    let rig = build.timed(impatient_in_the_middle).rig().await;
    rig.fault("llama", fault.clone());
    rig
}

#[tokio::test]
async fn an_answer_cut_after_forty_words_is_finished_by_the_other_provider_and_the_seam_is_marked() {
    for (fault, outcome) in breaks() {
        for takes_words_back in [false, true] {
            let rig = breaking(Build::default(), &fault).await;
            let heard = rig.hear(Call { takes_words_back, ..say(&words(60)) }).await;
            heard.is_whole_with_a_seam(&words(60), words(40).len());
            assert_eq!(heard.answer().seam.as_ref().map(|seam| seam.reason), Some(outcome));
            assert_eq!(heard.trail(), [format!("llama {} maybe", outcome.as_str()), "qwen ok yes".to_owned()]);
            assert_eq!(heard.events[2..], ["trying qwen", "continued by qwen"], "{fault:?}");
            let (calls, llama) = (rig.received("qwen"), rig.received("llama"));
            assert_eq!((calls.len(), calls[0].continues, llama.len()), (1, true, 1), "{fault:?}");
            assert_eq!(calls[0].completion_tokens, 20, "only the rest is asked for");
        }
    }
}

#[tokio::test]
async fn a_reader_who_can_take_words_back_gets_another_answer_whole_where_nobody_can_go_on() {
    for (fault, outcome) in breaks() {
        let rig = breaking(Build::default().without_continuing(), &fault).await;
        let heard = rig.hear(Call { takes_words_back: true, ..say(&words(60)) }).await;
        heard.is_whole_with_a_seam(&words(60), 0);
        assert_eq!(heard.attempts()[0].outcome, outcome);
        assert_eq!(heard.events[2..], ["trying qwen", "begun anew by qwen"], "{fault:?}");
        assert!(!rig.received("qwen")[0].continues);
    }
}

#[tokio::test]
async fn words_on_paper_are_followed_only_by_an_answer_that_begins_with_them() {
    for (fault, _) in breaks() {
        let rig = breaking(Build::default().without_continuing(), &fault).await;
        let heard = rig.hear(say(&words(60))).await;
        heard.is_whole_with_a_seam(&words(60), words(40).len());
        assert_eq!(heard.events[2..], ["trying qwen", "continued by qwen"], "{fault:?}");
    }
    let other = Raw::answering(raw::stream(&format!("{}{}", raw::event("Something else altogether."), raw::END))).await;
    let build = Build::default().without_continuing().at("qwen", other.base_url());
    let rig = breaking(build, &Fault::Cut { tokens: 40 }).await;
    let heard = rig.hear(say(&words(60))).await;
    // The first provider is asked once more, and breaks off once more.
    heard.is_cut(&words(40));
    assert_eq!((other.requests(), heard.answer().seam.clone()), (1, None), "not one word of it is shown");
}

#[tokio::test]
async fn a_provider_that_will_not_go_on_is_asked_for_the_whole_and_never_again_to_go_on() {
    let rig = breaking(Build::default(), &Fault::Cut { tokens: 40 }).await;
    rig.fault("qwen", Fault::NoPrefill);
    let call = || Call { takes_words_back: true, ..say(&words(60)) };
    let heard = rig.hear(call()).await;
    heard.is_whole_with_a_seam(&words(60), 0);
    assert_eq!(heard.trail(), ["llama truncated maybe", "qwen bad_request no", "qwen ok yes"]);
    let heard = rig.hear(call()).await;
    heard.is_whole_with_a_seam(&words(60), 0);
    assert_eq!(heard.trail(), ["llama truncated maybe", "qwen ok yes"]);
    assert_eq!(rig.breaker("qwen"), BreakerState::Closed);
}

#[tokio::test]
async fn nothing_is_said_twice_where_the_second_provider_begins_too_early() {
    for (fault, events) in [(Fault::Overlap { tokens: 7 }, "continued by qwen"), (Fault::Restart, "continued by qwen")]
    {
        let rig = breaking(Build::default(), &Fault::Cut { tokens: 40 }).await;
        rig.fault("qwen", fault.clone());
        let heard = rig.hear(say(&words(60))).await;
        heard.is_whole_with_a_seam(&words(60), words(40).len());
        assert_eq!(heard.events.last().map(String::as_str), Some(events), "{fault:?}");
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_after_a_few_words_is_begun_anew() {
    let rig = breaking(Build::default(), &Fault::Cut { tokens: 3 }).await;
    let heard = rig.hear(Call { takes_words_back: true, ..say(&words(60)) }).await;
    heard.is_whole_with_a_seam(&words(60), 0);
}

#[tokio::test]
async fn what_came_is_kept_and_marked_as_cut_when_nobody_is_left_to_go_on() {
    for (fault, outcome) in breaks() {
        let rig = breaking(Build::default().without("qwen").set(&[("MAX_RETRY_COUNT", "0")]), &fault).await;
        let heard = rig.hear(say(&words(60))).await;
        heard.is_cut(&words(40));
        assert_eq!(heard.trail(), [format!("llama {} maybe", outcome.as_str())], "{fault:?}");
        assert_eq!(heard.answer().finish_reason, None);
    }
    let rig = breaking(Build::default(), &Fault::Cut { tokens: 40 }).await;
    rig.simulator.set_down("qwen", true);
    let heard = rig.hear(say(&words(60))).await;
    heard.is_cut(&words(40));
    assert_eq!(heard.answer().seam, None);
}

#[tokio::test]
async fn a_second_break_ends_the_answer_with_everything_that_came() {
    let rig = breaking(Build::default(), &Fault::Cut { tokens: 40 }).await;
    rig.fault("qwen", Fault::Cut { tokens: 10 });
    let heard = rig.hear(say(&words(60))).await;
    heard.is_cut(&words(50));
    assert_eq!((rig.counts(), heard.answer().provider.as_str()), ((1, 1), "qwen"), "one hop a turn");
}

#[tokio::test]
async fn a_provider_alone_goes_on_by_itself_after_a_broken_connection() {
    for takes_words_back in [false, true] {
        let rig = Build::default().without("qwen").rig().await;
        rig.fault_once("llama", Fault::Cut { tokens: 40 });
        let heard = rig.hear(Call { takes_words_back, ..say(&words(60)) }).await;
        heard.is_whole(&words(60));
        assert_eq!(heard.attempts()[0].outcome, Outcome::Truncated);
    }
}

#[tokio::test]
async fn an_answer_that_says_the_same_for_ever_is_ended() {
    let rig = Rig::failing("llama", Fault::Repeat { tokens: 5 }).await;
    let heard = rig.hear(Call { takes_words_back: true, ..say(&words(60)) }).await;
    heard.is_whole_with_a_seam(&words(60), 0);
    assert_eq!(heard.trail(), ["llama repetitive maybe", "qwen ok yes"]);
    let calls = rig.simulator.wait_for("llama", |calls| calls[0].end != CallEnd::Running).await;
    assert_eq!(calls[0].end, CallEnd::Abandoned, "its connection is closed");
}

#[tokio::test]
async fn words_after_a_thought_are_what_the_seam_follows() {
    let thinking = format!(
        "data: {}\n\n{}",
        serde_json::json!({"choices": [{"index": 0, "delta": {"reasoning_content": "Let me think. "}}]}),
        raw::event(&words(40))
    );
    let provider = Raw::answering(raw::stream(&thinking)).await;
    let rig = Build::default().at("llama", provider.base_url()).rig().await;
    let heard = rig.hear(say(&words(60))).await;
    heard.is_whole_with_a_seam(&words(60), words(40).len());
    assert_eq!(heard.thoughts, "Let me think. ");
}

#[tokio::test]
async fn an_answer_in_chinese_is_cut_and_finished_between_characters() {
    let text = "请讲一次你解决冲突的经历，说清楚当时的背景、你的任务、你亲自采取的行动，以及最后的结果。再想一想，今天会怎样做得更好，为什么？";
    let rig = Rig::failing("llama", Fault::Cut { tokens: 45 }).await;
    let heard = rig.hear(say(text)).await;
    heard.is_whole_with_a_seam(text, 45);
}

#[tokio::test]
async fn an_answer_that_only_lacks_its_end_is_whole_when_the_second_provider_has_nothing_to_add() {
    let rig = Rig::failing("llama", Fault::Truncate { tokens: 60 }).await;
    let heard = rig.hear(say(&words(60))).await;
    heard.is_whole(&words(60));
    assert_eq!(heard.trail(), ["llama truncated maybe", "qwen ok yes"]);
    assert_eq!(rig.breaker("qwen"), BreakerState::Closed);
}

#[tokio::test]
async fn when_the_second_provider_asks_for_a_pause_the_first_one_is_asked_once_more() {
    for takes_words_back in [false, true] {
        let rig = Rig::failing("qwen", throttle("30")).await;
        rig.fault_once("llama", Fault::Cut { tokens: 40 });
        let heard = rig.hear(Call { takes_words_back, ..say(&words(60)) }).await;
        heard.is_whole(&words(60));
        assert_eq!(
            heard.attempts()[..2].iter().map(|attempt| attempt.outcome).collect::<Vec<_>>(),
            [Outcome::Truncated, Outcome::RateLimited,]
        );
    }
}

#[tokio::test]
async fn a_provider_whose_answers_break_off_is_left_after_three_of_them() {
    let rig = Rig::failing("llama", Fault::Abort { tokens: 40 }).await;
    for _ in 0..3 {
        rig.hear(say(&words(60))).await.is_whole_with_a_seam(&words(60), words(40).len());
    }
    assert_eq!(rig.breaker("llama"), BreakerState::Open);
    let heard = rig.hear(say(&words(60))).await;
    assert_eq!((heard.trail(), heard.answer().seam.clone()), (vec!["qwen ok yes".to_owned()], None));
    assert_eq!((rig.counts(), rig.switches()), ((3, 4), vec!["llama to qwen: auto, api_failure".to_owned()]));
}

#[tokio::test]
async fn an_answer_whose_end_was_said_is_whole_though_what_follows_is_broken() {
    for fault in [Fault::Linger, Fault::NoDone] {
        let rig = Build::default().timed(impatient_in_the_middle).rig().await;
        rig.fault("llama", fault.clone());
        let heard = rig.hear(say(&words(60))).await;
        heard.is_whole(&words(60));
        assert_eq!(heard.trail(), ["llama ok yes"], "{fault:?}");
        rig.thinks_well_of("llama");
    }
    let said = format!("{}data: {}\n\n", raw::event("Fine."), r#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#);
    for rest in ["data: {\"choices\":\n\n", "data: {\"error\":{\"message\":\"too late\"}}\n\n", "data: {\"ch"] {
        let provider = Raw::answering(raw::stream(&format!("{said}{rest}"))).await;
        let rig = Build::default().at("llama", provider.base_url()).rig().await;
        let heard = rig.hear(say("From qwen.")).await;
        heard.is_whole("Fine.");
        assert_eq!(heard.trail(), ["llama ok yes"], "{rest:?}");
    }
}
