//! What a call is for. The task decides the model at every provider.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A row of the specification's table of models by task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// Conversation.
    Chat,
    /// The interviewer's next utterance.
    Interview,
    /// Deep analysis: judging answers, reading documents.
    Analysis,
    /// Programming questions.
    Code,
    /// Calculation.
    Math,
    /// The light model that answers when the strong one can't.
    Fallback,
    /// Short, plain work at the lowest price.
    Turbo,
    /// Very long documents.
    Long,
    /// Speech.
    Audio,
    /// Images.
    Vision,
}

impl Task {
    /// Every task, in the order of the specification's table.
    pub const ALL: [Self; 10] = [
        Self::Chat,
        Self::Interview,
        Self::Analysis,
        Self::Code,
        Self::Math,
        Self::Fallback,
        Self::Turbo,
        Self::Long,
        Self::Audio,
        Self::Vision,
    ];

    /// The task's word in configuration, on the command line and in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Interview => "interview",
            Self::Analysis => "analysis",
            Self::Code => "code",
            Self::Math => "math",
            Self::Fallback => "fallback",
            Self::Turbo => "turbo",
            Self::Long => "long",
            Self::Audio => "audio",
            Self::Vision => "vision",
        }
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The text names no task.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("task must be one of chat, interview, analysis, code, math, fallback, turbo, long, audio, vision")]
pub struct UnknownTask;

impl FromStr for Task {
    type Err = UnknownTask;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|task| task.code() == text).ok_or(UnknownTask)
    }
}
