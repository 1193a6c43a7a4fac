//! An answer as a stream of server-sent events.

use serde_json::{Value, json};

use super::super::plan::{BodyKind, Form};
use super::said::most;
use super::{Act, ChatCall, Delays, Fault, Said, error_body, first_token, framing, next_token};

const DONE: &str = "data: [DONE]\n\n";
const COMMENT: &str = ": keep-alive\n\n";
/// The start of a chunk whose rest got lost.
const HALF_CHUNK: &str = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\n\n";

/// Words sent at a time of a chunk that never ends.
const FLOOD: usize = 4096;

/// What a reasoning provider thinks, piece after piece.
const THOUGHTS: [&str; 5] = ["Let ", "me ", "think ", "about ", "this. "];
/// Most pieces of a thought, so that long ones don't grow with their time.
const MOST_THOUGHTS: u128 = 40;

/// The script of a stream while it is written.
struct Script<'a> {
    call: &'a ChatCall,
    provider: &'a str,
    said: &'a Said,
    fault: Option<&'a Fault>,
    acts: Vec<Act>,
    /// Tokens sent so far, reasoning included.
    sent: u64,
}

/// The acts of a stream.
pub(super) fn acts(
    call: &ChatCall,
    provider: &str,
    said: &Said,
    fault: Option<&Fault>,
    delays: &mut Delays,
) -> Vec<Act> {
    let mut script = Script { call, provider, said, fault, acts: Vec::new(), sent: 0 };
    script.acts.push(Act::Wait(first_token(call, fault, delays)));
    let strikes_after = strikes_after(fault);
    if strikes_after > 0 {
        script.open();
    }
    for (place, token) in said.tokens.iter().take(strikes_after).enumerate() {
        if place > 0 {
            script.acts.push(Act::Wait(next_token(fault, delays)));
        }
        script.say(token);
    }
    script.end(delays);
    match fault {
        Some(Fault::Framing { form }) => framing::framed(script.acts, *form),
        _ => script.acts,
    }
}

/// Tokens after which a fault strikes.
fn strikes_after(fault: Option<&Fault>) -> usize {
    match fault {
        Some(
            Fault::Cut { tokens }
            | Fault::Abort { tokens }
            | Fault::Short { tokens }
            | Fault::Truncate { tokens }
            | Fault::Stall { tokens }
            | Fault::Malformed { tokens }
            | Fault::KeepAlive { tokens, .. }
            | Fault::Repeat { tokens }
            | Fault::ErrorFrame { tokens, .. },
        ) => most(Some(*tokens)),
        Some(Fault::Flood) => 0,
        _ => usize::MAX,
    }
}

