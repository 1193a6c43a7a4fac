//! What the keys do.

use std::time::Duration;

use rust_i18n::t;

use super::chat::form::Field;
use super::chat::interview::Stage;
use super::chat::{Scene, Start};
use super::input::{CAPACITY, Edit, Full, Input};
use super::keymap::Action;
use super::notice::Tenor;
use super::scroll::{Fixed, Step};
use super::state::{Backend, Overlay, Question, State, Tab};
use super::{Effect, Unfinished, models};
use crate::config::Task;
use crate::interview::speaker::role_label;
use crate::interviewer::Command;

/// Two presses within this time quit.
const QUIT_WITHIN: Duration = Duration::from_secs(2);

/// Does what a key says.
pub fn act(state: &mut State, action: Action) -> Vec<Effect> {
    if action != Action::Stop {
        state.quits_until = None;
    }
    match action {
        Action::Stop => return stop(state),
        Action::Quit if state.is_input_empty() => return quit(state),
        Action::Quit => edit(state, Edit::Delete),
        Action::Redraw => return vec![Effect::Redraw],
        Action::Help => state.overlay = Overlay::Help(Fixed::default()),
        Action::Show(tab) => state.tab = tab,
        Action::NextTab => state.tab = beside(&Tab::ALL, state.tab, 1),
        Action::PreviousTab => state.tab = beside(&Tab::ALL, state.tab, Tab::ALL.len() - 1),
        Action::SwitchProvider => return switch_provider(state),
        Action::ToggleAutoSwitch => return toggle_auto_switch(state),
        Action::ToggleDemo => return toggle_demo(state),
        Action::NewInterview => return new_interview(state),
        Action::Back => return back(state),
        Action::Scroll(step) => scroll(state, step),
        Action::Edit(change) => edit(state, change),
        Action::Send => return send(state),
        Action::NextField => state.chat.form.move_focus(true),
        Action::PreviousField => state.chat.form.move_focus(false),
        Action::NextValue => state.chat.form.change(true),
        Action::PreviousValue => state.chat.form.change(false),
        Action::Start => return start(state),
        Action::Hint => return command(state, action, Command::Hint),
        Action::Skip => return command(state, action, Command::Skip),
        Action::TogglePause => return toggle_pause(state),
        Action::EndInterview => state.overlay = Overlay::Question(Question::EndInterview),
        Action::ShowReport => show_report(state),
        Action::SaveReport => return save_report(state),
        Action::NextTask => next_task(state),
        Action::NextPin => next_pin(state),
        Action::UseModel => use_model(state),
        Action::Confirm => return confirm(state),
        Action::Decline => state.overlay = Overlay::None,
    }
    Vec::new()
}

/// Types a character into the text field in front, if there is one.
pub fn insert(state: &mut State, c: char) -> Vec<Effect> {
    state.quits_until = None;
    match (state.tab, &mut state.chat.scene) {
        (Tab::Chat, Scene::Form) if state.chat.form.is_typing() => state.chat.form.type_role(c),
        _ => write(state, |input| input.insert(c)),
    }
    Vec::new()
}

/// Pastes into the text field in front, if there is one.
pub fn paste(state: &mut State, text: &str) -> Vec<Effect> {
    match (state.tab, &mut state.chat.scene) {
        (Tab::Chat, Scene::Form) if state.chat.form.is_typing() => {
            super::plain(text)
                .lines()
                .next()
                .into_iter()
                .flat_map(str::chars)
                .for_each(|c| state.chat.form.type_role(c));
        }
        _ => write(state, |input| input.paste(text)),
    }
    Vec::new()
}

/// Sends the draft to be stored now.
pub fn store_draft(state: &mut State) -> Vec<Effect> {
    let now = state.now;
    let interview = state.chat.scene.interview_mut();
    interview
        .and_then(|interview| interview.store_draft(true, now))
        .into_iter()
        .collect()
}

/// The text field in front.
fn input(state: &mut State) -> Option<&mut Input> {
    match (state.tab, &state.overlay, &mut state.chat.scene) {
        (Tab::Chat, Overlay::None, Scene::Interview(interview)) if interview.is_running() => Some(&mut interview.input),
        (Tab::Chat, Overlay::None, Scene::Free) => Some(&mut state.chat.free.input),
        _ => None,
    }
}

/// Notes that the text in front has changed, so that an interview's draft is stored.
fn edited(state: &mut State) {
    let now = state.now;
    if let Scene::Interview(interview) = &mut state.chat.scene {
        interview.edited(now);
    }
}

fn write(state: &mut State, insert: impl FnOnce(&mut Input) -> Result<(), Full>) {
    match input(state).map(insert) {
        Some(Ok(())) => edited(state),
        Some(Err(Full)) => {
            let full = t!("app.notice.full", locale = state.language.code(), kib = CAPACITY / 1024);
            state.tell(Tenor::Trouble, full);
        }
        None => {}
    }
}

