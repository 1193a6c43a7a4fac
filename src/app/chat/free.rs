//! Free chat: a task of the table, a conversation, one call at a time.

use rust_i18n::t;
use tokio::time::Instant;

use super::answer;
use crate::app::input::Input;
use crate::app::transcript::{Item, ItemKind, Seam, Transcript};
use crate::app::{Effect, plain, terms};
use crate::clock::{Clock, Zone};
use crate::config::{Language, Task};
use crate::router::{self, Answer, CallError, ReplyEvent};
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
    /// Whether the last answer was cut at the length limit.
    cut: bool,
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
    /// Whether that attempt's first word is overdue.
    pub slow: bool,
    /// What is waited for, when nothing can be tried at once.
    pub waiting: Option<Wait>,
}

/// A wait before an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// What for.
    pub what: String,
    /// Its end, where that is known.
    pub until: Option<Instant>,
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
            cut: false,
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
        self.ask(prompt, now)
    }

    /// Asks, when no call runs.
    pub fn ask(&mut self, prompt: String, now: Instant) -> Option<Effect> {
        if self.call.is_some() {
            return None;
        }
        self.turn += 1;
        self.cut = false;
        self.transcript.push(Item::new(ItemKind::You, prompt.clone()));
        let mut messages = self.messages.clone();
        messages.push(Message::text(Role::User, &prompt));
        self.call = Some(Running { turn: self.turn, prompt, since: now, trying: None, slow: false, waiting: None });
        Some(Effect::SendChat { turn: self.turn, task: self.task, provider: self.pin.clone(), messages })
    }

    /// Whether the last answer was cut at the length limit, so that its model can go on with it.
    pub fn is_cut(&self) -> bool {
        self.cut
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
        self.cut = false;
    }

    /// A step of a call; steps of a call that is no longer wanted change nothing.
    pub fn step(&mut self, turn: u64, event: ReplyEvent, language: Language, zone: Zone, now: Instant) {
        let Some(call) = self.call.as_mut().filter(|call| call.turn == turn) else {
            return;
        };
        match event {
            ReplyEvent::Trying { provider, model } => {
                call.overcome();
                call.trying = Some((plain(&provider).into_owned(), plain(&model).into_owned()));
            }
            ReplyEvent::Waiting { wait, reason } => {
                call.waiting = Some(Wait { what: plain(&reason).into_owned(), until: Some(now + wait) });
            }
            ReplyEvent::Queued { place, wait } => {
                let what = t!("app.chat.in_line", locale = language.code(), place = place).into_owned();
                call.waiting = Some(Wait { what, until: wait.map(|wait| now + wait) });
            }
            ReplyEvent::Slow { .. } => call.slow = true,
            ReplyEvent::Text(text) => {
                call.overcome();
                let live = self.transcript.live(ItemKind::Model);
                if live.text.is_empty() {
                    let name = call.trying.as_ref().map(|(provider, model)| format!("{provider} {model}"));
                    live.name = name.unwrap_or_default();
                }
                live.text.push_str(&plain(&text));
            }
            ReplyEvent::Continued(seam) => self.go_on(&seam),
            ReplyEvent::Replaced(seam) => self.begin_answer_anew(&seam, language),
            ReplyEvent::FailedOver { .. } | ReplyEvent::Reasoning(_) => {}
            ReplyEvent::Finished(answer) => self.finish(&answer, language),
            ReplyEvent::Failed(error) => self.fail(&error, language, zone),
        }
    }

    /// What comes now is of another provider.
    fn go_on(&mut self, seam: &router::Seam) {
        let live = self.transcript.live(ItemKind::Model);
        live.seam = Some(Seam { at: live.text.len(), by: plain(&seam.to).into_owned() });
    }

    /// What was shown is void.
    fn begin_answer_anew(&mut self, seam: &router::Seam, language: Language) {
        let (name, note) = (plain(&seam.to).into_owned(), answer::taken_over(seam, language));
        *self.transcript.live(ItemKind::Model) = Item { name, note, ..Item::new(ItemKind::Model, "") };
    }

    fn finish(&mut self, answer: &Answer, language: Language) {
        let Some(call) = self.call.take() else { return };
        self.transcript.take_live();
        let item = answer::item(answer, language);
        if answer.complete {
            self.remember(&call.prompt, &item.text);
        } else {
            self.give_back(&call.prompt);
        }
        self.cut = answer::is_cut(answer);
        self.transcript.push(item);
    }

    fn fail(&mut self, error: &CallError, language: Language, zone: Zone) {
        let Some(call) = self.call.take() else { return };
        self.transcript.take_live();
        self.transcript.take_back(ItemKind::You);
        self.give_back(&call.prompt);
        let mut trouble = Item::new(
            ItemKind::Trouble,
            t!("app.chat.failed", locale = language.code(), message = terms::failure(error, language)),
        );
        if let Some(at) = error.retry_at {
            let time = Clock::system(zone).time_of_day(at);
            trouble.text += &format!("\n{}", t!("app.chat.again", locale = language.code(), time = time));
        }
        self.transcript.push(trouble);
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

impl Running {
    /// Nothing is waited for any more.
    fn overcome(&mut self) {
        self.waiting = None;
        self.slow = false;
    }
}
