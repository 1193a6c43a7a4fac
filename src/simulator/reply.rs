//! What is sent for a call: a script of acts, made in advance so that it can be read and tested as data.

use std::time::Duration;

use serde_json::{Value, json};

use super::pace::Delays;
use super::plan::{BodyKind, Fault};
use super::request::ChatCall;
use super::{answers, tokens};

mod body;

pub(super) use body::error_body;

/// One thing the simulator does while it answers.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Act {
    /// Nothing, for so long.
    Wait(Duration),
    /// Sends bytes that hold so many tokens of the answer.
    Send(String, u64),
    /// Breaks the connection.
    Break,
    /// Nothing, for ever.
    Hang,
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
        content_type: &'static str,
        retry_after: Option<String>,
        acts: Vec<Act>,
    },
}

pub(super) const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";
const DONE: &str = "data: [DONE]\n\n";
/// The start of a chunk whose rest got lost.
const HALF_CHUNK: &str = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\n\n";

impl Reply {
    /// The reply to a chat call. `key` is what the caller presented.
    pub fn to(call: &ChatCall, provider: &str, key: &str, fault: Option<&Fault>, delays: &mut Delays) -> Self {
        if let Some(reply) = fault.and_then(|fault| Self::instead(fault, key)) {
            return reply;
        }
        match (call.stream, fault) {
            (true, Some(Fault::ErrorFrame { status, code, message })) => {
                Self::events(vec![Act::Send(error_frame(*status, code, message), 0)])
            }
            (false, Some(Fault::ErrorFrame { status, code, message })) => {
                let body = error_body(BodyKind::Native, *status, Some(code), Some(message), key);
                Self::whole(Duration::ZERO, vec![Act::Send(body, 0)])
            }
            (true, _) => Self::events(stream(call, provider, fault, delays)),
            (false, _) => single(call, provider, fault, delays),
        }
    }

    /// The reply of a fault that comes instead of any answer; none when the fault lies in the answer.
    pub fn instead(fault: &Fault, key: &str) -> Option<Self> {
        Some(match fault {
            Fault::Refuse => Self::Close,
            Fault::Reset => Self::Reset,
            Fault::Silence => Self::Silence,
            Fault::Html => Self::at_once(200, HTML, None, body::LOGIN_PAGE.to_owned()),
            Fault::Status { status, code, message, retry_after, body } => {
                let content_type = if *body == BodyKind::Html { HTML } else { JSON };
                let text = error_body(*body, *status, code.as_deref(), message.as_deref(), key);
                Self::at_once(*status, content_type, retry_after.clone(), text)
            }
            _ => return None,
        })
    }

    /// A response whose body is there at once.
    pub fn at_once(status: u16, content_type: &'static str, retry_after: Option<String>, body: String) -> Self {
        Self::Response { wait: Duration::ZERO, status, content_type, retry_after, acts: vec![Act::Send(body, 0)] }
    }

    fn events(acts: Vec<Act>) -> Self {
        Self::Response { wait: Duration::ZERO, status: 200, content_type: EVENTS, retry_after: None, acts }
    }

    fn whole(wait: Duration, acts: Vec<Act>) -> Self {
        Self::Response { wait, status: 200, content_type: JSON, retry_after: None, acts }
    }
}

/// An answer's tokens, and whether `max_tokens` cut it.
fn answer<'a>(text: &'a str, call: &ChatCall, fault: Option<&Fault>) -> (Vec<&'a str>, &'static str) {
    let mut answer = if matches!(fault, Some(Fault::Empty)) { Vec::new() } else { tokens::split(text) };
    let most = call.max_tokens.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
    let finish = if answer.len() > most { "length" } else { "stop" };
    answer.truncate(most);
    (answer, finish)
}

/// Tokens after which a fault strikes.
fn strikes_after(fault: Option<&Fault>) -> usize {
    match fault {
        Some(
            Fault::Cut { tokens } | Fault::Truncate { tokens } | Fault::Stall { tokens } | Fault::Malformed { tokens },
        ) => usize::try_from(*tokens).unwrap_or(usize::MAX),
        _ => usize::MAX,
    }
}

