//! What holds for every log and for every input.

use super::*;

/// Plays the rest of an interview the way `script` says, one line per time the candidate may answer.
fn play(talk: &mut Talk, script: &[&str]) {
    talk.work();
    let answered = |talk: &Talk| talk.facts.iter().filter(|fact| matches!(fact.event, Event::Answered { .. })).count();
    while talk.view().phase != Phase::Done {
        let answer = script.get(answered(talk)).copied().unwrap_or_default();
        if talk.view().phase == Phase::Paused {
            talk.input(Input::Unpaused);
        }
        talk.submit(answer);
    }
}

const SCRIPT: [&str; 5] = [
    "We usually discuss a problem together until it works, and I think everybody was happy about how we do it in our team.",
    "I asked my colleague Tom and wrote down both risks.",
    "",
    "I don't know.",
    "Last March I rewrote the deployment script, because it failed twice a week. As a result we saved three hours a week.",
];

#[test]
fn from_every_prefix_of_its_log_an_interview_comes_to_the_same_end() {
    let mut whole = Talk::begin(setup());
    whole.work().input(Input::HintRequested).input(Input::Paused).input(Input::Unpaused);
    play(&mut whole, &SCRIPT);
    for length in 1..=whole.facts.len() {
        let mut again = Talk::again(&whole.facts[..length], Duration::from_secs(9));
        if !again.facts.iter().any(|fact| matches!(fact.event, Event::Hinted { .. })) {
            again.work().input(Input::HintRequested);
        }
        play(&mut again, &SCRIPT);
        assert_eq!(again.report(), whole.report(), "after {length} facts");
        let texts = |talk: &Talk| {
            talk.view().transcript.iter().map(|entry| (entry.kind, entry.text.clone())).collect::<Vec<_>>()
        };
        assert_eq!(texts(&again), texts(&whole), "after {length} facts");
    }
}

