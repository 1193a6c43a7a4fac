//! What a judge says about the answers to one question (schema `vita.judgement/1`).

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::bank::Question;
use super::competency::Competency;
use super::probe::Missing;
use super::rubric::Rubric;
use super::session::Turn;
use crate::config::Language;

/// The name of the document's form.
pub const SCHEMA: &str = "vita.judgement/1";

/// All a judge may know: never previous levels, never who the candidate is.
#[derive(Clone, Debug, PartialEq)]
pub struct JudgeTask {
    /// The turn that waits for the judgement.
    pub turn: Turn,
    /// What was asked.
    pub question: Arc<Question>,
    /// What the answer is judged by.
    pub rubric: Rubric,
    /// The language of the interview, and of the judgement's texts.
    pub language: Language,
    /// The answer and the answers to its probes, one paragraph each.
    pub answer: String,
    /// Hints taken so far.
    pub hints_used: u8,
    /// Seconds the candidate took.
    pub seconds: u64,
}

/// One judge's view of the answers to one question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// [`SCHEMA`].
    pub schema: String,
    /// The question's id in the bank.
    pub question_id: String,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// What it was judged by.
    pub rubric: Rubric,
    /// Who judged.
    pub judge: Judge,
    /// Whether there was something to judge.
    pub status: Status,
    /// One entry per competency of the question; empty when `unanswered` or `skipped`.
    pub competencies: Vec<CompetencyJudgement>,
    /// The parts of a story; absent for technical questions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub star: Option<Star>,
    /// What the built-in judge measured; absent from a model's judgement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<Measured>,
    /// One thing that worked, with a quote.
    pub keep: Option<Remark>,
    /// One thing that is missing.
    pub gap: Option<Remark>,
    /// One action for the next try.
    pub next: Option<String>,
    /// Hints the candidate had taken.
    pub hints_used: u8,
    /// Seconds the candidate took.
    pub seconds: u64,
}

/// Who judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Judge {
    /// The scorer of this program.
    BuiltIn,
    /// A model of a provider.
    Model {
        /// Provider id.
        provider: String,
        /// Model name.
        model: String,
        /// How many times it was asked.
        samples: u32,
    },
}

/// Whether there was something to judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Judged on its evidence.
    Scored,
    /// Words, but nothing to judge ("don't know", an echo of the question, gibberish): counts as level 1.
    NoEvidence,
    /// Blank, or never given: listed, not counted.
    Unanswered,
    /// Skipped: listed, not counted.
    Skipped,
}

/// How far an answer shows one competency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompetencyJudgement {
    /// Which.
    pub id: Competency,
    /// Literal pieces of the answer.
    pub quotes: Vec<String>,
    /// What was found.
    pub met: Vec<Missing>,
    /// What was not.
    pub missing: Vec<Missing>,
    /// 1 to 5.
    pub level: u8,
    /// Ids of the caps that held the level down.
    pub flags: Vec<String>,
}

/// The parts of a story.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Star {
    /// Where and when.
    pub situation: Slot,
    /// What was to be done.
    pub task: Slot,
    /// What the candidate did.
    pub action: Slot,
    /// What came of it.
    pub result: Slot,
}

/// One part of a story.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// Whether it is there.
    pub state: SlotState,
    /// Where it was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
}

/// Whether a part of a story is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlotState {
    /// Told.
    Present,
    /// Touched on.
    Weak,
    /// Not found.
    Absent,
}

/// What the built-in judge counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// English words, plus Chinese characters divided by 1.6.
    pub units: u32,
    /// Sentences.
    pub sentences: u32,
    /// Numbers, dates and names.
    pub specifics: u32,
    /// "I" against "I" and "we" together, 0 to 1; absent when neither occurs.
    pub ownership: Option<f64>,
    /// Part of the question's topics that the answer touched, 0 to 1.
    pub relevance: f64,
    /// Filler words.
    pub fillers: u32,
    /// The score the levels were rounded from, 1 to 5.
    pub score: f64,
}

/// A remark with the words it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// What it is about.
    pub about: Missing,
    /// In the language of the interview.
    pub text: String,
    /// A literal piece of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
}

impl Judgement {
    /// The mean level of its competencies; none when there are none.
    pub fn level(&self) -> Option<f64> {
        let levels = self.competencies.iter().map(|competency| f64::from(competency.level));
        (!self.competencies.is_empty()).then(|| levels.sum::<f64>() / self.competencies.len() as f64)
    }

    /// Whether it counts toward levels: skipped and unanswered questions are listed only.
    pub fn counts(&self) -> bool {
        matches!(self.status, Status::Scored | Status::NoEvidence)
    }

    /// All that is missing, heaviest first, each once.
    pub fn lacks(&self) -> Vec<Missing> {
        let listed = self.competencies.iter().flat_map(|competency| competency.missing.iter().cloned());
        let mut lacks: Vec<Missing> = Vec::new();
        for missing in listed.chain(self.star.iter().flat_map(Star::absent)) {
            if !lacks.contains(&missing) {
                lacks.push(missing);
            }
        }
        lacks.sort_by_key(Missing::lightness);
        lacks
    }

    /// Whether it answers `task`: the right question and rubric, the question's competencies, levels 1 to 5, and quotes
    /// that stand in the answer.
    pub fn fits(&self, task: &JudgeTask) -> bool {
        let ids = self.competencies.iter().map(|competency| competency.id);
        self.schema == SCHEMA
            && self.question_id == task.question.id
            && self.rubric == task.rubric
            && (!self.counts() || ids.eq(task.question.competencies.iter().copied()))
            && self.competencies.iter().all(|competency| (1..=5).contains(&competency.level))
            && self.quotes().all(|quote| task.answer.contains(quote))
    }

    /// Every quote in it.
    pub fn quotes(&self) -> impl Iterator<Item = &str> {
        let evidence = self.competencies.iter().flat_map(|competency| competency.quotes.iter());
        let slots = self.star.iter().flat_map(|star| star.slots()).filter_map(|(_, slot)| slot.quote.as_ref());
        let remarks = self.keep.iter().chain(&self.gap).filter_map(|remark| remark.quote.as_ref());
        evidence.chain(slots).chain(remarks).map(String::as_str)
    }
}

impl Star {
    /// The parts in the order of telling, each with what its absence is called.
    pub fn slots(&self) -> [(Missing, &Slot); 4] {
        [
            (Missing::Situation, &self.situation),
            (Missing::Task, &self.task),
            (Missing::Action, &self.action),
            (Missing::Result, &self.result),
        ]
    }

    fn absent(&self) -> impl Iterator<Item = Missing> {
        self.slots().into_iter().filter(|(_, slot)| slot.state == SlotState::Absent).map(|(missing, _)| missing)
    }
}
