//! For every fault, what goes over the wire.

use std::collections::BTreeSet;

use serde_json::Value;

use super::exchange::{End, Response, call, exchange, raw};
use super::*;

/// The response to a call under one step, streamed or not.
async fn response(step: &str, stream: bool) -> (Response, CallRecord) {
    let simulator = start(&format!("[[step]]\nprovider='llama'\n{step}")).await;
    let response = exchange(&simulator, &call(stream), None).await;
    let record = simulator.calls("llama").remove(0);
    (response, record)
}

const ROLE: &str = "role";
const STOP: &str = "finish stop";
const USAGE: &str = "usage 3+3";
const HALF: &str = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":";

/// A step, the events of the stream it makes, and how the response and the call end.
type Case = (&'static str, &'static [&'static str], End, CallEnd);

const WHOLE: &[&str] = &[ROLE, "one ", "two ", "three", STOP, USAGE, "done"];

const STREAMS: [Case; 28] = [
    ("fault='slow'\nms=1", WHOLE, End::Whole, CallEnd::Sent),
    ("fault='drip'\nms=1", WHOLE, End::Whole, CallEnd::Sent),
    (
        "fault='reasoning'\nms=100",
        &[ROLE, "(Let )", "(me )", "one ", "two ", "three", STOP, "usage 3+5", "done"],
        End::Whole,
        CallEnd::Sent,
    ),
    ("fault='empty'", &[ROLE, "done"], End::Whole, CallEnd::Sent),
    ("fault='role_only'", &[ROLE], End::Whole, CallEnd::Sent),
    ("fault='done_only'", &["done"], End::Whole, CallEnd::Sent),
    ("fault='cut'\ntokens=1", &[ROLE, "one "], End::Broken, CallEnd::Broken),
    ("fault='cut'\ntokens=0", &[], End::Broken, CallEnd::Broken),
    ("fault='abort'\ntokens=1", &[ROLE, "one "], End::Reset, CallEnd::Broken),
    ("fault='short'\ntokens=1", &[ROLE, "one "], End::Broken, CallEnd::Broken),
    ("fault='truncate'\ntokens=2", &[ROLE, "one ", "two "], End::Whole, CallEnd::Sent),
    ("fault='truncate'\ntokens=0", &[], End::Whole, CallEnd::Sent),
    ("fault='malformed'\ntokens=1", &[ROLE, "one ", HALF], End::Whole, CallEnd::Sent),
    ("fault='malformed'\ntokens=0", &[HALF], End::Whole, CallEnd::Sent),
    (
        "fault='error_frame'\nstatus=429\ncode='Throttling'\nmessage='no'",
        &[
            "id:1\nevent:error\n:HTTP_STATUS/429\ndata:{\"code\":\"Throttling\",\"message\":\"no\",\"request_id\":\"simulated\"}",
        ],
        End::Whole,
        CallEnd::Sent,
    ),
    (
        "fault='error_frame'\ntokens=1\nbody='text'\nmessage='no'",
        &[ROLE, "one ", "{\"error\":\"no\"}"],
        End::Whole,
        CallEnd::Sent,
    ),
    (
        "fault='error_frame'\ntokens=1\nbody='object'\ncode='c'\nmessage='no'",
        &[
            ROLE,
            "one ",
            "{\"code\":\"c\",\"message\":\"no\",\"object\":\"error\",\"param\":null,\"type\":\"c\"}",
            "done",
        ],
        End::Whole,
        CallEnd::Sent,
    ),
    (
        "fault='error_frame'\nbody='json'\nstatus=401",
        &["{\"error\":{\"code\":\"invalid_api_key\",\"message\":\"Incorrect API key provided. You sent: the-key\",\
           \"param\":null,\"type\":\"invalid_api_key\"}}"],
        End::Whole,
        CallEnd::Sent,
    ),
    (
        "fault='finish'\nreason='content_filter'\ntokens=1",
        &[ROLE, "one ", "finish content_filter", "usage 3+1", "done"],
        End::Whole,
        CallEnd::Sent,
    ),
    (
        "fault='finish'\nreason='error_finish'",
        &[ROLE, "one ", "two ", "three", "finish error_finish", USAGE, "done"],
        End::Whole,
        CallEnd::Sent,
    ),
    ("fault='no_done'", &[ROLE, "one ", "two ", "three", STOP, USAGE], End::Whole, CallEnd::Sent),
    ("fault='no_finish'", &[ROLE, "one ", "two ", "three", USAGE, "done"], End::Whole, CallEnd::Sent),
    ("fault='no_usage'", &[ROLE, "one ", "two ", "three", STOP, "done"], End::Whole, CallEnd::Sent),
    (
        "fault='usage_each'",
        &[
            "role usage 3+0",
            "one  usage 3+1",
            "two  usage 3+2",
            "three usage 3+3",
            "finish stop usage 3+3",
            USAGE,
            "done",
        ],
        End::Whole,
        CallEnd::Sent,
    ),
    ("fault='gzip'", WHOLE, End::Whole, CallEnd::Sent),
    ("fault='framing'\nform='burst'", WHOLE, End::Whole, CallEnd::Sent),
    // These are of calls that go on with an answer, and this one does not.
    ("fault='no_prefill'", WHOLE, End::Whole, CallEnd::Sent),
    ("fault='restart'", WHOLE, End::Whole, CallEnd::Sent),
];

#[tokio::test]
async fn a_stream_under_each_fault_is_these_events_and_ends_so() {
    for (step, events, end, recorded) in STREAMS {
        let (response, record) = response(step, true).await;
        assert_eq!((response.status(), record.status), (Some(200), Some(200)), "{step}");
        assert_eq!(response.header("content-type"), Some("text/event-stream; charset=utf-8"), "{step}");
        assert_eq!(response.events(), events, "{step}");
        assert_eq!((response.end, record.end), (end, recorded), "{step}");
        let words = ["one ", "two ", "three", "(Let )", "(me )"];
        let words = response.events().iter().filter(|event| words.iter().any(|word| event.starts_with(word))).count();
        assert_eq!(record.completion_tokens, words as u64, "{step}");
    }
}

#[tokio::test]
async fn what_never_ends_goes_on_while_somebody_listens() {
    for (step, awaited, begins) in [
        ("fault='stall'\ntokens=1", "one ", &[ROLE, "one "][..]),
        ("fault='linger'", "usage", &[ROLE, "one ", "two ", "three", STOP, USAGE]),
        ("fault='keep_alive'\nms=1", ": keep-alive\n\n: keep-alive\n\n", &[": keep-alive", ": keep-alive"]),
        ("fault='keep_alive'\nms=1\ntokens=1", "keep-alive\n\n", &[ROLE, "one ", ": keep-alive"]),
    ] {
        let simulator = start(&format!("[[step]]\nprovider='llama'\n{step}")).await;
        let response = exchange(&simulator, &call(true), Some(awaited)).await;
        assert_eq!(&response.events()[..begins.len()], begins, "{step}");
        assert_eq!(response.end, End::Open, "{step}");
        let calls = simulator.wait_for("llama", |calls| calls[0].end != CallEnd::Running).await;
        assert_eq!(calls[0].end, CallEnd::Abandoned, "{step}");
    }
}

#[tokio::test]
async fn a_loop_says_its_first_words_for_ever() {
    let simulator = start("[[step]]\nprovider='llama'\nfault='repeat'\ntokens=2").await;
    let response = exchange::first_bytes(&simulator, &call(true), 100_000).await;
    let events = response.events();
    assert_eq!(events[..5], [ROLE, "one ", "two ", "one ", "two "]);
    assert!(events[1..events.len() - 1].chunks(2).all(|said| said.is_sorted()), "{events:?}");
}

#[tokio::test]
async fn a_flood_is_one_chunk_without_end() {
    let simulator = start("[[step]]\nprovider='llama'\nfault='flood'").await;
    let response = exchange::first_bytes(&simulator, &call(true), 3 << 20).await;
    assert!(response.body.len() > 2 << 20 && !response.body.contains('\n'), "{}", response.body.len());
}

#[tokio::test]
async fn an_answer_whose_choices_are_empty_is_one_in_both_forms() {
    let (streamed, _) = response("fault='empty_choices'", true).await;
    let events = streamed.events();
    assert!(events[0].contains("\"choices\":[]") && events.len() == 2 && events[1] == "done", "{events:?}");
    let (whole, _) = response("fault='empty_choices'", false).await;
    let body: Value = serde_json::from_str(&whole.body).unwrap();
    assert_eq!(body["choices"], serde_json::json!([]));
}

#[tokio::test]
async fn json_comes_where_a_stream_was_asked_for() {
    let (response, record) = response("fault='plain_json'", true).await;
    assert_eq!(response.header("content-type"), Some("application/json"));
    let body: Value = serde_json::from_str(&response.body).unwrap();
    assert_eq!(body["choices"][0]["message"]["content"], "one two three");
    assert_eq!((record.stream, record.completion_tokens), (true, 3));
}

#[tokio::test]
async fn a_body_said_to_be_compressed_or_longer_is_neither() {
    let (response, _) = response("fault='gzip'", true).await;
    assert_eq!(response.header("content-encoding"), Some("gzip"));
    let (response, _) = self::response("fault='short'\ntokens=2", true).await;
    let promised: usize = response.header("content-length").unwrap().parse().unwrap();
    assert!(promised > response.body.len(), "{promised}");
}

#[tokio::test]
async fn an_error_has_the_form_asked_for() {
    for (body, content_type, begins) in [
        ("json", "application/json", "{\"error\":{\"code\":\"rate_limit_exceeded\",\"message\":"),
        ("native", "application/json", "{\"code\":\"rate_limit_exceeded\",\"message\":"),
        ("problem", "application/json", "{\"detail\":\"Too many requests.\",\"status\":429,"),
        ("text", "application/json", "{\"error\":\"Too many requests.\"}"),
        (
            "object",
            "application/json",
            "{\"code\":\"rate_limit_exceeded\",\"message\":\"Too many requests.\",\"object\":\"error\"",
        ),
        ("plain", "text/plain; charset=utf-8", "Too many requests."),
        ("html", "text/html; charset=utf-8", "<html><head><title>429"),
        ("empty", "application/json", ""),
    ] {
        let (response, record) = response(&format!("fault='status'\nstatus=429\nbody='{body}'"), true).await;
        assert_eq!((response.status(), record.status), (Some(429), Some(429)), "{body}");
        assert_eq!(response.header("content-type"), Some(content_type), "{body}");
        assert!(
            response.body.starts_with(begins) && response.body.is_empty() == begins.is_empty(),
            "{}",
            response.body
        );
    }
}

#[tokio::test]
async fn a_login_page_comes_with_a_good_status() {
    let (response, _) = response("fault='html'", true).await;
    assert_eq!((response.status(), response.header("content-type")), (Some(200), Some("text/html; charset=utf-8")));
    assert!(response.body.starts_with("<!DOCTYPE html>"), "{}", response.body);
}

#[tokio::test]
async fn a_redirect_names_a_provider_that_sees_who_follows() {
    let (response, _) = response("fault='status'\nstatus=307", true).await;
    assert_eq!((response.status(), response.header("location")), (Some(307), Some("/moved/v1/chat/completions")));
}

#[tokio::test]
async fn no_answer_is_closed_reset_or_never_given() {
    let (response, record) = response("fault='refuse'", true).await;
    assert_eq!((response.head.as_str(), response.end, record.status), ("", End::Broken, None));
    let simulator = start("[[step]]\nprovider='llama'\nfault='reset'").await;
    let error = raw(&simulator, exchange::CHAT, exchange::HI).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    let silent = start("[[step]]\nprovider='llama'\nfault='silence'").await;
    let call = call(true);
    tokio::select! {
        _ = exchange(&silent, &call, None) => panic!("a silent provider answered"),
        calls = silent.wait_for("llama", |calls| !calls.is_empty()) => assert_eq!(calls[0].status, None),
    }
}

#[tokio::test]
async fn every_unusual_form_still_says_the_same() {
    for (name, form) in FORMS {
        let (response, record) = response(&format!("fault='framing'\nform='{name}'"), true).await;
        assert_eq!((record.completion_tokens, response.end), (3, End::Whole), "{name}");
        let body = &response.body;
        let mark = match form {
            Form::CrLf | Form::Pieces => "data: [DONE]\r\n\r\n",
            Form::Cr => "data: [DONE]\r\r",
            Form::Bom => "\u{feff}data: {",
            Form::NoSpace => "data:[DONE]\n\n",
            Form::Comments => ": keep-alive\n\ndata: [DONE]\n\n",
            Form::Fields => "id: 7\nevent: message\nretry: 3000\nunknown: field\ndata: [DONE]\n\n",
            Form::Lines => "data: {\ndata:   \"choices\": [\ndata: ",
            Form::Burst => "data: [DONE]\n\n",
            Form::NoEnd => "data: [DONE]",
            Form::Nulls => "\"usage\":null}",
            Form::Llama => "\"event_type\":\"progress\"",
        };
        assert!(body.contains(mark), "{name}: {body}");
        if form == Form::NoEnd {
            assert!(body.ends_with(mark), "{body}");
        }
        let mut wire = crate::wire::answer::Answer::new(response.header("content-type"), crate::wire::Mask::of(None));
        let mut deltas = Vec::new();
        wire.push(body.as_bytes(), &mut deltas).unwrap();
        wire.finish(&mut deltas).unwrap();
        let text: String = deltas
            .iter()
            .filter_map(|delta| if let crate::wire::Delta::Text(text) = delta { Some(text.as_str()) } else { None })
            .collect();
        assert_eq!(text, "one two three", "{name}");
    }
}

#[tokio::test]
async fn an_answer_that_is_not_streamed_fails_in_its_own_way() {
    for (step, begins, end) in [
        ("fault='cut'", "{\"", End::Broken),
        ("fault='abort'", "{\"", End::Reset),
        ("fault='short'", "{\"", End::Broken),
        ("fault='truncate'", "{\"", End::Whole),
        ("fault='malformed'", "{\"choices\":[}", End::Whole),
        ("fault='done_only'", "", End::Whole),
        ("fault='error_frame'\nmessage='no'", "{\"code\":\"internal_error\",\"message\":\"no\"", End::Whole),
        ("fault='framing'\nform='bom'", "\u{feff}{", End::Whole),
        ("fault='framing'\nform='llama'", "{\"completion_message\":", End::Whole),
    ] {
        let (response, _) = response(step, false).await;
        assert!(response.body.starts_with(begins), "{step}: {}", response.body);
        assert_eq!(response.end, end, "{step}");
    }
}

#[tokio::test]
async fn every_fault_is_shown_in_these_tests() {
    let shown = include_str!("faults.rs").to_owned() + include_str!("continuing.rs") + include_str!("conditions.rs");
    let missing: BTreeSet<_> =
        FAULTS.iter().map(|entry| entry.name).filter(|name| !shown.contains(&format!("fault='{name}'"))).collect();
    assert_eq!(missing, BTreeSet::new());
}
