//! The question bank: data in the binary, parsed once.

mod check;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use super::competency::Competency;
use super::probe::Missing;
use super::setup::{Kind, Level};
use crate::config::Language;

pub use check::BankError;

/// Role name of questions that suit every role.
pub const ANY_ROLE: &str = "any";
/// Raised whenever a question changes.
pub const VERSION: u32 = 2;

/// One text in both languages, each written natively.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Text {
    /// The text in `language`.
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::Zh => &self.zh,
            Language::En => &self.en,
        }
    }
}

/// Words that show an answer is on one of the question's topics. An English cue that ends in `*` matches any ending.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CueGroup {
    /// The topic. Named like a competency of the question, it is evidence for that competency.
    pub name: String,
    /// Chinese cues.
    pub zh: Vec<String>,
    /// English cues.
    pub en: Vec<String>,
    /// Share in the question's relevance. The heaviest group is what the question is about: an answer that touches none of
    /// its cues is off the topic, so its cues must be broad for this question and rare in answers to others.
    pub weight: u32,
}

/// One thing a technical answer should say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyPoint {
    /// Its id within the question.
    pub id: String,
    /// What it is, for feedback.
    pub text: Text,
    /// Chinese wordings.
    pub zh: Vec<String>,
    /// English wordings.
    pub en: Vec<String>,
}

/// The length of a good answer, in units (English words; Chinese characters / 1.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LengthBand {
    /// Shorter is thin.
    pub min: u32,
    /// Longer is rambling.
    pub max: u32,
}

/// Two sample answers that tests and the scorer's tuning hold on to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exemplar {
    /// A good one.
    pub good: String,
    /// A weak one on the same topic.
    pub weak: String,
}

/// Sample answers in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exemplars {
    /// Chinese.
    pub zh: Exemplar,
    /// English.
    pub en: Exemplar,
}

impl Exemplars {
    /// The samples in `language`.
    pub fn in_language(&self, language: Language) -> &Exemplar {
        match language {
            Language::Zh => &self.zh,
            Language::En => &self.en,
        }
    }
}

/// What levels 1 to 5 of a competency look like in answers to one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchors(pub [Text; 5]);

/// One question with everything needed to ask, probe, hint and judge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Never changes and is never used again.
    pub id: String,
    /// Raised when the question changes.
    pub version: u32,
    /// Roles it suits; [`ANY_ROLE`] suits all.
    pub roles: Vec<String>,
    /// Levels it suits.
    pub levels: Vec<Level>,
    /// Behavioural or technical.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// 1 to 5.
    pub difficulty: u8,
    /// What it shows, the main one first.
    pub competencies: Vec<Competency>,
    /// The question.
    pub text: Text,
    /// What the interviewer wants to learn.
    pub why_asked: Text,
    /// Its topics.
    pub cue_groups: Vec<CueGroup>,
    /// What a technical answer should say; empty for behavioural questions.
    #[serde(default)]
    pub key_points: Vec<KeyPoint>,
    /// The wording of a probe, by what is missing.
    pub probes: BTreeMap<Missing, Text>,
    /// Three rungs: reframe, structure, partial content.
    pub hints: [Text; 3],
    /// What the levels look like, by competency.
    pub anchors: BTreeMap<Competency, Anchors>,
    /// Planned minutes.
    pub minutes: u32,
    /// How long a good answer is.
    pub length_band: LengthBand,
    /// Sample answers.
    pub exemplar: Exemplars,
    /// Who wrote it.
    pub author: String,
    /// On what terms.
    pub license: String,
}

/// All questions.
#[derive(Clone, Debug, PartialEq)]
pub struct Bank {
    questions: Vec<Arc<Question>>,
}

/// One file, one question.
const FILES: &[(&str, &str)] = &[
    ("behavioural/ownership.toml", include_str!("behavioural/ownership.toml")),
    ("behavioural/conflict.toml", include_str!("behavioural/conflict.toml")),
    ("behavioural/collaboration.toml", include_str!("behavioural/collaboration.toml")),
    ("behavioural/problem.toml", include_str!("behavioural/problem.toml")),
    ("behavioural/learning.toml", include_str!("behavioural/learning.toml")),
    ("behavioural/mistake.toml", include_str!("behavioural/mistake.toml")),
    ("behavioural/delivery.toml", include_str!("behavioural/delivery.toml")),
    ("behavioural/communication.toml", include_str!("behavioural/communication.toml")),
    ("behavioural/influence.toml", include_str!("behavioural/influence.toml")),
    ("behavioural/decision.toml", include_str!("behavioural/decision.toml")),
    ("technical/index.toml", include_str!("technical/index.toml")),
    ("technical/retry.toml", include_str!("technical/retry.toml")),
    ("technical/slow.toml", include_str!("technical/slow.toml")),
    ("technical/cache.toml", include_str!("technical/cache.toml")),
    ("technical/oversell.toml", include_str!("technical/oversell.toml")),
    ("technical/queue.toml", include_str!("technical/queue.toml")),
];

impl Bank {
    /// The bank in the binary.
    #[expect(clippy::expect_used, reason = "the files are part of the binary, and a test parses them")]
    pub fn built_in() -> Arc<Self> {
        static BANK: OnceLock<Arc<Bank>> = OnceLock::new();
        BANK.get_or_init(|| Arc::new(Self::parse(FILES).expect("the built-in bank is well formed"))).clone()
    }

    /// Reads files of one question each, given as (name, TOML), and checks them.
    pub fn parse(files: &[(&str, &str)]) -> Result<Self, BankError> {
        let mut questions = Vec::with_capacity(files.len());
        for (file, toml) in files {
            let question: Question = toml::from_str(toml)
                .map_err(|error| BankError::Form { file: (*file).into(), message: error.to_string() })?;
            questions.push(question);
        }
        check::check(&questions)?;
        Ok(Self { questions: questions.into_iter().map(Arc::new).collect() })
    }

    /// A bank of questions that were changed after the files were read.
    #[cfg(test)]
    pub(in crate::interview) fn of(questions: Vec<Arc<Question>>) -> Self {
        Self { questions }
    }

    /// Every question, in the order of the files.
    pub fn questions(&self) -> &[Arc<Question>] {
        &self.questions
    }

    /// The question with this id.
    pub fn question(&self, id: &str) -> Option<&Arc<Question>> {
        self.questions.iter().find(|question| question.id == id)
    }

    /// The roles with technical questions.
    pub fn technical_roles(&self) -> BTreeSet<&str> {
        self.questions
            .iter()
            .filter(|question| question.kind == Kind::Technical)
            .flat_map(|question| question.roles.iter().map(String::as_str))
            .collect()
    }
}