fn edit(state: &mut State, change: Edit) {
    if state.tab == Tab::Chat && matches!(state.chat.scene, Scene::Form) {
        state.chat.form.erase_role();
    } else if input(state).is_some_and(|input| input.edit(change)) {
        edited(state);
    }
}

fn stop(state: &mut State) -> Vec<Effect> {
    let language = state.language;
    if state.tab == Tab::Chat
        && matches!(state.chat.scene, Scene::Free)
        && let Some(cancel) = state.chat.free.stop(language)
    {
        return vec![cancel];
    }
    if let Some(input) = input(state).filter(|input| !input.is_empty()) {
        input.take();
        edited(state);
        let cleared = t!("app.notice.cleared", locale = language.code());
        state.tell(Tenor::Info, cleared);
        return Vec::new();
    }
    if state.quits_until.is_some() {
        return quit(state);
    }
    let again = t!("app.notice.quit_again", locale = language.code());
    state.tell(Tenor::Info, again);
    let until = state.now + QUIT_WITHIN;
    state.quits_until = Some(until);
    if let Some(notice) = &mut state.notice {
        notice.until = until;
    }
    Vec::new()
}

fn quit(state: &mut State) -> Vec<Effect> {
    let mut effects = store_draft(state);
    effects.push(Effect::Quit);
    effects
}

fn back(state: &mut State) -> Vec<Effect> {
    if !matches!(state.overlay, Overlay::None) {
        state.overlay = Overlay::None;
        return Vec::new();
    }
    if state.tab != Tab::Chat {
        state.tab = Tab::Chat;
        return Vec::new();
    }
    match std::mem::replace(&mut state.chat.scene, Scene::Form) {
        Scene::Report(interview, _) => state.chat.scene = Scene::Interview(interview),
        Scene::Free => {
            if let Some(cancel) = state.chat.free.stop(state.language) {
                state.chat.scene = Scene::Free;
                return vec![cancel];
            }
        }
        scene => state.chat.scene = scene,
    }
    Vec::new()
}

fn scroll(state: &mut State, step: Step) {
    match (&mut state.overlay, state.tab) {
        (Overlay::Help(view), _) => view.go(step),
        (_, Tab::Chat) => state.chat.go(step),
        (_, Tab::Models) => {
            let count = state.status.as_ref().map_or(0, |status| models::rows(status).len());
            state.models.go(step, count);
        }
        (_, Tab::Monitor) => state.monitor.go(step),
    }
}

fn send(state: &mut State) -> Vec<Effect> {
    let now = state.now;
    let locale = state.language.code();
    let (effect, blank) = match &mut state.chat.scene {
        Scene::Interview(interview) => (interview.submit(), interview.input.is_blank()),
        Scene::Free if state.backend == Backend::Ready => {
            let blank = state.chat.free.input.is_blank();
            (state.chat.free.send(now), blank)
        }
        _ => (None, false),
    };
    if effect.is_none() {
        let key = match (&state.chat.scene, blank) {
            (Scene::Interview(_), true) => "app.notice.blank",
            (Scene::Interview(_), false) if state.may(Action::TogglePause) => "app.notice.paused",
            (Scene::Interview(_), false) => "app.notice.not_your_turn",
            (_, true) => return Vec::new(),
            (_, false) => "app.notice.busy",
        };
        state.tell(Tenor::Info, t!(key, locale = locale));
    }
    effect.into_iter().collect()
}

fn start(state: &mut State) -> Vec<Effect> {
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
            let title = [
                setup.kind.label(language),
                role_label(&setup.role, language),
                setup.level.label(language),
            ];
            let title = title.join(&t!("app.list", locale = language.code()));
            (Effect::StartInterview { run, setup }, title)
        }
    };
    state.chat.scene = Scene::Starting(Start { run, title });
    vec![effect]
}

/// Sends a command that needs the session's leave.
fn command(state: &mut State, action: Action, command: Command) -> Vec<Effect> {
    if state.may(action) {
        return vec![Effect::Interview(command)];
    }
    let key = if action == Action::Hint {
        "app.notice.no_hint"
    } else {
        "app.notice.not_now"
    };
    let text = t!(key, locale = state.language.code());
    state.tell(Tenor::Info, text);
    Vec::new()
}

fn toggle_pause(state: &mut State) -> Vec<Effect> {
    let view = state.chat.scene.interview().and_then(|interview| interview.view());
    let paused = view.is_some_and(|view| view.may.unpause);
    command(
        state,
        Action::TogglePause,
        if paused { Command::Unpause } else { Command::Pause },
    )
}

