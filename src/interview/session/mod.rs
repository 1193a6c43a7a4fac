//! The session machine: inputs and facts in, effects out. Code owns every transition; a model only finds words.

mod effect;
mod fold;
mod input;
mod look;
mod record;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use super::bank::{Bank, Question};
use super::fact::{Close, Event, Fact, Voice};
use super::judgement::JudgeTask;
use super::report::{self, Report};
use super::rubric;
use super::setup::{Setup, SetupError};
use super::speaker::{self, Act, Instruction};
use super::stopwatch::Stopwatch;
use super::view::Entry;
use super::{plan, probe, scorer};

pub use effect::{Effect, Rejection, ReplayError};
pub use input::{Input, Opening, Turn};
pub(in crate::interview) use record::{Asked, Record};

/// Probes end when less than this is left.
const LAST_PROBE: Duration = Duration::from_secs(120);
/// The highest rung of hints.
const RUNGS: u8 = 3;

/// What the session waits for. `Deciding` waits for nobody: it is left before a call returns, and is seen again only when
/// the process died between two facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Deciding,
    Speaking(Act),
    Answering,
    Paused,
    Judging,
    Done,
}

/// One interview.
#[derive(Clone, Debug)]
pub struct Session {
    record: Record,
    state: State,
    /// Why the bank is not the one the session began with; none when it is.
    unfit: Option<ReplayError>,
    /// What may be asked, in the seed's order.
    pool: Vec<Arc<Question>>,
    transcript: Arc<Vec<Entry>>,
    stopwatch: Stopwatch,
    /// How many facts there are; it names the outstanding work.
    facts: u32,
}

impl Session {
    /// Begins an interview: its first facts and the first thing to say.
    pub fn begin(opening: Opening, bank: &Bank, now: Duration) -> Result<(Self, Vec<Effect>), SetupError> {
        opening.setup.validate(bank)?;
        let rubric = rubric::lock(&opening.setup, bank);
        let record = Record::new(opening, rubric);
        let begun = record.begun();
        let mut session = Self::of(record, bank);
        let mut effects = vec![Effect::Record(Fact::new(Duration::ZERO, begun))];
        effects.extend(session.resume(now));
        Ok((session, effects))
    }

    /// The session these facts tell of, with its clock stopped. It can be read and reported on even when the bank has changed;
    /// [`Session::resume`] lets it go on, if [`Session::check_resumable`] agrees.
    pub fn replay(facts: &[Fact], bank: &Bank) -> Result<Self, ReplayError> {
        let (first, rest) = facts.split_first().ok_or(ReplayError::Empty)?;
        fold::check_version(first, 0)?;
        let mut session = Self::reopened(&first.event, bank)?;
        for (fact, index) in rest.iter().zip(1..) {
            fold::check_version(fact, index)?;
            session.apply(fact).map_err(|misfit| misfit.at(index))?;
        }
        session.stopwatch = Stopwatch::stopped_at(session.record.at);
        Ok(session)
    }

    /// Whether a replayed session can go on: all its answers must be judged by the rubric it began with. What is finished
    /// needs no rubric any more.
    pub fn check_resumable(&self) -> Result<(), ReplayError> {
        match &self.unfit {
            Some(why) if self.state != State::Done => Err(why.clone()),
            _ => Ok(()),
        }
    }

    /// Goes on after [`Session::replay`] and [`Session::check_resumable`]: asks again for whatever was outstanding. A pause
    /// stays a pause.
    pub fn resume(&mut self, now: Duration) -> Vec<Effect> {
        if !matches!(self.state, State::Paused | State::Done) {
            self.stopwatch.start(now);
        }
        let mut effects = Vec::new();
        self.settle(now, &mut effects);
        effects
    }

    /// Takes an input. What does not fit is answered with [`Effect::Reject`] and changes nothing.
    pub fn handle(&mut self, input: Input, now: Duration) -> Vec<Effect> {
        let mut effects = Vec::new();
        if input == Input::Ended && self.state == State::Judging {
            self.judge_at_once(now, &mut effects);
        }
        match self.event_of(input, now) {
            Ok(event) => {
                if self.happen(event, now, &mut effects) {
                    self.settle(now, &mut effects);
                }
            }
            Err(rejection) => effects.push(Effect::Reject(rejection)),
        }
        effects
    }

    /// What was chosen.
    pub fn setup(&self) -> &Setup {
        &self.record.setup
    }

    /// The session's id.
    pub fn id(&self) -> &str {
        &self.record.id
    }

    /// Whether demo providers stand in for real ones.
    pub fn simulated(&self) -> bool {
        self.record.simulated
    }

    /// The report on what there is, at any time.
    pub fn report(&self) -> Report {
        report::build(&self.record)
    }

