//! How a fact changes a session. Live and on replay this is the only way its state changes.

use std::sync::Arc;
use std::time::Duration;

use super::{Asked, RUNGS, Record, ReplayError, Session, State};
use crate::interview::bank::{Bank, Question};
use crate::interview::fact::{Close, Event, Fact, VERSION};
use crate::interview::report::Part;
use crate::interview::setup::Mode;
use crate::interview::speaker::Act;
use crate::interview::stopwatch::Stopwatch;
use crate::interview::view::{Entry, EntryKind, Who};
use crate::interview::{plan, rubric, scorer};

/// Why a fact can't follow those before it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Misfit {
    Order,
    Question(String),
}

impl Misfit {
    pub(super) fn at(self, index: usize) -> ReplayError {
        match self {
            Self::Order => ReplayError::Order { index },
            Self::Question(question) => ReplayError::Question { index, question },
        }
    }
}

pub(super) fn check_version(fact: &Fact, index: usize) -> Result<(), ReplayError> {
    if fact.v == VERSION { Ok(()) } else { Err(ReplayError::Version { index, found: fact.v }) }
}

impl Session {
    /// A session in which nothing has been asked yet, its clock stopped.
    pub(super) fn of(record: Record, bank: &Bank) -> Self {
        let setup = &record.setup;
        Self {
            state: State::Deciding,
            unfit: None,
            pool: plan::shuffled(plan::pool(bank, setup), setup.seed),
            record,
            transcript: Arc::default(),
            stopwatch: Stopwatch::default(),
            facts: 1,
        }
    }

    /// The same from the stored first event. It can be read with any bank, and go on with the one it began with.
    pub(super) fn reopened(begun: &Event, bank: &Bank) -> Result<Self, ReplayError> {
        let record = Record::reopened(begun).ok_or(ReplayError::Order { index: 0 })?;
        let unfit = match record.setup.validate(bank) {
            Err(error) => Some(error.into()),
            Ok(()) => (record.rubric != rubric::lock(&record.setup, bank)).then_some(ReplayError::Rubric),
        };
        Ok(Self { unfit, ..Self::of(record, bank) })
    }

    /// Applies one fact, or says why it can't follow; nothing has changed then.
    pub(super) fn apply(&mut self, fact: &Fact) -> Result<(), Misfit> {
        let at = fact.at();
        self.state = match (self.state, &fact.event) {
            (State::Deciding, Event::Asked { question, step, wording }) => {
                let question = self.worded(question, wording.as_deref())?;
                self.asked(question, *step, at)?
            }
            (State::Deciding, Event::Probed { missing }) => {
                let asked = self.last()?;
                asked.probes.push(missing.clone());
                State::Speaking(Act::Probe)
            }
            (State::Speaking(act), Event::Spoken { text, .. }) => self.spoken(act, text, at),
            (State::Answering, Event::Hinted { rung }) => self.hinted(*rung, at)?,
            (State::Answering, Event::Answered { text }) => self.answered(text, at)?,
            (State::Answering, Event::Skipped) => {
                let asked = self.last()?;
                asked.skipped = true;
                asked.time_last_part(at);
                self.show(Who::Candidate, EntryKind::Skip, "", at);
                State::Deciding
            }
            (State::Judging, Event::Judged { judgement }) => {
                self.last()?.judgement = Some((**judgement).clone());
                State::Deciding
            }
            (State::Answering, Event::Paused) => State::Paused,
            (State::Paused, Event::Unpaused) => State::Answering,
            (State::Done | State::Judging | State::Speaking(Act::Close), Event::Closed { .. }) => {
                return Err(Misfit::Order);
            }
            (state, Event::Closed { reason }) if *reason == Close::Early || state == State::Deciding => {
                self.give_feedback(at);
                self.record.closed = Some(*reason);
                if *reason == Close::Early { State::Done } else { State::Speaking(Act::Close) }
            }
            _ => return Err(Misfit::Order),
        };
        self.record.at = self.record.at.max(at);
        self.facts += 1;
        Ok(())
    }

