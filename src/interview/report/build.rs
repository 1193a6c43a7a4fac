//! From a session's record to its report: listing, medians and means, and nothing that was not measured.

use std::collections::BTreeMap;

use super::{AnswerReport, CompetencyResult, Drill, JudgeNote, Overall, Point, Report, SCHEMA};
use crate::config::Language;
use crate::interview::competency::Competency;
use crate::interview::judgement::{Judge, Judgement, Remark, Status};
use crate::interview::locale;
use crate::interview::scorer;
use crate::interview::session::{Asked, Record};

/// An overall level needs this many counted answers ...
const ANSWERS: usize = 3;
/// ... and this many competencies.
const COMPETENCIES: usize = 2;
/// Levels are whole numbers, so no mean of them is surer than this.
const HALF_A_LEVEL: f64 = 0.5;
/// Strengths, gaps and drills shown.
const SHOWN: usize = 3;

/// The report on a session as it stands.
pub fn build(record: &Record) -> Report {
    let language = record.setup.language;
    let answers: Vec<AnswerReport> =
        record.asked.iter().zip(1..).map(|(asked, number)| answer(asked, number, language)).collect();
    let competencies = competencies(&answers);
    Report {
        schema: SCHEMA.into(),
        id: record.id.clone(),
        setup: record.setup.clone(),
        started_at: record.started_at,
        seconds: record.at.as_secs(),
        closed: record.closed,
        simulated: record.simulated,
        judge: judge(&answers, language),
        rubric: record.rubric.clone(),
        overall: overall(&answers, &competencies),
        strengths: points(&answers, |judgement| scorer::strengths(judgement, language)),
        gaps: points(&answers, |judgement| scorer::gaps(judgement, language)),
        drills: drills(&answers, &competencies),
        difficulty_path: record.asked.iter().map(|asked| asked.step).collect(),
        competencies,
        answers,
    }
}

fn answer(asked: &Asked, number: u32, language: Language) -> AnswerReport {
    let unjudged = if asked.skipped { Status::Skipped } else { Status::Unanswered };
    AnswerReport {
        number,
        question_id: asked.question.id.clone(),
        kind: asked.question.kind,
        step: asked.step,
        question: asked.question.text.in_language(language).into(),
        status: asked.judgement.as_ref().map_or(unjudged, |judgement| judgement.status),
        parts: asked.parts.clone(),
        seconds: asked.seconds(),
        planned_seconds: u64::from(asked.question.minutes) * 60,
        units: scorer::units(&asked.answer()).round() as u32,
        hints_used: asked.hints,
        star: asked.judgement.as_ref().and_then(|judgement| judgement.star.clone()),
        judgement: asked.judgement.clone(),
    }
}

fn counted(answers: &[AnswerReport]) -> impl Iterator<Item = (&AnswerReport, &Judgement)> {
    let judged = answers.iter().filter_map(|answer| answer.judgement.as_ref().map(|judgement| (answer, judgement)));
    judged.filter(|(_, judgement)| judgement.counts())
}

fn competencies(answers: &[AnswerReport]) -> Vec<CompetencyResult> {
    let mut levels: BTreeMap<Competency, Vec<u8>> = BTreeMap::new();
    for (_, judgement) in counted(answers) {
        for competency in &judgement.competencies {
            levels.entry(competency.id).or_default().push(competency.level);
        }
    }
    let result = |(id, mut levels): (Competency, Vec<u8>)| {
        levels.sort_unstable();
        let (low, high) = (levels.first().copied()?, levels.last().copied()?);
        Some(CompetencyResult { id, level: median(&levels)?, low, high, answers: levels.len() as u32 })
    };
    levels.into_iter().filter_map(result).collect()
}

/// The middle of sorted levels, or the mean of the two middle ones.
fn median(sorted: &[u8]) -> Option<f64> {
    let upper = f64::from(*sorted.get(sorted.len() / 2)?);
    let lower = f64::from(*sorted.get((sorted.len() - 1) / 2)?);
    Some((lower + upper) / 2.0)
}

fn overall(answers: &[AnswerReport], competencies: &[CompetencyResult]) -> Overall {
    let levels: Vec<f64> = counted(answers).filter_map(|(_, judgement)| judgement.level()).collect();
    if levels.len() < ANSWERS || competencies.len() < COMPETENCIES {
        return Overall::TooLittleEvidence { answers: levels.len() as u32, competencies: competencies.len() as u32 };
    }
    let level = mean(competencies.iter().map(|one| one.level));
    let margin = standard_error(&levels).max(HALF_A_LEVEL);
    let one_decimal = |value: f64| (value.clamp(1.0, 5.0) * 10.0).round() / 10.0;
    Overall::Estimate { level: one_decimal(level), low: one_decimal(level - margin), high: one_decimal(level + margin) }
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

/// How far the mean of these levels may be off, judged by how much they differ.
fn standard_error(levels: &[f64]) -> f64 {
    let middle = mean(levels.iter().copied());
    let squares: f64 = levels.iter().map(|level| (level - middle).powi(2)).sum();
    (squares / (levels.len() as f64 - 1.0) / levels.len() as f64).sqrt()
}

/// The most frequent remarks, each once with the first words it rests on.
fn points(answers: &[AnswerReport], remarks: impl Fn(&Judgement) -> Vec<Remark>) -> Vec<Point> {
    let mut points: Vec<Point> = Vec::new();
    let all = counted(answers)
        .flat_map(|(answer, judgement)| remarks(judgement).into_iter().map(move |remark| (answer, remark)));
    for (answer, remark) in all {
        match points.iter_mut().find(|point| point.remark.about == remark.about && point.remark.text == remark.text) {
            Some(point) => {
                point.questions.push(answer.number);
                if point.remark.quote.is_none() {
                    point.remark.quote = remark.quote;
                }
            }
            None => points.push(Point { remark, questions: vec![answer.number] }),
        }
    }
    points.sort_by_key(|point| (std::cmp::Reverse(point.questions.len()), point.remark.about.lightness()));
    points.truncate(SHOWN);
    points
}

/// The weakest competencies, each with the next step of its weakest answer.
fn drills(answers: &[AnswerReport], competencies: &[CompetencyResult]) -> Vec<Drill> {
    let mut weakest: Vec<&CompetencyResult> = competencies.iter().collect();
    weakest.sort_by(|a, b| a.level.total_cmp(&b.level));
    let drill = |result: &&CompetencyResult| {
        let level =
            |judgement: &Judgement| judgement.competencies.iter().find(|one| one.id == result.id).map(|one| one.level);
        let judged = counted(answers).filter_map(|(_, judgement)| Some((level(judgement)?, judgement.next.as_ref()?)));
        let (_, next) = judged.min_by_key(|(level, _)| *level)?;
        Some(Drill { competency: result.id, suggestion: next.clone() })
    };
    weakest.iter().filter_map(drill).take(SHOWN).collect()
}

fn judge(answers: &[AnswerReport], language: Language) -> JudgeNote {
    let by_model = counted(answers).any(|(_, judgement)| judgement.judge != Judge::BuiltIn);
    let label = if by_model { "judge.model_label" } else { "judge.label" };
    JudgeNote { label: locale::text(label, language), statement: locale::text("judge.statement", language) }
}
