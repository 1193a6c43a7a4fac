use std::time::Duration;

use chrono::DateTime;
use proptest::prelude::*;

use super::*;
use crate::config::Language;
use crate::interview::judgement::{Judgement, Status};
use crate::interview::probe::Missing;
use crate::interview::report::Overall;
use crate::interview::setup::{Kind, Mode};
use crate::interview::view::{EntryKind, Pace, Phase, View};

mod answers;
mod course;
mod outside;
mod replay;

/// Holds an interview: plays the driver, with a clock of its own.
struct Talk {
    session: Session,
    now: Duration,
    facts: Vec<Fact>,
    outstanding: Vec<Effect>,
    rejected: Option<Rejection>,
    reports: Vec<Report>,
}

fn setup() -> Setup {
    Setup { questions: 3, minutes: 30, seed: 7, ..Setup::default() }
}

fn opening(setup: Setup) -> Opening {
    Opening { id: "test".into(), setup, started_at: DateTime::UNIX_EPOCH, simulated: true }
}

impl Talk {
    fn begin(setup: Setup) -> Self {
        let now = Duration::from_secs(1000);
        let (session, effects) = Session::begin(opening(setup), &Bank::built_in(), now).expect("can be held");
        let mut talk = Self { session, now, facts: vec![], outstanding: vec![], rejected: None, reports: vec![] };
        talk.take(effects);
        talk
    }

    /// Reads the log back, as after a crash.
    fn again(facts: &[Fact], now: Duration) -> Self {
        let mut session = Session::replay(facts, &Bank::built_in()).expect("replays");
        let effects = session.resume(now);
        let mut talk =
            Self { session, now, facts: facts.to_vec(), outstanding: vec![], rejected: None, reports: vec![] };
        talk.take(effects);
        talk
    }

    fn take(&mut self, effects: Vec<Effect>) {
        self.rejected = None;
        for effect in effects {
            match effect {
                Effect::Record(fact) => self.facts.push(fact),
                Effect::Reject(rejection) => self.rejected = Some(rejection),
                Effect::Finish(report) => {
                    self.outstanding.clear();
                    self.reports.push(*report);
                }
                work => self.outstanding = vec![work],
            }
        }
    }

    fn input(&mut self, input: Input) -> &mut Self {
        let effects = self.session.handle(input, self.now);
        self.take(effects);
        self
    }

    /// Says what is to be said, in the bank's words, and judges what is to be judged.
    fn work(&mut self) -> &mut Self {
        while let Some(effect) = self.outstanding.pop() {
            match effect {
                Effect::Speak(instruction) => {
                    let voice = Voice::Model { provider: "llama".into(), model: "demo".into(), seam: None };
                    self.input(Input::Spoken { turn: instruction.turn, text: instruction.say, voice })
                }
                Effect::Judge(task) => {
                    let judgement = Box::new(scorer::judge(&task));
                    self.input(Input::Judged { turn: task.turn, judgement })
                }
                other => panic!("not work: {other:?}"),
            };
        }
        self
    }

    fn submit(&mut self, text: &str) -> &mut Self {
        self.work().input(Input::Submitted(text.into())).work()
    }

    fn good(&mut self) -> &mut Self {
        let answer = self.work().current().exemplar.en.good.clone();
        self.submit(&answer)
    }

    fn thin(&mut self) -> &mut Self {
        self.submit("We usually talk about such a problem together and then we solve it, it always works and everybody was happy about it, I think.")
    }

    fn wait(&mut self, seconds: u64) -> &mut Self {
        self.now += Duration::from_secs(seconds);
        self
    }

    fn current(&self) -> Arc<Question> {
        self.session.current().expect("a question").question.clone()
    }

    fn view(&self) -> View {
        self.session.view(self.now)
    }

    fn kinds(&self) -> Vec<EntryKind> {
        self.view().transcript.iter().map(|entry| entry.kind).collect()
    }

    fn number(&self) -> u32 {
        self.view().question.map_or(0, |question| question.number)
    }

    fn report(&self) -> &Report {
        self.reports.last().expect("a report")
    }
}
