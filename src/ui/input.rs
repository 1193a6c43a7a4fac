//! The text field at the bottom, with the terminal's own cursor: input methods open their window there.
//!
//! ```text
//! -----------------------------------
//! > what is being written, over
//!   several lines
//! ```

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::text::Line;

use super::theme::{Role, style};
use super::{parts, text};
use crate::app::input::Input;
use crate::app::{Overlay, State};

/// Cells of the mark before the text.
const MARK: u16 = 2;

/// The rows of an input and the rule above it, at most a third of the page.
pub fn height(input: &Input, page: Rect) -> u16 {
    let rows = text::wrap(&text::spaced(&input.text()), room(page)).len();
    let most = (page.height / 3).max(1);
    u16::try_from(rows).unwrap_or(u16::MAX).clamp(1, most) + 1
}

/// The text's width; the last cell is kept for the cursor behind a full line.
fn room(area: Rect) -> u16 {
    area.width.saturating_sub(MARK + 1).max(1)
}

/// Draws the rule with its label, and the text or, when there is none, what is expected.
pub fn draw(frame: &mut Frame, area: Rect, input: &Input, label: Line<'static>, expected: String, state: &State) {
    let [line, below] = Layout::vertical([Constraint::Length(1), Constraint::Min(1)]).areas(area);
    parts::rule(frame, line, label);
    let [mark, field] = Layout::horizontal([Constraint::Length(MARK), Constraint::Min(1)]).areas(below);
    frame.render_widget(Line::styled("> ", style(Role::Key)), mark);
    let field = Rect { width: room(area), ..field };
    frame.render_widget(input.widget(), field);
    if input.is_empty() {
        frame.render_widget(parts::cut(Line::styled(expected, style(Role::Dim)), field.width), field);
    }
    if matches!(state.overlay, Overlay::None) {
        frame.set_cursor_position(cursor(input, field));
    }
}

/// Where the cursor is on the screen, after the text was drawn.
fn cursor(input: &Input, field: Rect) -> Position {
    let at = input.widget().screen_cursor();
    let (top, _) = input.widget().scroll_offset();
    let row = u16::try_from(at.row).unwrap_or(u16::MAX).saturating_sub(top);
    let column = u16::try_from(at.col).unwrap_or(u16::MAX);
    Position { x: field.x + column.min(field.width), y: field.y + row.min(field.height.saturating_sub(1)) }
}
