//! Calls of the free chat: turn id → the task that reads the reply.

use std::collections::HashMap;

use rust_i18n::t;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use crate::app::Event;
use crate::config::{Language, Task};
use crate::router::{Call, CallError, ReplyEvent, Router};
use crate::wire::{Message, Outcome};

/// The calls under way.
pub(super) struct Chats {
    events: mpsc::Sender<Event>,
    language: Language,
    running: HashMap<u64, AbortHandle>,
}

impl Chats {
    pub(super) fn new(events: mpsc::Sender<Event>, language: Language) -> Self {
        Self { events, language, running: HashMap::new() }
    }

    /// Sends a call; each step of the reply comes as an event of that turn.
    pub(super) fn send(
        &mut self,
        turn: u64,
        router: &Router,
        task: Task,
        provider: Option<String>,
        messages: Vec<Message>,
    ) {
        let mut reply = router.send(Call { provider, takes_words_back: true, ..Call::new(task, messages) });
        let (events, language) = (self.events.clone(), self.language);
        let reading = tokio::spawn(async move {
            while let Some(event) = reply.recv().await {
                let last = matches!(event, ReplyEvent::Finished(_) | ReplyEvent::Failed(_));
                if events.send(Event::Reply { turn, event }).await.is_err() || last {
                    return;
                }
            }
            // The router's task broke: the user must not wait for ever.
            let event = ReplyEvent::Failed(Box::new(broke(language)));
            let _ = events.send(Event::Reply { turn, event }).await;
        });
        self.running.retain(|_, task| !task.is_finished());
        self.running.insert(turn, reading.abort_handle());
    }

    /// Cancels a call: its reply is dropped.
    pub(super) fn cancel(&mut self, turn: u64) {
        if let Some(task) = self.running.remove(&turn) {
            task.abort();
        }
    }

    /// Cancels every call.
    pub(super) fn cancel_all(&mut self) {
        self.running.drain().for_each(|(_, task)| task.abort());
    }
}

fn broke(language: Language) -> CallError {
    CallError {
        kind: Outcome::Cancelled,
        message: t!("tui.call_broke", locale = language.code()).into_owned(),
        retry_at: None,
        attempts: Vec::new(),
    }
}
