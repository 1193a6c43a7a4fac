use serde_json::{Value, json};

use super::super::pace::Pace;
use super::*;

const PACE: Pace = Pace { first_token: Duration::from_millis(300), token: Duration::from_millis(10) };

fn call(stream: bool) -> ChatCall {
    let body = json!({
        "model": "m", "stream": stream, "stream_options": {"include_usage": true},
        "messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": [{"type": "text", "text": "{\"say\":\"one two three\"}"}]}],
    });
    serde_json::from_value(body).unwrap()
}

/// The acts of a reply, waits left out.
fn acts(call: &ChatCall, fault: Option<&Fault>) -> Vec<Act> {
    let reply = Reply::to(call, "llama", fault, &mut Delays::new(PACE, 1, 0));
    match reply {
        Reply::Response { acts, .. } => acts.into_iter().filter(|act| !matches!(act, Act::Wait(_))).collect(),
        other => panic!("{other:?}"),
    }
}

/// What a stream sends, chunk by chunk: the first choice and the usage.
fn chunks(acts: &[Act]) -> Vec<Value> {
    let data = acts.iter().filter_map(|act| match act {
        Act::Send(bytes, _) => std::str::from_utf8(bytes).unwrap().strip_prefix("data: ")?.strip_suffix("\n\n"),
        _ => None,
    });
    data.map(|data| serde_json::from_str(data).unwrap_or_else(|_| json!(data))).collect()
}

#[test]
fn a_stream_is_role_tokens_finish_usage_done() {
    let sent = chunks(&acts(&call(true), None));
    let deltas: Vec<_> = sent.iter().map(|chunk| &chunk["choices"][0]["delta"]).collect();
    assert_eq!(deltas[0], &json!({"role": "assistant", "content": ""}));
    assert_eq!(deltas[1..4], [&json!({"content": "one "}), &json!({"content": "two "}), &json!({"content": "three"})]);
    assert_eq!(sent[4]["choices"][0]["finish_reason"], "stop");
    assert_eq!(sent[5]["usage"], json!({"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8}));
    assert_eq!(sent[6], json!("[DONE]"));
}

#[test]
fn usage_comes_only_to_those_who_ask() {
    let mut call = call(true);
    call.stream_options = None;
    assert!(chunks(&acts(&call, None)).iter().all(|chunk| chunk["usage"].is_null()));
}

#[test]
fn the_tokens_of_a_stream_are_counted_as_they_are_sent() {
    let counts = |fault: Option<&Fault>| {
        let acts = acts(&call(true), fault);
        acts.iter().map(|act| if let Act::Send(_, tokens) = act { *tokens } else { 0 }).sum::<u64>()
    };
    assert_eq!(counts(None), 3);
    assert_eq!(counts(Some(&Fault::Cut { tokens: 2 })), 2);
    assert_eq!(counts(Some(&Fault::Empty)), 0);
}

#[test]
fn the_pace_is_first_token_then_one_wait_between_tokens() {
    let reply = Reply::to(&call(true), "llama", None, &mut Delays::new(PACE, 1, 0));
    let Reply::Response { wait, acts, .. } = reply else { panic!("no response") };
    let waits: Vec<u128> =
        acts.iter().filter_map(|act| if let Act::Wait(wait) = act { Some(wait.as_millis()) } else { None }).collect();
    assert_eq!((wait, waits.len()), (Duration::ZERO, 3));
    assert!((240..=360).contains(&waits[0]) && waits[1..].iter().all(|wait| (8..=12).contains(wait)), "{waits:?}");
}

#[test]
fn an_answer_that_is_not_streamed_waits_as_long_as_its_stream_would_take() {
    let reply = Reply::to(&call(false), "llama", None, &mut Delays::new(PACE, 1, 0));
    let Reply::Response { wait, acts, .. } = reply else { panic!("no response") };
    assert!((256..=384).contains(&wait.as_millis()), "{wait:?}");
    let [Act::Send(body, 3)] = &acts[..] else { panic!("{acts:?}") };
    let body: Value = serde_json::from_slice(body).unwrap();
    assert_eq!(body["choices"][0]["message"]["content"], "one two three");
    assert_eq!(body["usage"]["completion_tokens"], 3);
}

#[test]
fn the_same_call_gets_the_same_reply() {
    let reply = || Reply::to(&call(true), "llama", None, &mut Delays::new(PACE, 1, 4));
    assert_eq!(reply(), reply());
}
