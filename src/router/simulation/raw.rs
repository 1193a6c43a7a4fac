//! Failures as the wire makes them: from raw bodies in which the provider echoes the key it was sent, read by the real decoder and
//! classifier with the mask of that key. Where the router gives anything out, the key may not be in it.

use std::time::Duration;

use serde_json::json;

use crate::wire::classify::{ErrorReply, classify};
use crate::wire::retry_after::RetryHeaders;
use crate::wire::{self, Failure, Mask};

/// Part of every key of the scripted providers; what contains it has let a key out.
pub(super) const SECRET: &str = "test-key";

/// The keys of the scripted providers, in their order.
pub(super) const KEYS: [&str; 3] = ["LLM|1|test-key", "sk-test-key", "third-test-key"];

/// The calendar of the providers' `Date` header.
const DATE: &str = "Wed, 21 Oct 2026 07:28:00 GMT";

/// How a provider asks to be left alone, in every form there is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum RetryAfter {
    Seconds(f64),
    Milliseconds(u64),
    /// This many seconds after the `Date` header, as an HTTP date. Under 60.
    Date(u64),
    Nonsense(&'static str),
}

impl RetryAfter {
    /// How long it means.
    pub fn meaning(self) -> Option<Duration> {
        match self {
            Self::Seconds(seconds) => Some(Duration::from_secs_f64(seconds)),
            Self::Milliseconds(ms) => Some(Duration::from_millis(ms)),
            Self::Date(seconds) => Some(Duration::from_secs(seconds)),
            Self::Nonsense(_) => None,
        }
    }
}

/// A refusal with a status before any text.
pub(super) fn refusal(key: &str, status: u16, code: &str, says: Option<RetryAfter>) -> Failure {
    let body = json!({
        "error": {
            "message": format!("{code}: you sent Authorization: Bearer {key} ({}) {key}", key.replace('|', "%7C")),
            "code": code,
        },
        "request_id": format!("request-of-{key}"),
    })
    .to_string();
    let words = match says {
        Some(RetryAfter::Seconds(seconds)) => Some(seconds.to_string()),
        Some(RetryAfter::Milliseconds(ms)) => Some(ms.to_string()),
        Some(RetryAfter::Date(seconds)) => Some(format!("Wed, 21 Oct 2026 07:28:{seconds:02} GMT")),
        Some(RetryAfter::Nonsense(words)) => Some(words.to_owned()),
        None => None,
    };
    let (ms, after) = match says {
        Some(RetryAfter::Milliseconds(_)) => (words.as_deref(), None),
        _ => (None, words.as_deref()),
    };
    let retry = RetryHeaders { retry_after_ms: ms, retry_after: after, date: Some(DATE), ..RetryHeaders::default() };
    let reply = ErrorReply {
        status,
        content_type: Some("application/json"),
        retry,
        request_id: Some(key),
        body: body.as_bytes(),
        ..ErrorReply::default()
    };
    classify(&reply, &mask(key))
}

/// A web page where an answer should be, the key in it.
pub(super) fn page(key: &str, status: u16) -> Failure {
    let body = format!("<html><body>Bad gateway for Bearer {key}</body></html>");
    let reply = ErrorReply { status, content_type: Some("text/html"), body: body.as_bytes(), ..ErrorReply::default() };
    classify(&reply, &mask(key))
}

/// What the decoder makes of these bytes after a stream has begun.
fn within(key: &str, bytes: &str) -> Failure {
    let mut deltas = Vec::new();
    let mut answer = wire::Answer::new(Some("text/event-stream"), mask(key));
    let begun = answer.push(b"data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n", &mut deltas);
    let ended = begun.and_then(|()| answer.push(bytes.as_bytes(), &mut deltas));
    ended.and_then(|()| answer.finish(&mut deltas)).expect_err("a failure inside the stream")
}

/// An error said in the middle of a stream, in DashScope's native form.
pub(super) fn said_within(key: &str, status: u16, code: &str) -> Failure {
    let said = json!({ "code": code, "message": format!("no more for {key}"), "request_id": key });
    within(key, &format!("id:1\nevent:error\n:HTTP_STATUS/{status}\ndata:{said}\n\n"))
}

/// The stream ends in the middle.
pub(super) fn cut(key: &str) -> Failure {
    within(key, "")
}

/// A frame that is not JSON.
pub(super) fn malformed(key: &str) -> Failure {
    within(key, &format!("data: {{\"choices\": {key}\n\n"))
}

fn mask(key: &str) -> Mask {
    Mask::of(Some(key.to_owned().into()))
}
