//! The health of each model that was asked or is in trouble.
//!
//! ```text
//!   Provider  Model                   Breaker  Error rate  Rate at least       p95  Next try
//!   llama     Llama-3.3-70B-Instruct  open        3 of 12         11.6 %  2,100 ms  12:00:20 (health check)
//! ```

use ratatui::text::Line;
use rust_i18n::t;

use super::{INDENT, heading, indented, none};
use crate::app::State;
use crate::router::{BreakerState, RouteStatus, StatusSnapshot};
use crate::ui::table::{self, Cell, Column};
use crate::ui::theme::Role;
use crate::ui::words::{self, word};

/// The model's column is cut before another one is dropped, and keeps this many cells.
const MODEL: (usize, usize) = (1, 12);

/// Every such model, in the order of the table.
pub fn all(status: &StatusSnapshot, width: u16, state: &State) -> Vec<Line<'static>> {
    let mut lines = heading("ui.monitor.routes", state);
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for provider in status.providers.iter().filter(|provider| provider.configured) {
        let shown = provider.routes.iter().filter(|route| is_of_interest(route));
        rows.extend(shown.map(|route| cells(&provider.name, route, state)));
    }
    if rows.is_empty() {
        lines.push(none(state));
        return lines;
    }
    let columns = [
        Column::words(0, word("ui.column.provider", state)),
        Column::words(2, word("ui.column.model", state)),
        Column::words(0, word("ui.column.breaker", state)),
        Column::figures(3, word("ui.column.failed", state)),
        Column::figures(5, word("ui.column.at_least", state)),
        Column::figures(4, "p95".into()),
        Column::words(1, word("ui.column.next_try", state)),
    ];
    let (titles, rows) = table::lines(&columns, &rows, MODEL, width.saturating_sub(INDENT));
    lines.extend([titles].into_iter().chain(rows).map(indented));
    lines
}

fn is_of_interest(route: &RouteStatus) -> bool {
    let in_trouble = route.breaker != BreakerState::Closed || route.unavailable.is_some();
    in_trouble || route.requests_today > 0 || route.recent.attempts > 0
}

fn cells(provider: &str, route: &RouteStatus, state: &State) -> Vec<Cell> {
    let locale = state.language.code();
    let recent = route.recent;
    let (failed, at_least) = match recent.attempts {
        0 => ("-".to_owned(), "-".to_owned()),
        attempts => (
            t!("ui.monitor.failed", locale = locale, failures = recent.failures, attempts = attempts).into_owned(),
            format!("{:.1} %", recent.lower_bound * 100.0),
        ),
    };
    let look = match route.breaker {
        BreakerState::Closed => Role::Text,
        BreakerState::HalfOpen => Role::Warning,
        BreakerState::Open => Role::Error,
    };
    vec![
        (provider.to_owned(), Role::Text),
        (route.model.clone(), Role::Text),
        (words::breaker(route.breaker, state), look),
        (failed, if recent.failures > 0 { Role::Warning } else { Role::Text }),
        (at_least, Role::Text),
        (words::milliseconds(recent.p95_ms), Role::Text),
        (next_try(route, state), Role::Warning),
    ]
}

/// When a route that is set aside is tried again, and why not before, or by what.
fn next_try(route: &RouteStatus, state: &State) -> String {
    let (time, why) = match (&route.unavailable, route.probe_at) {
        (Some(unavailable), _) => (unavailable.until, words::outcome(unavailable.reason, state)),
        (None, Some(probe_at)) => (probe_at, word("ui.monitor.probe", state)),
        (None, None) if route.breaker == BreakerState::HalfOpen => return word("ui.monitor.trial", state),
        (None, None) => return String::new(),
    };
    t!("ui.monitor.next_try", locale = state.language.code(), time = state.time_of_day(time), why = why).into_owned()
}