fn first_token(call: &ChatCall, fault: Option<&Fault>, delays: &mut Delays) -> Duration {
    match fault {
        Some(Fault::Slow { first_token }) => *first_token,
        _ if call.is_probe() => Duration::ZERO,
        _ => delays.first_token(),
    }
}

fn stream(call: &ChatCall, provider: &str, fault: Option<&Fault>, delays: &mut Delays) -> Vec<Act> {
    let text = answers::answer(provider, &call.question());
    let (answer, finish) = answer(&text, call, fault);
    let chunk = |delta: Value, finish: Option<&str>| {
        frame(call, provider, json!([{"index": 0, "delta": delta, "finish_reason": finish}]), None)
    };

    let mut acts = vec![
        Act::Wait(first_token(call, fault, delays)),
        Act::Send(chunk(json!({"role": "assistant", "content": ""}), None), 0),
    ];
    for (place, token) in answer.iter().take(strikes_after(fault)).enumerate() {
        if place > 0 {
            acts.push(Act::Wait(delays.token()));
        }
        acts.push(Act::Send(chunk(json!({"content": token}), None), 1));
    }
    match fault {
        Some(Fault::Cut { .. }) => acts.push(Act::Break),
        Some(Fault::Stall { .. }) => acts.push(Act::Hang),
        Some(Fault::Malformed { .. }) => acts.push(Act::Send(HALF_CHUNK.to_owned(), 0)),
        Some(Fault::Truncate { .. }) => {}
        Some(Fault::Empty) => acts.push(Act::Send(DONE.to_owned(), 0)),
        _ => {
            acts.push(Act::Send(chunk(json!({}), Some(finish)), 0));
            if call.wants_usage() {
                acts.push(Act::Send(frame(call, provider, json!([]), Some(usage(call, answer.len()))), 0));
            }
            acts.push(Act::Send(DONE.to_owned(), 0));
        }
    }
    acts
}

fn single(call: &ChatCall, provider: &str, fault: Option<&Fault>, delays: &mut Delays) -> Reply {
    let text = answers::answer(provider, &call.question());
    let (answer, finish) = answer(&text, call, fault);
    let mut wait = first_token(call, fault, delays);
    for _ in 1..answer.len() {
        wait += delays.token();
    }
    let body = json!({
        "id": "chatcmpl-simulated", "object": "chat.completion", "created": 0, "model": call.model,
        "choices": [{"index": 0, "message": {"role": "assistant", "content": answer.concat()}, "finish_reason": finish}],
        "usage": usage(call, answer.len()),
    })
    .to_string();
    let count = answer.len() as u64;
    let half = body.chars().take(body.chars().count() / 2).collect();
    let acts = match fault {
        Some(Fault::Cut { .. }) => vec![Act::Send(half, 0), Act::Break],
        Some(Fault::Stall { .. }) => vec![Act::Send(half, 0), Act::Hang],
        Some(Fault::Truncate { .. }) => vec![Act::Send(half, 0)],
        Some(Fault::Malformed { .. }) => vec![Act::Send("{\"choices\":[}".to_owned(), 0)],
        _ => vec![Act::Send(body, count)],
    };
    Reply::whole(wait, acts)
}

fn usage(call: &ChatCall, completion: usize) -> Value {
    let prompt = call.prompt_tokens();
    json!({"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion as u64})
}

fn frame(call: &ChatCall, provider: &str, choices: Value, usage: Option<Value>) -> String {
    let mut chunk = json!({
        "id": format!("chatcmpl-{provider}"), "object": "chat.completion.chunk", "created": 0, "model": call.model, "choices": choices,
    });
    if let Some(usage) = usage {
        chunk["usage"] = usage;
    }
    format!("data: {chunk}\n\n")
}

/// An error inside a stream, as DashScope sends it.
fn error_frame(status: u16, code: &str, message: &str) -> String {
    let data = json!({"code": code, "message": message, "request_id": "simulated"});
    format!("id:1\nevent:error\n:HTTP_STATUS/{status}\ndata:{data}\n\n")
}

#[cfg(test)]
mod tests;
