//! The task that holds one interview: inputs from the candidate, the speaker and the judge go into the session machine; what
//! it asks for is stored first, then shown, then done.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use super::speaking::{Heard, Speaking};
use super::{Command, Update};
use crate::clock::Clock;
use crate::interview::{Effect, Fact, Input, Judgement, Report, Session, Turn, Voice, scorer};
use crate::router::Router;
use crate::store::{SessionLock, Store, StoreError};

/// Unsent text is stored this long after it was typed at the latest.
const DRAFT_DELAY: Duration = Duration::from_secs(1);

/// One interview under way.
pub(super) struct Driver {
    pub session: Session,
    pub router: Router,
    pub store: Store,
    pub clock: Clock,
    pub started: Instant,
    /// Facts already stored.
    pub stored: u64,
    pub updates: mpsc::Sender<Update>,
    pub speaking: Option<Speaking>,
    /// Whether the bank had to word the last utterance, of which the candidate was told.
    pub is_outage_known: bool,
    pub judging: Option<JoinHandle<(Turn, Box<Judgement>)>>,
    pub draft: Draft,
    pub _lock: SessionLock,
}

/// Unsent text that the store does not have yet.
#[derive(Default)]
pub(super) struct Draft {
    text: Option<String>,
    save_at: Option<Instant>,
}

/// Why the interview's task ends.
enum End {
    /// The candidate's side is gone, or the report is there.
    Over,
    /// The store refuses.
    Store(StoreError),
    /// The judge stopped without a judgement, which is a defect of ours.
    Judge,
}

impl From<StoreError> for End {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// What wakes the driver.
enum Woken {
    Command(Option<Command>),
    Heard(Heard),
    Judged(Turn, Box<Judgement>),
    JudgeStopped,
    SaveDraft,
}

impl Driver {
    /// Carries out the first effects and then holds the interview to its end.
    pub async fn run(mut self, effects: Vec<Effect>, mut commands: mpsc::Receiver<Command>) {
        let end = match self.carry_out(effects).await {
            Ok(()) => self.hold(&mut commands).await,
            Err(end) => end,
        };
        let saved = self.save_draft().await;
        match end {
            End::Store(error) => self.tell(Update::Failed(error.to_string())).await,
            End::Judge => self.tell(Update::Failed("the judge stopped; everything said so far is stored".into())).await,
            End::Over => {
                if let Err(error) = saved {
                    tracing::warn!(%error, "the unsent text could not be stored");
                }
            }
        }
    }

    async fn hold(&mut self, commands: &mut mpsc::Receiver<Command>) -> End {
        loop {
            let woken = self.woken(commands).await;
            if let Err(end) = self.act_on(woken).await {
                return end;
            }
        }
    }

    async fn woken(&mut self, commands: &mut mpsc::Receiver<Command>) -> Woken {
        let save_at = self.draft.save_at;
        tokio::select! {
            biased;
            command = commands.recv() => Woken::Command(command),
            heard = Speaking::next(&mut self.speaking) => Woken::Heard(heard),
            judged = judged(&mut self.judging) => {
                judged.map_or(Woken::JudgeStopped, |(turn, judgement)| Woken::Judged(turn, judgement))
            }
            () = sleep_until(save_at.unwrap_or_else(Instant::now)), if save_at.is_some() => Woken::SaveDraft,
        }
    }

    async fn act_on(&mut self, woken: Woken) -> Result<(), End> {
        let input = match woken {
            Woken::Command(None) => return Err(End::Over),
            Woken::Command(Some(Command::Draft(text))) => {
                self.draft.text = Some(text);
                self.draft.save_at.get_or_insert_with(|| Instant::now() + DRAFT_DELAY);
                return Ok(());
            }
            Woken::Command(Some(command)) => input(command),
            Woken::Heard(Heard::Piece(text)) => return self.show(Update::Speaking(text)).await,
            Woken::Heard(Heard::Anew) => return self.show(Update::SpeakingAnew).await,
            Woken::Heard(Heard::Notice(text)) => return self.show(Update::Notice(text)).await,
            Woken::Heard(Heard::Whole(input)) => {
                self.speaking = None;
                self.is_outage_known = matches!(input, Input::Spoken { voice: Voice::Bank, .. });
                input
            }
            Woken::Judged(turn, judgement) => {
                self.judging = None;
                Input::Judged { turn, judgement }
            }
            Woken::SaveDraft => {
                if let Err(error) = self.save_draft().await {
                    tracing::warn!(%error, "the unsent text could not be stored; it will be with the next change");
                }
                return Ok(());
            }
            Woken::JudgeStopped => return Err(End::Judge),
        };
        let effects = self.session.handle(input, self.started.elapsed());
        self.carry_out(effects).await
    }

