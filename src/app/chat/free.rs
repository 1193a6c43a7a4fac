//! Free chat: a task of the table, a conversation, one call at a time.

use rust_i18n::t;
use tokio::time::Instant;

use crate::app::input::Input;
use crate::app::transcript::{Item, ItemKind, Transcript};
use crate::app::{Effect, plain};
use crate::config::{Language, Task};
use crate::router::{Answer, CallError, ReplyEvent};
use crate::wire::{Message, Role};

/// A free conversation.
#[derive(Debug)]
pub struct FreeChat {
    /// Decides the model.
    pub task: Task,
    /// The provider asked first, whatever the primary is.
    pub pin: Option<String>,
    /// What was said.
    pub transcript: Transcript,
    /// What is being written.
    pub input: Input,
    /// The call under way.
    pub call: Option<Running>,
    /// The exchanges that a model gets to see again.
    messages: Vec<Message>,
    /// Number of the latest call.
    turn: u64,
}

/// A call under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// Its number.
    pub turn: u64,
    /// What was asked.
    pub prompt: String,
    /// When.
    pub since: Instant,
    /// Provider and model of the attempt under way.
    pub trying: Option<(String, String)>,
    /// What is waited for, when nothing can be tried at once.
    pub waiting: Option<String>,
}

impl Default for FreeChat {
    fn default() -> Self {
        Self {
            task: Task::Chat,
            pin: None,
            transcript: Transcript::default(),
            input: Input::default(),
            call: None,
            messages: Vec::new(),
            turn: 0,
        }
    }
}

impl FreeChat {
    /// Asks what is written, when something is and no call runs.
    pub fn send(&mut self, now: Instant) -> Option<Effect> {
        if self.call.is_some() || self.input.is_blank() {
            return None;
        }
        let prompt = self.input.take();
        self.turn += 1;
        self.transcript.push(Item::new(ItemKind::You, prompt.clone()));
        self.call = Some(Running { turn: self.turn, prompt: prompt.clone(), since: now, trying: None, waiting: None });
        let mut messages = self.messages.clone();
        messages.push(Message::text(Role::User, prompt));
        Some(Effect::SendChat { turn: self.turn, task: self.task, provider: self.pin.clone(), messages })
    }

    /// Stops the call. What came of the answer stays; when nothing came, the question goes back into the input.
    pub fn stop(&mut self, language: Language) -> Option<Effect> {
        let call = self.call.take()?;
        let turn = call.turn;
        match self.transcript.take_live() {
            Some(mut partial) if !partial.text.is_empty() => {
                self.remember(&call.prompt, &partial.text);
                partial.note = t!("app.chat.stopped", locale = language.code()).into_owned();
                self.transcript.push(partial);
            }
            _ => {
                self.transcript.take_back(ItemKind::You);
                self.give_back(&call.prompt);
            }
        }
        Some(Effect::CancelChat { turn })
    }

    /// Forgets what was said. What is being written stays, and so do the task and the provider.
    pub fn begin_anew(&mut self) {
        self.transcript = Transcript::default();
        self.messages.clear();
    }

    /// A step of a call; steps of a call that is no longer wanted change nothing.
    pub fn step(&mut self, turn: u64, event: ReplyEvent, language: Language) {
        let Some(call) = self.call.as_mut().filter(|call| call.turn == turn) else {
            return;
        };
        match event {
            ReplyEvent::Trying { provider, model } => {
                call.waiting = None;
                call.trying = Some((plain(&provider).into_owned(), plain(&model).into_owned()));
            }
            ReplyEvent::Waiting { reason, .. } => call.waiting = Some(plain(&reason).into_owned()),
            ReplyEvent::Text(text) => {
                let name = call.trying.as_ref().map(|(provider, model)| format!("{provider} {model}"));
                let live = self.transcript.live(ItemKind::Model);
                live.name = name.unwrap_or_default();
                live.text.push_str(&plain(&text));
            }
            ReplyEvent::FailedOver { .. }
            | ReplyEvent::Reasoning(_)
            | ReplyEvent::Queued { .. }
            | ReplyEvent::Slow { .. }
            | ReplyEvent::Continued(_)
            | ReplyEvent::Replaced(_) => {}
            ReplyEvent::Finished(answer) => self.finish(&answer, language),
            ReplyEvent::Failed(error) => self.fail(&error, language),
        }
    }

    fn finish(&mut self, answer: &Answer, language: Language) {
        let Some(call) = self.call.take() else { return };
        self.transcript.take_live();
        let text = plain(&answer.text).into_owned();
        if answer.complete {
            self.remember(&call.prompt, &text);
        } else {
            self.give_back(&call.prompt);
        }
        self.transcript.push(Item {
            kind: ItemKind::Model,
            name: plain(&format!("{} {}", answer.provider, answer.model)).into_owned(),
            text,
            note: note(answer, language),
        });
    }

    fn fail(&mut self, error: &CallError, language: Language) {
        let Some(call) = self.call.take() else { return };
        self.transcript.take_live();
        self.transcript.take_back(ItemKind::You);
        self.give_back(&call.prompt);
        let message = t!("app.chat.failed", locale = language.code(), message = plain(&error.message));
        self.transcript.push(Item::new(ItemKind::Trouble, message));
    }

    /// Puts a question back into the input, unless something else was begun there; it stays in the history anyway.
    fn give_back(&mut self, prompt: &str) {
        if self.input.is_blank() {
            self.input.set(prompt);
        }
    }

    fn remember(&mut self, prompt: &str, answer: &str) {
        self.messages.push(Message::text(Role::User, prompt));
        self.messages.push(Message::text(Role::Assistant, answer));
    }
}

/// What is said below an answer: cost, time, and whether it is whole.
fn note(answer: &Answer, language: Language) -> String {
    let locale = language.code();
    let seconds = format!("{:.1}", answer.total_ms as f64 / 1000.0);
    let cost = format!("{} {}", answer.cost.amount, answer.cost.currency);
    let mut parts = vec![t!("app.chat.cost", locale = locale, cost = cost, seconds = seconds)];
    if answer.attempts.len() > 1 {
        parts.push(t!("app.chat.attempts", locale = locale, count = answer.attempts.len()));
    }
    if answer.cached {
        parts.push(t!("app.chat.cached", locale = locale));
    }
    if answer.finish_reason.as_deref() == Some("length") {
        parts.push(t!("app.chat.cut", locale = locale));
    }
    if !answer.complete {
        parts.push(t!("app.chat.incomplete", locale = locale));
    }
    parts.join(&t!("app.list", locale = locale))
}
