//! A running interview as the candidate sees it.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::Start;
use crate::app::input::Input;
use crate::app::transcript::{Item, ItemKind, Transcript};
use crate::app::{Effect, plain};
use crate::interview::{Entry, EntryKind, Pace, Phase, Report, View};
use crate::interviewer::{Command, Update};

/// A draft is sent to be stored at most this often; the driver writes it within two seconds of typing.
const DRAFT_EVERY: Duration = Duration::from_secs(1);

/// An interview, held or over.
#[derive(Debug)]
pub struct Interview {
    /// Its number in effects and events.
    pub run: u64,
    /// The session's id.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// What was said.
    pub transcript: Transcript,
    /// What is being written.
    pub input: Input,
    /// How it stands.
    pub stage: Stage,
    /// The session as last told, and when.
    seen: Option<(View, Instant)>,
    /// Entries of the session's transcript that are in ours.
    taken: usize,
    /// The answer on its way, until the session has taken it.
    sent: Option<String>,
    /// When the draft is due to be stored, if it has changed since.
    draft_due: Option<Instant>,
    /// When it was last sent to be stored.
    draft_sent: Option<Instant>,
    /// Whether the report is wanted as soon as it is there.
    pub(in crate::app) report_at_once: bool,
}

/// How an interview stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// It goes on.
    Running,
    /// It is over.
    Finished(Arc<Report>),
    /// It can't go on; what was stored is kept.
    Failed,
}

impl Interview {
    /// An interview that has just begun, or been taken up.
    pub fn new(start: Start, id: String) -> Self {
        Self {
            run: start.run,
            id,
            title: start.title,
            transcript: Transcript::default(),
            input: Input::default(),
            stage: Stage::Running,
            seen: None,
            taken: 0,
            sent: None,
            draft_due: None,
            draft_sent: None,
            report_at_once: false,
        }
    }

    /// The session as last told.
    pub fn view(&self) -> Option<&View> {
        self.seen.as_ref().map(|(view, _)| view)
    }

    /// Whether it goes on.
    pub fn is_running(&self) -> bool {
        self.stage == Stage::Running
    }

    /// Whether somebody other than the candidate is at work.
    pub fn is_waiting(&self) -> bool {
        let at_work = |view: &View| matches!(view.phase, Phase::Speaking | Phase::Judging);
        self.is_running() && self.view().is_none_or(at_work)
    }

    /// Time left at `now`.
    pub fn left(&self, now: Instant) -> Option<Duration> {
        let (view, at) = self.seen.as_ref()?;
        let passed = if self.clock_runs() { now.saturating_duration_since(*at) } else { Duration::ZERO };
        Some(view.left.saturating_sub(passed))
    }

    /// Time the candidate has spent on the question at `now`, and its budget.
    fn spent(&self, now: Instant) -> Option<(Duration, Duration)> {
        let (view, at) = self.seen.as_ref()?;
        let question = view.question.as_ref()?;
        let answering = view.phase == Phase::Answering && self.is_running();
        let passed = now.saturating_duration_since(*at);
        let more = if answering { passed } else { Duration::ZERO };
        Some((question.spent + more, question.budget))
    }

    /// How that compares.
    pub fn pace(&self, now: Instant) -> Option<Pace> {
        self.spent(now).map(|(spent, budget)| Pace::of(spent, budget))
    }

    /// When it compares otherwise.
    fn pace_changes_at(&self, now: Instant) -> Option<Instant> {
        let answering = self.view().is_some_and(|view| view.phase == Phase::Answering) && self.is_running();
        let (spent, budget) = self.spent(now).filter(|_| answering)?;
        let next = [budget, budget * 3 / 2].into_iter().find(|limit| spent < *limit)?;
        Some(now + (next - spent))
    }

    fn clock_runs(&self) -> bool {
        self.is_running() && self.view().is_some_and(|view| view.phase != Phase::Paused)
    }

    /// When the shown times change by themselves.
    pub fn clocks_change_at(&self, now: Instant) -> Option<Instant> {
        let changes = [self.left_changes_at(now), self.pace_changes_at(now)];
        changes.into_iter().flatten().min()
    }

    /// When the shown time left changes: at the next whole minute, in the last one each second.
    fn left_changes_at(&self, now: Instant) -> Option<Instant> {
        let left = self.left(now).filter(|left| !left.is_zero() && self.clock_runs())?;
        let unit = if left <= Duration::from_secs(60) { 1_000 } else { 60_000 };
        let into = left.as_millis() % unit;
        let wait = if into == 0 { unit } else { into };
        // A shown minute lasts until its last millisecond is over.
        Some(now + Duration::from_millis(u64::try_from(wait).unwrap_or(1_000)))
    }

