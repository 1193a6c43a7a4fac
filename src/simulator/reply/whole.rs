//! An answer as one JSON body.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::plan::Form;
use super::{Act, ChatCall, Delays, Fault, Said, error_body, first_token, next_token};

/// How long the headers are held back, and the acts of the body.
pub(super) fn acts(call: &ChatCall, said: &Said, fault: Option<&Fault>, delays: &mut Delays) -> (Duration, Vec<Act>) {
    let mut wait = first_token(call, fault, delays);
    for _ in 1..said.tokens.len() {
        wait = wait.saturating_add(next_token(fault, delays));
    }
    let body = body(call, said, fault);
    let half = || Act::send(body.chars().take(body.chars().count() / 2).collect::<String>(), 0);
    let acts = match fault {
        Some(Fault::Cut { .. } | Fault::Short { .. }) => vec![half(), Act::Break],
        Some(Fault::Abort { .. }) => vec![half(), Act::Reset],
        Some(Fault::Stall { .. }) => vec![half(), Act::Hang],
        Some(Fault::Truncate { .. }) => vec![half()],
        Some(Fault::Malformed { .. }) => vec![Act::send("{\"choices\":[}", 0)],
        Some(Fault::DoneOnly) => vec![Act::send("", 0)],
        Some(Fault::Repeat { .. }) => vec![Act::Hang],
        Some(Fault::Linger) => vec![Act::send(body, said.tokens.len() as u64), Act::Hang],
        Some(Fault::Flood) => {
            vec![Act::send("{\"choices\":\"", 0), Act::Again(vec![Act::send("more ".repeat(4096), 0)])]
        }
        Some(Fault::Reasoning { lasts }) => vec![Act::Wait(*lasts), Act::send(body, said.tokens.len() as u64)],
        // White space may stand before a JSON value.
        Some(Fault::KeepAlive { every, .. }) => vec![Act::Again(vec![Act::Wait(*every), Act::send("\n", 0)])],
        Some(Fault::ErrorFrame { status, code, message, body, .. }) => {
            vec![Act::send(error_body(*body, *status, code.as_deref(), message.as_deref(), &call.key), 0)]
        }
        _ => vec![Act::send(body, said.tokens.len() as u64)],
    };
    (wait, acts)
}

fn body(call: &ChatCall, said: &Said, fault: Option<&Fault>) -> String {
    let (text, count) = (said.tokens.concat(), said.tokens.len() as u64);
    if fault == Some(&(Fault::Framing { form: Form::Llama })) {
        return llama_body(said, &text, count).to_string();
    }
    let content = if fault == Some(&Fault::RoleOnly) { Value::Null } else { json!(text) };
    let message = json!({"role": "assistant", "content": content});
    let mut body = json!({
        "id": "chatcmpl-simulated", "object": "chat.completion", "created": 0, "model": call.model,
        "choices": [{"index": 0, "message": message, "finish_reason": said.finish}],
        "usage": said.usage(count),
    });
    match fault {
        Some(Fault::EmptyChoices) => body["choices"] = json!([]),
        Some(Fault::NoUsage) => body["usage"] = Value::Null,
        _ => {}
    }
    match fault {
        Some(Fault::Framing { form: Form::Bom }) => format!("\u{feff}{body}"),
        _ => body.to_string(),
    }
}

/// An answer in the Llama API's own form.
fn llama_body(said: &Said, text: &str, count: u64) -> Value {
    json!({
        "completion_message": {"role": "assistant", "content": {"type": "text", "text": text}, "stop_reason": said.finish},
        "metrics": [
            {"metric": "num_prompt_tokens", "value": said.prompt_tokens, "unit": "tokens"},
            {"metric": "num_completion_tokens", "value": count, "unit": "tokens"},
        ],
    })
}
