//! The interview that is held: one at a time, its commands and updates carried between the loop and the interviewer.

use std::fmt;

use rust_i18n::t;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::task::JoinHandle;

use crate::app::Event;
use crate::config::Language;
use crate::interviewer::{Command, Interview, Update};
use crate::wire::text::plain;

/// The running interview, if there is one.
pub(super) struct Held {
    events: mpsc::Sender<Event>,
    language: Language,
    /// To the running one; dropped to leave it.
    commands: Option<UnboundedSender<Command>>,
    /// The latest one's task. It ends when the interviewer has done everything it was told.
    carrying: Option<JoinHandle<()>>,
}

impl Held {
    pub(super) fn new(events: mpsc::Sender<Event>, language: Language) -> Self {
        Self { events, language, commands: None, carrying: None }
    }

    /// Begins an interview, after leaving the one before: the same session can only be opened again once it is closed.
    pub(super) fn begin<E: fmt::Display>(
        &mut self,
        run: u64,
        begin: impl Future<Output = Result<Interview, E>> + Send + 'static,
    ) {
        let before = self.carrying.take();
        let (commands, receiver) = mpsc::unbounded_channel();
        self.commands = Some(commands);
        let (events, language) = (self.events.clone(), self.language);
        self.carrying = Some(tokio::spawn(async move {
            if let Some(before) = before {
                let _ = before.await;
            }
            match begin.await.map_err(|error| error.to_string()) {
                Ok(interview) => carry(run, interview, receiver, &events, language).await,
                Err(error) => {
                    let reason = plain(&error).into_owned();
                    let _ = events.send(Event::InterviewRefused { run, reason }).await;
                }
            }
        }));
    }

    /// Tells the running interview; without one, nobody.
    pub(super) fn tell(&self, command: Command) {
        if let Some(commands) = &self.commands {
            let _ = commands.send(command);
        }
    }

    /// Leaves the running interview where it is, after what it was told.
    pub(super) fn leave(&mut self) {
        self.commands = None;
    }

    /// Leaves the running interview and waits until it has done what it was told.
    pub(super) async fn left(&mut self) {
        self.leave();
        if let Some(carrying) = self.carrying.take() {
            let _ = carrying.await;
        }
    }
}

/// Carries commands in and updates out until the interview ends or is left.
async fn carry(
    run: u64,
    interview: Interview,
    mut commands: UnboundedReceiver<Command>,
    events: &mpsc::Sender<Event>,
    language: Language,
) {
    let Interview { id, commands: inward, updates: mut outward } = interview;
    let _ = events.send(Event::InterviewStarted { run, id }).await;
    let commanding = async move {
        while let Some(command) = commands.recv().await {
            if inward.send(command).await.is_err() {
                break;
            }
        }
        drop(inward);
    };
    tokio::pin!(commanding);
    // Whether everything was said from the outside; then the interviewer finishes what it was told and closes its side.
    let mut said = false;
    let mut ended = false;
    loop {
        tokio::select! {
            () = &mut commanding, if !said => said = true,
            update = outward.recv() => {
                let Some(update) = update else { break };
                ended |= matches!(update, Update::Finished(_) | Update::Failed(_));
                let _ = events.send(Event::Interview { run, update }).await;
            }
        }
    }
    if !ended && !said {
        let update = Update::Failed(t!("tui.interview_broke", locale = language.code()).into_owned());
        let _ = events.send(Event::Interview { run, update }).await;
    }
}
