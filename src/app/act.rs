//! What the keys do.

mod interview;
mod router;

use std::time::Duration;

use rust_i18n::t;

use super::chat::Scene;
use super::input::{CAPACITY, Edit, Full, Input};
use super::keymap::{Action, Context};
use super::notice::Tenor;
use super::scroll::{Fixed, Step};
use super::state::{Backend, Overlay, Question, State, Tab};
use super::{Effect, models};
use crate::interviewer::Command;

pub use interview::show_report;
pub use router::in_question;

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
        Action::SwitchProvider => return router::switch_provider(state),
        Action::ToggleAutoSwitch => return router::toggle_auto_switch(state),
        Action::ToggleDemo => return router::toggle_demo(state),
        Action::NewInterview => return interview::new_interview(state),
        Action::Back => return back(state),
        Action::Scroll(step) => scroll(state, step),
        Action::Edit(change) => edit(state, change),
        Action::Send => return send(state),
        Action::NextField => state.chat.form.move_focus(true),
        Action::PreviousField => state.chat.form.move_focus(false),
        Action::NextValue => state.chat.form.change(true),
        Action::PreviousValue => state.chat.form.change(false),
        Action::Start => return interview::start(state),
        Action::Hint => return interview::command(state, action, Command::Hint),
        Action::Skip => return interview::command(state, action, Command::Skip),
        Action::TogglePause => return interview::toggle_pause(state),
        Action::EndInterview => state.overlay = Overlay::Question(Question::EndInterview),
        Action::ShowReport => interview::show_report(state),
        Action::SaveReport => return interview::save_report(state),
        Action::GoOn => return go_on(state),
        Action::NewChat => return new_chat(state),
        Action::NextTask => router::next_task(state),
        Action::NextPin => router::next_pin(state),
        Action::UseModel => router::use_model(state),
        Action::TryAgain => return router::try_again(state),
        Action::OlderCall => explain(state, true),
        Action::NewerCall => explain(state, false),
        Action::Confirm => return interview::confirm(state),
        Action::Decline => state.overlay = Overlay::None,
    }
    Vec::new()
}

/// Types a character into the text field in front, if there is one.
pub fn insert(state: &mut State, c: char) -> Vec<Effect> {
    state.quits_until = None;
    if is_naming(state) {
        state.chat.form.type_role(c);
    } else {
        write(state, |input| input.insert(c));
    }
    Vec::new()
}

/// Pastes into the text field in front, if there is one.
pub fn paste(state: &mut State, text: &str) -> Vec<Effect> {
    if is_naming(state) {
        let text = super::plain(text);
        text.lines().next().into_iter().flat_map(str::chars).for_each(|c| state.chat.form.type_role(c));
    } else {
        write(state, |input| input.paste(text));
    }
    Vec::new()
}

/// Whether the text field in front is the form's.
fn is_naming(state: &State) -> bool {
    state.contexts().contains(&Context::Naming)
}

/// Sends the draft to be stored now.
pub fn store_draft(state: &mut State) -> Vec<Effect> {
    let now = state.now;
    let interview = state.chat.scene.interview_mut();
    interview.and_then(|interview| interview.store_draft(true, now)).into_iter().collect()
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
    if is_naming(state) {
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
        Scene::Starting(_) => return vec![Effect::DropInterview],
        scene @ (Scene::Form | Scene::Interview(_)) => state.chat.scene = scene,
    }
    Vec::new()
}

/// Begins the free conversation anew; a call that runs is stopped.
fn new_chat(state: &mut State) -> Vec<Effect> {
    let free = &mut state.chat.free;
    let cancel = free.stop(state.language);
    free.begin_anew();
    let told = t!("app.notice.new_chat", locale = state.language.code());
    state.tell(Tenor::Info, told);
    cancel.into_iter().collect()
}

/// Explains another one of the latest calls.
fn explain(state: &mut State, older: bool) {
    if let Some(status) = &state.status {
        state.monitor.choose(older, &status.calls);
    }
}

/// Asks for the rest of an answer that was cut at the length limit.
fn go_on(state: &mut State) -> Vec<Effect> {
    let now = state.now;
    let locale = state.language.code();
    if state.may(Action::GoOn) {
        return state.chat.free.ask(t!("app.chat.go_on", locale = locale).into_owned(), now).into_iter().collect();
    }
    state.tell(Tenor::Info, t!("app.notice.not_cut", locale = locale));
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
            (_, false) if state.backend != Backend::Ready => "app.notice.starting",
            (_, false) => "app.notice.busy",
        };
        state.tell(Tenor::Info, t!(key, locale = locale));
    }
    effect.into_iter().collect()
}

/// The value `steps` places after `current`, around the end.
fn beside<T: Copy + PartialEq>(values: &[T], current: T, steps: usize) -> T {
    let at = values.iter().position(|value| *value == current);
    let next = at.map_or(0, |at| (at + steps) % values.len());
    values.get(next).copied().unwrap_or(current)
}