    /// What an input means in this state.
    fn event_of(&self, input: Input, now: Duration) -> Result<Event, Rejection> {
        match (self.state, input) {
            (State::Answering, Input::Submitted(text)) => Ok(Event::Answered { text }),
            (State::Answering, Input::Skipped) => Ok(Event::Skipped),
            (State::Answering, Input::HintRequested) => match self.current().map_or(RUNGS, |asked| asked.hints) {
                RUNGS.. => Err(Rejection::NoMoreHints),
                given => Ok(Event::Hinted { rung: given + 1 }),
            },
            (State::Answering, Input::Paused) => Ok(Event::Paused),
            (State::Paused, Input::Unpaused) => Ok(Event::Unpaused),
            (State::Speaking(act), Input::Spoken { turn, text, voice }) if turn == self.turn() => {
                let instruction = self.instruction(act, now);
                Ok(if speaker::accept(&instruction, &text) {
                    Event::Spoken { text, voice }
                } else {
                    Event::Spoken { text: instruction.say, voice: Voice::Bank }
                })
            }
            (State::Judging, Input::Judged { turn, judgement }) if turn == self.turn() => {
                let task = self.judge_task().ok_or(Rejection::NotNow)?;
                let judgement = if judgement.fits(&task) { judgement } else { Box::new(scorer::judge(&task)) };
                Ok(Event::Judged { judgement })
            }
            (_, Input::Spoken { .. } | Input::Judged { .. }) => Err(Rejection::Late),
            // The last words are not worth waiting for.
            (State::Speaking(Act::Close), Input::Ended) => {
                Ok(Event::Spoken { text: self.instruction(Act::Close, now).say, voice: Voice::Bank })
            }
            (state, Input::Ended) if state != State::Done => Ok(Event::Closed { reason: Close::Early }),
            _ => Err(Rejection::NotNow),
        }
    }

    /// Does all that waits for nobody, then asks for what is outstanding.
    fn settle(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        loop {
            let event = match self.state {
                State::Deciding => self.decide(now),
                State::Judging => {
                    let Some(task) = self.judge_task() else { return };
                    match scorer::without_evidence(&task) {
                        Some(judgement) => Event::Judged { judgement: Box::new(judgement) },
                        None => return effects.push(Effect::Judge(Box::new(task))),
                    }
                }
                State::Speaking(act) => return effects.push(Effect::Speak(self.instruction(act, now))),
                State::Answering | State::Paused => return,
                State::Done => return effects.push(Effect::Finish(Box::new(self.report()))),
            };
            if !self.happen(event, now, effects) {
                return;
            }
        }
    }

    /// What comes after an answer: a probe, the next question, or the end.
    fn decide(&self, now: Duration) -> Event {
        let left = self.record.left(self.stopwatch.read(now));
        if left >= LAST_PROBE
            && let Some(missing) = self.current().and_then(probe::due)
        {
            return Event::Probed { missing };
        }
        match plan::next(&self.record, &self.pool) {
            None => Event::Closed { reason: Close::Completed },
            Some(_) if left.is_zero() => Event::Closed { reason: Close::TimeUp },
            Some((question, step)) => {
                let wording = Some(Box::new(question.as_ref().clone()));
                Event::Asked { question: question.id.clone(), step, wording }
            }
        }
    }

    /// Makes `event` a fact. False when it can't follow; nothing has changed then.
    fn happen(&mut self, event: Event, now: Duration, effects: &mut Vec<Effect>) -> bool {
        let fact = Fact::new(self.stopwatch.read(now), event);
        if self.apply(&fact).is_err() {
            effects.push(Effect::Reject(Rejection::NotNow));
            return false;
        }
        match self.state {
            State::Paused | State::Done => self.stopwatch.stop(now),
            _ => self.stopwatch.start(now),
        }
        effects.push(Effect::Record(fact));
        true
    }

    /// Whoever ends the interview does not wait for a judge, and the last answer still counts.
    fn judge_at_once(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        if let Some(task) = self.judge_task() {
            let judgement = Box::new(scorer::judge(&task));
            self.happen(Event::Judged { judgement }, now, effects);
        }
    }

    fn instruction(&self, act: Act, now: Duration) -> Instruction {
        let left = self.record.left(self.stopwatch.read(now));
        speaker::instruct(&self.record, act, self.turn(), left)
    }

    fn judge_task(&self) -> Option<JudgeTask> {
        let asked = self.current()?;
        Some(JudgeTask {
            turn: self.turn(),
            question: asked.question.clone(),
            rubric: self.record.rubric.clone(),
            language: self.record.setup.language,
            answer: asked.answer(),
            hints_used: asked.hints,
            seconds: asked.seconds(),
        })
    }

    fn current(&self) -> Option<&Asked> {
        self.record.asked.last()
    }

    fn turn(&self) -> Turn {
        Turn(self.facts)
    }
}
