//! What is sent for a call: a script of acts, made in advance so that it can be read and tested as data.

use std::time::Duration;

use axum::body::Bytes;

use super::pace::Delays;
use super::plan::{BodyKind, Fault};
use super::request::ChatCall;
use super::{answers, tokens};

mod body;
mod framing;
mod said;
mod stream;
mod whole;

use body::content_type;
pub(super) use body::error_body;
use said::Said;

/// One thing the simulator does while it answers.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Act {
    /// Nothing, for so long.
    Wait(Duration),
    /// Sends bytes that hold so many tokens of the answer.
    Send(Bytes, u64),
    /// These, again and again.
    Again(Vec<Act>),
    /// Breaks the connection in order.
    Break,
    /// Resets the connection.
    Reset,
    /// Nothing, for ever.
    Hang,
}

impl Act {
    fn send(text: impl Into<Bytes>, tokens: u64) -> Self {
        Self::Send(text.into(), tokens)
    }
}

/// The answer to a call.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Reply {
    /// None, ever.
    Silence,
    /// The connection is closed in order.
    Close,
    /// The connection is reset.
    Reset,
    /// A response.
    Response {
        /// How long the headers are held back.
        wait: Duration,
        status: u16,
        headers: Vec<(&'static str, String)>,
        acts: Vec<Act>,
    },
}

pub(super) const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream; charset=utf-8";

/// Where redirects lead: to a provider of its own, so that its calls tell who followed.
const ELSEWHERE: &str = "/moved/v1/chat/completions";

/// What `Content-Length` promises and doesn't keep, in bytes.
const MISSING: usize = 512;

impl Reply {
    /// The reply to a chat call.
    pub fn to(call: &ChatCall, provider: &str, fault: Option<&Fault>, delays: &mut Delays) -> Self {
        if let Some(reply) = fault.and_then(|fault| Self::instead(fault, &call.key)) {
            return reply;
        }
        let streamed = call.stream && fault != Some(&Fault::PlainJson);
        let said = Said::to(call, fault);
        let (wait, acts) = if streamed {
            (Duration::ZERO, stream::acts(call, provider, &said, fault, delays))
        } else {
            whole::acts(call, &said, fault, delays)
        };
        let mut headers = vec![("content-type", if streamed { EVENTS } else { JSON }.to_owned())];
        headers.extend(false_header(fault, &acts));
        Self::Response { wait, status: 200, headers, acts }
    }

    /// The reply of a fault that comes instead of any answer; none when the fault lies in the answer. `key` is what the caller
    /// presented.
    pub fn instead(fault: &Fault, key: &str) -> Option<Self> {
        Some(match fault {
            Fault::Refuse => Self::Close,
            Fault::Reset => Self::Reset,
            Fault::Silence => Self::Silence,
            Fault::Html => Self::at_once(200, content_type(BodyKind::Html), body::LOGIN_PAGE.to_owned()),
            Fault::Status { status, code, message, retry_after, body } => {
                let text = error_body(*body, *status, code.as_deref(), message.as_deref(), key);
                let retry_after = retry_after.clone().map(|value| ("retry-after", value));
                let location = (300..400).contains(status).then(|| ("location", ELSEWHERE.to_owned()));
                Self::at_once(*status, content_type(*body), text).with(retry_after.into_iter().chain(location))
            }
            Fault::Retired => Self::error(404, "model_not_found", None),
            Fault::NoPrefill => Self::error(400, "invalid_parameter_error", Some(body::NO_PREFILL)),
            _ => return None,
        })
    }

    /// A response whose body is there at once.
    pub fn at_once(status: u16, content_type: &str, body: String) -> Self {
        let headers = vec![("content-type", content_type.to_owned())];
        Self::Response { wait: Duration::ZERO, status, headers, acts: vec![Act::send(body, 0)] }
    }

    fn error(status: u16, code: &str, message: Option<&str>) -> Self {
        Self::at_once(status, JSON, error_body(BodyKind::Json, status, Some(code), message, ""))
    }

    /// The reply with more headers.
    fn with(mut self, more: impl Iterator<Item = (&'static str, String)>) -> Self {
        if let Self::Response { headers, .. } = &mut self {
            headers.extend(more);
        }
        self
    }
}

/// The header of a fault that lies in one.
fn false_header(fault: Option<&Fault>, acts: &[Act]) -> Option<(&'static str, String)> {
    match fault? {
        Fault::Gzip => Some(("content-encoding", "gzip".to_owned())),
        Fault::Short { .. } => {
            let sent: usize = acts.iter().map(|act| if let Act::Send(bytes, _) = act { bytes.len() } else { 0 }).sum();
            Some(("content-length", (sent + MISSING).to_string()))
        }
        _ => None,
    }
}

/// The wait for an answer's first token.
fn first_token(call: &ChatCall, fault: Option<&Fault>, delays: &mut Delays) -> Duration {
    match fault {
        Some(Fault::Slow { first_token }) => *first_token,
        Some(Fault::Drip { every }) => *every,
        _ if call.is_probe() => Duration::ZERO,
        _ => delays.first_token(),
    }
}

/// The wait for the next token.
fn next_token(fault: Option<&Fault>, delays: &mut Delays) -> Duration {
    match fault {
        Some(Fault::Drip { every }) => *every,
        _ => delays.token(),
    }
}

#[cfg(test)]
mod tests;