    /// The question as it was asked; the bank may have changed since.
    fn worded(&self, id: &str, wording: Option<&Question>) -> Result<Arc<Question>, Misfit> {
        let held = self.pool.iter().find(|question| question.id == id);
        match (wording, held) {
            (Some(wording), Some(held)) if *wording == **held => Ok(held.clone()),
            (Some(wording), _) if wording.id == id => Ok(Arc::new(wording.clone())),
            (None, Some(held)) => Ok(held.clone()),
            _ => Err(Misfit::Question(id.into())),
        }
    }

    fn asked(&mut self, question: Arc<Question>, step: u8, at: Duration) -> Result<State, Misfit> {
        if self.record.asked.iter().any(|asked| asked.question.id == question.id) {
            return Err(Misfit::Order);
        }
        self.give_feedback(at);
        self.record.asked.push(Asked::new(question, step));
        Ok(State::Speaking(if self.record.asked.len() == 1 { Act::Open } else { Act::Ask }))
    }

    fn spoken(&mut self, act: Act, text: &str, at: Duration) -> State {
        let kind = match act {
            Act::Open | Act::Ask => EntryKind::Question,
            Act::Probe => EntryKind::Probe,
            Act::Close => EntryKind::Closing,
        };
        self.show(Who::Interviewer, kind, text, at);
        if act == Act::Close {
            return State::Done;
        }
        if let Some(asked) = self.record.asked.last_mut() {
            asked.parts.push(Part { said: text.into(), answer: None, seconds: 0 });
            asked.put_at = at;
        }
        State::Answering
    }

    fn hinted(&mut self, rung: u8, at: Duration) -> Result<State, Misfit> {
        let language = self.record.setup.language;
        let asked = self.last()?;
        if rung != asked.hints + 1 || rung > RUNGS {
            return Err(Misfit::Order);
        }
        asked.hints = rung;
        let hint = asked.question.hints.get(usize::from(rung) - 1).ok_or(Misfit::Order)?;
        let hint = hint.in_language(language).to_owned();
        self.show(Who::Coach, EntryKind::Hint, &hint, at);
        Ok(State::Answering)
    }

    fn answered(&mut self, text: &str, at: Duration) -> Result<State, Misfit> {
        let asked = self.last()?;
        asked.time_last_part(at);
        if let Some(part) = asked.parts.last_mut() {
            part.answer = Some(text.into());
        }
        // Nothing said to a probe leaves the judgement as it was.
        let nothing_new = text.trim().is_empty() && asked.judgement.is_some();
        self.show(Who::Candidate, EntryKind::Answer, text, at);
        Ok(if nothing_new { State::Deciding } else { State::Judging })
    }

    /// In practice, says what the question that is now left was worth.
    fn give_feedback(&mut self, at: Duration) {
        if self.record.setup.mode == Mode::Real {
            return;
        }
        let language = self.record.setup.language;
        let judgement = self.record.asked.last().and_then(|asked| asked.judgement.as_ref());
        if let Some(feedback) = judgement.and_then(|judgement| scorer::feedback(judgement, language)) {
            self.show(Who::Coach, EntryKind::Feedback, &feedback, at);
        }
    }

    fn show(&mut self, who: Who, kind: EntryKind, text: &str, at: Duration) {
        let question = self.record.asked.last().filter(|_| kind != EntryKind::Closing);
        let question = question.map(|asked| asked.question.id.clone());
        Arc::make_mut(&mut self.transcript).push(Entry { who, kind, question, text: text.into(), at });
    }

    fn last(&mut self) -> Result<&mut Asked, Misfit> {
        self.record.asked.last_mut().ok_or(Misfit::Order)
    }
}

impl Asked {
    fn time_last_part(&mut self, at: Duration) {
        if let Some(part) = self.parts.last_mut() {
            part.seconds = at.saturating_sub(self.put_at).as_secs();
        }
    }
}
