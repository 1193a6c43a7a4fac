use proptest::prelude::*;

use super::*;

const EVENTS: &str = "text/event-stream; charset=utf-8";
const JSON: &str = "application/json";

/// Reads an answer that arrives in these parts and ends in order.
fn read<'a>(content_type: &str, parts: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Delta>, Result<(), Failure>) {
    let mut answer = Answer::new(Some(content_type), Mask::default());
    let mut deltas = Vec::new();
    for part in parts {
        if let Err(failure) = answer.push(part, &mut deltas) {
            return (deltas, Err(failure));
        }
    }
    let end = answer.finish(&mut deltas);
    (deltas, end)
}

/// The end of an answer, in short.
fn outcome(content_type: &str, bytes: &str) -> Outcome {
    let (_, end) = read(content_type, [bytes.as_bytes()]);
    end.map_or_else(|failure| failure.outcome, |()| Outcome::Ok)
}

fn streamed(data: &[&str]) -> (Vec<Delta>, Outcome) {
    let stream: String = data.iter().map(|data| format!("data: {data}\n\n")).collect();
    let (deltas, end) = read(EVENTS, [stream.as_bytes()]);
    (deltas, end.map_or_else(|failure| failure.outcome, |()| Outcome::Ok))
}

fn text(text: &str) -> Delta {
    Delta::Text(text.to_owned())
}

const ROLE: &str =
    r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null}"#;
const HELLO: &str = r#"{"choices":[{"index":0,"delta":{"content":"你好"},"finish_reason":null}]}"#;
const STOP: &str = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
const USAGE: &str =
    r#"{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":4}}}"#;
const DONE: &str = "[DONE]";

const COUNTED: Delta = Delta::Usage(super::super::Usage { prompt_tokens: 9, completion_tokens: 2, cached_tokens: 4 });

#[test]
fn a_usual_stream_becomes_text_finish_and_usage() {
    let deltas = vec![text("你好"), Delta::Finish(FinishReason::Stop), COUNTED];
    assert_eq!(streamed(&[ROLE, HELLO, STOP, USAGE, DONE]), (deltas, Outcome::Ok));
}

#[test]
fn either_word_of_the_end_is_enough_and_neither_is_truncated() {
    let stop = Delta::Finish(FinishReason::Stop);
    assert_eq!(streamed(&[HELLO, STOP]), (vec![text("你好"), stop], Outcome::Ok));
    assert_eq!(streamed(&[HELLO, DONE]), (vec![text("你好")], Outcome::Ok));
    assert_eq!(streamed(&[HELLO]), (vec![text("你好")], Outcome::Truncated));
    assert_eq!(streamed(&[]).1, Outcome::Truncated);
}

#[test]
fn a_last_event_without_a_blank_line_counts_when_it_is_whole() {
    let stream = |last: &str| outcome(EVENTS, &format!("data: {HELLO}\n\ndata: {last}"));
    assert_eq!(stream(DONE), Outcome::Ok);
    assert_eq!(stream(STOP), Outcome::Ok);
    assert_eq!(stream(&STOP[..STOP.len() - 3]), Outcome::Truncated);
}