    /// Stores the facts among the effects, shows the new view, and then does the rest.
    async fn carry_out(&mut self, effects: Vec<Effect>) -> Result<(), End> {
        let (facts, rest) = split(effects);
        let report =
            rest.iter().find_map(|effect| if let Effect::Finish(report) = effect { Some(report) } else { None });
        if !facts.is_empty() {
            self.store_facts(&facts, report.is_some()).await?;
            self.show(Update::View(self.session.view(self.started.elapsed()))).await?;
        }
        for effect in rest {
            match effect {
                Effect::Record(_) => {}
                Effect::Speak(instruction) => {
                    self.judging = None;
                    self.speaking = Some(Speaking::begin(&self.router, instruction, self.is_outage_known));
                }
                Effect::Judge(task) => {
                    self.speaking = None;
                    let judging = tokio::task::spawn_blocking(move || (task.turn, Box::new(scorer::judge(&task))));
                    self.judging = Some(judging);
                }
                Effect::Reject(rejection) => self.show(Update::Rejected(rejection)).await?,
                Effect::Finish(report) => {
                    self.finish(*report).await;
                    return Err(End::Over);
                }
            }
        }
        Ok(())
    }

    async fn store_facts(&mut self, facts: &[Fact], finished: bool) -> Result<(), StoreError> {
        let bodies = facts.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>();
        let bodies = bodies.map_err(|error| StoreError::Unreadable { what: "event", why: error.to_string() })?;
        let is_answer = facts.iter().any(|fact| matches!(fact.event, crate::interview::Event::Answered { .. }));
        if is_answer {
            self.draft = Draft::default();
        }
        let id = self.session.id().to_owned();
        self.store.append_events(&id, self.stored, &bodies, finished, is_answer, self.now()).await?;
        self.stored += facts.len() as u64;
        Ok(())
    }

    async fn finish(&mut self, report: Report) {
        let id = self.session.id().to_owned();
        // The facts that end a session may have been stored by a process that died before this line.
        if let Err(error) = self.store.append_events(&id, self.stored, &[], true, true, self.now()).await {
            tracing::warn!(%error, "the session could not be marked as finished; it will be offered again");
        }
        self.draft = Draft::default();
        self.store.forget_lock(&id);
        self.tell(Update::Finished(Arc::new(report))).await;
    }

    async fn save_draft(&mut self) -> Result<(), StoreError> {
        self.draft.save_at = None;
        match self.draft.text.take() {
            Some(text) => self.store.save_draft(self.session.id(), &text).await,
            None => Ok(()),
        }
    }

    /// Shows something; when nobody looks any more, the interview stops here.
    async fn show(&mut self, update: Update) -> Result<(), End> {
        self.updates.send(update).await.map_err(|_| End::Over)
    }

    /// Shows a last thing, to whoever still looks.
    async fn tell(&self, update: Update) {
        let _ = self.updates.send(update).await;
    }

    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if let Some(judging) = &self.judging {
            judging.abort();
        }
    }
}

fn input(command: Command) -> Input {
    match command {
        Command::Submit(text) | Command::Draft(text) => Input::Submitted(text),
        Command::Skip => Input::Skipped,
        Command::Hint => Input::HintRequested,
        Command::Pause => Input::Paused,
        Command::Unpause => Input::Unpaused,
        Command::End => Input::Ended,
    }
}

fn split(effects: Vec<Effect>) -> (Vec<Fact>, VecDeque<Effect>) {
    let mut facts = Vec::new();
    let mut rest = VecDeque::new();
    for effect in effects {
        match effect {
            Effect::Record(fact) => facts.push(fact),
            other => rest.push_back(other),
        }
    }
    (facts, rest)
}

/// The judgement under way (none when the judge stopped without one); never, when no judge is at work.
async fn judged(judging: &mut Option<JoinHandle<(Turn, Box<Judgement>)>>) -> Option<(Turn, Box<Judgement>)> {
    let Some(task) = judging else { return std::future::pending().await };
    task.await.inspect_err(|error| tracing::error!(%error, "the judge stopped")).ok()
}
