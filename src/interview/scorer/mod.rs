//! The built-in judge: no model, no network, the same judgement every time. It reads form and evidence, not truth.
//!
//! ```text
//! gate     blank, "don't know", gibberish, echo: nothing to judge
//! measure  what can be counted, by the lexicon of the answer's language
//! score    counts to 1..5, with caps
//! remarks  one thing to keep, one gap, one next step
//! ```

mod en;
mod gate;
mod lexicon;
mod measure;
mod numerals;
mod remarks;
mod score;
#[cfg(test)]
mod tests;
pub(super) mod text;
mod traditional;
mod zh;

use lexicon::Lexicon;
use measure::Measurement;

use super::bank::Question;
use super::competency::Competency;
use super::judgement::{self, CompetencyJudgement, Judge, JudgeTask, Judgement, Measured, SlotState, Status};
use super::probe::Missing;
use super::setup::Kind;

pub use remarks::{feedback, gaps, strengths};
pub use text::units;

/// Fewer specifics than this are worth asking for.
const SPECIFIC: usize = 2;
/// Below this part of "I" in "I" and "we" the own part is hard to see.
const OWN_PART: f64 = 0.4;

/// Judges without a model. The same task always gets the same judgement.
pub fn judge(task: &JudgeTask) -> Judgement {
    without_evidence(task).unwrap_or_else(|| with_evidence(task))
}

/// The judgement of an answer that holds nothing to judge; none when there is something.
pub fn without_evidence(task: &JudgeTask) -> Option<Judgement> {
    let status = gate::without_evidence(&task.answer, &task.question, lexicon(&task.answer))?;
    let competencies = match status {
        Status::NoEvidence => task.question.competencies.iter().map(|id| nothing_shown(*id)).collect(),
        _ => Vec::new(),
    };
    let (gap, next) = if status == Status::NoEvidence { remarks::nothing(task.language) } else { (None, None) };
    Some(Judgement { status, competencies, gap, next, ..blank(task) })
}

fn with_evidence(task: &JudgeTask) -> Judgement {
    let question = &task.question;
    let lexicon = lexicon(&task.answer);
    let found = measure::measure(&task.answer, question, lexicon);
    let score = score::score(&found, question, lexicon);
    let (met, missing) = checklist(&found, question);
    let shows = |id: &Competency| shown(*id, &found, &score, &met, &missing);
    let mut judgement = Judgement {
        competencies: question.competencies.iter().map(shows).collect(),
        measured: Some(measured(&found, score.value)),
        star: (question.kind == Kind::Behavioural).then(|| found.star.clone()),
        ..blank(task)
    };
    remarks::add(&mut judgement, &found, question, task.language);
    judgement
}

/// The lexicon of the script most of the answer is written in, whatever the interview's language.
fn lexicon(answer: &str) -> &'static Lexicon {
    let chinese = units(answer) - text::words(answer).count() as f64;
    if chinese >= text::words(answer).count() as f64 { &zh::LEXICON } else { &en::LEXICON }
}

/// What the answer holds, and what it lacks, heaviest first.
fn checklist(found: &Measurement, question: &Question) -> (Vec<Missing>, Vec<Missing>) {
    let mut checks = vec![(Missing::Topic, found.on_topic)];
    if question.kind == Kind::Behavioural {
        checks.extend(found.star.slots().map(|(missing, slot)| (missing, slot.state != SlotState::Absent)));
        checks.push((Missing::Specifics, found.specifics >= SPECIFIC));
        checks.push((Missing::Ownership, found.shared == 0 || own_part(found).is_some_and(|part| part >= OWN_PART)));
    }
    checks.extend(found.key_points.iter().map(|(point, made)| (Missing::KeyPoint(point.id.clone()), made.is_some())));
    checks.sort_by_key(|(missing, _)| missing.lightness());
    let (met, missing): (Vec<_>, Vec<_>) = checks.into_iter().partition(|(_, met)| *met);
    let ids = |checks: Vec<(Missing, bool)>| checks.into_iter().map(|(id, _)| id).collect();
    (ids(met), ids(missing))
}

/// One level for all competencies, less one where the question's own cues for a competency were not touched.
fn shown(
    id: Competency,
    found: &Measurement,
    score: &score::Score,
    met: &[Missing],
    missing: &[Missing],
) -> CompetencyJudgement {
    let level = score::level(score.value);
    let topic = found.topics.iter().find(|(name, _)| name == id.code());
    let not_shown = topic.is_some_and(|(_, quote)| quote.is_none());
    let evidence =
        [topic.and_then(|(_, quote)| quote.clone()), found.star.action.quote.clone(), found.star.result.quote.clone()];
    let made = found.key_points.iter().filter_map(|(_, quote)| quote.clone());
    let mut quotes: Vec<String> = Vec::new();
    for quote in evidence.into_iter().flatten().chain(made) {
        if quotes.len() < 3 && !quotes.contains(&quote) {
            quotes.push(quote);
        }
    }
    CompetencyJudgement {
        id,
        quotes,
        met: met.to_vec(),
        missing: missing.to_vec(),
        level: if not_shown { (level - 1).max(1) } else { level },
        flags: score.caps.iter().copied().chain(not_shown.then_some("not_shown")).map(String::from).collect(),
    }
}

fn nothing_shown(id: Competency) -> CompetencyJudgement {
    CompetencyJudgement {
        id,
        quotes: vec![],
        met: vec![],
        missing: vec![Missing::Topic],
        level: 1,
        flags: vec!["no_evidence".into()],
    }
}

fn own_part(found: &Measurement) -> Option<f64> {
    let all = found.own + found.shared;
    (all > 0).then(|| found.own as f64 / all as f64)
}

fn measured(found: &Measurement, score: f64) -> Measured {
    let two_decimals = |value: f64| (value * 100.0).round() / 100.0;
    Measured {
        units: found.units.round() as u32,
        sentences: found.sentences as u32,
        specifics: found.specifics as u32,
        ownership: own_part(found).map(two_decimals),
        relevance: two_decimals(found.relevance),
        fillers: found.fillers as u32,
        score,
    }
}

fn blank(task: &JudgeTask) -> Judgement {
    Judgement {
        schema: judgement::SCHEMA.into(),
        question_id: task.question.id.clone(),
        attempt: 1,
        rubric: task.rubric.clone(),
        judge: Judge::BuiltIn,
        status: Status::Scored,
        competencies: Vec::new(),
        star: None,
        measured: None,
        keep: None,
        gap: None,
        next: None,
        hints_used: task.hints_used,
        seconds: task.seconds,
    }
}
