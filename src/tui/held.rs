//! The interview that is held: one at a time, its commands and updates carried between the loop and the interviewer.

use rust_i18n::t;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::task::JoinHandle;

use crate::app::Event;
use crate::config::Language;
use crate::interview::SetupError;
use crate::interview::setup::{MINUTES, QUESTIONS, ROLE_MAX};
use crate::interviewer::{Command, Interview, InterviewError, Update};
use crate::wire::text::plain;

/// The running interview, if there is one.
pub(super) struct Held {
    events: mpsc::Sender<Event>,
    /// To the running one; dropped to leave it.
    commands: Option<UnboundedSender<Command>>,
    /// The latest one's task. It ends when the interviewer has done everything it was told.
    carrying: Option<JoinHandle<()>>,
}

impl Held {
    pub(super) fn new(events: mpsc::Sender<Event>) -> Self {
        Self { events, commands: None, carrying: None }
    }

    /// Begins an interview, after leaving the one before: the same session can only be opened again once it is closed.
    pub(super) fn begin(
        &mut self,
        run: u64,
        language: Language,
        begin: impl Future<Output = Result<Interview, InterviewError>> + Send + 'static,
    ) {
        let before = self.carrying.take();
        let (commands, receiver) = mpsc::unbounded_channel();
        self.commands = Some(commands);
        let events = self.events.clone();
        self.carrying = Some(tokio::spawn(async move {
            if let Some(before) = before {
                let _ = before.await;
            }
            match begin.await.map_err(|error| reason(&error, language)) {
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

/// Why an interview can't be held, in the user's language. The store's reasons are its own, in English.
fn reason(error: &InterviewError, language: Language) -> String {
    let locale = language.code();
    let reason = match error {
        InterviewError::Setup(SetupError::Minutes(given)) => {
            t!("tui.refused.minutes", locale = locale, low = MINUTES.start(), high = MINUTES.end(), given = given)
        }
        InterviewError::Setup(SetupError::Questions(given)) => {
            t!("tui.refused.questions", locale = locale, low = QUESTIONS.start(), high = QUESTIONS.end(), given = given)
        }
        InterviewError::Setup(SetupError::Role) => t!("tui.refused.role", locale = locale, most = ROLE_MAX),
        InterviewError::Setup(SetupError::NoTechnical { role, known }) => {
            t!("tui.refused.no_technical", locale = locale, role = role, known = known)
        }
        InterviewError::Setup(SetupError::TooMany { asked, held }) => {
            t!("tui.refused.too_many", locale = locale, asked = asked, held = held)
        }
        InterviewError::Finished(_) => t!("tui.refused.finished", locale = locale),
        InterviewError::Store(_) | InterviewError::Replay { .. } => return error.to_string(),
    };
    reason.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interview::{Bank, Kind, Setup};

    #[test]
    fn a_refused_set_up_is_explained_in_the_user_s_language() {
        let refused = |change: fn(&mut Setup)| {
            let mut setup = Setup::default();
            change(&mut setup);
            let error = setup.validate(&Bank::built_in()).expect_err("it can't be held").into();
            Language::ALL.map(|language| reason(&error, language))
        };
        let reasons = [
            refused(|setup| setup.minutes = 9),
            refused(|setup| setup.questions = 11),
            refused(|setup| setup.role = " ".into()),
            refused(|setup| (setup.kind, setup.role) = (Kind::Technical, "florist".into())),
            refused(|setup| (setup.kind, setup.questions) = (Kind::Technical, 10)),
        ];
        assert!(reasons.iter().flatten().all(|words| !words.contains("tui.refused")), "{reasons:?}");
        let chinese = reason(&SetupError::TooMany { asked: 10, held: 6 }.into(), Language::Zh);
        assert_eq!(chinese, "设定了 10 道题，但这个类型、岗位和级别的题库只有 6 道。");
    }
}
