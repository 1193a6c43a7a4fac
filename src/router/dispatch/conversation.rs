//! The conversation of a call as it is sent: what it weighs, and how it is made to fit.

use crate::router::booking::Weight;
use crate::router::cost;
use crate::wire::{Message, Role};

/// The messages of a call, oldest first.
pub(super) struct Conversation {
    messages: Vec<Message>,
    /// Tokens of the longest answer.
    answer: u64,
}

impl Conversation {
    pub fn new(messages: Vec<Message>, max_tokens: Option<u32>) -> Self {
        Self { messages, answer: max_tokens.map_or(0, u64::from) }
    }

    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    pub fn weight(&self) -> Weight {
        Weight { prompt: cost::estimate_prompt(&self.messages), answer: self.answer }
    }

    /// Leaves out the oldest turns until half of the conversation is left, or as little as the model holds. What stands above
    /// the conversation and its last message stay. Says how many messages went; 0 when nothing can go.
    pub fn trim(&mut self, holds: Option<u32>) -> usize {
        let half = self.weight().prompt / 2;
        let goal = holds.map_or(half, |context| half.min(u64::from(context).saturating_sub(self.answer)));
        let before = self.messages.len();
        while self.weight().prompt > goal {
            let last = self.messages.len().saturating_sub(1);
            let Some(oldest) = self.messages[..last].iter().position(|message| message.role != Role::System) else {
                break;
            };
            self.messages.remove(oldest);
        }
        before - self.messages.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_turns_go_and_the_instruction_and_the_question_stay() {
        let say = |role, text: &str| Message::text(role, text.repeat(20));
        let messages = vec![
            say(Role::System, "rule "),
            say(Role::User, "first "),
            say(Role::Assistant, "reply "),
            say(Role::User, "then "),
            say(Role::Assistant, "more "),
            say(Role::User, "last "),
        ];
        let mut conversation = Conversation::new(messages.clone(), Some(100));
        assert_eq!(conversation.trim(None), 3);
        assert_eq!(conversation.messages(), [messages[0].clone(), messages[4].clone(), messages[5].clone()]);
        let mut short = Conversation::new(vec![messages[0].clone(), messages[5].clone()], None);
        assert_eq!(short.trim(Some(1)), 0, "nothing that can go");
    }
}
