//! Answers in unusual forms that mean the same.

use super::*;

const SAID: &str = "请讲 👩‍💻 about a conflict you resolved, and what came of it. 好的。";

#[tokio::test]
async fn the_answer_reads_the_same_in_whichever_form_it_comes() {
    use Form::*;
    for form in [CrLf, Cr, Bom, NoSpace, Comments, Fields, Lines, Pieces, NoEnd, Nulls, Llama, Burst] {
        let rig = Rig::failing("llama", Fault::Framing { form }).await;
        let heard = rig.hear(say(SAID)).await;
        heard.is_whole(SAID);
        assert_eq!((rig.counts(), heard.answer().finish_reason.as_deref()), ((1, 0), Some("stop")), "{form:?}");
        rig.thinks_well_of("llama");
    }
}

#[tokio::test]
async fn the_answer_reads_the_same_however_the_network_splits_its_bytes() {
    for end in ["\n", "\r\n", "\r"] {
        let events = format!("\u{feff}{}: alive\n\n{}{}", raw::event("请讲 👩‍💻"), raw::event(" 经历é"), raw::END);
        let bytes = raw::stream(&events.replace('\n', end));
        for piece in [1, 2, 3, 5, bytes.len()] {
            let provider = Raw::answering_in_pieces(bytes.clone(), piece).await;
            let rig = Build::default().at("llama", provider.base_url()).rig().await;
            let heard = rig.hear(say("")).await;
            heard.is_whole("请讲 👩‍💻 经历é");
            assert_eq!(provider.requests(), 1, "line end {end:?}, in pieces of {piece}");
        }
    }
}

#[tokio::test]
async fn an_answer_is_whole_with_either_sign_of_its_end_and_without_token_counts() {
    for fault in [Fault::NoDone, Fault::NoFinish, Fault::NoUsage, Fault::UsageEach, Fault::PlainJson] {
        let rig = Rig::failing("llama", fault.clone()).await;
        let heard = rig.hear(say(&words(60))).await;
        heard.is_whole(&words(60));
        assert_eq!(heard.trail(), ["llama ok yes"], "{fault:?}");
        let usage = heard.answer().usage;
        let call = &rig.received("llama")[0];
        assert_eq!(usage.estimated, fault == Fault::NoUsage, "{fault:?}");
        if usage.estimated {
            assert!(usage.tokens.completion_tokens >= call.completion_tokens, "estimated upward: {usage:?}");
        } else {
            let counted = (call.prompt_tokens, call.completion_tokens);
            assert_eq!((usage.tokens.prompt_tokens, usage.tokens.completion_tokens), counted, "{fault:?}");
        }
        rig.thinks_well_of("llama");
    }
}

#[tokio::test]
async fn long_thinking_is_progress_but_no_answer() {
    let rig = Build::default().timed(|timings| timings.first_token = Some(ms(500))).rig().await;
    rig.fault("llama", Fault::Reasoning { lasts: ms(1_500) });
    let heard = rig.hear(say("Fine.")).await;
    heard.is_whole("Fine.");
    assert_eq!(heard.trail(), ["llama ok yes"]);
    assert!(heard.thoughts.starts_with("Let me think") && heard.answer().ttft_ms >= Some(1_400), "{heard:?}");
    rig.thinks_well_of("llama");
}

#[tokio::test]
async fn an_answer_cut_by_its_own_length_is_whole_and_says_why_it_ends() {
    let rig = Rig::new().await;
    let heard = rig.hear(Call { max_tokens: Some(5), ..say(&words(60)) }).await;
    heard.is_whole(&words(5));
    assert_eq!((heard.answer().finish_reason.as_deref(), rig.counts()), (Some("length"), (1, 0)));
}

/// What one request to a provider that sends these bytes comes to.
async fn answered(bytes: Vec<u8>) -> Heard {
    let provider = Raw::answering(bytes).await;
    let rig = Build::default().at("llama", provider.base_url()).rig().await;
    let heard = rig.hear(say("From qwen.")).await;
    assert_eq!(provider.requests(), heard.attempts().iter().filter(|attempt| attempt.provider == "llama").count());
    heard
}

