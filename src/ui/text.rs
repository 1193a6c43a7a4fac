//! Widths and line breaks of text as a terminal shows it: the unit is the grapheme, the measure is the cell.

use std::borrow::Cow;
use std::ops::Range;

use ratatui::buffer::CellWidth;
use unicode_segmentation::UnicodeSegmentation;

#[cfg(test)]
mod tests;

/// Stands for what [`cut`] left out. Plain full stops, because the width of an ellipsis differs between terminals.
const OMITTED: &str = "..";

/// Stands for a tab, wherever it is: what is shown here has no columns to keep.
const TAB: &str = "    ";

/// Cells a text takes on one line. Control characters are never drawn and take none.
pub fn width(text: &str) -> usize {
    text.graphemes(true).map(|grapheme| usize::from(cells(grapheme))).sum()
}

/// The text, or as much of its beginning as fits into `width` cells with a mark that something is missing.
pub fn cut(text: &str, width: u16) -> Cow<'_, str> {
    if fitting(text, width).len() == text.len() {
        return Cow::Borrowed(text);
    }
    let mark = fitting(OMITTED, width);
    let kept = fitting(text, width - mark.len() as u16);
    Cow::Owned(format!("{kept}{mark}"))
}

/// The text with spaces for its tabs, which a terminal's cells can't show.
pub fn spaced(text: &str) -> Cow<'_, str> {
    if text.contains('\t') { Cow::Owned(text.replace('\t', TAB)) } else { Cow::Borrowed(text) }
}

/// Display lines of a text in a column of `width` cells, as byte ranges.
///
/// Lines end at `\n`, at spaces (which belong to no line then), and beside wide characters, but closing punctuation is not
/// left to begin a line nor an opening one to end it. A word longer than a line is broken between graphemes; only a single
/// grapheme wider than the column makes a line wider than it. A text without any line is one empty line.
pub fn wrap(text: &str, width: u16) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let mut start = 0;
    for hard in text.split('\n') {
        wrap_hard_line(hard, start, usize::from(width), &mut lines);
        start += hard.len() + 1;
    }
    lines
}

/// Pieces of one line of at most `width` cells each, as byte ranges: broken wherever the column ends, with nothing left out.
/// For program text, whose spaces mean something.
pub fn chop(line: &str, width: u16) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let mut start = 0;
    while start < line.len() {
        let rest = &line[start..];
        // A grapheme wider than the column gets a piece of its own.
        let length = match fitting(rest, width).len() {
            0 => rest.graphemes(true).next().map_or(rest.len(), str::len),
            length => length,
        };
        pieces.push(start..start + length);
        start += length;
    }
    if pieces.is_empty() {
        pieces.push(0..0);
    }
    pieces
}

/// A place where a line may end.
#[derive(Clone, Copy)]
struct Break {
    /// End of the line before it, without the spaces.
    end: usize,
    /// Start of the line after it.
    next: usize,
    /// Cells from the start of the line to `next`.
    width: usize,
}

/// Appends the display lines of one line without `\n` that begins at byte `offset` of the whole text.
fn wrap_hard_line(text: &str, offset: usize, width: usize, lines: &mut Vec<Range<usize>>) {
    let mut push = |range: Range<usize>| lines.push(range.start + offset..range.end + offset);
    let mut start = 0;
    // End of the last grapheme that is no space, and cells since `start`.
    let mut inked = 0;
    let mut filled = 0;
    let mut chance: Option<Break> = None;
    let mut before = "";
    for (at, grapheme) in text.grapheme_indices(true) {
        let cells = usize::from(cells(grapheme));
        if is_space(grapheme) {
            filled += cells;
            before = grapheme;
            continue;
        }
        if may_break_between(before, grapheme) {
            chance = Some(Break { end: inked.max(start), next: at, width: filled });
        }
        while filled + cells > width && at > start {
            let here = Break { end: at, next: at, width: filled };
            let taken = chance.take().unwrap_or(here);
            // Spaces that begin a line and are wider than it are left out.
            if taken.end > start {
                push(start..taken.end);
            }
            start = taken.next;
            filled -= taken.width;
        }
        filled += cells;
        inked = at + grapheme.len();
        before = grapheme;
    }
    push(start..inked.max(start));
}

fn may_break_between(before: &str, after: &str) -> bool {
    if before.is_empty() {
        return false;
    }
    if is_space(before) {
        return true;
    }
    (cells(before) > 1 || cells(after) > 1) && !may_not_end(before) && !may_not_begin(after)
}

fn is_space(grapheme: &str) -> bool {
    matches!(grapheme, " " | "\t" | "\r" | "\u{3000}")
}

/// Whether a line may not begin with it: closing punctuation, and marks that belong to the character before.
fn may_not_begin(grapheme: &str) -> bool {
    const CLOSING: &str = "。，、！？；：」』）》〉】〕〗］｝”’…‥·～ー々％,.!?;:)]}%\"'";
    grapheme.chars().next().is_some_and(|c| CLOSING.contains(c))
}

/// Whether a line may not end with it: opening punctuation.
fn may_not_end(grapheme: &str) -> bool {
    const OPENING: &str = "「『（《〈【〔〖［｛“‘￥([{$\"'";
    grapheme.chars().next().is_some_and(|c| OPENING.contains(c))
}

/// The longest beginning of a text that fits into `width` cells.
fn fitting(text: &str, width: u16) -> &str {
    let mut room = usize::from(width);
    for (at, grapheme) in text.grapheme_indices(true) {
        match room.checked_sub(usize::from(cells(grapheme))) {
            Some(rest) => room = rest,
            None => return &text[..at],
        }
    }
    text
}

/// Cells one grapheme takes in ratatui's buffer.
fn cells(grapheme: &str) -> u16 {
    if grapheme.contains(char::is_control) { 0 } else { grapheme.cell_width() }
}
