//! Beginning an interview, steering it, leaving it, reading its report.

use rust_i18n::t;

use super::store_draft;
use crate::app::chat::form::Field;
use crate::app::chat::interview::Stage;
use crate::app::chat::{Scene, Start};
use crate::app::keymap::Action;
use crate::app::notice::Tenor;
use crate::app::scroll::Fixed;
use crate::app::state::{Backend, Overlay, Question, State, Tab};
use crate::app::{Effect, Unfinished};
use crate::interview::speaker::role_label;
use crate::interviewer::Command;

/// Does what the form's field says; begins an interview from an option.
pub fn start(state: &mut State) -> Vec<Effect> {
    let form = &state.chat.form;
    if form.focus == Field::FreeChat {
        state.chat.scene = Scene::Free;
        return Vec::new();
    }
    if state.backend != Backend::Ready {
        let starting = t!("app.notice.starting", locale = state.language.code());
        state.tell(Tenor::Info, starting);
        return Vec::new();
    }
    if form.focus != Field::Resume && form.setup.role.trim().is_empty() {
        state.chat.form.focus = Field::Role;
        let no_role = t!("app.notice.no_role", locale = state.language.code());
        state.tell(Tenor::Info, no_role);
        return Vec::new();
    }
    state.run += 1;
    let run = state.run;
    let (effect, title) = match (form.focus, &form.unfinished) {
        (Field::Resume, Some(Unfinished { id, title })) => {
            (Effect::ResumeInterview { run, id: id.clone() }, title.clone())
        }
        _ => {
            let mut setup = form.setup.clone();
            setup.seed = state.seed.wrapping_add(run);
            let language = state.language;
            let title = [setup.kind.label(language), role_label(&setup.role, language), setup.level.label(language)];
            let title = title.join(&t!("app.list", locale = language.code()));
            (Effect::StartInterview { run, setup }, title)
        }
    };
    state.chat.scene = Scene::Starting(Start { run, title });
    vec![effect]
}

/// Sends a command that needs the session's leave.
pub fn command(state: &mut State, action: Action, command: Command) -> Vec<Effect> {
    if state.may(action) {
        return vec![Effect::Interview(command)];
    }
    let key = if action == Action::Hint { "app.notice.no_hint" } else { "app.notice.not_now" };
    let text = t!(key, locale = state.language.code());
    state.tell(Tenor::Info, text);
    Vec::new()
}

/// Stops the clock, or lets it go on.
pub fn toggle_pause(state: &mut State) -> Vec<Effect> {
    let view = state.chat.scene.interview().and_then(|interview| interview.view());
    let paused = view.is_some_and(|view| view.may.unpause);
    command(state, Action::TogglePause, if paused { Command::Unpause } else { Command::Pause })
}

/// Back to the form, after a question when an interview is running.
pub fn new_interview(state: &mut State) -> Vec<Effect> {
    state.tab = Tab::Chat;
    match &state.chat.scene {
        Scene::Interview(interview) if interview.is_running() => {
            state.overlay = Overlay::Question(Question::LeaveInterview);
        }
        Scene::Starting(_) => {}
        _ => leave(state),
    }
    Vec::new()
}

/// Back to the form; an interview that can be taken up again is offered there.
pub(super) fn leave(state: &mut State) {
    if let Scene::Interview(interview) = std::mem::replace(&mut state.chat.scene, Scene::Form)
        && !matches!(interview.stage, Stage::Finished(_))
    {
        state.chat.form.offer(Some(Unfinished { id: interview.id, title: interview.title }));
    }
}

/// Yes to the question that is asked.
pub fn confirm(state: &mut State) -> Vec<Effect> {
    let Overlay::Question(question) = std::mem::take(&mut state.overlay) else {
        return Vec::new();
    };
    match question {
        Question::EndInterview => {
            let Scene::Interview(interview) = &mut state.chat.scene else {
                return Vec::new();
            };
            interview.report_at_once = true;
            let mut effects = interview.submit_last();
            effects.push(Effect::Interview(Command::End));
            effects
        }
        Question::LeaveInterview => {
            let mut effects = store_draft(state);
            leave(state);
            effects.push(Effect::DropInterview);
            effects
        }
    }
}

/// Brings the report to the front, once it is there.
pub fn show_report(state: &mut State) {
    if !state.may(Action::ShowReport) {
        return;
    }
    state.chat.scene = match std::mem::replace(&mut state.chat.scene, Scene::Form) {
        Scene::Interview(interview) => Scene::Report(interview, Fixed::default()),
        scene => scene,
    };
}

/// Asks for the report to be written.
pub fn save_report(state: &mut State) -> Vec<Effect> {
    match state.chat.scene.interview().map(|interview| &interview.stage) {
        Some(Stage::Finished(report)) => vec![Effect::SaveReport(report.clone())],
        _ => Vec::new(),
    }
}
