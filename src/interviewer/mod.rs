//! Drives one interview: runs the session machine's effects on the router and the store. The console, plain mode and
//! `vita interview` talk to it through the same two channels, so there is one way to hold an interview.

mod driver;
pub mod reports;
mod speaking;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::clock::Clock;
use crate::interview::speaker::role_label;
use crate::interview::{Bank, Effect, Fact, Opening, Rejection, ReplayError, Report, Session, Setup, SetupError, View};
use crate::router::Router;
use crate::store::{SessionHead, SessionLock, Store, StoreError};
use driver::Driver;

/// What a candidate's side may say to a running interview.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// An answer; blank means "nothing to say".
    Submit(String),
    /// Text typed but not sent; kept across a crash.
    Draft(String),
    /// Skip the question, or the probe.
    Skip,
    /// Ask for a hint.
    Hint,
    /// Stop the clock.
    Pause,
    /// Let the clock go on.
    Unpause,
    /// End now, with a report on what there is.
    End,
}

/// What a running interview tells the candidate's side.
#[derive(Clone, Debug)]
pub enum Update {
    /// The session as it can be seen now; sent whenever it changed, and first of all.
    View(View),
    /// A piece of the interviewer's utterance, as it streams. The whole comes with the next [`Update::View`], whose transcript
    /// replaces it (the bank's wording stands in when a model's words are not acceptable).
    Speaking(String),
    /// The pieces of the utterance so far are void: it begins anew.
    SpeakingAnew,
    /// The last command had no effect.
    Rejected(Rejection),
    /// Something the candidate should know, in the session's language: a provider failed, the bank's wording stands in.
    Notice(String),
    /// The text typed before a crash, to be put back into the input. Follows the first view of a resumed session.
    Draft(String),
    /// The interview is over; nothing more comes.
    Finished(Arc<Report>),
    /// The interview can't go on (the store refuses): nothing more comes, what was stored is kept.
    Failed(String),
}

/// The candidate's side of a running interview. Dropping it stops the interview where it is; it can be resumed.
#[derive(Debug)]
pub struct Interview {
    /// The session's id.
    pub id: String,
    /// Takes commands.
    pub commands: mpsc::Sender<Command>,
    /// Gives updates.
    pub updates: mpsc::Receiver<Update>,
}

/// What an interview is held with.
#[derive(Clone)]
pub struct Stage {
    /// Speaks.
    pub router: Router,
    /// Remembers.
    pub store: Store,
    /// Dates.
    pub clock: Clock,
}

/// Why an interview can't begin or go on.
#[derive(Debug, thiserror::Error)]
pub enum InterviewError {
    /// The set-up asks for what the bank does not hold.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The store refuses, or the session is open elsewhere.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What was stored makes no session.
    #[error("session {id} can't go on: {source}")]
    Replay {
        /// The session.
        id: String,
        /// Why.
        source: ReplayError,
    },
    /// The report has been made.
    #[error("session {0} is finished; `vita sessions show {0}` shows its report")]
    Finished(String),
}

impl Stage {
    /// Begins an interview.
    ///
    /// # Errors
    /// When the bank can't hold it, or the store refuses.
    pub async fn begin(&self, setup: Setup) -> Result<Interview, InterviewError> {
        let bank = Bank::built_in();
        setup.validate(&bank)?;
        let now = self.clock.now();
        let simulated = self.router.snapshot().simulated;
        let id = self.store.begin_session(&title(&setup), setup.language.code(), simulated, now).await?;
        let lock = self.store.lock_session(&id)?;
        let opening = Opening { id, setup, started_at: now, simulated };
        let started = Instant::now();
        let (session, effects) = Session::begin(opening, &bank, started.elapsed())?;
        Ok(self.hold(session, effects, 0, lock, None))
    }

    /// Goes on with an interview that was left.
    ///
    /// # Errors
    /// When it is unknown, finished, open elsewhere, or can't be rebuilt from what was stored.
    pub async fn resume(&self, id: &str) -> Result<Interview, InterviewError> {
        let record = self.store.session(id).await?;
        let id = record.head.id.clone();
        if record.head.finished {
            return Err(InterviewError::Finished(id));
        }
        let lock = self.store.lock_session(&id)?;
        let mut session = replay(&id, &record.events)?;
        session.check_resumable().map_err(|source| InterviewError::Replay { id: id.clone(), source })?;
        let effects = session.resume(std::time::Duration::ZERO);
        Ok(self.hold(session, effects, record.events.len() as u64, lock, Some(record.draft)))
    }

    /// The newest interview that can go on; one that can't any more is passed over.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn unfinished(store: &Store) -> Result<Option<SessionHead>, StoreError> {
        for head in store.unfinished_sessions().await? {
            let record = store.session(&head.id).await?;
            let why_not = match replay(&head.id, &record.events) {
                Ok(session) => session.check_resumable().err().map(|error| error.to_string()),
                Err(error) => Some(error.to_string()),
            };
            let Some(why_not) = why_not else { return Ok(Some(head)) };
            tracing::warn!(session = head.id, why_not, "an unfinished session is not offered");
        }
        Ok(None)
    }

    fn hold(
        &self,
        session: Session,
        effects: Vec<Effect>,
        stored: u64,
        lock: SessionLock,
        draft: Option<String>,
    ) -> Interview {
        let (commands, inbox) = mpsc::channel(16);
        let (updates, outbox) = mpsc::channel(256);
        let id = session.id().to_owned();
        let started = Instant::now();
        // A channel of this size has room for the first two updates.
        let _ = updates.try_send(Update::View(session.view(started.elapsed())));
        if let Some(draft) = draft.filter(|draft| !draft.is_empty()) {
            let _ = updates.try_send(Update::Draft(draft));
        }
        let driver = Driver {
            session,
            router: self.router.clone(),
            store: self.store.clone(),
            clock: self.clock.clone(),
            started,
            stored,
            updates,
            speaking: None,
            is_outage_known: false,
            judging: None,
            draft: driver::Draft::default(),
            _lock: lock,
        };
        tokio::spawn(driver.run(effects, inbox));
        Interview { id, commands, updates: outbox }
    }
}

/// The session that stored events tell of, stopped.
///
/// # Errors
/// When they make no session of this version.
pub fn replay(id: &str, events: &[String]) -> Result<Session, InterviewError> {
    let facts = events.iter().enumerate().map(|(index, body)| {
        serde_json::from_str::<Fact>(body).map_err(|error| StoreError::Unreadable {
            what: "event",
            why: format!("number {index} of session {id}: {error}"),
        })
    });
    let facts = facts.collect::<Result<Vec<_>, _>>()?;
    Session::replay(&facts, &Bank::built_in()).map_err(|source| InterviewError::Replay { id: id.to_owned(), source })
}

/// What a list shows of a session, in its language.
fn title(setup: &Setup) -> String {
    let language = setup.language;
    format!("{} / {} / {}", setup.kind.label(language), role_label(&setup.role, language), setup.level.label(language))
}