#[test]
fn a_log_survives_json() {
    let mut talk = Talk::begin(Setup { kind: Kind::Mixed, ..setup() });
    play(&mut talk, &SCRIPT);
    let stored: Vec<String> = talk.facts.iter().map(|fact| serde_json::to_string(fact).expect("to JSON")).collect();
    let facts: Vec<Fact> = stored.iter().map(|json| serde_json::from_str(json).expect("from JSON")).collect();
    assert_eq!(facts, talk.facts);
    assert!(stored[1].starts_with(r#"{"v":1,"at_ms":0,"type":"asked","#), "{}", stored[1]);
}

#[test]
fn a_pause_is_still_a_pause_after_a_crash_and_the_time_is_where_it_was() {
    let mut talk = Talk::begin(setup());
    talk.work().wait(90).input(Input::Paused);
    let mut again = Talk::again(&talk.facts, Duration::from_secs(5_000_000));
    again.wait(100);
    assert_eq!((again.view().phase, again.view().left), (Phase::Paused, Duration::from_secs(1800 - 90)));
    assert!(again.outstanding.is_empty());
}

#[test]
fn what_was_outstanding_is_asked_for_again_and_nothing_twice() {
    let mut talk = Talk::begin(setup());
    let speak = talk.outstanding.clone();
    assert_eq!(Talk::again(&talk.facts, Duration::ZERO).outstanding, speak);
    talk.work()
        .input(Input::Submitted("I fixed the build last week, because nobody had time for it in our team.".into()));
    let judge = talk.outstanding.clone();
    assert_eq!(Talk::again(&talk.facts, Duration::ZERO).outstanding, judge);
}

#[test]
fn a_finished_log_gives_its_report_again() {
    let mut talk = Talk::begin(setup());
    talk.good().good().good();
    assert_eq!(Talk::again(&talk.facts, Duration::ZERO).reports, talk.reports);
}

#[test]
fn damaged_logs_are_refused_with_the_place() {
    let mut talk = Talk::begin(setup());
    talk.good();
    let bank = Bank::built_in();
    let replay = |facts: &[Fact]| Session::replay(facts, &bank).map(|_| ()).expect_err("must be refused");
    assert_eq!(replay(&[]), ReplayError::Empty);
    assert_eq!(replay(&talk.facts[1..]), ReplayError::Order { index: 0 });
    let doubled = [&talk.facts[..2], &talk.facts[1..]].concat();
    assert_eq!(replay(&doubled), ReplayError::Order { index: 2 });
    let mut future = talk.facts.clone();
    future[2].v = 9;
    assert_eq!(replay(&future), ReplayError::Version { index: 2, found: 9 });
    let mut unknown = talk.facts.clone();
    unknown[1].event = Event::Asked { question: "gone".into(), step: 3, wording: None };
    assert_eq!(replay(&unknown), ReplayError::Question { index: 1, question: "gone".into() });
}

/// The built-in bank after an edit, and without the questions on mistakes.
fn later_bank() -> Bank {
    let bank = Bank::built_in();
    let questions = bank.questions().iter().filter(|question| question.id != "beh-mistake-01").cloned();
    let reworded = questions.map(|mut question| {
        let edited = Arc::make_mut(&mut question);
        edited.text.en = format!("In short: {}", edited.text.en);
        edited.minutes += 1;
        edited.hints[0].en = "Think again.".into();
        edited.probes.values_mut().for_each(|probe| probe.en = "And then?".into());
        question
    });
    Bank::of(reworded.collect())
}

#[test]
fn a_report_outlives_changes_of_the_bank_but_an_interview_does_not_go_on_with_other_questions() {
    let mut talk = Talk::begin(Setup { questions: 10, minutes: 60, ..setup() });
    talk.work().input(Input::HintRequested);
    play(&mut talk, &SCRIPT);
    let bank = later_bank();
    let read = Session::replay(&talk.facts, &bank).expect("can be read");
    assert_eq!(read.report(), *talk.report());
    assert_eq!(read.view(talk.now).transcript, talk.view().transcript);
    assert_eq!(read.check_resumable(), Ok(()), "nothing is left to be judged");

    let half = Session::replay(&talk.facts[..talk.facts.len() / 2], &bank).expect("can be read");
    assert!(!half.report().answers.is_empty());
    let held = bank.questions().iter().filter(|question| question.kind == Kind::Behavioural).count() as u32;
    let too_many = crate::interview::setup::SetupError::TooMany { asked: 10, held };
    assert_eq!(half.check_resumable(), Err(ReplayError::Setup(too_many)));
    let mut talk = Talk::begin(setup());
    talk.good();
    let half = Session::replay(&talk.facts, &bank).expect("can be read");
    assert_eq!(half.check_resumable(), Err(ReplayError::Rubric));
    let same = Session::replay(&talk.facts, &Bank::built_in()).expect("can be read");
    assert_eq!(same.check_resumable(), Ok(()));
}

#[test]
fn a_log_without_wordings_takes_them_from_the_bank() {
    let mut talk = Talk::begin(setup());
    talk.good().good().good();
    let mut older = talk.facts.clone();
    for fact in &mut older {
        if let Event::Asked { wording, .. } = &mut fact.event {
            *wording = None;
        }
    }
    let json = serde_json::to_string(&older[1]).expect("to JSON");
    assert!(!json.contains("wording"), "{json}");
    assert_eq!(serde_json::from_str::<Fact>(&json).expect("from JSON"), older[1]);
    let read = Session::replay(&older, &Bank::built_in()).expect("can be read");
    assert_eq!(read.report(), *talk.report());
}

fn input() -> impl Strategy<Value = Input> {
    let text = prop_oneof![Just(String::new()), "\\PC{0,60}", Just(SCRIPT[0].to_owned()), Just(SCRIPT[4].to_owned())];
    let turn = (0u32..40).prop_map(Turn);
    let task = |turn| JudgeTask {
        turn,
        question: Bank::built_in().questions()[0].clone(),
        rubric: rubric::lock(&setup(), &Bank::built_in()),
        language: Language::En,
        answer: SCRIPT[4].into(),
        hints_used: 0,
        seconds: 0,
    };
    prop_oneof![
        text.clone().prop_map(Input::Submitted),
        Just(Input::Skipped),
        Just(Input::HintRequested),
        Just(Input::Paused),
        Just(Input::Unpaused),
        (turn.clone(), text).prop_map(|(turn, text)| Input::Spoken { turn, text, voice: Voice::Bank }),
        turn.prop_map(move |turn| Input::Judged { turn, judgement: Box::new(scorer::judge(&task(turn))) }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn whatever_happens_the_rules_hold(steps in prop::collection::vec((input(), any::<bool>(), 0u64..400), 1..40), end in any::<bool>()) {
        let mut talk = Talk::begin(setup());
        let mut number = 0;
        for (input, works, seconds) in steps {
            if works {
                talk.work();
            }
            talk.wait(seconds).input(input);
            let view = talk.view();
            prop_assert!(view.left <= Duration::from_secs(1800));
            if let Some(question) = view.question {
                prop_assert!(question.number >= number && question.number <= view.of);
                prop_assert!(question.probes <= 2 && question.hints_used <= 3);
                number = question.number;
            }
        }
        if end {
            talk.input(Input::Ended);
        }
        let replayed = Session::replay(&talk.facts, &Bank::built_in()).expect("what was recorded can be replayed");
        prop_assert_eq!(replayed.report(), talk.session.report());
        prop_assert_eq!(&replayed.record, &talk.session.record);
        prop_assert_eq!(replayed.state, talk.session.state);
    }
}
