//! A response that is no answer. An input looks like HTTP: the status, headers, an empty line, the body.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vita::wire::Outcome;
use vita::wire::classify::{ErrorReply, classify};
use vita::wire::retry_after::RetryHeaders;
use vita_fuzz::{assert_failure_shown, first_line, services};

/// What only the router can say.
const OWN: [Outcome; 6] =
    [Outcome::Ok, Outcome::Cancelled, Outcome::NotConfigured, Outcome::Unavailable, Outcome::Limit, Outcome::Truncated];

fuzz_target!(|input: &[u8]| {
    let (status, rest) = first_line(input);
    let Some(status) = str::from_utf8(status).ok().and_then(|status| status.trim().parse().ok()) else {
        return;
    };
    let (headers, body) = head(rest);
    let header = |name: &str| headers.iter().find(|(given, _)| *given == name).map(|(_, value)| *value);
    let reply = |dialect| ErrorReply {
        status,
        dialect,
        content_type: header("content-type"),
        retry: RetryHeaders {
            retry_after_ms: header("retry-after-ms"),
            retry_after: header("retry-after"),
            date: header("date"),
            should_retry: header("x-should-retry"),
        },
        request_id: header("x-request-id"),
        body,
    };
    for (place, (mask, dialect)) in services().into_iter().enumerate() {
        let failure = classify(&reply(dialect), &mask);
        assert_failure_shown(&failure, place);
        assert!(!OWN.contains(&failure.outcome), "{:?}", failure.outcome);
        assert!(!failure.message.is_empty());
        assert!(failure.status.is_some());
    }
});

/// The headers, and the body after the empty line.
fn head(mut rest: &[u8]) -> (Vec<(&str, &str)>, &[u8]) {
    let mut headers = Vec::new();
    loop {
        let (line, after) = first_line(rest);
        rest = after;
        if line.is_empty() {
            return (headers, rest);
        }
        let header = str::from_utf8(line).ok().and_then(|line| line.split_once(": "));
        headers.extend(header);
    }
}
