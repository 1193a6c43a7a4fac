//! An answer from its bytes. The first line of an input is the Content-Type, the second one says how the rest is split.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vita::wire::{Answer, Delta, Failure, Mask, Outcome};
use vita_fuzz::{assert_failure_shown, assert_shown, bytewise, expand, first_line, masks, parts};

/// Longest word of a provider for the end of an answer, in characters.
const FINISH_CHARS: usize = 80;

type Read = (Vec<Delta>, Result<(), Failure>);

fuzz_target!(|input: &[u8]| {
    let (content_type, rest) = first_line(input);
    let (splits, body) = first_line(rest);
    let content_type = str::from_utf8(content_type).ok();
    let body = expand(splits, body);

    for (place, mask) in masks().into_iter().enumerate() {
        let read = |parts: Vec<&[u8]>| read(content_type, &mask, parts);
        let whole = read(vec![&body]);
        assert_eq!(read(parts(splits, &body)), whole, "in parts");
        if let Some(bytes) = bytewise(&body) {
            assert_eq!(read(bytes.collect()), whole, "byte by byte");
        }
        check(&whole, &body, place);
        check(&broken(content_type, &mask, &body), &body, place);
    }
});

/// Reads an answer that arrives in these parts and ends in order.
fn read(content_type: Option<&str>, mask: &Mask, parts: Vec<&[u8]>) -> Read {
    let mut answer = Answer::new(content_type, mask.clone());
    let mut deltas = Vec::new();
    for part in parts {
        if let Err(failure) = answer.push(part, &mut deltas) {
            return (deltas, Err(failure));
        }
    }
    let end = answer.finish(&mut deltas);
    (deltas, end)
}

/// Reads an answer whose connection breaks.
fn broken(content_type: Option<&str>, mask: &Mask, body: &[u8]) -> Read {
    let mut answer = Answer::new(content_type, mask.clone());
    let mut deltas = Vec::new();
    let end = match answer.push(body, &mut deltas) {
        Ok(()) => answer.broken(Failure::new(Outcome::Reset, "the connection broke")),
        Err(failure) => Err(failure),
    };
    (deltas, end)
}

/// Whole only with the provider's word for it, and nothing to see of the key. The text of an answer is passed on as it is.
fn check((deltas, end): &Read, body: &[u8], mask: usize) {
    let mut finished = false;
    for delta in deltas {
        match delta {
            Delta::Text(text) | Delta::Reasoning(text) => assert!(!text.is_empty()),
            Delta::Usage(_) => {}
            Delta::Finish(reason) => {
                assert!(!std::mem::replace(&mut finished, true), "finished twice");
                assert_shown(reason.as_str(), mask, FINISH_CHARS);
            }
        }
    }
    match end {
        Ok(()) => assert!(finished || says_done(body) || is_json(body), "whole without an end"),
        Err(failure) => assert_failure_shown(failure, mask),
    }
}

fn says_done(body: &[u8]) -> bool {
    body.windows(6).any(|bytes| bytes == b"[DONE]")
}

fn is_json(body: &[u8]) -> bool {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    serde_json::from_slice::<serde_json::Value>(body.trim_ascii()).is_ok()
}
