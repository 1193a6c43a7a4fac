//! An answer as its bytes arrive: into deltas, and to the question whether it is whole.
//!
//! It is whole when `[DONE]` or a finish reason was seen, since there are services that leave out the one or the other. What
//! comes after a finish reason can no longer spoil it. The form is taken from the bytes: services answer a wish for a stream
//! with JSON, and captive portals answer everything with a web page.

use serde_json::Value;

use super::chunk::{self, Piece};
use super::classify::{Dialect, classify_error};
use super::error_object::ErrorObject;
use super::sse::{self, Event};
use super::{Delta, Failure, FinishReason, Mask, Outcome};

mod form;

use form::Form;

/// Finish reasons that say that the provider broke down, not that the answer ends.
const BROKEN_OFF: [&str; 3] = ["error", "error_finish", "insufficient_system_resource"];

/// Longest body that is not a stream, in bytes.
const LONGEST_BODY: usize = sse::LONGEST_STREAM;

/// Longest finish reason kept, in characters.
const FINISH_CHARS: usize = 80;

/// Decodes one answer whose status was good.
#[derive(Debug)]
pub struct Answer {
    mask: Mask,
    dialect: Dialect,
    form: Form,
    /// Text or a tool call has come.
    has_content: bool,
    /// The provider's word that the answer ends.
    finish: Option<FinishReason>,
    /// `[DONE]` has come, or a whole JSON body.
    done: bool,
}

impl Answer {
    /// An answer with this Content-Type.
    pub fn new(content_type: Option<&str>, mask: Mask) -> Self {
        Self {
            mask,
            dialect: Dialect::default(),
            form: Form::unknown(content_type),
            has_content: false,
            finish: None,
            done: false,
        }
    }

    /// The same from a service that speaks like this.
    pub fn in_dialect(self, dialect: Dialect) -> Self {
        Self { dialect, ..self }
    }

    /// Takes the next bytes and appends what they bring. After a failure nothing more may be pushed.
    pub fn push(&mut self, bytes: &[u8], deltas: &mut Vec<Delta>) -> Result<(), Failure> {
        self.form.take(bytes);
        match &mut self.form {
            Form::Unknown { .. } => Ok(()),
            Form::Page => Err(Failure::new(Outcome::Foreign, "a web page instead of an answer")),
            Form::Body(body) if body.len() > LONGEST_BODY => {
                Err(Failure::new(Outcome::Malformed, "the answer is longer than 8 MiB"))
            }
            Form::Body(_) => Ok(()),
            Form::Events { decoder, unread } => {
                let mut events = Vec::new();
                let decoded = decoder.push(&std::mem::take(unread), &mut events);
                for event in events {
                    self.event(event, deltas)?;
                }
                if let Err(error) = decoded {
                    self.unless_whole(Failure::new(Outcome::Malformed, error.to_string()))?;
                    // Nothing more can be read of it.
                    self.done = true;
                }
                Ok(())
            }
        }
    }

    /// Whether `[DONE]` has come: whatever follows is of no interest.
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// Whether the provider has said that the answer ends; token counts may still follow.
    pub fn has_ended(&self) -> bool {
        self.done || self.finish.is_some()
    }

    /// The bytes have ended in order: appends what was left and says whether the answer is whole.
    pub fn finish(mut self, deltas: &mut Vec<Delta>) -> Result<(), Failure> {
        match std::mem::take(&mut self.form) {
            Form::Unknown { .. } | Form::Page => {}
            Form::Body(body) => self.body(&body, deltas)?,
            Form::Events { decoder, .. } => {
                // The last event may be cut: then it is as if it had not come.
                if let Some(event) = decoder.finish().filter(|event| is_whole(&event.data)) {
                    self.event(event, deltas)?;
                }
            }
        }
        self.conclude()
    }

    /// The connection broke: the answer is whole all the same if its end had been seen.
    pub fn broken(self, failure: Failure) -> Result<(), Failure> {
        self.unless_whole(failure)?;
        self.conclude()
    }

