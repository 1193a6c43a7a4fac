//! What one JSON value of an answer brings: a chunk of a stream, or the whole of an answer that was not streamed.

use serde_json::Value;

use super::{Delta, FinishReason, Usage};

/// One thing a chunk brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Something for the caller.
    Delta(Delta),
    /// A part of a tool call; it counts as content.
    ToolCall,
}

/// The pieces of a chunk in OpenAI's form or the Llama API's own. A chunk of neither form brings nothing.
pub(super) fn of_chunk(chunk: &Value) -> Vec<Piece> {
    let mut pieces = Vec::new();
    if chunk["event"].is_object() {
        llama_event(&chunk["event"], &mut pieces);
    }
    if let Some(choice) = first_choice(chunk) {
        message(&choice["delta"], &mut pieces);
        pieces.extend(finish(&choice["finish_reason"]));
    }
    pieces.extend(usage_of(chunk));
    pieces
}

/// The pieces of an answer that came as one JSON body, in the same two forms; none when it has neither.
pub(super) fn of_body(body: &Value) -> Option<Vec<Piece>> {
    if !body["completion_message"].is_object() && !body["choices"].is_array() {
        return None;
    }
    let mut pieces = Vec::new();
    let whole = &body["completion_message"];
    if whole.is_object() {
        message(whole, &mut pieces);
        pieces.extend(finish(&whole["stop_reason"]));
        pieces.extend(llama_metrics(&body["metrics"]));
    }
    if let Some(choice) = first_choice(body) {
        message(&choice["message"], &mut pieces);
        pieces.extend(finish(&choice["finish_reason"]));
    }
    pieces.extend(usage_of(body));
    Some(pieces)
}

/// The choice with index 0; an absent index counts as 0.
fn first_choice(value: &Value) -> Option<&Value> {
    let mut choices = value["choices"].as_array()?.iter();
    choices.find(|choice| choice["index"].as_u64().unwrap_or(0) == 0)
}

/// A message or a part of one, thinking before text.
fn message(message: &Value, pieces: &mut Vec<Piece>) {
    let reasoning = ["reasoning_content", "reasoning"].iter().find_map(|name| some_text(&message[*name]));
    pieces.extend(reasoning.map(|text| Piece::Delta(Delta::Reasoning(text))));
    match &message["content"] {
        Value::Array(parts) => pieces.extend(parts.iter().filter_map(part)),
        Value::Object(_) => pieces.extend(part(&message["content"])),
        text => pieces.extend(said(text)),
    }
    pieces.extend(said(&message["refusal"]));
    let tools = message["tool_calls"].as_array().is_some_and(|calls| !calls.is_empty());
    if tools || message["function_call"].is_object() {
        pieces.push(Piece::ToolCall);
    }
}

/// One typed part; parts of other types than text bring nothing.
fn part(part: &Value) -> Option<Piece> {
    (part["type"] == "text").then(|| said(&part["text"])).flatten()
}

fn llama_event(event: &Value, pieces: &mut Vec<Piece>) {
    let delta = &event["delta"];
    match delta["type"].as_str() {
        Some("reasoning") => {
            let text = ["text", "reasoning"].iter().find_map(|name| some_text(&delta[*name]));
            pieces.extend(text.map(|text| Piece::Delta(Delta::Reasoning(text))));
        }
        Some("tool_call") => pieces.push(Piece::ToolCall),
        _ => pieces.extend(said(&delta["text"])),
    }
    let ends = event["event_type"] == "complete";
    let stop = ends.then_some(Piece::Delta(Delta::Finish(FinishReason::Stop)));
    pieces.extend(finish(&event["stop_reason"]).or(stop));
    pieces.extend(llama_metrics(&event["metrics"]));
}

fn llama_metrics(metrics: &Value) -> Option<Piece> {
    let metrics = metrics.as_array()?;
    let value = |name: &str| metrics.iter().find(|metric| metric["metric"] == name).map(|metric| &metric["value"]);
    Some(Piece::Delta(Delta::Usage(Usage {
        prompt_tokens: count(value("num_prompt_tokens")?)?,
        completion_tokens: value("num_completion_tokens").and_then(count).unwrap_or(0),
        cached_tokens: 0,
    })))
}

/// The token counts, wherever the service puts them: beside the choices, in the first one (Moonshot), under `x_groq` (Groq).
fn usage_of(chunk: &Value) -> Option<Piece> {
    [&chunk["usage"], &chunk["choices"][0]["usage"], &chunk["x_groq"]["usage"]].into_iter().find_map(usage)
}

fn usage(usage: &Value) -> Option<Piece> {
    let first = |names: &[&str]| names.iter().find_map(|name| count(&usage[*name]));
    let details = |name: &str| count(&usage[name]["cached_tokens"]);
    Some(Piece::Delta(Delta::Usage(Usage {
        prompt_tokens: first(&["prompt_tokens", "input_tokens"])?,
        completion_tokens: first(&["completion_tokens", "output_tokens"]).unwrap_or(0),
        cached_tokens: details("prompt_tokens_details")
            .or_else(|| details("input_tokens_details"))
            .or_else(|| first(&["cached_tokens", "prompt_cache_hit_tokens"]))
            .unwrap_or(0),
    })))
}

/// More tokens than any answer has: a nonsensical count must not overflow the sums of a day.
const MOST_TOKENS: u64 = 1_000_000_000;

/// A count of tokens; the Llama API writes them as decimals.
fn count(value: &Value) -> Option<u64> {
    let decimal = || value.as_f64().filter(|number| *number >= 0.0).map(|number| number as u64);
    value.as_u64().or_else(decimal).map(|count| count.min(MOST_TOKENS))
}

fn finish(reason: &Value) -> Option<Piece> {
    // DashScope's native form writes the absent one as a word.
    let word = some_text(reason).filter(|word| word != "null")?;
    Some(Piece::Delta(Delta::Finish(FinishReason::from(word.as_str()))))
}

fn said(text: &Value) -> Option<Piece> {
    some_text(text).map(|text| Piece::Delta(Delta::Text(text)))
}

fn some_text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}
