//! The Monitor tab: the router's truth, live.
//!
//! ```text
//! Primary llama (preferred llama)   auto switch on   1 switch today   0 in flight   0 waiting
//!
//!   Provider  Status  Breaker  First token  Success  Requests  In flight   Cost today
//! * llama     OK      closed        812 ms   99.5 %     1,250          0    15.600000
//!
//! Last errors
//!   llama  12:00:01  server_error  the provider answered 500
//!
//! Switches
//!   12:00:01  llama  qwen  auto  server_error  three failures in a row
//! ```

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use rust_i18n::t;

use super::parts::{self, Part};
use super::show;
use super::table::{self, Cell, Column};
use super::theme::{Role, style};
use super::words::{self, word};
use crate::app::State;
use crate::router::{BreakerState, ProviderStatus, StatusSnapshot};
use crate::store::SwitchKind;

/// The column that is cut before another one is dropped.
const PROVIDER: usize = 0;

/// Draws the tab.
pub fn draw(frame: &mut Frame, area: Rect, state: &State) {
    let Some(status) = &state.status else {
        return show(frame, area, vec![Line::styled(word("ui.status.starting", state), style(Role::Dim))]);
    };
    let mut lines = parts::flow(summary(status, state), area.width);
    lines.push(Line::default());
    lines.extend(providers(status, area.width, state));
    lines.extend(errors(status, area.width, state));
    lines.extend(switches(status, area.width, state));
    let top = state.monitor.top(lines.len(), area.height);
    show(frame, area, lines.into_iter().skip(top).collect());
}

fn summary(status: &StatusSnapshot, state: &State) -> Vec<Part> {
    let locale = state.language.code();
    let primary = t!("ui.monitor.primary", locale = locale, primary = status.primary, preferred = status.preferred);
    let auto = if status.auto_switch { "ui.status.auto_on" } else { "ui.status.auto_off" };
    let mut parts = vec![Part::new(0, Role::Heading, primary)];
    if status.simulated {
        parts.push(Part::new(1, Role::Warning, word("ui.monitor.simulated", state)));
    }
    parts.push(Part::new(2, Role::Text, word(auto, state)));
    parts.push(Part::new(3, Role::Text, t!("ui.monitor.switches", locale = locale, count = status.switches_today)));
    parts.push(Part::new(4, Role::Text, t!("ui.monitor.in_flight", locale = locale, count = status.in_flight)));
    parts.push(Part::new(5, Role::Text, t!("ui.monitor.queued", locale = locale, count = status.queued)));
    parts
}

fn providers(status: &StatusSnapshot, width: u16, state: &State) -> Vec<Line<'static>> {
    let cost = t!("ui.column.cost", locale = state.language.code(), currency = status.currency).into_owned();
    let columns = [
        // The primary is marked before its name.
        Column::words(0, format!("  {}", word("ui.column.provider", state))),
        Column::words(0, word("ui.column.status", state)),
        Column::words(3, word("ui.column.breaker", state)),
        Column::figures(1, word("ui.column.first_token", state)),
        Column::figures(4, word("ui.column.success", state)),
        Column::figures(5, word("ui.column.requests", state)),
        Column::figures(6, word("ui.column.in_flight", state)),
        Column::figures(2, cost),
    ];
    let cells = |provider: &ProviderStatus| -> Vec<Cell> {
        let (health, role) = words::health(provider, state);
        let mark = if provider.name == status.primary { "*" } else { " " };
        vec![
            (format!("{mark} {}", provider.name), Role::Heading),
            (health, role),
            (worst_breaker(provider, state), Role::Text),
            (words::milliseconds(provider.response_time_ms), Role::Text),
            (format!("{:.1} %", provider.success_rate()), Role::Text),
            (words::grouped(provider.requests_today), Role::Text),
            (provider.in_flight.to_string(), Role::Text),
            (words::money(provider.cost_today), Role::Text),
        ]
    };
    let cells: Vec<_> = status.providers.iter().map(cells).collect();
    let (heading, rows) = table::lines(&columns, &cells, (PROVIDER, 14), width);
    [heading].into_iter().chain(rows).collect()
}

/// The state of the breaker that lets least through.
fn worst_breaker(provider: &ProviderStatus, state: &State) -> String {
    let weight = |breaker: BreakerState| match breaker {
        BreakerState::Closed => 0,
        BreakerState::HalfOpen => 1,
        BreakerState::Open => 2,
    };
    let worst = provider.routes.iter().map(|route| route.breaker).max_by_key(|breaker| weight(*breaker));
    worst.map_or_else(|| "-".into(), |breaker| words::breaker(breaker, state))
}

fn errors(status: &StatusSnapshot, width: u16, state: &State) -> Vec<Line<'static>> {
    let mut lines = heading("ui.monitor.errors", state);
    let rows: Vec<Vec<Cell>> = status
        .providers
        .iter()
        .filter_map(|provider| provider.last_error.as_ref().map(|error| (provider, error)))
        .map(|(provider, error)| {
            vec![
                (provider.name.clone(), Role::Text),
                (state.time_of_day(error.at), Role::Dim),
                (error.outcome.as_str().into(), Role::Warning),
                (error.message.clone(), Role::Text),
            ]
        })
        .collect();
    let untitled = |rank| Column::words(rank, String::new());
    let columns = [untitled(0), untitled(2), untitled(0), untitled(1)];
    lines.extend(listed(&columns, &rows, false, width, state));
    lines
}

fn switches(status: &StatusSnapshot, width: u16, state: &State) -> Vec<Line<'static>> {
    let mut lines = heading("ui.monitor.log", state);
    let columns = [
        Column::words(0, word("ui.column.time", state)),
        Column::words(0, word("ui.column.from", state)),
        Column::words(0, word("ui.column.to", state)),
        Column::words(2, word("ui.column.kind", state)),
        Column::words(3, word("ui.column.trigger", state)),
        Column::words(1, word("ui.column.reason", state)),
    ];
    let cells = |entry: &crate::store::SwitchEntry| -> Vec<Cell> {
        vec![
            (state.time_of_day(entry.at), Role::Dim),
            (entry.from.clone(), Role::Text),
            (entry.to.clone(), Role::Heading),
            (word(kind(entry.kind), state), Role::Text),
            (entry.trigger.clone(), Role::Text),
            (entry.reason.clone(), Role::Text),
        ]
    };
    let rows: Vec<_> = status.switches.iter().map(cells).collect();
    lines.extend(listed(&columns, &rows, true, width, state));
    lines
}

fn kind(kind: SwitchKind) -> &'static str {
    match kind {
        SwitchKind::Auto => "ui.switch.auto",
        SwitchKind::Manual => "ui.switch.manual",
        SwitchKind::Recovery => "ui.switch.recovery",
    }
}

fn heading(key: &str, state: &State) -> Vec<Line<'static>> {
    vec![Line::default(), Line::styled(word(key, state), style(Role::Heading))]
}

/// Rows two cells in, of which the last column is cut first; one word when there are none.
fn listed(columns: &[Column], rows: &[Vec<Cell>], titled: bool, width: u16, state: &State) -> Vec<Line<'static>> {
    let indent = |mut line: Line<'static>| {
        line.spans.insert(0, Span::raw("  "));
        line
    };
    if rows.is_empty() {
        return vec![indent(Line::styled(word("ui.monitor.none", state), style(Role::Dim)))];
    }
    let (heading, rows) = table::lines(columns, rows, (columns.len() - 1, 14), width.saturating_sub(2));
    let heading = titled.then_some(heading);
    heading.into_iter().chain(rows).map(indent).collect()
}
