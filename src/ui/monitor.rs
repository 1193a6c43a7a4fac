//! The Monitor tab: the router's truth, live. Times to come are told by the clock, so that nothing has to count down.
//!
//! ```text
//! Primary llama (preferred llama)   auto switch on   1 switch today   0 in flight   0 waiting
//!
//!   Provider  Status  Breaker  First token  Success  Requests  In flight   Cost today
//! * llama     OK      closed        812 ms   99.5 %     1,250          0    15.600000
//!
//! Why: the latest call                                    calls
//! Models asked or set aside                               routes
//! Switches                                                log
//! Last errors                                             log
//! Calls                                                   calls
//! ```

mod calls;
mod log;
mod routes;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use rust_i18n::t;

use super::parts::{self, Part};
use super::table::{self, Cell, Column};
use super::theme::{Role, style};
use super::words::{self, word};
use super::{ROOMY, show};
use crate::app::State;
use crate::router::{BreakerState, ProviderStatus, StatusSnapshot};

/// Retries that may be made at once when none was made lately (`router.md` R3).
const RETRIES: u32 = 10;
/// Cells that what stands below a heading is moved in.
const INDENT: u16 = 2;
/// The column that is cut before another one is dropped.
const PROVIDER: usize = 0;

/// Draws the tab.
pub fn draw(frame: &mut Frame, area: Rect, state: &State) {
    let Some(status) = &state.status else {
        return show(frame, area, vec![Line::styled(word("ui.status.starting", state), style(Role::Dim))]);
    };
    let mut lines = parts::flow(summary(status, area.height >= ROOMY, state), area.width);
    lines.push(Line::default());
    lines.extend(providers(status, area.width, state));
    lines.extend(calls::why(status, area.width, state));
    lines.extend(routes::all(status, area.width, state));
    lines.extend(log::switches(status, area.width, state));
    lines.extend(log::errors(status, area.width, state));
    lines.extend(calls::all(status, area.width, state));
    let top = state.monitor.view.top(lines.len(), area.height);
    show(frame, area, lines.into_iter().skip(top).collect());
}

/// How the router stands; where there is little room, without what is said elsewhere or is as it always is.
fn summary(status: &StatusSnapshot, roomy: bool, state: &State) -> Vec<Part> {
    let locale = state.language.code();
    let primary = t!("ui.monitor.primary", locale = locale, primary = status.primary, preferred = status.preferred);
    let auto = if status.auto_switch { "ui.status.auto_on" } else { "ui.status.auto_off" };
    let mut parts = vec![Part::new(0, Role::Heading, primary)];
    if status.simulated && roomy {
        parts.push(Part::new(1, Role::Warning, word("ui.monitor.simulated", state)));
    }
    parts.push(Part::new(2, Role::Text, word(auto, state)));
    parts.push(Part::new(3, Role::Text, t!("ui.monitor.switches", locale = locale, count = status.switches_today)));
    if let Some(until) = status.dwell_until {
        parts.push(Part::new(4, Role::Text, t!("ui.monitor.dwell", locale = locale, time = state.time_of_day(until))));
    }
    parts.push(Part::new(5, Role::Text, t!("ui.monitor.in_flight", locale = locale, count = status.in_flight)));
    if status.queued > 0 || roomy {
        parts.push(Part::new(6, Role::Text, t!("ui.monitor.queued", locale = locale, count = status.queued)));
    }
    if status.retry_tokens < RETRIES || roomy {
        let (left, of) = (status.retry_tokens, RETRIES);
        parts.push(Part::new(7, Role::Text, t!("ui.monitor.retries", locale = locale, left = left, of = of)));
    }
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
    let decimals = status.providers.iter().map(|provider| words::decimals(provider.cost_today)).max().unwrap_or(0);
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
            (words::money_of(provider.cost_today, decimals), Role::Text),
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

/// A heading with an empty line above it.
fn heading(key: &str, state: &State) -> Vec<Line<'static>> {
    headed(word(key, state))
}

fn headed(words: String) -> Vec<Line<'static>> {
    vec![Line::default(), Line::styled(words, style(Role::Heading))]
}

fn indented(mut line: Line<'static>) -> Line<'static> {
    line.spans.insert(0, Span::raw(" ".repeat(usize::from(INDENT))));
    line
}

/// That there is nothing to list.
fn none(state: &State) -> Line<'static> {
    indented(Line::styled(word("ui.monitor.none", state), style(Role::Dim)))
}

/// Rows of which the last column is cut first; one word when there are none.
fn listed(columns: &[Column], rows: &[Vec<Cell>], titled: bool, width: u16, state: &State) -> Vec<Line<'static>> {
    if rows.is_empty() {
        return vec![none(state)];
    }
    let least = if width < 60 { 14 } else { 30 };
    let (heading, rows) = table::lines(columns, rows, (columns.len() - 1, least), width.saturating_sub(INDENT));
    let heading = titled.then_some(heading);
    heading.into_iter().chain(rows).map(indented).collect()
}