fn new_interview(state: &mut State) -> Vec<Effect> {
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
fn leave(state: &mut State) {
    if let Scene::Interview(interview) = std::mem::replace(&mut state.chat.scene, Scene::Form)
        && !matches!(interview.stage, Stage::Finished(_))
    {
        state.chat.form.offer(Some(Unfinished {
            id: interview.id,
            title: interview.title,
        }));
    }
}

fn confirm(state: &mut State) -> Vec<Effect> {
    let Overlay::Question(question) = std::mem::take(&mut state.overlay) else {
        return Vec::new();
    };
    match question {
        Question::EndInterview => {
            if let Scene::Interview(interview) = &mut state.chat.scene {
                interview.report_at_once = true;
            }
            vec![Effect::Interview(Command::End)]
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

fn save_report(state: &mut State) -> Vec<Effect> {
    match state.chat.scene.interview().map(|interview| &interview.stage) {
        Some(Stage::Finished(report)) => vec![Effect::SaveReport(report.clone())],
        _ => Vec::new(),
    }
}

fn switch_provider(state: &mut State) -> Vec<Effect> {
    let locale = state.language.code();
    let Some(status) = &state.status else { return Vec::new() };
    let providers: Vec<&str> = status
        .providers
        .iter()
        .filter(|each| each.configured)
        .map(|each| each.name.as_str())
        .collect();
    let next = beside(&providers, status.primary.as_str(), 1);
    if next == status.primary {
        let only = t!("app.notice.only_provider", locale = locale, provider = next).into_owned();
        state.tell(Tenor::Info, only);
        return Vec::new();
    }
    vec![Effect::SwitchPrimary {
        provider: next.to_owned(),
    }]
}

fn toggle_auto_switch(state: &mut State) -> Vec<Effect> {
    let Some(status) = &state.status else { return Vec::new() };
    let enabled = !status.auto_switch;
    let key = if enabled {
        "app.notice.auto_on"
    } else {
        "app.notice.auto_off"
    };
    let text = t!(key, locale = state.language.code());
    state.tell(Tenor::Info, text);
    vec![Effect::SetAutoSwitch(enabled)]
}

fn toggle_demo(state: &mut State) -> Vec<Effect> {
    let Some(status) = state.status.as_ref().filter(|status| status.simulated) else {
        let text = t!("app.notice.no_demo", locale = state.language.code());
        state.tell(Tenor::Info, text);
        return Vec::new();
    };
    let set = |provider: &String, down| Effect::SetDemoDown {
        provider: provider.clone(),
        down,
    };
    if state.down.is_empty() {
        vec![set(&status.primary, true)]
    } else {
        state.down.iter().map(|provider| set(provider, false)).collect()
    }
}

/// Tasks that are done in writing; the others need a file.
fn in_writing(task: Task) -> bool {
    !matches!(task, Task::Audio | Task::Vision)
}

fn next_task(state: &mut State) {
    let tasks: Vec<Task> = Task::ALL.into_iter().filter(|task| in_writing(*task)).collect();
    state.chat.free.task = beside(&tasks, state.chat.free.task, 1);
}

/// The next provider to ask first, after the last one nobody in particular.
fn next_pin(state: &mut State) {
    let Some(status) = &state.status else { return };
    let names = status
        .providers
        .iter()
        .filter(|each| each.configured)
        .map(|each| Some(each.name.clone()));
    let pins: Vec<Option<String>> = std::iter::once(None).chain(names).collect();
    let at = pins.iter().position(|pin| *pin == state.chat.free.pin).unwrap_or(0);
    state.chat.free.pin = pins.get(at + 1).cloned().unwrap_or_default();
}

fn use_model(state: &mut State) {
    let Some(status) = &state.status else { return };
    let rows = models::rows(status);
    let Some(row) = rows.get(state.models.selected(rows.len())) else {
        return;
    };
    let (task, provider) = (row.task, row.provider.name.clone());
    let locale = state.language.code();
    if !in_writing(task) {
        return state.tell(Tenor::Info, t!("app.notice.needs_file", locale = locale, task = task));
    }
    if matches!(&state.chat.scene, Scene::Interview(interview) if interview.is_running())
        || matches!(state.chat.scene, Scene::Starting(_))
    {
        return state.tell(Tenor::Info, t!("app.notice.interview_runs", locale = locale));
    }
    state.chat.free.task = task;
    state.chat.free.pin = Some(provider);
    state.chat.scene = Scene::Free;
    state.tab = Tab::Chat;
}

/// The value `steps` places after `current`, around the end.
fn beside<T: Copy + PartialEq>(values: &[T], current: T, steps: usize) -> T {
    let at = values.iter().position(|value| *value == current);
    let next = at.map_or(0, |at| (at + steps) % values.len());
    values.get(next).copied().unwrap_or(current)
}