    /// What the driver tells.
    pub fn take(&mut self, update: Update, language: crate::config::Language, now: Instant) -> Option<String> {
        match update {
            Update::View(view) => self.look(view, now),
            Update::Speaking(piece) => {
                let piece = plain(&piece).into_owned();
                let kind = self.speaking_kind();
                self.transcript.live(kind).text.push_str(&piece);
            }
            Update::SpeakingAnew => {
                self.transcript.take_live();
            }
            Update::Rejected(rejection) => {
                if let Some(answer) = self.sent.take().filter(|_| self.input.is_blank()) {
                    self.input.set(&answer);
                }
                return Some(rejection.text(language));
            }
            Update::Notice(text) => self.transcript.push(Item::new(ItemKind::Note, plain(&text))),
            Update::Draft(text) if self.input.is_empty() => self.input.set(&plain(&text)),
            Update::Draft(_) => {}
            Update::Finished(report) => {
                self.transcript.take_live();
                self.stage = Stage::Finished(report);
            }
            Update::Failed(reason) => {
                self.transcript.take_live();
                self.transcript.push(Item::new(ItemKind::Trouble, plain(&reason)));
                self.stage = Stage::Failed;
            }
        }
        None
    }

    /// What is being said: the session counts a probe before it is spoken, and begins each question with none.
    fn speaking_kind(&self) -> ItemKind {
        let question = self.view().and_then(|view| view.question.as_ref());
        match question {
            Some(question) if question.probes > 0 => ItemKind::Probe,
            _ => ItemKind::Interviewer,
        }
    }

    fn look(&mut self, view: View, now: Instant) {
        if view.transcript.len() > self.taken {
            // The session has the words now, maybe others than those that streamed.
            if view.transcript.iter().skip(self.taken).any(|entry| is_spoken(entry.kind)) {
                self.transcript.take_live();
            }
            self.sent = None;
        }
        for entry in view.transcript.iter().skip(self.taken) {
            self.transcript.push(item(entry));
        }
        self.taken = view.transcript.len();
        self.seen = Some((view, now));
    }

    /// Gives the answer that is written; `None` when there is none or it is not the candidate's turn.
    pub fn submit(&mut self) -> Option<Effect> {
        if self.input.is_blank() || !self.view().is_some_and(|view| view.may.submit) {
            return None;
        }
        Some(self.give())
    }

    fn give(&mut self) -> Effect {
        let answer = self.input.take();
        self.sent = Some(answer.clone());
        self.draft_due = None;
        Effect::Interview(Command::Submit(answer))
    }

    /// Whether what is written would count if the interview ended now.
    pub fn is_last_answer_written(&self) -> bool {
        let asked = self.view().is_some_and(|view| view.may.submit || view.may.unpause);
        asked && !self.input.written().trim().is_empty()
    }

    /// Gives the answer that is written before the interview is ended, in a pause too.
    pub fn submit_last(&mut self) -> Vec<Effect> {
        if !self.is_last_answer_written() {
            return Vec::new();
        }
        self.input.stop_browsing();
        let paused = self.view().is_some_and(|view| view.may.unpause);
        let go_on = paused.then_some(Effect::Interview(Command::Unpause));
        go_on.into_iter().chain([self.give()]).collect()
    }

    /// Notes that the text being written has changed.
    pub fn edited(&mut self, now: Instant) {
        let due = self.draft_sent.map_or(now, |sent| now.max(sent + DRAFT_EVERY));
        self.draft_due.get_or_insert(due);
    }

    /// The draft to be stored, when one is due, or at once when `forced`.
    pub fn store_draft(&mut self, forced: bool, now: Instant) -> Option<Effect> {
        let due = self.draft_due_at()?;
        if due > now && !forced {
            return None;
        }
        self.draft_due = None;
        self.draft_sent = Some(now);
        Some(Effect::Interview(Command::Draft(self.input.written())))
    }

    /// When the draft is due to be stored.
    pub fn draft_due_at(&self) -> Option<Instant> {
        self.draft_due.filter(|_| self.is_running())
    }
}

fn is_spoken(kind: EntryKind) -> bool {
    matches!(kind, EntryKind::Question | EntryKind::Probe | EntryKind::Closing)
}

fn item(entry: &Entry) -> Item {
    let kind = match entry.kind {
        EntryKind::Question | EntryKind::Closing => ItemKind::Interviewer,
        EntryKind::Probe => ItemKind::Probe,
        EntryKind::Hint => ItemKind::Hint,
        EntryKind::Feedback => ItemKind::Feedback,
        EntryKind::Answer => ItemKind::You,
        EntryKind::Skip => ItemKind::Skip,
    };
    Item::new(kind, plain(&entry.text))
}
