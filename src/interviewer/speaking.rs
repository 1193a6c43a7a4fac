//! The interviewer's words as they stream from the router; the bank's own wording when no provider finds any.

use rust_i18n::t;

use crate::config::{Language, Task};
use crate::interview::{Input, Instruction, Seam, Turn, Voice, speaker};
use crate::router::{Answer, Call, Reply, ReplyEvent, Router};
use crate::wire::{Message, Role, text};

/// Longest cause told to the candidate, in characters.
const CAUSE: usize = 200;

/// An utterance under way.
pub(super) struct Speaking {
    reply: Reply,
    utterance: Utterance,
}

/// What is known of it.
struct Utterance {
    turn: Turn,
    language: Language,
    /// Whether the candidate knows that it stands in line.
    queued: bool,
    /// Whether the candidate knows that nobody finds words just now.
    is_outage_known: bool,
    /// That another provider takes over: told when it speaks, since it may fail too.
    takeover: Option<String>,
    /// What comes after what was told last.
    then: Option<Heard>,
}

/// What came of it next.
#[derive(Debug, PartialEq)]
pub(super) enum Heard {
    /// A piece of the utterance.
    Piece(String),
    /// The pieces so far are void: it begins anew.
    Anew,
    /// Something the candidate should know.
    Notice(String),
    /// The end: what the session is told.
    Whole(Input),
}

impl Speaking {
    /// Begins one. An outage that the candidate was told of at an earlier utterance is not told again.
    pub fn begin(router: &Router, instruction: Instruction, is_outage_known: bool) -> Self {
        let messages = instruction.messages().into_iter().map(message).collect();
        let call = Call { takes_words_back: true, ..Call::new(Task::Interview, messages) };
        let Instruction { turn, language, .. } = instruction;
        Self { reply: router.send(call), utterance: Utterance::new(turn, language, is_outage_known) }
    }

    /// What comes next of the utterance; never, when there is none.
    pub async fn next(speaking: &mut Option<Self>) -> Heard {
        let Some(Self { reply, utterance }) = speaking else {
            return std::future::pending().await;
        };
        if let Some(then) = utterance.then.take() {
            return then;
        }
        while let Some(event) = reply.recv().await {
            if let Some(heard) = utterance.hear(event) {
                return heard;
            }
        }
        utterance.give_up("the call was ended from inside")
    }
}

impl Utterance {
    fn new(turn: Turn, language: Language, is_outage_known: bool) -> Self {
        Self { turn, language, queued: false, is_outage_known, takeover: None, then: None }
    }

    /// What a step of the call comes to, if anything. Where another provider goes on, the words simply go on.
    fn hear(&mut self, event: ReplyEvent) -> Option<Heard> {
        let locale = self.language.code();
        let notice = match event {
            ReplyEvent::Text(piece) => {
                let piece = Heard::Piece(text::plain(&piece).into_owned());
                return Some(match self.takeover.take() {
                    Some(takeover) => {
                        self.then = Some(piece);
                        Heard::Notice(takeover)
                    }
                    None => piece,
                });
            }
            ReplyEvent::Replaced(_) => return Some(Heard::Anew),
            ReplyEvent::Finished(answer) if answer.complete => return Some(Heard::Whole(self.spoken(*answer))),
            ReplyEvent::Finished(_) => return Some(self.give_up(&t!("interviewer.cut", locale = locale))),
            ReplyEvent::Failed(error) => return Some(self.give_up(&error.message)),
            ReplyEvent::FailedOver { from, to, .. } => {
                let takeover = t!("interviewer.failed_over", locale = locale, from = from, to = to);
                self.takeover = Some(takeover.into_owned());
                return None;
            }
            ReplyEvent::Slow { provider } => t!("interviewer.slow", locale = locale, provider = provider),
            ReplyEvent::Queued { .. } if !std::mem::replace(&mut self.queued, true) => {
                t!("interviewer.queued", locale = locale)
            }
            ReplyEvent::Queued { .. }
            | ReplyEvent::Trying { .. }
            | ReplyEvent::Waiting { .. }
            | ReplyEvent::Continued(_)
            | ReplyEvent::Reasoning(_) => return None,
        };
        Some(Heard::Notice(notice.into_owned()))
    }

    fn spoken(&self, answer: Answer) -> Input {
        let seam = answer.seam.map(|seam| {
            // What is not shown is not counted.
            let before: String = answer.text.chars().take(seam.offset).collect();
            let offset = text::plain(&before).chars().count();
            Seam { offset, from: seam.from, to: seam.to, reason: seam.reason }
        });
        let voice = Voice::Model { provider: answer.provider, model: answer.model, seam };
        Input::Spoken { turn: self.turn, text: text::plain(&answer.text).into_owned(), voice }
    }

    /// No provider found words: the session takes the bank's, after the candidate was told once why.
    fn give_up(&mut self, why: &str) -> Heard {
        tracing::warn!(why, "the interviewer's words come from the question bank");
        let end = Heard::Whole(Input::Spoken { turn: self.turn, text: String::new(), voice: Voice::Bank });
        if self.is_outage_known {
            return end;
        }
        self.then = Some(end);
        let why = text::line(why, CAUSE);
        let why = why.trim_end_matches('.');
        Heard::Notice(t!("interviewer.bank_wording", locale = self.language.code(), why = why).into_owned())
    }
}

