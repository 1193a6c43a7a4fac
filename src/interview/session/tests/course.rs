//! The course of an interview: order, time, and how it ends.

use super::*;

#[test]
fn three_good_answers_make_an_interview_and_a_report() {
    let mut talk = Talk::begin(setup());
    talk.good().good().good();
    use EntryKind::{Answer, Closing, Feedback, Question};
    assert_eq!(
        talk.kinds(),
        [Question, Answer, Feedback, Question, Answer, Feedback, Question, Answer, Feedback, Closing]
    );
    assert_eq!((talk.view().phase, talk.view().may, talk.reports.len()), (Phase::Done, Default::default(), 1));
    let report = talk.report();
    assert_eq!((report.closed, report.answers.len(), report.simulated), (Some(Close::Completed), 3, true));
    assert!(matches!(report.overall, Overall::Estimate { level, .. } if level >= 4.0), "{:?}", report.overall);
}

#[test]
fn the_first_words_greet_and_ask_the_first_question() {
    let talk = Talk::begin(setup());
    let [Effect::Speak(instruction)] = talk.outstanding.as_slice() else { panic!("{:?}", talk.outstanding) };
    assert_eq!((instruction.act, instruction.minutes_left), (Act::Open, 30));
    assert!(instruction.say.ends_with(&talk.current().text.en) && instruction.say.contains("backend engineer"));
    assert_eq!((talk.view().phase, talk.number()), (Phase::Speaking, 1));
}

#[test]
fn strong_answers_raise_the_difficulty_and_weak_ones_lower_it_within_bounds() {
    let path = |answer: fn(&mut Talk) -> &mut Talk| {
        let mut talk = Talk::begin(Setup { questions: 5, minutes: 60, ..setup() });
        for _ in 0..5 {
            answer(&mut talk);
        }
        talk.report().difficulty_path.clone()
    };
    assert_eq!(path(Talk::good), [3, 4, 5, 5, 5]);
    assert_eq!(path(|talk| talk.submit("I don't know.")), [3, 2, 1, 1, 1]);
    assert_eq!(path(|talk| talk.work().input(Input::HintRequested).good()), [3, 3, 3, 3, 3]);
}

#[test]
fn pauses_do_not_count() {
    let mut talk = Talk::begin(setup());
    talk.work().wait(60).input(Input::Paused).wait(600);
    assert_eq!((talk.view().phase, talk.view().left), (Phase::Paused, Duration::from_secs(29 * 60)));
    talk.input(Input::Submitted("now".into()));
    assert_eq!(talk.rejected, Some(Rejection::NotNow));
    talk.input(Input::Unpaused).wait(30).good();
    assert_eq!(talk.session.report().answers[0].seconds, 90);
}

#[test]
fn a_slow_answer_turns_amber_then_red_and_is_never_cut() {
    let mut talk = Talk::begin(setup());
    talk.work();
    let pace = |talk: &Talk| talk.view().question.map(|question| question.pace);
    assert_eq!(pace(&talk), Some(Pace::OnTime));
    assert_eq!(pace(talk.wait(180)), Some(Pace::Amber));
    assert_eq!(pace(talk.wait(90)), Some(Pace::Red));
    talk.wait(3600);
    assert_eq!((talk.view().left, talk.view().may.submit), (Duration::ZERO, true));
    talk.good();
    assert_eq!(talk.report().closed, Some(Close::TimeUp));
    assert_eq!(talk.report().answers[0].status, Status::Scored, "the answer given late still counts");
    assert!(talk.view().transcript.last().is_some_and(|entry| entry.text.starts_with("Our time is up.")));
}

#[test]
fn an_interview_whose_last_answer_comes_late_is_complete() {
    let mut talk = Talk::begin(setup());
    talk.good().good().work().wait(3600).good();
    assert_eq!((talk.report().closed, talk.report().answers.len()), (Some(Close::Completed), 3));
}

#[test]
fn there_are_no_probes_in_the_last_two_minutes() {
    let mut talk = Talk::begin(setup());
    talk.work().wait(28 * 60 + 1).thin();
    assert_eq!(talk.number(), 2);
}

#[test]
fn real_mode_keeps_feedback_for_the_report() {
    let mut talk = Talk::begin(Setup { mode: Mode::Real, ..setup() });
    talk.good().good().good();
    assert!(!talk.kinds().contains(&EntryKind::Feedback));
    assert!(talk.report().answers.iter().all(|answer| answer.judgement.is_some()));
}

#[test]
fn ending_early_waits_for_nobody() {
    let mut talk = Talk::begin(setup());
    talk.input(Input::Ended);
    assert_eq!((talk.report().closed, talk.report().answers[0].status), (Some(Close::Early), Status::Unanswered));

    let mut talk = Talk::begin(setup());
    talk.work().input(Input::Submitted("I told my lead that I would fix the flaky test, and I did.".into()));
    assert_eq!(talk.view().phase, Phase::Judging);
    talk.input(Input::Ended);
    assert_eq!(talk.report().answers[0].status, Status::Scored, "what was answered is judged");

    talk.input(Input::Ended);
    assert_eq!((talk.rejected, talk.reports.len()), (Some(Rejection::NotNow), 1));
}

#[test]
fn ending_during_the_last_words_leaves_the_interview_complete() {
    let mut talk = Talk::begin(setup());
    talk.good().good().work();
    let answer = talk.current().exemplar.en.good.clone();
    talk.input(Input::Submitted(answer));
    let Some(Effect::Judge(task)) = talk.outstanding.pop() else { panic!("a judge is asked") };
    talk.input(Input::Judged { turn: task.turn, judgement: Box::new(scorer::judge(&task)) });
    talk.input(Input::Ended);
    assert_eq!(talk.report().closed, Some(Close::Completed));
}

#[test]
fn a_mixed_interview_alternates() {
    let mut talk = Talk::begin(Setup { kind: Kind::Mixed, questions: 4, ..setup() });
    talk.good().good().good().good();
    let kinds: Vec<Kind> = talk.report().answers.iter().map(|answer| answer.kind).collect();
    assert_eq!(kinds, [Kind::Behavioural, Kind::Technical, Kind::Behavioural, Kind::Technical]);
}

#[test]
fn the_same_seed_asks_the_same_questions_and_another_one_others() {
    let order = |seed| {
        let mut talk = Talk::begin(Setup { seed, questions: 5, ..setup() });
        talk.good().good().good().good().good();
        talk.report().answers.iter().map(|answer| answer.question_id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(order(7), order(7));
    assert!((0..5).any(|seed| order(seed) != order(7)));
}
