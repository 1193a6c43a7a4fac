//! Interviews over the real store, the real router, and demo providers on real sockets.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::time::timeout;

use super::*;
use crate::backend::{Backend, Lifetime};
use crate::config::{Language, Layers, load};
use crate::interview::{EntryKind, Event, Kind, Mode, Phase, Voice, Who};
use crate::simulator::{Fault, Options, Pace, Simulator, Step};

/// Longest wait for the next update of a demo interview.
const SOON: Duration = Duration::from_secs(20);

const ANSWER: &str = "Last year at my company our payment service lost orders at night. I had to find the cause within two days. \
    I traced the queue, wrote a test that failed, and fixed the retry logic myself. As a result lost orders fell from 40 a week to 0.";

struct Desk {
    _home: tempfile::TempDir,
    backend: Backend,
}

impl Desk {
    async fn new() -> Self {
        Self::with(BTreeMap::new()).await
    }

    /// With simulated providers of its own.
    async fn at(simulator: &Simulator) -> Self {
        let url = |provider: &str| (format!("{}_API_BASE_URL", provider.to_uppercase()), simulator.base_url(provider));
        Self::with(["llama", "qwen"].map(url).into()).await
    }

    async fn with(mut flags: BTreeMap<String, String>) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        flags.insert("VITA_HOME".to_owned(), home.path().display().to_string());
        let settings = load(Layers { flags, ..Layers::default() }).expect("settings").settings;
        let backend = Backend::open(settings, Lifetime::OneShot).await.expect("a backend");
        Self { _home: home, backend }
    }

    fn stage(&self) -> Stage {
        let Backend { router, store, clock, .. } = self.backend.clone();
        Stage { router, store, clock }
    }
}

fn setup(language: Language) -> Setup {
    Setup { kind: Kind::Behavioural, language, questions: 3, seed: 7, mode: Mode::Practice, ..Setup::default() }
}

async fn next(interview: &mut Interview) -> Update {
    timeout(SOON, interview.updates.recv()).await.expect("an update in time").expect("an open interview")
}

/// Waits for a view in this phase; gives it and what streamed on the way.
async fn until(interview: &mut Interview, phase: Phase) -> (View, String) {
    let mut streamed = String::new();
    loop {
        match next(interview).await {
            Update::View(view) if view.phase == phase => return (view, streamed),
            Update::Speaking(piece) => streamed.push_str(&piece),
            Update::Failed(error) => panic!("{error}"),
            _ => {}
        }
    }
}

async fn say(interview: &Interview, command: Command) {
    interview.commands.send(command).await.expect("somebody listens");
}

