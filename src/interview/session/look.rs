//! What can be seen of a session at one moment.

use std::time::Duration;

use super::{Asked, RUNGS, Session, State};
use crate::interview::view::{May, Pace, Phase, QuestionView, View};

impl Session {
    /// The session at `now`.
    pub fn view(&self, now: Duration) -> View {
        let at = self.stopwatch.read(now);
        let phase = match self.state {
            State::Deciding | State::Speaking(_) => Phase::Speaking,
            State::Answering => Phase::Answering,
            State::Paused => Phase::Paused,
            State::Judging => Phase::Judging,
            State::Done => Phase::Done,
        };
        let answering = phase == Phase::Answering;
        let current = self.current().filter(|_| self.record.closed.is_none());
        View {
            phase,
            question: current.map(|asked| self.look_at(asked, at)),
            of: self.record.setup.questions,
            transcript: self.transcript.clone(),
            left: self.record.left(at),
            may: May {
                submit: answering,
                skip: answering,
                hint: answering && current.is_some_and(|asked| asked.hints < RUNGS),
                pause: answering,
                unpause: phase == Phase::Paused,
                end: phase != Phase::Done,
            },
        }
    }

    fn look_at(&self, asked: &Asked, at: Duration) -> QuestionView {
        // Only the candidate's own time counts.
        let open = matches!(self.state, State::Answering | State::Paused);
        let since_put = if open { at.saturating_sub(asked.put_at) } else { Duration::ZERO };
        let spent = Duration::from_secs(asked.seconds()) + since_put;
        let budget = Duration::from_secs(u64::from(asked.question.minutes) * 60);
        QuestionView {
            id: asked.question.id.clone(),
            number: self.record.asked.len() as u32,
            kind: asked.question.kind,
            step: asked.step,
            probes: asked.probes.len() as u8,
            hints_used: asked.hints,
            spent,
            budget,
            pace: Pace::of(spent, budget),
        }
    }
}
