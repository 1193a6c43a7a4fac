//! The last two lines: who answers and what it cost; then what just happened, or the most useful keys.
//!
//! ```text
//! llama Llama-3.3-70B-Instruct   OK   1,234 tokens   0.001234 CNY today   auto switch on   DEMO
//! Enter answer   Alt-Enter new line   Ctrl-X h hint   F1 help   Ctrl-D quit
//! ```

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use rust_i18n::t;

use super::parts::{self, Part};
use super::theme::{Role, style};
use super::words::{self, word};
use crate::app::chat::Scene;
use crate::app::keymap::{Action, Binding, Chord, TABLE, rows};
use crate::app::notice::Tenor;
use crate::app::{Backend, State};
use crate::config::Task;
use crate::router::{ProviderStatus, StatusSnapshot};

/// Hints shown, and those of a wide screen.
const HINTS: usize = 5;
const HINTS_WIDE: usize = 7;
const WIDE: u16 = 100;

/// Draws the lines.
pub fn draw(frame: &mut Frame, area: Rect, state: &State) {
    let [status, keys] = Layout::vertical([Constraint::Length(1), Constraint::Length(1)]).areas(area);
    frame.render_widget(parts::fit(status_parts(state), status.width), status);
    let line = match &state.notice {
        _ if state.leader => leader_keys(state, keys.width),
        Some(notice) => {
            let role = if notice.tenor == Tenor::Trouble { Role::Error } else { Role::Heading };
            parts::cut(Line::styled(notice.text.clone(), style(role)), keys.width)
        }
        None => hints(state, keys.width),
    };
    frame.render_widget(line, keys);
}

fn status_parts(state: &State) -> Vec<Part> {
    match (&state.backend, &state.status) {
        (Backend::Failed(_), _) => vec![Part::new(0, Role::Error, word("ui.status.failed", state))],
        (_, Some(status)) => live_parts(status, state),
        (_, None) => vec![Part::new(0, Role::Dim, word("ui.status.starting", state))],
    }
}

fn live_parts(status: &StatusSnapshot, state: &State) -> Vec<Part> {
    let locale = state.language.code();
    let mut parts = Vec::new();
    if let Some(primary) = status.provider(&status.primary) {
        let (health, role) = words::health(primary, state);
        parts.push(Part::of(
            0,
            vec![
                Span::styled(primary.name.clone(), style(Role::Heading)),
                Span::raw(" "),
                Span::styled(health, style(role)),
            ],
        ));
        parts.push(Part::new(3, Role::Dim, model(primary, task(state))));
    }
    let tokens = |provider: &ProviderStatus| provider.prompt_tokens + provider.completion_tokens;
    let tokens = words::short(status.providers.iter().map(tokens).sum());
    let cost = format!("{} {}", words::money(status.cost_today()), status.currency);
    parts.push(Part::new(4, Role::Dim, t!("ui.status.tokens", locale = locale, count = tokens)));
    parts.push(Part::new(2, Role::Dim, t!("ui.status.cost", locale = locale, cost = cost)));
    parts.push(match status.auto_switch {
        true => Part::new(5, Role::Dim, word("ui.status.auto_on", state)),
        false => Part::new(1, Role::Warning, word("ui.status.auto_off", state)),
    });
    if status.simulated {
        parts.push(Part::new(1, Role::Warning, word("ui.demo", state)));
    }
    parts
}

/// The task in front.
fn task(state: &State) -> Task {
    match &state.chat.scene {
        Scene::Free => state.chat.free.task,
        Scene::Form | Scene::Starting(_) | Scene::Interview(_) | Scene::Report(..) => Task::Interview,
    }
}

/// The provider's model for a task.
fn model(provider: &ProviderStatus, task: Task) -> String {
    let route = provider.routes.iter().find(|route| route.tasks.contains(&task));
    route.map(|route| route.model.clone()).unwrap_or_default()
}

fn hints(state: &State, width: u16) -> Line<'static> {
    let contexts = state.contexts();
    let mut ranked: Vec<(u8, &Binding)> = rows(&contexts)
        .filter(|row| state.may(row.action))
        .filter_map(|row| row.rank.map(|rank| (rank, row)))
        .collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.truncate(if width >= WIDE { HINTS_WIDE } else { HINTS });
    let hint = |(place, (_, row)): (usize, (u8, &Binding))| {
        let key = row.keys.first().map(ToString::to_string).unwrap_or_default();
        // Whoever finds the help finds everything else.
        let rank = if row.action == Action::Help { 0 } else { u8::try_from(place + 1).unwrap_or(u8::MAX) };
        key_part(rank, key, row, state)
    };
    parts::fit(ranked.into_iter().enumerate().map(hint).collect(), width)
}

/// What may follow the leader.
fn leader_keys(state: &State, width: u16) -> Line<'static> {
    let contexts = state.contexts();
    let held =
        TABLE.iter().filter(|row| contexts.contains(&row.context) && state.may(row.action) && row.rank.is_some());
    let leaders = held.filter_map(|row| row.keys.iter().find(|key| key.leader).map(|key| (key, row)));
    let mut parts = vec![Part::new(0, Role::Heading, "Ctrl-X")];
    for (place, (key, row)) in leaders.enumerate() {
        let second = Chord { leader: false, ..*key };
        parts.push(key_part(u8::try_from(place + 1).unwrap_or(u8::MAX), second.to_string(), row, state));
    }
    parts::fit(parts, width)
}

fn key_part(rank: u8, key: String, row: &Binding, state: &State) -> Part {
    let words = word(&format!("app.keys.{}.hint", row.name), state);
    Part::of(rank, vec![Span::styled(key, style(Role::Key)), Span::raw(" "), Span::styled(words, style(Role::Dim))])
}
