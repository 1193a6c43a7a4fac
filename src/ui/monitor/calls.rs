//! The latest calls: each one's way from provider to provider, and why it went that way.
//!
//! ```text
//! Why: the latest call
//!   12:00:05   chat   ok   0.8 s   llama: server error 12 ms   qwen: ok 803 ms
//!   task chat; llama is primary; llama: 500 internal error; qwen can answer
//! ```

use ratatui::text::{Line, Span};
use rust_i18n::t;

use super::{INDENT, headed, heading, indented, listed};
use crate::app::State;
use crate::router::{Attempt, CallRecord, StatusSnapshot};
use crate::ui::parts::{self, Part};
use crate::ui::table::{Cell, Column};
use crate::ui::theme::{Role, style};
use crate::ui::words::{self, word};
use crate::wire::Outcome;

/// The call in question, with its reasons.
pub fn why(status: &StatusSnapshot, width: u16, state: &State) -> Vec<Line<'static>> {
    let at = state.monitor.explained(&status.calls);
    let Some(call) = status.calls.get(at) else {
        return Vec::new();
    };
    let locale = state.language.code();
    let mut lines = headed(match at {
        0 => word("ui.monitor.why_latest", state),
        _ => t!("ui.monitor.why", locale = locale, number = at + 1, of = status.calls.len()).into_owned(),
    });
    let room = width.saturating_sub(INDENT);
    lines.extend(parts::flow(course(call, state), room).into_iter().map(indented));
    if let Some(seam) = &call.seam {
        let key = if seam.offset > 0 { "ui.monitor.continued" } else { "ui.monitor.replaced" };
        let (from, to, reason) = (&seam.from, &seam.to, words::outcome(seam.reason, state));
        let words = t!(key, locale = locale, from = from, to = to, reason = reason, offset = seam.offset);
        lines.extend(parts::wrapped(&words, width, usize::from(INDENT), style(Role::Text)));
    }
    let reasons = call.why.join(&word("ui.monitor.reasons", state));
    lines.extend(parts::wrapped(&reasons, width, usize::from(INDENT), style(Role::Text)));
    lines
}

/// When, what for, how it ended, how long it took, and over whom.
fn course(call: &CallRecord, state: &State) -> Vec<Part> {
    let mut parts = vec![
        Part::new(0, Role::Dim, state.time_of_day(call.at)),
        Part::new(0, Role::Text, call.task.to_string()),
        Part::new(0, look(call.outcome), words::outcome(call.outcome, state)),
        Part::new(0, Role::Text, seconds(call.total_ms, state)),
    ];
    parts.extend(call.attempts.iter().map(|attempt| {
        let ms = format!(" {}", words::milliseconds(Some(attempt.ms)));
        Part::of(0, vec![Span::styled(step(attempt, state), style(look(attempt.outcome))), Span::raw(ms)])
    }));
    parts
}

/// All of them, newest first.
pub fn all(status: &StatusSnapshot, width: u16, state: &State) -> Vec<Line<'static>> {
    let columns = [
        // The one that is explained is marked before its time.
        Column::words(0, format!("  {}", word("ui.column.time", state))),
        Column::words(1, word("ui.column.task", state)),
        Column::figures(2, word("ui.column.total", state)),
        Column::figures(3, word("ui.column.seam", state)),
        Column::words(0, word("ui.column.attempts", state)),
    ];
    let explained = state.monitor.explained(&status.calls);
    let cells = |(at, call): (usize, &CallRecord)| -> Vec<Cell> {
        let mark = if at == explained { ">" } else { " " };
        let seam = call.seam.as_ref().map(|seam| seam.offset.to_string());
        let way: Vec<_> = call.attempts.iter().map(|attempt| step(attempt, state)).collect();
        let way = if way.is_empty() { words::outcome(call.outcome, state) } else { way.join(", ") };
        vec![
            (format!("{mark} {}", state.time_of_day(call.at)), Role::Dim),
            (call.task.to_string(), Role::Text),
            (seconds(call.total_ms, state), Role::Text),
            (seam.unwrap_or_default(), Role::Text),
            (way, look(call.outcome)),
        ]
    };
    let rows: Vec<_> = status.calls.iter().enumerate().map(cells).collect();
    let mut lines = heading("ui.monitor.calls", state);
    lines.extend(listed(&columns, &rows, true, width, state));
    lines
}

fn step(attempt: &Attempt, state: &State) -> String {
    words::said(&attempt.provider, &words::outcome(attempt.outcome, state), state)
}

fn look(outcome: Outcome) -> Role {
    if outcome == Outcome::Ok { Role::Text } else { Role::Warning }
}

fn seconds(ms: u64, state: &State) -> String {
    let seconds = format!("{:.1}", ms as f64 / 1000.0);
    t!("ui.monitor.seconds", locale = state.language.code(), seconds = seconds).into_owned()
}