fn message(message: speaker::Message) -> Message {
    match message {
        speaker::Message::System(text) => Message::text(Role::System, text),
        speaker::Message::User(text) => Message::text(Role::User, text),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::config::Micro;
    use crate::router::{self, AnswerUsage, CallError, Cost};
    use crate::wire::{Outcome, Usage};

    fn utterance() -> Utterance {
        Utterance::new(Turn(7), Language::En, false)
    }

    fn answer(text: &str) -> Answer {
        Answer {
            text: text.into(),
            provider: "qwen".into(),
            model: "qwen-plus".into(),
            finish_reason: Some("stop".into()),
            complete: true,
            cached: false,
            simulated: true,
            attempts: Vec::new(),
            seam: None,
            usage: AnswerUsage { tokens: Usage::default(), estimated: false },
            cost: Cost { amount: Micro(142), currency: "CNY".into() },
            ttft_ms: Some(500),
            total_ms: 815,
            why: Vec::new(),
        }
    }

    fn seam(offset: usize) -> router::Seam {
        router::Seam { offset, from: "llama".into(), to: "qwen".into(), reason: Outcome::Truncated }
    }

    #[test]
    fn words_that_another_provider_goes_on_with_keep_the_place_of_the_seam() {
        let mut utterance = utterance();
        assert_eq!(utterance.hear(ReplyEvent::Continued(seam(5))), None);
        let answer = Answer { seam: Some(seam(5)), ..answer("a\u{7}b c d") };
        let kept = Seam { offset: 4, from: "llama".into(), to: "qwen".into(), reason: Outcome::Truncated };
        let voice = Voice::Model { provider: "qwen".into(), model: "qwen-plus".into(), seam: Some(kept) };
        let whole = Input::Spoken { turn: Turn(7), text: "ab c d".into(), voice };
        assert_eq!(utterance.hear(ReplyEvent::Finished(Box::new(answer))), Some(Heard::Whole(whole)));
    }

    #[test]
    fn words_begun_anew_make_those_before_void() {
        assert_eq!(utterance().hear(ReplyEvent::Replaced(seam(0))), Some(Heard::Anew));
    }

    #[test]
    fn a_line_and_a_slow_provider_are_told_once() {
        let mut utterance = utterance();
        let queued = |place| ReplyEvent::Queued { place, wait: Some(Duration::from_secs(1)) };
        let heard =
            [queued(2), queued(1), ReplyEvent::Slow { provider: "llama".into() }].map(|event| utterance.hear(event));
        let notice = |text: &str| Some(Heard::Notice(text.into()));
        assert_eq!(
            heard,
            [
                notice("Too many calls at once: the interviewer stands in line."),
                None,
                notice("llama is slow; the interviewer needs a moment."),
            ]
        );
    }

    #[test]
    fn words_that_nobody_ends_give_way_to_the_bank_s() {
        let mut utterance = utterance();
        let answer = Answer { complete: false, finish_reason: None, ..answer("half a") };
        let told =
            "No provider gives the interviewer words: the answer broke off. Until one does, the question bank's own \
            wording is used."
                .to_owned();
        assert_eq!(utterance.hear(ReplyEvent::Finished(Box::new(answer))), Some(Heard::Notice(told)));
        let bank = Input::Spoken { turn: Turn(7), text: String::new(), voice: Voice::Bank };
        assert_eq!(utterance.then, Some(Heard::Whole(bank)));
    }

    fn failed_over() -> ReplyEvent {
        ReplyEvent::FailedOver { from: "llama".into(), to: "qwen".into(), outcome: Outcome::Connect }
    }

    #[test]
    fn who_takes_over_is_told_when_it_speaks() {
        let mut utterance = utterance();
        assert_eq!(utterance.hear(failed_over()), None);
        let told = Heard::Notice("llama failed; qwen goes on.".into());
        assert_eq!(utterance.hear(ReplyEvent::Text("Why".into())), Some(told));
        assert_eq!(utterance.then.take(), Some(Heard::Piece("Why".into())));
        assert_eq!(utterance.hear(ReplyEvent::Text("?".into())), Some(Heard::Piece("?".into())));
    }

    #[test]
    fn an_outage_is_told_with_its_cause_and_without_who_failed_to_take_over_and_only_once() {
        let error = CallError {
            kind: Outcome::Connect,
            message: "no provider could answer; qwen: \u{7}connection refused.".into(),
            retry_at: None,
            attempts: Vec::new(),
        };
        let failed = || ReplyEvent::Failed(Box::new(error.clone()));
        let heard = |is_outage_known| {
            let mut utterance = Utterance::new(Turn(7), Language::Zh, is_outage_known);
            let heard = [failed_over(), failed()].map(|event| utterance.hear(event));
            (heard, utterance.then)
        };
        let end = || Some(Heard::Whole(Input::Spoken { turn: Turn(7), text: String::new(), voice: Voice::Bank }));
        let told = "暂时没有模型能为面试官组织语言：no provider could answer; qwen: connection refused。恢复之前使用题库原文。";
        assert_eq!(heard(false), ([None, Some(Heard::Notice(told.into()))], end()));
        assert_eq!(heard(true), ([None, end()], None));
    }
}
