//! A conversation. Only the items in view are wrapped, so a frame's cost does not depend on the conversation's length.
//!
//! ```text
//! Interviewer
//!   Tell me about a problem you solved.
//!
//! You
//!   Last year our nightly import ...
//! ```

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use rust_i18n::t;

use super::theme::{Role, markdown_styles, style};
use super::words::{self, word};
use super::{markdown, parts, show};
use crate::app::State;
use crate::app::scroll::{Position, Scroll, Seen};
use crate::app::transcript::{Item, ItemKind, Seam, Transcript};

/// Text is easier to read in lines of at most this many cells.
const MEASURE: u16 = 100;
/// Cells that the words stand in from the names.
const INDENT: usize = 2;

/// Draws the part in view and reports it. Returns the lines that came since the view was taken off the end; none when the
/// end is in view.
pub fn draw(frame: &mut Frame, area: Rect, transcript: &Transcript, state: &State) -> Option<usize> {
    let column = Column { transcript, width: area.width.min(MEASURE), state, wrapped: RefCell::default() };
    let height = usize::from(area.height);
    let bottom = column.tail(height);
    let (top, lines, tail) = match transcript.scroll() {
        Scroll::Follow => (bottom, column.from(bottom, height), None),
        Scroll::Held { top, tail } => {
            let top = earlier(column.normal(top), bottom);
            (top, column.from(top, height), Some(tail))
        }
    };
    let end = column.end();
    let at_end = top == bottom;
    transcript.report(Seen { top, end, at_end }, area.height);
    show(frame, area, lines);
    tail.filter(|_| !at_end).map(|tail| column.between(tail, end))
}

/// A conversation as lines of a certain width.
struct Column<'a> {
    transcript: &'a Transcript,
    width: u16,
    state: &'a State,
    /// The items this frame has wrapped so far.
    wrapped: RefCell<HashMap<usize, Rc<[Line<'static>]>>>,
}

impl Column<'_> {
    /// The lines of an item; every one but the first begins with an empty line.
    fn lines(&self, index: usize) -> Rc<[Line<'static>]> {
        let wrap = || {
            let gap = (index > 0).then(Line::default);
            let item = self.transcript.get(index);
            let lines = item.map(|item| item_lines(item, self.width, self.state)).unwrap_or_default();
            gap.into_iter().chain(lines).collect()
        };
        self.wrapped.borrow_mut().entry(index).or_insert_with(wrap).clone()
    }

    fn count(&self, index: usize) -> isize {
        isize::try_from(self.lines(index).len()).unwrap_or(isize::MAX)
    }

    /// The line after the last one.
    fn end(&self) -> Position {
        let item = self.transcript.len().saturating_sub(1);
        Position { item, line: self.count(item) }
    }

    /// The first line of the last `height` ones; the very first when there are fewer.
    fn tail(&self, height: usize) -> Position {
        let mut room = isize::try_from(height).unwrap_or(isize::MAX);
        for item in (0..self.transcript.len()).rev() {
            let count = self.count(item);
            if count >= room {
                let line = count - room;
                return Position { item, line };
            }
            room -= count;
        }
        Position::default()
    }

    /// The same place with its line inside its item.
    fn normal(&self, mut place: Position) -> Position {
        while place.line < 0 {
            if place.item == 0 {
                return Position::default();
            }
            place.item -= 1;
            place.line += self.count(place.item);
        }
        while place.item < self.transcript.len() && place.line >= self.count(place.item) {
            place.line -= self.count(place.item);
            place.item += 1;
        }
        place
    }

    /// Up to `height` lines from a place on.
    fn from(&self, top: Position, height: usize) -> Vec<Line<'static>> {
        let mut lines = Vec::new();
        let mut skip = usize::try_from(top.line).unwrap_or(0);
        for item in top.item..self.transcript.len() {
            lines.extend(self.lines(item).iter().skip(skip).cloned());
            skip = 0;
            if lines.len() >= height {
                break;
            }
        }
        lines
    }

    /// How many lines lie between two places.
    fn between(&self, from: Position, to: Position) -> usize {
        let counted: isize = (from.item..to.item).map(|item| self.count(item)).sum();
        usize::try_from(counted + to.line - from.line).unwrap_or(0)
    }
}

/// The place that comes first.
fn earlier(one: Position, other: Position) -> Position {
    if (one.item, one.line) <= (other.item, other.line) { one } else { other }
}

/// An item's name, words and note.
fn item_lines(item: &Item, width: u16, state: &State) -> Vec<Line<'static>> {
    let (name, role) = name(item, state);
    if matches!(item.kind, ItemKind::Note | ItemKind::Trouble) {
        return parts::wrapped(&words::said(&name, &item.text, state), width, 0, style(role));
    }
    let mut lines = vec![parts::cut(Line::styled(name, style(role)), width)];
    if item.kind == ItemKind::Model {
        let room = width.saturating_sub(2);
        let seam = item.seam.as_ref().map(|seam| mark(seam, state));
        lines.extend(markdown::lines(&item.text, seam.as_ref(), room, &markdown_styles()).into_iter().map(indented));
    } else if !item.text.is_empty() {
        lines.extend(parts::wrapped(&item.text, width, INDENT, style(Role::Text)));
    }
    if !item.note.is_empty() {
        lines.extend(parts::wrapped(&item.note, width, INDENT, style(Role::Dim)));
    }
    lines
}

/// What stands where another provider went on.
fn mark(seam: &Seam, state: &State) -> markdown::Seam {
    let words = t!("ui.seam", locale = state.language.code(), by = seam.by).into_owned();
    markdown::Seam { at: seam.at, words }
}

fn indented(mut line: Line<'static>) -> Line<'static> {
    line.spans.insert(0, Span::raw(" ".repeat(INDENT)));
    line
}

/// Who speaks, in words, and their look.
fn name(item: &Item, state: &State) -> (String, Role) {
    let (key, role) = match item.kind {
        ItemKind::Interviewer => ("ui.who.interviewer", Role::Interviewer),
        ItemKind::Probe => ("ui.who.probe", Role::Probe),
        ItemKind::Hint => ("ui.who.hint", Role::Coach),
        ItemKind::Feedback => ("ui.who.feedback", Role::Coach),
        ItemKind::You => ("ui.who.you", Role::Candidate),
        ItemKind::Skip => ("ui.who.skip", Role::Dim),
        ItemKind::Note => ("ui.who.note", Role::Dim),
        ItemKind::Trouble => ("ui.who.trouble", Role::Error),
        ItemKind::Model if item.name.is_empty() => ("ui.who.model", Role::Interviewer),
        ItemKind::Model => return (item.name.clone(), Role::Interviewer),
    };
    (word(key, state), role)
}
