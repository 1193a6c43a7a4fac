//! The Models tab: every task × provider × model.
//!
//! ```text
//!   Task       Provider  Model                     Health  Breaker  First token  Success
//!   chat       llama     Llama-3.3-70B-Instruct    OK      closed        812 ms   99.5 %
//! > chat       qwen      qwen-plus                 OK      closed        600 ms  100.0 %
//! ```

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use rust_i18n::t;

use super::table::{self, Cell, Column};
use super::theme::{Role, style};
use super::words::{self, word};
use super::{ROOMY, show};
use crate::app::State;
use crate::app::models::{Row, rows};

/// The model's column is cut first, and keeps this many cells.
const FLEXIBLE: (usize, usize) = (2, 24);
/// Cells of the mark before the chosen row.
const MARK: u16 = 2;

/// Draws the tab; the chosen row is in view.
pub fn draw(frame: &mut Frame, area: Rect, state: &State) {
    let Some(status) = &state.status else {
        return show(frame, area, vec![Line::styled(word("ui.status.starting", state), style(Role::Dim))]);
    };
    let lead = if area.height >= ROOMY { 2 } else { 0 };
    let [above, head, body] =
        Layout::vertical([Constraint::Length(lead), Constraint::Length(1), Constraint::Min(1)]).areas(area);
    if lead > 0 {
        frame.render_widget(Line::styled(word("ui.models.lead", state), style(Role::Dim)), above);
    }
    let rows = rows(status);
    let cells: Vec<Vec<Cell>> = rows.iter().map(|row| cells(row, state)).collect();
    let set_aside = rows.iter().any(|row| row.route.unavailable.is_some());
    let (heading, lines) = table::lines(&columns(set_aside, state), &cells, FLEXIBLE, area.width.saturating_sub(MARK));
    frame.render_widget(marked(heading, false), head);
    let chosen = state.models.selected(rows.len());
    let height = usize::from(body.height);
    let top = (chosen + 1).saturating_sub(height);
    let lines = lines.into_iter().enumerate().skip(top).take(height);
    show(frame, body, lines.map(|(at, line)| marked(line, at == chosen)).collect());
}

fn marked(mut line: Line<'static>, chosen: bool) -> Line<'static> {
    line.spans.insert(0, Span::raw(if chosen { "> " } else { "  " }));
    if chosen { line.patch_style(style(Role::Selected)) } else { line }
}

fn columns(set_aside: bool, state: &State) -> Vec<Column> {
    let mut columns = vec![
        Column::words(0, word("ui.column.task", state)),
        Column::words(1, word("ui.column.provider", state)),
        Column::words(2, word("ui.column.model", state)),
        Column::words(0, word("ui.column.health", state)),
        Column::words(4, word("ui.column.breaker", state)),
        Column::figures(3, word("ui.column.first_token", state)),
        Column::figures(6, word("ui.column.requests", state)),
    ];
    if set_aside {
        columns.push(Column::words(2, word("ui.column.set_aside", state)));
    }
    columns
}

fn cells(row: &Row<'_>, state: &State) -> Vec<Cell> {
    let (health, role) = words::route_health(row.provider, row.route, state);
    let set_aside = row.route.unavailable.as_ref().map_or_else(String::new, |unavailable| {
        let (time, why) = (state.time_of_day(unavailable.until), words::outcome(unavailable.reason, state));
        t!("ui.until", locale = state.language.code(), time = time, why = why).into_owned()
    });
    vec![
        (row.task.to_string(), Role::Text),
        (row.provider.name.clone(), Role::Text),
        (row.route.model.clone(), Role::Text),
        (health, role),
        (words::breaker(row.route.breaker, state), Role::Dim),
        (words::milliseconds(row.route.response_time_ms), Role::Text),
        (words::grouped(row.route.requests_today), Role::Text),
        (set_aside, Role::Warning),
    ]
}
