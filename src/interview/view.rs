//! What a screen needs to know about a session.

use std::sync::Arc;
use std::time::Duration;

use super::setup::Kind;

/// What the session waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The interviewer's words.
    Speaking,
    /// The candidate.
    Answering,
    /// The candidate, with the clock stopped.
    Paused,
    /// The judge.
    Judging,
    /// Nobody: the report is there.
    Done,
}

/// A session as it can be seen at one moment. Cheap to clone and to send.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// What the session waits for.
    pub phase: Phase,
    /// The current question; none before the first and after the last.
    pub question: Option<QuestionView>,
    /// How many questions were set.
    pub of: u32,
    /// All that was said, in order. Utterances enter when complete.
    pub transcript: Arc<Vec<Entry>>,
    /// Time left, never negative.
    pub left: Duration,
    /// What may be done now.
    pub may: May,
}

/// The current question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuestionView {
    /// Its id in the bank.
    pub id: String,
    /// 1 for the first.
    pub number: u32,
    /// Behavioural or technical.
    pub kind: Kind,
    /// The difficulty aimed at, 1 to 5.
    pub step: u8,
    /// Probes asked so far.
    pub probes: u8,
    /// Hints given so far, of three.
    pub hints_used: u8,
    /// Time spent answering it.
    pub spent: Duration,
    /// Time the question is planned to take.
    pub budget: Duration,
    /// How these two compare.
    pub pace: Pace,
}

/// Time spent on a question against its budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Within it.
    OnTime,
    /// Used up.
    Amber,
    /// Exceeded by half. Typing is never cut off.
    Red,
}

impl Pace {
    /// How time spent compares with a budget; whoever shows a view for longer asks again.
    pub fn of(spent: Duration, budget: Duration) -> Self {
        match spent {
            spent if spent >= budget * 3 / 2 => Self::Red,
            spent if spent >= budget => Self::Amber,
            _ => Self::OnTime,
        }
    }
}

/// What the candidate may do now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct May {
    /// Give an answer.
    pub submit: bool,
    /// Skip the question, or the probe.
    pub skip: bool,
    /// Take a hint.
    pub hint: bool,
    /// Stop the clock.
    pub pause: bool,
    /// Let it go on.
    pub unpause: bool,
    /// End the interview.
    pub end: bool,
}

/// One thing that was said or shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// By whom.
    pub who: Who,
    /// As what.
    pub kind: EntryKind,
    /// About which question (bank id).
    pub question: Option<String>,
    /// The words, untrusted: an answer or a model's.
    pub text: String,
    /// When, in the interview's own time.
    pub at: Duration,
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Asks.
    Interviewer,
    /// Answers.
    Candidate,
    /// Gives hints and feedback; never a model in this version.
    Coach,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A question; the first one with the greeting.
    Question,
    /// A probe into an answer.
    Probe,
    /// A hint.
    Hint,
    /// An answer; empty when left blank.
    Answer,
    /// The candidate skipped; the text is empty.
    Skip,
    /// Feedback on a question that is over (practice mode).
    Feedback,
    /// The closing words.
    Closing,
}
