//! Lines made of parts, of which the less important ones give way when there is no room.

use std::ops::Range;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::text;
use super::theme::{Role, style};

/// Cells between parts.
const GAP: &str = "   ";

/// One part of a line.
#[derive(Clone, Debug)]
pub struct Part {
    spans: Vec<Span<'static>>,
    /// 0 stays longest.
    rank: u8,
}

impl Part {
    /// A part of one look.
    pub fn new(rank: u8, role: Role, words: impl Into<String>) -> Self {
        Self::of(rank, vec![Span::styled(words.into(), style(role))])
    }

    /// A part of several looks.
    pub fn of(rank: u8, spans: Vec<Span<'static>>) -> Self {
        Self { spans, rank }
    }

    fn width(&self) -> usize {
        self.spans.iter().map(|span| text::width(&span.content)).sum()
    }
}

/// The parts that fit into `width` cells, in their order. The first one left is cut rather than dropped.
pub fn fit(mut parts: Vec<Part>, width: u16) -> Line<'static> {
    let needed = |parts: &[Part]| {
        let gaps = GAP.len() * parts.len().saturating_sub(1);
        parts.iter().map(Part::width).sum::<usize>() + gaps
    };
    while parts.len() > 1 && needed(&parts) > usize::from(width) {
        let least = parts.iter().enumerate().max_by_key(|(at, part)| (part.rank, *at));
        let Some((at, _)) = least else { break };
        parts.remove(at);
    }
    let mut spans = Vec::new();
    for part in parts {
        if !spans.is_empty() {
            spans.push(Span::raw(GAP));
        }
        spans.extend(part.spans);
    }
    cut(Line::from(spans), width)
}

/// The parts on as many lines as they need.
pub fn flow(parts: Vec<Part>, width: u16) -> Vec<Line<'static>> {
    let mut lines: Vec<Line<'static>> = Vec::new();
    for part in parts {
        let needed = part.width();
        match lines.last_mut() {
            Some(line) if line.width() + GAP.len() + needed <= usize::from(width) => {
                line.spans.push(Span::raw(GAP));
                line.spans.extend(part.spans);
            }
            _ => lines.push(cut(Line::from(part.spans), width)),
        }
    }
    lines
}

/// A line of at most `width` cells.
pub fn cut(line: Line<'static>, width: u16) -> Line<'static> {
    let mut room = width;
    let mut spans = Vec::with_capacity(line.spans.len());
    for span in line.spans {
        let words = text::spaced(&span.content);
        let kept = text::cut(&words, room).into_owned();
        let taken = text::width(&kept);
        room = room.saturating_sub(u16::try_from(taken).unwrap_or(u16::MAX));
        let whole = kept == words;
        spans.push(Span::styled(kept, span.style));
        if !whole {
            break;
        }
    }
    Line { spans, ..line }
}

/// A text's display lines in a column of `width` cells, `indent` cells in.
pub fn wrapped(words: &str, width: u16, indent: usize, look: Style) -> Vec<Line<'static>> {
    let room = width.saturating_sub(u16::try_from(indent).unwrap_or(0)).max(1);
    let words = &*text::spaced(words);
    let line = |range: Range<usize>| {
        let piece = words.get(range).unwrap_or_default();
        Line::from(vec![Span::raw(" ".repeat(indent)), Span::styled(piece.to_owned(), look)])
    };
    text::wrap(words, room).into_iter().map(line).collect()
}

/// A quiet line across the screen, with a label in it.
///
/// ```text
/// -- 3 new lines, Ctrl-End follows ------------------------------
/// ```
pub fn rule(frame: &mut Frame, area: Rect, label: Line<'static>) {
    let quiet = style(Role::Dim);
    let mut spans = Vec::new();
    if label.width() > 0 {
        spans.push(Span::styled("-- ", quiet));
        spans.extend(cut(label, area.width.saturating_sub(6)).spans);
        spans.push(Span::raw(" "));
    }
    let taken: usize = spans.iter().map(|span| text::width(&span.content)).sum();
    spans.push(Span::styled("-".repeat(usize::from(area.width).saturating_sub(taken)), quiet));
    frame.render_widget(Line::from(spans), area);
}
