//! The interviewer's words as they stream from the router; the bank's own wording when no provider finds any.

use crate::config::Task;
use crate::interview::{Input, Instruction, Turn, Voice, speaker};
use crate::router::{Call, Reply, ReplyEvent, Router};
use crate::wire::{Message, Role, text};

/// An utterance under way.
pub(super) struct Speaking {
    turn: Turn,
    language: crate::config::Language,
    reply: Reply,
    /// The end, when something has to be said before it.
    end: Option<Input>,
}

/// What came of it next.
pub(super) enum Heard {
    /// A piece of the utterance.
    Piece(String),
    /// Something the candidate should know.
    Notice(String),
    /// The end: what the session is told.
    Whole(Input),
}

impl Speaking {
    pub fn begin(router: &Router, instruction: Instruction) -> Self {
        let messages = instruction.messages().into_iter().map(message).collect();
        let reply = router.send(Call::new(Task::Interview, messages));
        Self { turn: instruction.turn, language: instruction.language, reply, end: None }
    }

    /// What comes next of the utterance; never, when there is none.
    pub async fn next(speaking: &mut Option<Self>) -> Heard {
        let Some(speaking) = speaking else {
            return std::future::pending().await;
        };
        if let Some(end) = speaking.end.take() {
            return Heard::Whole(end);
        }
        loop {
            match speaking.reply.recv().await {
                Some(ReplyEvent::FailedOver { from, to, .. }) => {
                    return Heard::Notice(speaking.notice("interviewer.failed_over", &from, &to));
                }
                Some(ReplyEvent::Text(piece)) => return Heard::Piece(text::plain(&piece).into_owned()),
                Some(
                    ReplyEvent::Trying { .. }
                    | ReplyEvent::Waiting { .. }
                    | ReplyEvent::Queued { .. }
                    | ReplyEvent::Slow { .. }
                    | ReplyEvent::Continued(_)
                    | ReplyEvent::Replaced(_)
                    | ReplyEvent::Reasoning(_),
                ) => {}
                Some(ReplyEvent::Finished(answer)) if answer.complete => {
                    let voice = Voice::Model { provider: answer.provider, model: answer.model };
                    let text = text::plain(&answer.text).into_owned();
                    return Heard::Whole(Input::Spoken { turn: speaking.turn, text, voice });
                }
                Some(ReplyEvent::Finished(_)) => return speaking.give_up("the answer was cut"),
                Some(ReplyEvent::Failed(error)) => return speaking.give_up(&error.message),
                None => return speaking.give_up("the call was ended from inside"),
            }
        }
    }

    /// No provider found words: the session takes the bank's, after the candidate was told.
    fn give_up(&mut self, why: &str) -> Heard {
        tracing::warn!(why, "the interviewer's words come from the question bank");
        self.end = Some(Input::Spoken { turn: self.turn, text: String::new(), voice: Voice::Bank });
        Heard::Notice(rust_i18n::t!("interviewer.bank_wording", locale = self.language.code()).into_owned())
    }

    fn notice(&self, key: &str, from: &str, to: &str) -> String {
        rust_i18n::t!(key, locale = self.language.code(), from = from, to = to).into_owned()
    }
}

fn message(message: speaker::Message) -> Message {
    match message {
        speaker::Message::System(text) => Message::text(Role::System, text),
        speaker::Message::User(text) => Message::text(Role::User, text),
    }
}
