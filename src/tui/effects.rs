//! Does what the console's brain asks for, and sends it what came of it. Nothing here blocks: work is done in tasks, and
//! dropping a task's handle is how it is cancelled.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::{AbortHandle, spawn_blocking};

use super::chats::Chats;
use super::held::Held;
use super::opening;
use crate::app::{Effect, Event};
use crate::backend::Backend;
use crate::config::Language;
use crate::interviewer::Stage;
use crate::interviewer::reports::Folder;

/// Longest time the end of the program is kept back for what is still to be written.
const LAST_WRITES: Duration = Duration::from_millis(1500);

/// What effects work with.
pub(super) struct Effects {
    events: mpsc::Sender<Event>,
    /// There once [`Event::BackendReady`] was sent.
    backend: Arc<OnceLock<Backend>>,
    opening: AbortHandle,
    chats: Chats,
    interview: Held,
}

impl Effects {
    /// Begins to open what stands behind the console.
    pub(super) fn open(flags: BTreeMap<String, String>, language: Language, events: mpsc::Sender<Event>) -> Self {
        let backend = Arc::new(OnceLock::new());
        let opening = tokio::spawn(opening::run(flags, backend.clone(), events.clone()));
        Self {
            backend,
            opening: opening.abort_handle(),
            chats: Chats::new(events.clone(), language),
            interview: Held::new(events.clone()),
            events,
        }
    }

    /// Does one effect.
    pub(super) fn perform(&mut self, effect: Effect) {
        // Nothing is asked for before the backend is there, and nothing can be done without it.
        let Some(backend) = self.backend.get().cloned() else {
            tracing::warn!(?effect, "asked for before the backend is there");
            return;
        };
        match effect {
            Effect::Quit | Effect::Redraw => {}
            Effect::StartInterview { run, setup } => {
                let stage = stage(&backend);
                self.interview.begin(run, backend.settings.language, async move { stage.begin(setup).await });
            }
            Effect::ResumeInterview { run, id } => {
                let stage = stage(&backend);
                self.interview.begin(run, backend.settings.language, async move { stage.resume(&id).await });
            }
            Effect::Interview(command) => self.interview.tell(command),
            Effect::DropInterview => self.interview.leave(),
            Effect::SaveReport(report) => {
                let folder = backend.settings.places.data.join("reports").join(&report.id);
                self.answer(async move {
                    let path = folder.clone();
                    let written = spawn_blocking(move || Folder::make(&path)?.write(&report)).await;
                    match written {
                        Ok(Ok(())) => Event::ReportSaved(folder),
                        Ok(Err(error)) => Event::ReportNotSaved(error.to_string()),
                        Err(error) => Event::ReportNotSaved(error.to_string()),
                    }
                });
            }
            Effect::SendChat { turn, task, provider, messages } => {
                self.chats.send(turn, &backend.router, task, provider, messages)
            }
            Effect::CancelChat { turn } => self.chats.cancel(turn),
            Effect::SwitchPrimary { provider } => {
                // The console offers configured providers only; the switch shows in the next snapshot.
                if let Err(error) = backend.router.switch_primary(&provider, "chosen in the console", "user") {
                    tracing::warn!(%error, "no switch");
                }
            }
            Effect::TryAgain { provider } => {
                // What comes of it shows in the next snapshots.
                if let Err(error) = backend.router.try_again(Some(&provider)) {
                    tracing::warn!(%error, "nothing to try again");
                }
            }
            Effect::SetAutoSwitch(enabled) => backend.router.set_auto_switch(enabled),
            Effect::SetDemoDown { provider, down } => {
                if let Some(demo) = &backend.demo {
                    demo.set_down(&provider, down);
                    self.answer(async move { Event::DemoChanged { provider, down } });
                }
            }
        }
    }

    /// Ends everything: calls are cancelled, the interview is left after the commands given so far, counters are written.
    pub(super) async fn close(mut self) {
        self.opening.abort();
        self.chats.cancel_all();
        let backend = self.backend.get().cloned();
        let writes = async {
            self.interview.left().await;
            if let Some(backend) = backend {
                backend.close().await;
            }
        };
        if tokio::time::timeout(LAST_WRITES, writes).await.is_err() {
            tracing::error!("the last writes took too long");
        }
    }

    /// Sends what a piece of work comes to.
    fn answer(&self, work: impl Future<Output = Event> + Send + 'static) {
        let events = self.events.clone();
        tokio::spawn(async move {
            // Without a loop to hear it, it no longer matters.
            let _ = events.send(work.await).await;
        });
    }
}

fn stage(backend: &Backend) -> Stage {
    Stage { router: backend.router.clone(), store: backend.store.clone(), clock: backend.clock.clone() }
}