#[tokio::test]
async fn oddities_that_change_nothing_are_not_noticed() {
    let fine = format!("{}{}", raw::event("Fine."), raw::END);
    let stop = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
    let json = r#"{"choices":[{"index":0,"message":{"content":"Fine."},"finish_reason":"stop"}]}"#;
    let chunked = format!("{:x};name=value\r\n{fine}\r\n0\r\nX-Cost: 1\r\n\r\n", fine.len());
    let chunked = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunked}").into_bytes();
    let long = format!(": {}\n\n", "x".repeat(600_000));
    for (name, bytes) in [
        ("[DONE] twice", raw::stream(&format!("{fine}data: [DONE]\n\n"))),
        ("words after [DONE]", raw::stream(&format!("{fine}{}", raw::event("More.")))),
        ("null events", raw::stream(&format!("data: null\n\n{}data: null\n\n{}", raw::event("Fine."), raw::END))),
        ("empty events", raw::stream(&format!("data:\n\ndata: \n\n{fine}"))),
        ("an end before the last word", raw::stream(&format!("{stop}{}data: [DONE]\n\n", raw::event("Fine.")))),
        ("a very long comment", raw::stream(&format!("{long}{fine}"))),
        ("an early hint", [b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n".to_vec(), raw::stream(&fine)].concat()),
        ("a go-on", [b"HTTP/1.1 100 Continue\r\n\r\n".to_vec(), raw::stream(&fine)].concat()),
        ("a wrong content type", raw::response("200 OK", "Content-Type: text/plain\r\n", &fine)),
        ("no content type", raw::response("200 OK", "", &fine)),
        ("events called JSON", raw::response("200 OK", "Content-Type: application/json\r\n", &fine)),
        ("JSON called events", raw::response("200 OK", "Content-Type: text/event-stream\r\n", json)),
        ("JSON after blank lines", raw::response("200 OK", "", &format!("\n\n  {json}"))),
        ("status 201", raw::response("201 Created", "", &fine)),
        ("another model's name", raw::stream(&fine.replacen('{', "{\"model\":\"gpt-of-somebody-else\",", 1))),
        ("an error that is none", raw::stream(&fine.replacen('{', "{\"error\":null,", 1))),
        ("the protocol of old", format!("HTTP/1.0 200 OK\r\n\r\n{fine}").into_bytes()),
        ("chunks with extensions and trailers", chunked),
        (
            "a second choice",
            raw::stream(&format!("data: {}\n\n{fine}", r#"{"choices":[{"index":1,"delta":{"content":"Other."}}]}"#)),
        ),
    ] {
        let heard = answered(bytes).await;
        assert_eq!((heard.screen.as_str(), heard.trail()), ("Fine.", vec!["llama ok yes".to_owned()]), "{name}");
        assert_eq!(heard.answer().model, "Llama-3.3-70B-Instruct", "{name}: the model that was asked");
    }
}

#[tokio::test]
async fn a_very_long_line_is_read_and_an_endless_one_is_not() {
    let long = words(50_000);
    let heard = answered(raw::stream(&format!("{}{}", raw::event(&long), raw::END))).await;
    assert_eq!((heard.screen.len(), heard.trail()), (long.len(), vec!["llama ok yes".to_owned()]));
    let endless = format!("data: {}", "x".repeat(3 << 20));
    let heard = answered(raw::stream(&endless)).await;
    heard.is_whole("From qwen.");
    assert_eq!(heard.attempts()[0].outcome, Outcome::Malformed);
}

#[tokio::test]
async fn counts_that_nobody_can_believe_do_no_harm() {
    for usage in [
        r#"{"prompt_tokens":99999999999999999999999,"completion_tokens":-7,"total_tokens":"many"}"#,
        r#"{"prompt_tokens":18446744073709551615,"completion_tokens":18446744073709551615}"#,
        r#"{"prompt_tokens":null,"completion_tokens":null}"#,
        r#"[1,2,3]"#,
    ] {
        let counts = format!("data: {{\"choices\":[],\"usage\":{usage}}}\n\n");
        let heard = answered(raw::stream(&format!("{}{counts}{}", raw::event("Fine."), raw::END))).await;
        heard.is_whole("Fine.");
        assert_eq!(heard.trail(), ["llama ok yes"], "{usage}");
    }
}
