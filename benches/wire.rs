//! What it costs to read what providers send. `cargo bench --bench wire`
#![allow(clippy::unwrap_used, reason = "a bench that can't be set up has failed")]

use std::fmt::Write as _;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use vita::wire::classify::{ErrorReply, classify};
use vita::wire::retry_after::RetryHeaders;
use vita::wire::sse::Decoder;
use vita::wire::{Answer, Mask};

/// How much a read brings: a packet of one token, and a full buffer.
const READS: [usize; 2] = [64, 16 << 10];

fn main() {
    divan::main();
}

/// An answer of 100 tokens as hosted services stream it: every chunk repeats the id, the time and the model.
fn stream() -> Vec<u8> {
    let mut stream = String::new();
    let mut chunk = |choices: &str, usage: &str| {
        let _ = write!(
            stream,
            r#"data: {{"id":"chatcmpl-0d7f3e5a1b2c4d6e","object":"chat.completion.chunk","created":1790000000,"model":"Llama-3.3-70B-Instruct","choices":[{choices}],"usage":{usage}}}"#,
        );
        stream.push_str("\n\n");
    };
    chunk(r#"{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}"#, "null");
    for token in [" measured", " 经验", " the", " queue,", " so"].iter().cycle().take(100) {
        chunk(&format!(r#"{{"index":0,"delta":{{"content":"{token}"}},"finish_reason":null}}"#), "null");
    }
    chunk(r#"{"index":0,"delta":{},"finish_reason":"stop"}"#, "null");
    chunk("", r#"{"prompt_tokens":412,"completion_tokens":100,"total_tokens":512}"#);
    stream.push_str("data: [DONE]\n\n");
    stream.into_bytes()
}

#[divan::bench(args = READS)]
fn events(bencher: Bencher, read: usize) {
    let stream = stream();
    bencher.counter(BytesCount::of_slice(&stream)).bench_local(|| {
        let (mut decoder, mut events) = (Decoder::default(), Vec::new());
        for bytes in black_box(&stream).chunks(read) {
            decoder.push(bytes, &mut events).unwrap();
        }
        events
    });
}

#[divan::bench(args = READS)]
fn answer(bencher: Bencher, read: usize) {
    let stream = stream();
    bencher.counter(BytesCount::of_slice(&stream)).bench_local(|| {
        let (mut answer, mut deltas) = (Answer::new(Some("text/event-stream"), Mask::default()), Vec::new());
        for bytes in black_box(&stream).chunks(read) {
            answer.push(bytes, &mut deltas).unwrap();
        }
        answer.finish(&mut deltas).unwrap();
        deltas
    });
}

/// Errors of the kinds that come most: an object, a web page, words alone.
const ERRORS: [(u16, &str); 3] = [
    (
        429,
        r#"{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","param":null,"code":"insufficient_quota"},"request_id":"8f1d2c3b"}"#,
    ),
    (503, "<html><head><title>503 Service Temporarily Unavailable</title></head><body></body></html>"),
    (502, "upstream connect error or disconnect/reset before headers. reset reason: connection failure"),
];

#[divan::bench(args = [0, 1, 2])]
fn failure(bencher: Bencher, kind: usize) {
    let (status, body) = ERRORS[kind];
    let mask = Mask::of(Some("LLM|1|test-key".into()));
    let retry = RetryHeaders { retry_after: Some("2"), ..RetryHeaders::default() };
    bencher.bench_local(|| {
        let reply = ErrorReply { status, retry, body: black_box(body).as_bytes(), ..ErrorReply::default() };
        classify(&reply, &mask)
    });
}
