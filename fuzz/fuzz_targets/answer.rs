//! An answer from its bytes. The first line of an input is the Content-Type, the second one says how the rest is split.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vita::wire::{Answer, Delta, Failure, Outcome};
use vita_fuzz::{Read, assert_failure_shown, assert_shown, assert_veiled, first_line, parts, read, services};

/// Longest word of a provider for the end of an answer, in characters.
const FINISH_CHARS: usize = 80;

fuzz_target!(|input: &[u8]| {
    let (content_type, rest) = first_line(input);
    let (splits, body) = first_line(rest);
    let content_type = str::from_utf8(content_type).ok();
    for (place, (mask, dialect)) in services().into_iter().enumerate() {
        let answer = || Answer::new(content_type, mask.clone()).in_dialect(dialect);
        let whole = read(answer(), [body], None);
        assert_eq!(read(answer(), parts(splits, 1, body), None), whole, "in parts");
        assert_eq!(read(answer(), body.chunks(1), None), whole, "byte by byte");
        check(&whole, body, place);
        assert_veiled(&whole.0, &mask, place);
        let broken = Failure::new(Outcome::Reset, "the connection broke");
        check(&read(answer(), [body], Some(broken)), body, place);
    }
});

/// Whole only with the provider's word for it, and nothing to see of a key.
fn check((deltas, end): &Read, body: &[u8], service: usize) {
    let mut finished = false;
    for delta in deltas {
        match delta {
            Delta::Text(text) | Delta::Reasoning(text) => assert!(!text.is_empty()),
            Delta::Usage(_) => {}
            Delta::Finish(reason) => {
                assert!(!std::mem::replace(&mut finished, true), "finished twice");
                assert_shown(reason.as_str(), service, FINISH_CHARS);
            }
        }
    }
    match end {
        Ok(()) => assert!(finished || says_done(body) || is_json(body), "whole without an end"),
        Err(failure) => assert_failure_shown(failure, service),
    }
}

fn says_done(body: &[u8]) -> bool {
    body.windows(6).any(|bytes| bytes == b"[DONE]")
}

fn is_json(body: &[u8]) -> bool {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    serde_json::from_slice::<serde_json::Value>(body.trim_ascii()).is_ok()
}
