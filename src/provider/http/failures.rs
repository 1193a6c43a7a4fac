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
use crate::wire::{Dialect, Failure, Mask, Obstacle, Outcome};

/// How much of an error's body is read, in bytes.
const ERROR_BODY: usize = 64 << 10;

/// Why no response came.
pub(super) fn send_failure(error: &reqwest::Error, place: &str, mask: &Mask) -> Failure {
    let cause = if error.is_timeout() { "no connection in time".to_owned() } else { root_cause(error) };
    if error.is_connect() {
        let obstacle = if error.is_timeout() { Some(Obstacle::Timeout) } else { obstacle(causes(error)) };
        let message = mask.line(&format!("no connection to {place}: {cause}"), 300);
        let code = obstacle.map(|obstacle| obstacle.code().to_owned());
        return Failure { code, ..Failure::new(Outcome::Connect, message) };
    }
    let (outcome, message) = if cause.starts_with("invalid HTTP") {
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

/// What the causes of a failure to connect say, as far as they are known.
fn obstacle<'a>(causes: impl Iterator<Item = &'a (dyn Error + 'static)>) -> Option<Obstacle> {
    let mut of_names = false;
    for cause in causes {
        let words = cause.to_string().to_lowercase();
        of_names |= words.contains("dns error") || words.contains("lookup address");
        if words.contains("tunnel") || words.contains("proxy") {
            return Some(Obstacle::Proxy);
        }
        let Some(cause) = cause.downcast_ref::<io::Error>().map(innermost) else { continue };
        let is_tls = cause.get_ref().is_some_and(|inner| inner.is::<rustls::Error>());
        if is_tls || words.contains("tls handshake") {
            return Some(Obstacle::Tls);
        }
        return match cause.kind() {
            // The resolvers of glibc, musl and macOS, in this order.
            _ if of_names
                && ["temporary failure", "try again", "not found, try"].iter().any(|said| words.contains(said)) =>
            {
                Some(Obstacle::NoNameServer)
            }
            _ if of_names => Some(Obstacle::NoSuchName),
            io::ErrorKind::ConnectionRefused => Some(Obstacle::Refused),
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => Some(Obstacle::Unreachable),
            io::ErrorKind::TimedOut => Some(Obstacle::Timeout),
            _ => None,
        };
    }
    None
}

/// The error that others of its kind were wrapped around.
fn innermost(error: &io::Error) -> &io::Error {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<io::Error>());
    inner.map_or(error, innermost)
}

fn io_kind(error: &reqwest::Error) -> Option<io::ErrorKind> {
    causes(error).filter_map(|cause| cause.downcast_ref::<io::Error>()).last().map(|error| innermost(error).kind())
}

/// Longest wait for the body of an error.
const BODY_PATIENCE: Duration = Duration::from_secs(1);

/// Classifies a response whose status is not good.
pub(super) async fn refusal(mut response: Response, dialect: Dialect, mask: &Mask) -> Failure {
    // What the status says must not wait for a body that never ends; what came of it counts.
    let mut body = Vec::new();
    let _ = timeout(BODY_PATIENCE, read_body(&mut response, &mut body, ERROR_BODY)).await;
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

#[cfg(test)]
mod tests {
    use rustls::CertificateError;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::super::{HttpProvider, HttpSettings};
    use super::*;
    use crate::provider::Provider as _;

    #[tokio::test]
    async fn what_came_of_an_errors_body_counts_though_its_end_does_not_come() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
        let body = r#"{"error":{"code":"Arrearage","message":"Access denied"}}"#;
        let head = "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
        let response = format!("{head}{:x}\r\n{body}\r\n", body.len());
        let server = async {
            let (mut socket, _) = listener.accept().await.unwrap();
            socket.read_buf(&mut Vec::new()).await.unwrap();
            socket.write_all(response.as_bytes()).await.unwrap();
            std::future::pending::<()>().await;
            drop(socket);
        };
        let provider = HttpProvider::new(HttpSettings::new(base_url)).unwrap();
        let failure = tokio::select! {
            listed = provider.models() => listed.unwrap_err(),
            () = server => unreachable!("the connection stays open"),
        };
        assert_eq!((failure.outcome, failure.status), (Outcome::Billing, Some(400)));
    }

    #[test]
    fn what_kept_a_connection_from_coming_about_is_told_apart() {
        let name = rustls::Error::InvalidCertificate(CertificateError::NotValidForName);
        for (cause, expected) in [
            (io::Error::other(io::Error::new(io::ErrorKind::InvalidData, name)), Some(Obstacle::Tls)),
            (io::Error::new(io::ErrorKind::UnexpectedEof, "tls handshake eof"), Some(Obstacle::Tls)),
            (io::Error::from(io::ErrorKind::ConnectionRefused), Some(Obstacle::Refused)),
            (io::Error::from(io::ErrorKind::NetworkUnreachable), Some(Obstacle::Unreachable)),
            (io::Error::from(io::ErrorKind::TimedOut), Some(Obstacle::Timeout)),
            (
                io::Error::other("failed to lookup address information: Name or service not known"),
                Some(Obstacle::NoSuchName),
            ),
            (io::Error::other("failed to lookup address information: Try again"), Some(Obstacle::NoNameServer)),
            (io::Error::other("proxy authentication required"), Some(Obstacle::Proxy)),
            (io::Error::other("something else"), None),
        ] {
            let said = cause.to_string();
            let causes: [&(dyn Error + 'static); 1] = [&cause];
            assert_eq!(obstacle(causes.into_iter()), expected, "{said}");
        }
    }
}