#[test]
fn an_answer_without_text_is_empty() {
    assert_eq!(streamed(&[ROLE, DONE]), (vec![], Outcome::Empty));
    assert_eq!(streamed(&[DONE]), (vec![], Outcome::Empty));
    let thinking = r#"{"choices":[{"delta":{"reasoning_content":"hm"}}]}"#;
    let (deltas, end) = streamed(&[thinking, STOP]);
    assert_eq!(deltas, [Delta::Reasoning("hm".to_owned()), Delta::Finish(FinishReason::Stop)]);
    assert_eq!(end, Outcome::Empty);
    assert_eq!(outcome(JSON, r#"{"choices":[]}"#), Outcome::Empty);
}

#[test]
fn nothing_is_read_after_an_endless_event_that_follows_a_whole_answer() {
    let whole = format!("data: {HELLO}\n\ndata: {STOP}\n\n");
    let endless = format!("data: {}", "x".repeat(sse::LONGEST_EVENT));
    let rest = format!("\n\ndata: {USAGE}\n\n");
    let (deltas, end) = read(EVENTS, [whole.as_bytes(), endless.as_bytes(), rest.as_bytes()]);
    assert_eq!((deltas, end), (vec![text("你好"), Delta::Finish(FinishReason::Stop)], Ok(())));
}

#[test]
fn an_unknown_word_for_the_end_is_kept_clean_of_keys_and_control_characters() {
    let end = r#"{"choices":[{"delta":{"content":"x"},"finish_reason":"eos\u001b[2J\n own-secret-key, sk-test-key"}]}"#;
    let mut answer = Answer::new(Some(EVENTS), Mask::of(Some("own-secret-key".into())));
    let mut deltas = Vec::new();
    answer.push(format!("data: {end}\n\n").as_bytes(), &mut deltas).unwrap();
    assert_eq!(deltas, [text("x"), Delta::Finish(FinishReason::Other("eos ***, sk-***".to_owned()))]);
}

#[test]
fn a_tool_call_is_content() {
    let call = r#"{"choices":[{"delta":{"content":null,"tool_calls":[{"index":0,"function":{"name":"f"}}]},"finish_reason":"tool_calls"}]}"#;
    assert_eq!(streamed(&[call, DONE]), (vec![Delta::Finish(FinishReason::ToolCalls)], Outcome::Ok));
}

#[test]
fn only_the_first_choice_is_heard_and_thinking_is_kept_apart() {
    let chunk = r#"{"choices":[{"index":1,"delta":{"content":"other"}},{"index":0,"delta":{"reasoning":"hm","content":"mine"}}]}"#;
    let (deltas, _) = streamed(&[chunk, DONE]);
    assert_eq!(deltas, [Delta::Reasoning("hm".to_owned()), text("mine")]);
}

#[test]
fn every_form_of_error_inside_a_stream_is_classified() {
    for (frame, outcome) in [
        (r#"data: {"error":{"message":"slow","code":"limit_requests"}}"#, Outcome::RateLimited),
        (r#"data: {"error":"something broke"}"#, Outcome::ServerError),
        (r#"data: {"object":"error","message":"x","code":400}"#, Outcome::BadRequest),
        (r#"data: {"code":"DataInspectionFailed","message":"x"}"#, Outcome::ContentFilter),
        (r#"data: {"title":"Too Many Requests","status":429}"#, Outcome::RateLimited),
        ("event:error\n:HTTP_STATUS/429\ndata:{\"code\":\"x\",\"message\":\"y\"}", Outcome::RateLimited),
        ("event: error\ndata: out of memory", Outcome::ServerError),
        (r#"data: {"choices":[{"delta":{},"finish_reason":"error_finish"}]}"#, Outcome::ServerError),
    ] {
        let stream = format!("data: {ROLE}\n\n{frame}\n\ndata: {HELLO}\n\ndata: [DONE]\n\n");
        let (deltas, end) = read(EVENTS, [stream.as_bytes()]);
        assert_eq!((deltas, end.map_err(|failure| failure.outcome)), (vec![], Err(outcome)), "{frame}");
    }
}

#[test]
fn the_status_in_a_comment_is_the_failures_status() {
    let stream = "id:1\nevent:error\n:HTTP_STATUS/429\ndata:{\"code\":\"Throttling.AllocationQuota\",\"message\":\"slow\",\"request_id\":\"r\"}\n\n";
    let failure = Failure {
        status: Some(429),
        code: Some("Throttling.AllocationQuota".to_owned()),
        request_id: Some("r".to_owned()),
        ..Failure::new(Outcome::RateLimited, "slow")
    };
    assert_eq!(read(EVENTS, [stream.as_bytes()]), (vec![], Err(failure)));
}

#[test]
fn a_chunk_that_is_not_json_breaks_the_answer_unless_it_had_ended() {
    assert_eq!(streamed(&[HELLO, "{\"choices\":[", HELLO, DONE]), (vec![text("你好")], Outcome::Malformed));
    assert_eq!(streamed(&["3", DONE]).1, Outcome::Malformed);
    assert_eq!(streamed(&[HELLO, STOP, "{\"choices\":["]).1, Outcome::Ok);
}

#[test]
fn unknown_finish_words_are_kept_and_heard_once() {
    let end = r#"{"choices":[{"delta":{"content":"x"},"finish_reason":"eos"}]}"#;
    let (deltas, outcome) = streamed(&[end, end]);
    assert_eq!(deltas, [text("x"), Delta::Finish(FinishReason::Other("eos".to_owned())), text("x")]);
    assert_eq!(outcome, Outcome::Ok);
}

#[test]
fn a_word_of_the_end_counts_in_every_spelling_and_what_follows_does_not() {
    for end in ["[DONE]", " [DONE] ", "\"[DONE]\""] {
        assert_eq!(streamed(&[HELLO, end, "{broken", HELLO]), (vec![text("你好")], Outcome::Ok), "{end}");
    }
    let not_ended = r#"{"choices":[{"delta":{"content":"x"},"finish_reason":"null"}]}"#;
    assert_eq!(streamed(&[not_ended]), (vec![text("x")], Outcome::Truncated));
}

#[test]
fn a_provider_that_breaks_off_after_the_end_spoils_nothing() {
    let broken = r#"{"choices":[{"delta":{},"finish_reason":"error_finish"}]}"#;
    assert_eq!(streamed(&[HELLO, STOP, broken]).1, Outcome::Ok);
    assert_eq!(streamed(&[HELLO, broken, STOP]).1, Outcome::ServerError);
}

#[test]
fn token_counts_are_found_wherever_they_are_and_the_last_ones_count() {
    let usage = |prompt, completion, cached| {
        let (prompt_tokens, completion_tokens, cached_tokens) = (prompt, completion, cached);
        Delta::Usage(super::super::Usage { prompt_tokens, completion_tokens, cached_tokens })
    };
    for (chunk, counted) in [
        (r#"{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}"#, Some(usage(3, 1, 0))),
        (r#"{"choices":[],"usage":null}"#, None),
        (r#"{"choices":[],"usage":{"total_tokens":4}}"#, None),
        (r#"{"choices":[{"delta":{},"usage":{"prompt_tokens":3,"completion_tokens":1}}]}"#, Some(usage(3, 1, 0))),
        (r#"{"choices":[],"x_groq":{"usage":{"prompt_tokens":3,"completion_tokens":1}}}"#, Some(usage(3, 1, 0))),
        (
            r#"{"choices":[],"usage":{"input_tokens":3,"output_tokens":1,"input_tokens_details":{"cached_tokens":2}}}"#,
            Some(usage(3, 1, 2)),
        ),
        (
            r#"{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1,"prompt_cache_hit_tokens":2}}"#,
            Some(usage(3, 1, 2)),
        ),
        (r#"{"event":{"event_type":"complete","metrics":[]}}"#, None),
    ] {
        let deltas = streamed(&[HELLO, chunk, DONE]).0;
        let found = deltas.into_iter().find(|delta| matches!(delta, Delta::Usage(_)));
        assert_eq!(found, counted, "{chunk}");
    }
    let growing = [r#"{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":1}}"#, USAGE];
    assert_eq!(streamed(&[HELLO, growing[0], growing[1], DONE]).0.last(), Some(&COUNTED));
}

#[test]
fn a_key_echoed_in_a_stream_is_masked() {
    let mask = || Mask::of(Some("LLM|1|test-key".into()));
    let end_of = |stream: &str, split: usize| {
        let mut answer = Answer::new(Some(EVENTS), mask());
        let mut deltas = Vec::new();
        let pushed = stream.as_bytes().chunks(split).try_for_each(|part| answer.push(part, &mut deltas));
        format!("{deltas:?} {:?}", pushed.and_then(|()| answer.finish(&mut deltas)))
    };
    for stream in [
        "event:error\n:HTTP_STATUS/401\ndata:{\"code\":\"LLM|1|test-key\",\"message\":\"LLM%7C1%7Ctest-key\"}\n\n",
        "event: error\ndata: LLM|1|test\ndata: -key is no good\n\n",
        "data: {\"error\":\"Bearer LLM\\u007c1|test-key\"}\n\n",
        "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"LLM|1|test-key\"}]}\n\n",
    ] {
        for split in [1, 7, stream.len()] {
            let printed = end_of(stream, split);
            assert!(!printed.contains("test") && printed.contains("***"), "{printed}");
        }
    }
}

#[test]
fn a_filter_that_lets_nothing_through_is_a_refusal() {
    let filtered = r#"{"choices":[{"delta":{},"finish_reason":"content_filter"}]}"#;
    assert_eq!(streamed(&[ROLE, filtered, DONE]).1, Outcome::ContentFilter);
    assert_eq!(streamed(&[HELLO, filtered, DONE]).1, Outcome::Ok);
}

#[test]
fn the_llama_apis_own_events_are_understood() {
    let (deltas, end) = streamed(
        &[
            r#"{"event":{"event_type":"start","delta":{"type":"text","text":"Hel"}}}"#,
            r#"{"event":{"event_type":"progress","delta":{"type":"text","text":"lo"}}}"#,
            r#"{"event":{"event_type":"complete","delta":{"type":"text","text":""},"stop_reason":"length",
            "metrics":[{"metric":"num_prompt_tokens","value":9.0},{"metric":"num_completion_tokens","value":2}]}}"#,
        ]
        .map(|data| data.replace('\n', ""))
        .each_ref()
        .map(String::as_str),
    );
    let usage = super::super::Usage { prompt_tokens: 9, completion_tokens: 2, cached_tokens: 0 };
    assert_eq!(deltas, [text("Hel"), text("lo"), Delta::Finish(FinishReason::Length), Delta::Usage(usage)]);
    assert_eq!(end, Outcome::Ok);
}

#[test]
fn whole_bodies_are_answers_too_also_where_a_stream_was_wanted() {
    let body = r#"{"choices":[{"message":{"content":"你好"},"finish_reason":"stop"}],
        "usage":{"prompt_tokens":9,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":4}}}"#;
    let expected = (vec![text("你好"), Delta::Finish(FinishReason::Stop), COUNTED], Ok(()));
    assert_eq!(read(JSON, [body.as_bytes()]), expected);
    assert_eq!(read(EVENTS, [body.as_bytes()]), expected);
    let native = r#"{"completion_message":{"content":{"type":"text","text":"hi"},"stop_reason":"stop"}}"#;
    let expected = (vec![text("hi"), Delta::Finish(FinishReason::Stop)], Ok(()));
    assert_eq!(read(JSON, [native.as_bytes()]), expected);
}

#[test]
fn foreign_and_broken_bodies_are_told_apart() {
    for (content_type, body, expected) in [
        (EVENTS, "\n <html><body>Sign in</body></html>", Outcome::Foreign),
        ("text/html", "Sign in", Outcome::Foreign),
        ("text/plain", "upstream gone", Outcome::Foreign),
        (JSON, r#"{"error":{"code":"model_not_found","message":"x"}}"#, Outcome::ModelUnavailable),
        (EVENTS, r#"{"code":"Arrearage","message":"x"}"#, Outcome::Billing),
        (JSON, r#"{"choices":[{"mess"#, Outcome::Truncated),
        (JSON, "{]", Outcome::Malformed),
        (JSON, "", Outcome::Truncated),
        (JSON, r#"{"status":"ok"}"#, Outcome::Malformed),
        (JSON, r#"{"choices":[]}"#, Outcome::Empty),
        ("", "data: [DONE]\n\n", Outcome::Empty),
    ] {
        assert_eq!(outcome(content_type, body), expected, "{body}");
    }
}

#[test]
fn a_connection_that_breaks_after_the_end_spoils_nothing() {
    let reset = || Failure::new(Outcome::Reset, "reset");
    let broken = |data: &[&str]| {
        let mut answer = Answer::new(Some(EVENTS), Mask::default());
        for data in data {
            answer.push(format!("data: {data}\n\n").as_bytes(), &mut Vec::new()).unwrap();
        }
        answer.broken(reset())
    };
    assert_eq!(broken(&[HELLO, STOP]), Ok(()));
    assert_eq!(broken(&[HELLO]), Err(reset()));
}

#[test]
fn white_space_sent_while_the_service_thinks_is_no_part_of_the_answer() {
    let body = r#"{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]}"#;
    let thinking = [b"\xef\xbb\xbf".as_slice(), b" \n", b"\n  ", b"", body.as_bytes()];
    assert_eq!(read(JSON, thinking).0, [text("hi"), Delta::Finish(FinishReason::Stop)]);
}

#[test]
fn an_endless_body_is_refused() {
    let mut answer = Answer::new(Some(JSON), Mask::default());
    let end = answer.push(&vec![b'['; LONGEST_BODY + 1], &mut Vec::new());
    assert_eq!(end.map_err(|failure| failure.outcome), Err(Outcome::Malformed));
}

#[test]
fn every_split_in_two_gives_the_same_answer() {
    let stream = format!(
        "\u{feff}data: {ROLE}\r\n\r\ndata: {HELLO}\r\n\r\n: x\r\n\r\ndata: {STOP}\r\rdata: {USAGE}\n\ndata: [DONE]"
    );
    let whole = read("", [stream.as_bytes()]);
    assert_eq!(whole.1, Ok(()));
    for at in 0..=stream.len() {
        let (head, tail) = stream.as_bytes().split_at(at);
        assert_eq!(read("", [head, tail]), whole, "split at {at}");
    }
    assert_eq!(read("", stream.as_bytes().chunks(1)), whole);
}

proptest! {
    #[test]
    fn no_bytes_whatever_make_it_panic(
        content_type in prop_oneof![Just(EVENTS), Just(JSON), Just("")],
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        data in "data: [\\PC\n]{0,100}",
        split in 1_usize..50,
    ) {
        prop_assert_eq!(read(content_type, bytes.chunks(split)), read(content_type, [&bytes[..]]));
        prop_assert_eq!(read(content_type, data.as_bytes().chunks(split)), read(content_type, [data.as_bytes()]));
    }
}
