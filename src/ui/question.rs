//! A question over the page, asked before something can't be taken back.
//!
//! ```text
//! +--------------------------------+
//! | End the interview now?         |
//! | You get a report on what ...   |
//! | y yes   n no                   |
//! +--------------------------------+
//! ```

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::symbols::border;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear};

use super::theme::{Role, style};
use super::words::word;
use super::{parts, show, text};
use crate::app::keymap::rows;
use crate::app::{Question, State};

/// Cells of the widest box.
const WIDEST: u16 = 60;
/// ASCII, since the width of box drawing characters differs between terminals.
const BORDER: border::Set = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

/// Draws the box in the middle of the page.
pub fn draw(frame: &mut Frame, page: Rect, question: Question, state: &State) {
    let counts = state.chat.scene.interview().is_some_and(|interview| interview.is_last_answer_written());
    let (title, more) = match question {
        Question::EndInterview if counts => ("ui.question.end", "ui.question.end_text_counted"),
        Question::EndInterview => ("ui.question.end", "ui.question.end_text"),
        Question::LeaveInterview => ("ui.question.leave", "ui.question.leave_text"),
    };
    let width = page.width.min(WIDEST);
    let room = width.saturating_sub(4);
    let mut lines = parts::wrapped(&word(title, state), room, 0, style(Role::Heading));
    lines.extend(parts::wrapped(&word(more, state), room, 0, style(Role::Text)));
    lines.push(answers(state));
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2).min(page.height);
    let area = Rect { x: page.x + (page.width - width) / 2, y: page.y + (page.height - height) / 2, width, height };
    clear(frame, area);
    frame.render_widget(Block::bordered().border_set(BORDER), area);
    let inner = Rect { x: area.x + 2, y: area.y + 1, width: room, height: height.saturating_sub(2) };
    show(frame, inner, lines);
}

/// Clears the box, and the wide characters that reach into it from the left.
fn clear(frame: &mut Frame, area: Rect) {
    frame.render_widget(Clear, area);
    let Some(left) = area.x.checked_sub(1) else { return };
    for y in area.top()..area.bottom() {
        if let Some(cell) = frame.buffer_mut().cell_mut((left, y))
            && text::width(cell.symbol()) > 1
        {
            cell.set_symbol(" ");
        }
    }
}

fn answers(state: &State) -> Line<'static> {
    let mut spans = Vec::new();
    for row in rows(&state.contexts()) {
        let key = row.keys.first().map(ToString::to_string).unwrap_or_default();
        let words = word(&format!("app.keys.{}.hint", row.name), state);
        spans.push(Span::styled(key, style(Role::Key)));
        spans.push(Span::raw(format!(" {words}   ")));
    }
    Line::from(spans)
}