impl Script<'_> {
    /// What comes before the text.
    fn open(&mut self) {
        if matches!(self.fault, Some(Fault::DoneOnly | Fault::EmptyChoices)) {
            return;
        }
        self.chunk(json!({"role": "assistant", "content": ""}), None, 0);
        if let Some(Fault::Reasoning { lasts }) = self.fault {
            let pieces = (lasts.as_millis() / 50).clamp(1, MOST_THOUGHTS) as u32;
            for piece in THOUGHTS.iter().cycle().take(pieces as usize) {
                self.chunk(json!({"content": null, "reasoning_content": piece}), None, 1);
                self.acts.push(Act::Wait(*lasts / pieces));
            }
        }
    }

    fn say(&mut self, token: &str) {
        self.chunk(json!({"content": token}), None, 1);
    }

    /// What comes after the text.
    fn end(&mut self, delays: &mut Delays) {
        match self.fault {
            Some(Fault::Cut { .. } | Fault::Short { .. }) => self.acts.push(Act::Break),
            Some(Fault::Abort { .. }) => self.acts.push(Act::Reset),
            Some(Fault::Stall { .. }) => self.acts.push(Act::Hang),
            Some(Fault::Truncate { .. } | Fault::RoleOnly) => {}
            Some(Fault::Flood) => self.flood(),
            Some(Fault::KeepAlive { every, .. }) => {
                self.acts.push(Act::Again(vec![Act::Wait(*every), Act::send(COMMENT, 0)]));
            }
            Some(Fault::Repeat { .. }) => self.repeat(delays),
            Some(Fault::Malformed { .. }) => self.send(HALF_CHUNK.to_owned(), 0),
            Some(Fault::ErrorFrame { status, code, message, body, .. }) => {
                self.send(error_frame(*body, *status, code.as_deref(), message.as_deref(), &self.call.key), 0);
            }
            Some(Fault::Empty | Fault::DoneOnly) => self.send(DONE.to_owned(), 0),
            Some(Fault::EmptyChoices) => {
                self.send(self.frame(json!([]), None), 0);
                self.send(DONE.to_owned(), 0);
            }
            _ => self.conclude(),
        }
    }

    /// The end of a whole answer.
    fn conclude(&mut self) {
        if let Some(finish) = &self.said.finish {
            self.chunk(json!({}), Some(finish), 0);
        }
        if self.call.wants_usage() && self.fault != Some(&Fault::NoUsage) {
            self.send(self.frame(json!([]), Some(self.said.usage(self.sent))), 0);
        }
        match self.fault {
            Some(Fault::NoDone) => {}
            Some(Fault::Linger) => self.acts.push(Act::Hang),
            _ => self.send(DONE.to_owned(), 0),
        }
    }

    /// What was said is said again, for ever.
    fn repeat(&mut self, delays: &mut Delays) {
        let said = self.acts.iter().filter(|act| matches!(act, Act::Send(_, 1)));
        let again = said.flat_map(|act| [Act::Wait(delays.token()), act.clone()]).collect();
        self.acts.push(Act::Again(again));
    }

    /// A chunk begins and never ends.
    fn flood(&mut self) {
        self.send("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"".to_owned(), 0);
        self.acts.push(Act::Again(vec![Act::send("more ".repeat(FLOOD), 0)]));
    }

    fn chunk(&mut self, delta: Value, finish: Option<&str>, tokens: u64) {
        self.sent += tokens;
        let form = match self.fault {
            Some(Fault::Framing { form }) => Some(*form),
            _ => None,
        };
        let text = match form {
            Some(Form::Llama) => llama_event(&delta, finish),
            Some(Form::Nulls) => {
                let choice = json!({"index": 0, "delta": nulls(delta), "finish_reason": finish.unwrap_or_default()});
                self.frame(json!([choice]), Some(Value::Null))
            }
            _ => {
                let usage = (self.fault == Some(&Fault::UsageEach)).then(|| self.said.usage(self.sent));
                self.frame(json!([{"index": 0, "delta": delta, "finish_reason": finish}]), usage)
            }
        };
        self.send(text, tokens);
    }

    fn frame(&self, choices: Value, usage: Option<Value>) -> String {
        let mut chunk = json!({
            "id": format!("chatcmpl-{}", self.provider), "object": "chat.completion.chunk", "created": 0,
            "model": self.call.model, "choices": choices,
        });
        if let Some(usage) = usage {
            chunk["usage"] = usage;
        }
        format!("data: {chunk}\n\n")
    }

    fn send(&mut self, text: String, tokens: u64) {
        self.acts.push(Act::send(text, tokens));
    }
}

/// A delta that names every field, null where it has nothing to say.
fn nulls(delta: Value) -> Value {
    let mut full =
        json!({"role": null, "content": null, "reasoning_content": null, "refusal": null, "tool_calls": null});
    for (name, value) in delta.as_object().into_iter().flatten() {
        full[name] = value.clone();
    }
    full
}

/// A chunk in the Llama API's own form.
fn llama_event(delta: &Value, finish: Option<&str>) -> String {
    let kind = match (finish, &delta["role"]) {
        (Some(_), _) => "complete",
        (None, Value::String(_)) => "start",
        _ => "progress",
    };
    let text = delta["content"].as_str().unwrap_or_default();
    let mut event = json!({"event_type": kind, "delta": {"type": "text", "text": text}});
    if let Some(finish) = finish {
        event["stop_reason"] = json!(finish);
    }
    format!("data: {}\n\n", json!({"id": "simulated", "event": event}))
}

/// An error inside a stream.
fn error_frame(kind: BodyKind, status: u16, code: Option<&str>, message: Option<&str>, key: &str) -> String {
    let body = error_body(kind, status, code, message, key);
    let data = body.trim_end().replace('\n', "\ndata: ");
    match kind {
        // As DashScope sends it in a stream of the compatible mode.
        BodyKind::Native => format!("id:1\nevent:error\n:HTTP_STATUS/{status}\ndata:{data}\n\n"),
        // vLLM ends the stream as if it were whole.
        BodyKind::Object => format!("data: {data}\n\n{DONE}"),
        _ => format!("data: {data}\n\n"),
    }
}