/// Answers everything until the report.
async fn answer_all(interview: &mut Interview) -> Arc<Report> {
    loop {
        match next(interview).await {
            Update::View(view) if view.phase == Phase::Answering => {
                say(interview, Command::Submit(ANSWER.into())).await
            }
            Update::Finished(report) => return report,
            Update::Failed(error) => panic!("{error}"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn an_interview_in_each_language_ends_with_a_report_and_a_finished_session() {
    for language in Language::ALL {
        let desk = Desk::new().await;
        let mut interview = desk.stage().begin(setup(language)).await.expect("an interview");
        let report = answer_all(&mut interview).await;
        assert_eq!((report.answers.len(), report.simulated), (3, true));
        let head = &desk.backend.store.sessions().await.expect("sessions")[0];
        assert_eq!(
            (head.id.as_str(), head.finished, head.language.as_str()),
            (interview.id.as_str(), true, language.code())
        );
    }
}

#[tokio::test]
async fn what_streams_is_what_stands_in_the_transcript() {
    let desk = Desk::new().await;
    let mut interview = desk.stage().begin(setup(Language::En)).await.expect("an interview");
    let (view, streamed) = until(&mut interview, Phase::Answering).await;
    let entry = view.transcript.last().expect("the question");
    assert_eq!((entry.who, entry.kind), (Who::Interviewer, EntryKind::Question));
    assert_eq!(entry.text, streamed);
}

#[tokio::test]
async fn a_stored_session_gives_the_same_report_again() {
    let desk = Desk::new().await;
    let mut interview = desk.stage().begin(setup(Language::En)).await.expect("an interview");
    let report = answer_all(&mut interview).await;
    let record = desk.backend.store.session(&interview.id).await.expect("a session");
    assert_eq!(replay(&interview.id, &record.events).expect("a session").report(), *report);
    assert!(matches!(desk.stage().resume(&interview.id).await, Err(InterviewError::Finished(_))));
}

#[tokio::test]
async fn an_interview_left_anywhere_is_offered_and_goes_on_with_its_draft() {
    let desk = Desk::new().await;
    let mut interview = desk.stage().begin(setup(Language::En)).await.expect("an interview");
    let (before, _) = until(&mut interview, Phase::Answering).await;
    say(&interview, Command::Draft("I was about to".into())).await;
    let id = interview.id.clone();
    drop(interview);
    let offered = wait_for_offer(&desk).await;
    assert_eq!(offered, id);

    let mut interview = desk.stage().resume(&id).await.expect("the interview");
    let Update::View(first) = next(&mut interview).await else { panic!("the view comes first") };
    assert_eq!(first.transcript, before.transcript, "nothing is asked twice and nothing is lost");
    let Update::Draft(draft) = next(&mut interview).await else { panic!("the draft comes next") };
    assert_eq!(draft, "I was about to");
    say(&interview, Command::Submit(ANSWER.into())).await;
    let report = answer_all(&mut interview).await;
    assert_eq!(report.answers.len(), 3);
}

#[tokio::test]
async fn a_session_is_held_by_one_process_at_a_time() {
    let desk = Desk::new().await;
    let interview = desk.stage().begin(setup(Language::En)).await.expect("an interview");
    let again = desk.stage().resume(&interview.id).await;
    assert!(matches!(again, Err(InterviewError::Store(StoreError::SessionInUse(_)))));
}

#[tokio::test]
async fn with_both_demo_providers_down_the_bank_asks_and_the_candidate_is_told_once_and_why() {
    let desk = Desk::new().await;
    let demo = desk.backend.demo.clone().expect("the demo");
    demo.set_down("llama", true);
    demo.set_down("qwen", true);
    let mut interview = desk.stage().begin(setup(Language::En)).await.expect("an interview");
    let mut told = Vec::new();
    let report = loop {
        match next(&mut interview).await {
            Update::Notice(words) => told.push(words),
            Update::View(view) if view.phase == Phase::Answering => {
                assert!(view.transcript.iter().any(|entry| entry.text.contains('?')), "{view:?}");
                say(&interview, Command::Skip).await;
            }
            Update::Finished(report) => break report,
            Update::Failed(error) => panic!("{error}"),
            _ => {}
        }
    };
    assert_eq!(report.answers.len(), 3);
    let [told] = told.as_slice() else { panic!("{told:?}") };
    assert!(told.starts_with("No provider gives the interviewer words: no provider could answer"), "{told}");
}

#[tokio::test]
async fn a_rejected_command_changes_nothing() {
    let desk = Desk::new().await;
    let mut interview = desk.stage().begin(setup(Language::En)).await.expect("an interview");
    until(&mut interview, Phase::Answering).await;
    for _ in 0..3 {
        say(&interview, Command::Hint).await;
        until(&mut interview, Phase::Answering).await;
    }
    say(&interview, Command::Hint).await;
    assert!(matches!(next(&mut interview).await, Update::Rejected(Rejection::NoMoreHints)));
}

#[tokio::test]
async fn a_question_that_breaks_off_goes_on_at_the_backup_and_the_session_keeps_the_place() {
    let options = Options { pace: Pace::INSTANT, ..Options::default() };
    let simulator = Simulator::start((Ipv4Addr::LOCALHOST, 0).into(), options).await.expect("a simulator");
    simulator.set_plan("llama", vec![Step::always("llama", Fault::Cut { tokens: 20 })]);
    let desk = Desk::at(&simulator).await;
    let mut interview = desk.stage().begin(setup(Language::En)).await.expect("an interview");
    let (view, streamed) = until(&mut interview, Phase::Answering).await;
    assert_eq!(view.transcript.last().map(|entry| entry.text.as_str()), Some(streamed.as_str()));
    let events = desk.backend.store.session(&interview.id).await.expect("a session").events;
    let facts = events.iter().map(|event| serde_json::from_str(event).expect("a fact"));
    let voices: Vec<Voice> = facts
        .filter_map(|fact: Fact| match fact.event {
            Event::Spoken { voice, .. } => Some(voice),
            _ => None,
        })
        .collect();
    let [Voice::Model { provider, seam: Some(seam), .. }] = voices.as_slice() else { panic!("{voices:?}") };
    assert_eq!((provider.as_str(), seam.from.as_str(), seam.to.as_str()), ("qwen", "llama", "qwen"));
    assert!(0 < seam.offset && seam.offset < streamed.chars().count(), "{seam:?}");
}

/// The session is offered as soon as the task that held it has stored the draft and let go.
async fn wait_for_offer(desk: &Desk) -> String {
    let offered = timeout(SOON, async {
        loop {
            if let Some(head) = Stage::unfinished(&desk.backend.store).await.expect("asked") {
                return head.id;
            }
            tokio::task::yield_now().await;
        }
    });
    offered.await.expect("offered in time")
}
