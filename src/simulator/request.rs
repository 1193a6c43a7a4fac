//! The request as the simulator reads it: like a real provider it takes what it knows and leaves the rest.

use serde::Deserialize;
use serde_json::Value;

use super::plan::Asked;
use super::tokens;

/// Answers of at most so many tokens to "Hi" are health checks.
const PROBE_TOKENS: u64 = 16;

/// A chat completion that somebody asks for.
#[derive(Debug, Deserialize)]
pub(super) struct ChatCall {
    pub model: String,
    messages: Vec<Message>,
    #[serde(default)]
    pub stream: bool,
    pub max_tokens: Option<u64>,
    pub(super) stream_options: Option<StreamOptions>,
    /// What the caller presents as its key; it comes in a header.
    #[serde(skip)]
    pub key: String,
}

#[derive(Debug, Deserialize)]
struct Message {
    role: String,
    #[serde(default)]
    content: Value,
    #[serde(default)]
    partial: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct StreamOptions {
    #[serde(default)]
    include_usage: bool,
}

impl Message {
    /// The text of the message; of typed parts, the text ones.
    fn text(&self) -> String {
        match &self.content {
            Value::String(text) => text.clone(),
            Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
            _ => String::new(),
        }
    }
}

impl ChatCall {
    /// The last thing the user said.
    pub fn question(&self) -> String {
        let last = self.messages.iter().rfind(|message| message.role == "user");
        last.map(Message::text).unwrap_or_default()
    }

    /// What the assistant has said already and is to go on with: the last message, marked as partial.
    pub fn prefix(&self) -> Option<String> {
        let last = self.messages.last()?;
        (last.partial && last.role == "assistant").then(|| last.text())
    }

    /// Tokens of all messages.
    pub fn prompt_tokens(&self) -> u64 {
        self.messages.iter().map(|message| tokens::count(&message.text())).sum()
    }

    /// Whether the stream is to end with token counts.
    pub fn wants_usage(&self) -> bool {
        self.stream_options.as_ref().is_some_and(|options| options.include_usage)
    }

    /// The call as a plan's steps see it.
    pub fn asked(&self) -> Asked<'_> {
        Asked::Chat {
            model: &self.model,
            probe: self.is_probe(),
            continues: self.prefix().is_some(),
            tokens: self.prompt_tokens(),
        }
    }

    /// Whether it only asks if anybody is there.
    pub fn is_probe(&self) -> bool {
        self.max_tokens.is_some_and(|most| most <= PROBE_TOKENS) && self.question().trim() == "Hi"
    }
}
