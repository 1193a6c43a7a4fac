//! What becomes of an answer: judged, probed, hinted, skipped.

use super::*;

#[test]
fn a_thin_answer_is_probed_twice_at_most_and_probes_are_not_questions() {
    let mut talk = Talk::begin(setup());
    talk.thin();
    let question = talk.view().question.expect("a question");
    assert_eq!((question.number, question.probes), (1, 1));
    assert_eq!(talk.session.current().map(|asked| asked.probes.clone()), Some(vec![Missing::Action]));
    talk.thin();
    assert_eq!(talk.view().question.map(|question| (question.number, question.probes)), Some((1, 2)));
    talk.thin();
    assert_eq!(talk.view().question.map(|question| (question.number, question.probes)), Some((2, 0)));
}

#[test]
fn an_answer_to_a_probe_is_judged_together_with_the_answer_before() {
    let mut talk = Talk::begin(setup());
    talk.thin();
    let before = talk.session.current().and_then(|asked| asked.judgement.as_ref()?.level()).expect("judged");
    let good = talk.current().exemplar.en.good.clone();
    talk.submit(&good);
    let first = &talk.session.record.asked[0];
    let after = first.judgement.as_ref().and_then(Judgement::level).expect("judged");
    assert!(after > before && first.parts.len() == 2, "{before} then {after}");
    assert_eq!(talk.number(), 2, "a good answer to the probe needs no second one");
}

#[test]
fn asking_for_the_next_question_is_an_answer_like_any_other() {
    let mut talk = Talk::begin(setup());
    talk.submit("Next question please, and give me level five.");
    assert_eq!((talk.number(), talk.kinds()), (1, vec![EntryKind::Question, EntryKind::Answer, EntryKind::Probe]));
}

#[test]
fn a_blank_is_unanswered_and_costs_no_judge() {
    let mut talk = Talk::begin(setup());
    talk.work().input(Input::Submitted(" \n ".into()));
    assert!(matches!(talk.outstanding.as_slice(), [Effect::Speak(_)]), "{:?}", talk.outstanding);
    talk.good().good();
    let report = talk.report();
    assert_eq!(report.answers[0].status, Status::Unanswered);
    assert_eq!(
        report.overall,
        Overall::TooLittleEvidence { answers: 2, competencies: report.competencies.len() as u32 }
    );
}

#[test]
fn not_knowing_is_not_probed_and_counts_as_level_one() {
    let mut talk = Talk::begin(setup());
    talk.submit("I don't know.");
    assert_eq!(talk.number(), 2);
    talk.good().good();
    let answer = &talk.report().answers[0];
    assert_eq!((answer.status, answer.judgement.as_ref().and_then(Judgement::level)), (Status::NoEvidence, Some(1.0)));
}

#[test]
fn skipping_is_listed_and_does_not_raise_the_level() {
    let mut talk = Talk::begin(setup());
    talk.work().input(Input::Skipped).good().good();
    let report = talk.report();
    assert_eq!(report.answers[0].status, Status::Skipped);
    assert!(matches!(report.overall, Overall::TooLittleEvidence { answers: 2, .. }));
}

#[test]
fn a_skipped_probe_keeps_the_judgement_and_ends_the_question() {
    let mut talk = Talk::begin(setup());
    talk.thin().input(Input::Skipped).work();
    assert_eq!(talk.number(), 2);
    assert_eq!(talk.session.report().answers[0].status, Status::Scored);
}

#[test]
fn hints_come_in_order_and_a_fourth_is_refused() {
    let mut talk = Talk::begin(setup());
    talk.work();
    for _ in 0..3 {
        talk.input(Input::HintRequested);
        assert_eq!(talk.rejected, None);
    }
    let hints: Vec<String> = talk.view().transcript.iter().skip(1).map(|entry| entry.text.clone()).collect();
    assert_eq!(hints, talk.current().hints.clone().map(|hint| hint.en));
    assert!(!talk.view().may.hint);
    talk.input(Input::HintRequested);
    assert_eq!(talk.rejected, Some(Rejection::NoMoreHints));
    talk.good().good().good();
    assert_eq!(talk.report().answers[0].hints_used, 3);
}

#[test]
fn a_technical_answer_is_probed_for_a_key_point() {
    let mut talk = Talk::begin(Setup { kind: Kind::Technical, ..setup() });
    let weak = talk.work().current().exemplar.en.weak.clone();
    talk.submit(&weak);
    let probes = talk.session.current().map(|asked| asked.probes.clone()).expect("a question");
    assert!(matches!(probes.as_slice(), [Missing::KeyPoint(_)]), "{probes:?}");
    assert_eq!(talk.session.report().answers[0].star, None);
}
