//! What went wrong last, and how the primary moved.

use ratatui::text::Line;
use rust_i18n::t;

use super::{heading, listed};
use crate::app::{State, terms};
use crate::router::StatusSnapshot;
use crate::store::{Evidence, SwitchEntry, SwitchKind};
use crate::ui::table::{Cell, Column};
use crate::ui::theme::Role;
use crate::ui::words::{self, word};

/// The last failure of each provider.
pub fn errors(status: &StatusSnapshot, width: u16, state: &State) -> Vec<Line<'static>> {
    let mut lines = heading("ui.monitor.errors", state);
    let rows: Vec<Vec<Cell>> = status
        .providers
        .iter()
        .filter_map(|provider| provider.last_error.as_ref().map(|error| (provider, error)))
        .map(|(provider, error)| {
            vec![
                (provider.name.clone(), Role::Text),
                (state.time_of_day(error.at), Role::Dim),
                (words::outcome(error.outcome, state), Role::Warning),
                (error.message.clone(), Role::Text),
            ]
        })
        .collect();
    let untitled = |rank| Column::words(rank, String::new());
    let columns = [untitled(0), untitled(2), untitled(0), untitled(1)];
    lines.extend(listed(&columns, &rows, false, width, state));
    lines
}

/// The switches of the primary, newest first.
pub fn switches(status: &StatusSnapshot, width: u16, state: &State) -> Vec<Line<'static>> {
    let mut lines = heading("ui.monitor.log", state);
    let columns = [
        Column::words(0, word("ui.column.time", state)),
        Column::words(0, word("ui.column.from", state)),
        Column::words(0, word("ui.column.to", state)),
        Column::words(2, word("ui.column.kind", state)),
        Column::words(3, word("ui.column.trigger", state)),
        Column::words(4, word("ui.column.evidence", state)),
        Column::words(1, word("ui.column.reason", state)),
    ];
    let cells = |entry: &SwitchEntry| -> Vec<Cell> {
        vec![
            (state.time_of_day(entry.at), Role::Dim),
            (entry.from.clone(), Role::Text),
            (entry.to.clone(), Role::Heading),
            (word(kind(entry.kind), state), Role::Text),
            (terms::trigger(&entry.trigger, state.language).into_owned(), Role::Text),
            (evidence(&entry.details.evidence, state), Role::Text),
            (entry.reason.clone(), Role::Text),
        ]
    };
    let rows: Vec<_> = status.switches.iter().map(cells).collect();
    lines.extend(listed(&columns, &rows, true, width, state));
    lines
}

/// What was seen of the provider that the switch is about.
fn evidence(seen: &Evidence, state: &State) -> String {
    let locale = state.language.code();
    let share = f64::from(seen.error_rate_permille) / 10.0;
    let rate = t!("ui.monitor.error_rate", locale = locale, share = share, attempts = seen.attempts);
    let rate = (seen.attempts > 0).then(|| rate.into_owned());
    let status = seen.status.map(|status| format!("HTTP {status}"));
    let parts: Vec<_> = rate.into_iter().chain(status).collect();
    parts.join(&word("app.list", state))
}

fn kind(kind: SwitchKind) -> &'static str {
    match kind {
        SwitchKind::Auto => "ui.switch.auto",
        SwitchKind::Manual => "ui.switch.manual",
        SwitchKind::Recovery => "ui.switch.recovery",
    }
}
