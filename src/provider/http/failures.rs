//! From what the HTTP client and the response say went wrong to a failure.

use std::error::Error;
use std::io;
use std::time::Duration;

use reqwest::Response;
use reqwest::header::{CONTENT_TYPE, DATE, RETRY_AFTER};
use tokio::time::timeout;

use super::{header, read_body};
use crate::wire::classify::{ErrorReply, classify};
use crate::wire::retry_after::RetryHeaders;
use crate::wire::{Dialect, Failure, Mask, Outcome};

/// How much of an error's body is read, in bytes.
const ERROR_BODY: usize = 64 << 10;

/// Why no response came.
pub(super) fn send_failure(error: &reqwest::Error, place: &str, mask: &Mask) -> Failure {
    let cause = if error.is_timeout() { "no connection in time".to_owned() } else { root_cause(error) };
    let (outcome, message) = if error.is_connect() {
        (Outcome::Connect, format!("no connection to {place}: {cause}"))
    } else if cause.starts_with("invalid HTTP") {
        (Outcome::Foreign, format!("{place} does not speak HTTP: {cause}"))
    } else {
        (Outcome::Reset, format!("the connection to {place} broke before an answer: {cause}"))
    };
    Failure::new(outcome, mask.line(&message, 300))
}

/// Why a response stopped in the middle.
pub(super) fn body_failure(error: &reqwest::Error) -> Failure {
    match io_kind(error) {
        Some(io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe) => {
            Failure::new(Outcome::Reset, "the connection broke in the middle of the answer")
        }
        Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput) => {
            Failure::new(Outcome::Malformed, "the answer's compression or framing is broken")
        }
        _ => Failure::new(Outcome::Truncated, "the answer ended in the middle"),
    }
}

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(error.source(), |cause: &&(dyn Error + 'static)| (*cause).source())
}

pub(super) fn root_cause(error: &reqwest::Error) -> String {
    causes(error).last().map_or_else(|| error.to_string(), ToString::to_string)
}

fn io_kind(error: &reqwest::Error) -> Option<io::ErrorKind> {
    causes(error).filter_map(|cause| cause.downcast_ref::<io::Error>()).last().map(io::Error::kind)
}

/// Longest wait for the body of an error.
const BODY_PATIENCE: Duration = Duration::from_secs(1);

/// Classifies a response whose status is not good.
pub(super) async fn refusal(mut response: Response, dialect: Dialect, mask: &Mask) -> Failure {
    // What the status says must not wait for a body that never ends.
    let body =
        timeout(BODY_PATIENCE, read_body(&mut response, ERROR_BODY)).await.map(|(body, _)| body).unwrap_or_default();
    let headers = response.headers();
    let reply = ErrorReply {
        status: response.status().as_u16(),
        content_type: header(headers, CONTENT_TYPE.as_str()),
        dialect,
        retry: RetryHeaders {
            retry_after_ms: header(headers, "retry-after-ms"),
            retry_after: header(headers, RETRY_AFTER.as_str()),
            date: header(headers, DATE.as_str()),
            should_retry: header(headers, "x-should-retry"),
        },
        request_id: header(headers, "x-request-id"),
        body: &body,
    };
    classify(&reply, mask)
}