    fn event(&mut self, event: Event, deltas: &mut Vec<Delta>) -> Result<(), Failure> {
        let data = event.data.trim();
        if self.done || data.is_empty() {
            return Ok(());
        }
        if is_done(data) {
            self.done = true;
            return Ok(());
        }
        let is_error = event.name.as_deref() == Some("error") || event.status.is_some_and(|status| status >= 400);
        let failure = match serde_json::from_str::<Value>(data) {
            // Nothing to say, said in JSON.
            Ok(Value::Null) if !is_error => return Ok(()),
            Ok(value) if is_error => self.failure(&ErrorObject::of(&value), event.status),
            Ok(value @ Value::Object(_)) => match ErrorObject::within(&value) {
                Some(error) => self.failure(&error, event.status),
                None => return self.pieces(chunk::of_chunk(&value), deltas),
            },
            Err(_) if is_error => self.failure(&ErrorObject::words(data), event.status),
            _ => Failure::new(Outcome::Malformed, "a piece of the answer is not the JSON it should be"),
        };
        self.unless_whole(failure)
    }

    fn body(&mut self, body: &[u8], deltas: &mut Vec<Delta>) -> Result<(), Failure> {
        let value: Value = serde_json::from_slice(body).map_err(|error| {
            if error.is_eof() {
                Failure::new(Outcome::Truncated, "the answer ended in the middle")
            } else {
                Failure::new(Outcome::Malformed, "the answer is not the JSON it should be")
            }
        })?;
        if let Some(error) = ErrorObject::within(&value) {
            return Err(self.failure(&error, None));
        }
        let Some(pieces) = chunk::of_body(&value) else {
            return Err(Failure::new(Outcome::Malformed, "JSON that is no answer"));
        };
        self.pieces(pieces, deltas)?;
        self.done = true;
        Ok(())
    }

    fn pieces(&mut self, pieces: Vec<Piece>, deltas: &mut Vec<Delta>) -> Result<(), Failure> {
        for piece in pieces {
            match piece {
                Piece::ToolCall => self.has_content = true,
                Piece::Delta(Delta::Finish(reason)) => {
                    if BROKEN_OFF.contains(&reason.as_str()) {
                        self.unless_whole(Failure {
                            code: Some(reason.as_str().to_owned()),
                            ..Failure::new(Outcome::ServerError, "the provider broke the answer off")
                        })?;
                    }
                    // Some services repeat it with every chunk: the caller hears it once.
                    if self.finish.is_none() {
                        let reason = self.clean(reason);
                        deltas.push(Delta::Finish(reason.clone()));
                        self.finish = Some(reason);
                    }
                }
                Piece::Delta(delta) => {
                    self.has_content |= matches!(delta, Delta::Text(_));
                    deltas.push(delta);
                }
            }
        }
        Ok(())
    }

    fn conclude(self) -> Result<(), Failure> {
        if !self.has_ended() {
            let what = if self.has_content {
                "the answer ended in the middle"
            } else {
                "the answer ended before its first word"
            };
            Err(Failure::new(Outcome::Truncated, what))
        } else if self.has_content {
            Ok(())
        } else if self.finish == Some(FinishReason::ContentFilter) {
            Err(Failure::new(Outcome::ContentFilter, "the provider's filter refused to answer"))
        } else {
            Err(Failure::new(
                Outcome::Empty,
                "an answer without text; a conversation too long for the model can be the cause",
            ))
        }
    }

    /// An unknown word for the end is shown to people, as the words of an error are.
    fn clean(&self, reason: FinishReason) -> FinishReason {
        match reason {
            FinishReason::Other(word) => FinishReason::Other(self.mask.line(&word, FINISH_CHARS)),
            known => known,
        }
    }

    fn failure(&self, error: &ErrorObject, status: Option<u16>) -> Failure {
        classify_error(error, status, self.dialect, &self.mask)
    }

    /// Once the answer's end was seen, nothing can spoil it.
    fn unless_whole(&self, failure: Failure) -> Result<(), Failure> {
        if self.has_ended() { Ok(()) } else { Err(failure) }
    }
}

/// The word of the end, as it is or as a JSON string.
fn is_done(data: &str) -> bool {
    data.trim_matches('"') == "[DONE]"
}

/// Whether the data of a last event without a blank line came whole.
fn is_whole(data: &str) -> bool {
    is_done(data.trim()) || serde_json::from_str::<Value>(data).is_ok()
}

#[cfg(test)]
mod tests;
