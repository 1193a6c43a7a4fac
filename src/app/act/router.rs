//! Who is asked: providers, tasks, models.

use rust_i18n::t;

use super::beside;
use super::interview::leave;
use crate::app::chat::Scene;
use crate::app::chat::interview::Stage;
use crate::app::notice::Tenor;
use crate::app::state::{State, Tab};
use crate::app::{Effect, models, monitor};
use crate::config::Task;
use crate::router::ProviderStatus;

/// Makes the next configured provider the primary.
pub fn switch_provider(state: &mut State) -> Vec<Effect> {
    let locale = state.language.code();
    let Some(status) = &state.status else { return Vec::new() };
    let providers: Vec<&str> =
        status.providers.iter().filter(|each| each.configured).map(|each| each.name.as_str()).collect();
    let next = beside(&providers, status.primary.as_str(), 1);
    if next == status.primary {
        let only = t!("app.notice.only_provider", locale = locale, provider = next).into_owned();
        state.tell(Tenor::Info, only);
        return Vec::new();
    }
    vec![Effect::SwitchPrimary { provider: next.to_owned() }]
}

/// Tries again what is set aside: at the provider of the chosen model, or at every one.
pub fn try_again(state: &mut State) -> Vec<Effect> {
    let locale = state.language.code();
    let providers = in_question(state);
    if providers.is_empty() {
        state.tell(Tenor::Info, t!("app.notice.none_set_aside", locale = locale));
        return Vec::new();
    }
    let names = providers.join(&t!("app.names", locale = locale));
    state.tell(Tenor::Info, t!("app.notice.trying_again", locale = locale, providers = names));
    providers.into_iter().map(|provider| Effect::TryAgain { provider }).collect()
}

/// The providers in front of which something is set aside.
pub fn in_question(state: &State) -> Vec<String> {
    let Some(status) = &state.status else { return Vec::new() };
    let rows = models::rows(status);
    let chosen = rows.get(state.models.selected(rows.len())).map(|row| &row.provider.name);
    let is_in_front = |provider: &&ProviderStatus| state.tab != Tab::Models || chosen == Some(&provider.name);
    monitor::in_trouble(status).filter(is_in_front).map(|provider| provider.name.clone()).collect()
}

/// Lets the primary move by itself, or not.
pub fn toggle_auto_switch(state: &mut State) -> Vec<Effect> {
    let Some(status) = &state.status else { return Vec::new() };
    let enabled = !status.auto_switch;
    let key = if enabled { "app.notice.auto_on" } else { "app.notice.auto_off" };
    let text = t!(key, locale = state.language.code());
    state.tell(Tenor::Info, text);
    vec![Effect::SetAutoSwitch(enabled)]
}

/// Takes the primary demo provider down, or brings up what is down.
pub fn toggle_demo(state: &mut State) -> Vec<Effect> {
    let Some(status) = state.status.as_ref().filter(|status| status.simulated) else {
        let text = t!("app.notice.no_demo", locale = state.language.code());
        state.tell(Tenor::Info, text);
        return Vec::new();
    };
    let set = |provider: &String, down| Effect::SetDemoDown { provider: provider.clone(), down };
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

/// The next task of free chat.
pub fn next_task(state: &mut State) {
    let tasks: Vec<Task> = Task::ALL.into_iter().filter(|task| in_writing(*task)).collect();
    state.chat.free.task = beside(&tasks, state.chat.free.task, 1);
}

/// The next provider to ask first, after the last one nobody in particular.
pub fn next_pin(state: &mut State) {
    let Some(status) = &state.status else { return };
    let names = status.providers.iter().filter(|each| each.configured).map(|each| Some(each.name.clone()));
    let pins: Vec<Option<String>> = std::iter::once(None).chain(names).collect();
    let at = pins.iter().position(|pin| *pin == state.chat.free.pin).unwrap_or(0);
    state.chat.free.pin = pins.get(at + 1).cloned().unwrap_or_default();
}

/// Takes the chosen line of the table into free chat.
pub fn use_model(state: &mut State) {
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
    let in_the_way = match &state.chat.scene {
        Scene::Starting(_) => Some("app.notice.interview_runs"),
        Scene::Interview(interview) | Scene::Report(interview, _) => match interview.stage {
            Stage::Running => Some("app.notice.interview_runs"),
            Stage::Finished(_) => Some("app.notice.report_open"),
            Stage::Failed => None,
        },
        Scene::Form | Scene::Free => None,
    };
    if let Some(key) = in_the_way {
        return state.tell(Tenor::Info, t!(key, locale = locale));
    }
    leave(state);
    state.chat.free.task = task;
    state.chat.free.pin = Some(provider);
    state.chat.scene = Scene::Free;
    state.tab = Tab::Chat;
}
