use chrono::{DateTime, Utc};

use super::*;
use crate::config::Language;
use crate::interview::judgement::Judge;
use crate::interview::scorer;
use crate::interview::session::{Asked, Record, Turn};
use crate::interview::{Bank, JudgeTask, Missing, Mode, Tone, rubric};

/// A record with these answers to the bank's first questions.
fn record(language: Language, answers: &[&str]) -> Record {
    let setup = Setup { language, mode: Mode::Real, tone: Tone::Strict, ..Setup::default() };
    let bank = Bank::built_in();
    let rubric = rubric::lock(&setup, &bank);
    let asked = bank.questions().iter().zip(answers).map(|(question, answer)| {
        let mut asked = Asked::new(question.clone(), 3);
        asked.parts.push(Part {
            said: question.text.in_language(language).into(),
            answer: Some((*answer).into()),
            seconds: 60,
        });
        let task = JudgeTask {
            turn: Turn(0),
            question: question.clone(),
            rubric: rubric.clone(),
            language,
            answer: asked.answer(),
            hints_used: 0,
            seconds: 60,
        };
        asked.judgement = Some(scorer::judge(&task));
        asked
    });
    let started_at: DateTime<Utc> = "2026-03-01T09:30:00Z".parse().expect("a time");
    Record {
        id: "s-1".into(),
        asked: asked.collect(),
        setup,
        rubric,
        started_at,
        simulated: false,
        closed: Some(Close::Completed),
        at: std::time::Duration::from_secs(615),
    }
}

fn exemplars(language: Language, good: bool) -> Vec<String> {
    let pick = |question: &std::sync::Arc<crate::interview::Question>| {
        let sample = question.exemplar.in_language(language).clone();
        if good { sample.good } else { sample.weak }
    };
    Bank::built_in().questions().iter().take(5).map(pick).collect()
}

fn report(language: Language, answers: &[String]) -> Report {
    let answers: Vec<&str> = answers.iter().map(String::as_str).collect();
    build(&record(language, &answers))
}

#[test]
fn the_overall_level_is_the_mean_of_the_competencies_medians() {
    let mut answers = exemplars(Language::En, true);
    answers[1] = exemplars(Language::En, false).swap_remove(1);
    let report = report(Language::En, &answers);
    let mut sum = 0.0;
    for result in &report.competencies {
        let judged = report.answers.iter().filter_map(|answer| answer.judgement.as_ref());
        let mut levels: Vec<u8> = judged
            .flat_map(|judgement| &judgement.competencies)
            .filter(|one| one.id == result.id)
            .map(|one| one.level)
            .collect();
        levels.sort_unstable();
        let middle = f64::from(levels[levels.len() / 2] + levels[(levels.len() - 1) / 2]) / 2.0;
        assert_eq!((result.level, result.low, result.high), (middle, levels[0], levels[levels.len() - 1]));
        sum += middle;
    }
    let mean = (sum / report.competencies.len() as f64 * 10.0).round() / 10.0;
    let Overall::Estimate { level, low, high } = report.overall else { panic!("{:?}", report.overall) };
    assert_eq!(level, mean);
    assert!(low <= level - 0.4 && level < high && high <= 5.0, "{low} {level} {high}");
}

#[test]
fn two_answers_are_too_little_evidence() {
    let report = report(Language::Zh, &exemplars(Language::Zh, true)[..2]);
    assert!(matches!(report.overall, Overall::TooLittleEvidence { answers: 2, .. }));
    assert!(report.to_markdown().contains("依据太少"));
}

#[test]
fn the_same_gap_in_three_answers_is_one_gap() {
    let report = report(Language::En, &["We discussed the problem in the team and shipped it on time in June 2024, it went live and everybody in Berlin was happy about the result and we finished."; 3].map(String::from));
    let gaps: Vec<(&Missing, &[u32])> =
        report.gaps.iter().map(|point| (&point.remark.about, point.questions.as_slice())).collect();
    assert_eq!(
        gaps,
        [(&Missing::Topic, [1, 2, 3].as_slice()), (&Missing::Action, &[1, 2, 3]), (&Missing::Task, &[1, 2, 3])]
    );
}

#[test]
fn strengths_and_gaps_rest_on_words_of_the_answers() {
    for language in Language::ALL {
        let mut answers = exemplars(language, true);
        answers.truncate(2);
        answers.extend(exemplars(language, false).into_iter().skip(2));
        let report = report(language, &answers);
        assert!(!report.strengths.is_empty() && !report.gaps.is_empty() && !report.drills.is_empty());
        for point in report.strengths.iter().chain(&report.gaps) {
            let quote = point.remark.quote.as_deref().expect("a quote");
            assert!(answers.iter().any(|answer| answer.contains(quote)), "{quote}");
        }
    }
}

#[test]
fn the_report_survives_json_and_names_judge_and_rubric() {
    let report = report(Language::En, &exemplars(Language::En, true));
    let again: Report = serde_json::from_str(&report.to_json()).expect("its own form");
    assert_eq!(again, report);
    assert_eq!((report.judge.label.as_str(), report.rubric.sha256.len()), ("practice estimate (built-in)", 64));
    assert!(
        report.answers.iter().all(|answer| answer.judgement.as_ref().is_some_and(|one| one.judge == Judge::BuiltIn))
    );
}

#[test]
fn no_text_is_missing_in_either_language() {
    for language in Language::ALL {
        for good in [true, false] {
            let mut answers = exemplars(language, good);
            answers[0] = "I don't know".into();
            let markdown = report(language, &answers).to_markdown();
            assert!(!markdown.contains("interview.") && !markdown.contains("%{"), "{markdown}");
        }
    }
}

#[test]
fn an_answer_cannot_break_out_of_its_place() {
    let nasty = "# Title\n| a | b |\n\n<script>alert(1)</script> [x](javascript:1) `code` \u{1b}]52;c;AAAA\u{7} \u{9b}31m \u{202e}evil **bold** ![i](u)\n1. one\n> quote";
    let markdown = report(Language::En, &[nasty.to_owned()]).to_markdown();
    let control = markdown.chars().find(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}');
    assert_eq!(control, None);
    for live in ["<script", "[x](", "`code`", "**bold**", "![i]", "\n# Title\n| a", "\n1. one", "\n> quote"] {
        assert!(!markdown.contains(live), "{live} in\n{markdown}");
    }
    let line = markdown.lines().find(|line| line.contains("Title")).expect("the answer is there");
    assert!(line.starts_with("> \\# Title<br>\\| a \\| b \\|<br><br>&lt;script&gt;"), "{line}");
}
