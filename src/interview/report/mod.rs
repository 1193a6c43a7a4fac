//! What an interview came to (schema `vita.report/1`). The JSON of this struct is the truth; Markdown is rendered from it.

mod build;
mod markdown;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::competency::Competency;
use super::fact::Close;
use super::judgement::{Judgement, Remark, Star, Status};
use super::rubric::Rubric;
use super::setup::{Kind, Setup};

pub(super) use build::build;

/// The name of the document's form.
pub const SCHEMA: &str = "vita.report/1";

/// The whole report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: String,
    /// The session's id.
    pub id: String,
    /// What was chosen.
    pub setup: Setup,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// Seconds it took, without pauses.
    pub seconds: u64,
    /// How it ended; none while it goes on.
    pub closed: Option<Close>,
    /// Whether demo providers stood in for real ones.
    pub simulated: bool,
    /// Who judged, and what that is worth.
    pub judge: JudgeNote,
    /// What it was judged by.
    pub rubric: Rubric,
    /// The mean of the competencies, or that there was too little to say.
    pub overall: Overall,
    /// Level and range of each competency that was judged.
    pub competencies: Vec<CompetencyResult>,
    /// Up to three things that worked.
    pub strengths: Vec<Point>,
    /// Up to three things that were missing.
    pub gaps: Vec<Point>,
    /// The difficulty aimed at, question by question.
    pub difficulty_path: Vec<u8>,
    /// Every question asked, in order.
    pub answers: Vec<AnswerReport>,
    /// Up to three things to practise next.
    pub drills: Vec<Drill>,
}

/// Who judged, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JudgeNote {
    /// For example "practice estimate (built-in)".
    pub label: String,
    /// What the estimate is and is not.
    pub statement: String,
}

/// The overall level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Overall {
    /// Equal-weight mean of the competencies, one decimal, with its range.
    Estimate {
        /// The mean, 1.0 to 5.0.
        level: f64,
        /// One standard error of the answers' levels below it, and half a level at least.
        low: f64,
        /// The same above it.
        high: f64,
    },
    /// Fewer than 3 counted answers or 2 competencies.
    TooLittleEvidence {
        /// Counted answers.
        answers: u32,
        /// Judged competencies.
        competencies: u32,
    },
}

/// One competency over all answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompetencyResult {
    /// Which.
    pub id: Competency,
    /// The median of its levels.
    pub level: f64,
    /// The lowest.
    pub low: u8,
    /// The highest.
    pub high: u8,
    /// How many answers were counted.
    pub answers: u32,
}

/// A strength or a gap. The same gap in several answers is one point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// What, with the words it rests on.
    pub remark: Remark,
    /// Numbers of the questions where it was seen, from 1.
    pub questions: Vec<u32>,
}

/// One question and all that was said to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnswerReport {
    /// 1 for the first.
    pub number: u32,
    /// Its id in the bank.
    pub question_id: String,
    /// Behavioural or technical.
    pub kind: Kind,
    /// The difficulty aimed at, 1 to 5.
    pub step: u8,
    /// The question in the bank's words.
    pub question: String,
    /// Whether there was something to judge.
    pub status: Status,
    /// The answer, then the answers to probes.
    pub parts: Vec<Part>,
    /// Seconds the candidate took, without pauses.
    pub seconds: u64,
    /// Seconds the question was planned to take.
    pub planned_seconds: u64,
    /// Length: English words, plus Chinese characters divided by 1.6.
    pub units: u32,
    /// Hints taken.
    pub hints_used: u8,
    /// The parts of the story; absent for technical questions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub star: Option<Star>,
    /// The last judgement; none when skipped or never answered.
    pub judgement: Option<Judgement>,
}

/// One exchange about a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// What the interviewer said.
    pub said: String,
    /// What the candidate answered; none when skipped or never answered.
    pub answer: Option<String>,
    /// Seconds the candidate took, without pauses.
    pub seconds: u64,
}

/// Something to practise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drill {
    /// What it trains.
    pub competency: Competency,
    /// What to do.
    pub suggestion: String,
}

impl Report {
    /// Pretty-printed JSON, with a final line end.
    pub fn to_json(&self) -> String {
        // A report is structs, strings and finite numbers: there is nothing in it that JSON can't hold.
        serde_json::to_string_pretty(self).map(|json| json + "\n").unwrap_or_default()
    }

    /// Markdown in the interview's language, every text of a candidate or a model escaped.
    pub fn to_markdown(&self) -> String {
        markdown::render(self)
    }
}
