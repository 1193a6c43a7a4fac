//! The keys of the view in front, printed from the table that makes them work.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use super::theme::{Role, style};
use super::words::word;
use super::{ROOMY, parts, show, text};
use crate::app::State;
use crate::app::keymap::{Binding, rows};
use crate::app::scroll::Fixed;

/// Draws the list over the page.
pub fn draw(frame: &mut Frame, area: Rect, view: &Fixed, state: &State) {
    let head = if area.height >= ROOMY { 2 } else { 1 };
    let [title, body] = Layout::vertical([Constraint::Length(head), Constraint::Min(1)]).areas(area);
    frame.render_widget(Line::styled(word("ui.help.heading", state), style(Role::Heading)), title);
    let lines = lines(body.width, state);
    let top = view.top(lines.len(), body.height);
    show(frame, body, lines.into_iter().skip(top).collect());
}

fn lines(width: u16, state: &State) -> Vec<Line<'static>> {
    let contexts = state.contexts_below();
    let mut shown: Vec<&Binding> = Vec::new();
    for row in rows(&contexts) {
        if !shown.iter().any(|other| other.name == row.name) {
            shown.push(row);
        }
    }
    // A second key is named where the words keep their room.
    let most = if width < 60 { 1 } else { 2 };
    let column = shown.iter().map(|row| keys(row, most).len()).max().unwrap_or(0);
    let mut lines = Vec::new();
    for row in shown {
        let keys = keys(row, most);
        let words = word(&format!("app.keys.{}.help", row.name), state);
        let room = usize::from(width).saturating_sub(column + 2);
        let room = u16::try_from(room).unwrap_or(u16::MAX);
        for (at, range) in text::wrap(&words, room.max(1)).into_iter().enumerate() {
            let left = if at == 0 { format!("{keys:<column$}  ") } else { " ".repeat(column + 2) };
            let right = words.get(range).unwrap_or_default().to_owned();
            lines.push(parts::cut(Line::from(vec![Span::styled(left, style(Role::Key)), Span::raw(right)]), width));
        }
    }
    lines
}

/// The row's first keys.
fn keys(row: &Binding, most: usize) -> String {
    let names: Vec<String> = row.keys.iter().take(most).map(ToString::to_string).collect();
    names.join(", ")
}
