//! The interviewer's words: what a model is told to say, what is said without one, and what is not accepted.

use super::session::Turn;
use super::setup::{Level, Tone};
use crate::config::Language;

/// What the next utterance does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Greets, and asks the first question.
    Open,
    /// Acknowledges, and asks the next question.
    Ask,
    /// Asks for what an answer lacks.
    Probe,
    /// Thanks, and ends.
    Close,
}

/// The next utterance, made by code. A model may only choose its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// The turn that waits for the words.
    pub turn: Turn,
    /// What the utterance does.
    pub act: Act,
    /// The language to speak.
    pub language: Language,
    /// How to sound.
    pub tone: Tone,
    /// The role interviewed for.
    pub role: String,
    /// The seniority interviewed for.
    pub level: Level,
    /// Whole minutes left.
    pub minutes_left: u32,
    /// The bank's own wording: what is said when no model says it better.
    pub say: String,
    /// The candidate's last words, for a probe to take up.
    pub heard: Option<String>,
}

/// One message of a chat, in the order of sending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// The rules.
    System(String),
    /// The instruction, as a JSON object whose field `say` holds the bank's wording.
    User(String),
}

impl Instruction {
    /// The messages a model is sent.
    pub fn messages(&self) -> Vec<Message> {
        unimplemented!()
    }
}

/// Whether `spoken` may stand for the instruction.
pub fn accept(_instruction: &Instruction, _spoken: &str) -> bool {
    unimplemented!()
}
