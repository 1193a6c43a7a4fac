//! Lays paragraphs and code out under the marks of lists and quotes.

use std::ops::Range;

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::ui::text;

/// Columns a tab stands for in code.
const TAB: &str = "    ";

/// Lines in the making.
#[derive(Debug)]
pub(super) struct Page {
    width: u16,
    lines: Vec<Line<'static>>,
    /// The open paragraph.
    runs: Vec<(String, Style)>,
    /// Marks of the open lists and quotes, outermost first.
    indents: Vec<Indent>,
    /// Open lists and quotes too deep to show a mark.
    unmarked: usize,
    /// Whether an empty line is due before the next one.
    gap: bool,
}

#[derive(Debug)]
struct Indent {
    first: String,
    rest: String,
    look: Style,
    used: bool,
}

impl Page {
    pub(super) fn new(width: u16) -> Self {
        Self { width, lines: Vec::new(), runs: Vec::new(), indents: Vec::new(), unmarked: 0, gap: false }
    }

    /// Adds words to the open paragraph.
    pub(super) fn words(&mut self, words: &str, look: Style) {
        self.runs.push((words.replace('\t', " "), look));
    }

    /// Writes the open paragraph.
    pub(super) fn end_paragraph(&mut self) {
        let runs = std::mem::take(&mut self.runs);
        let words: String = runs.iter().map(|(words, _)| words.as_str()).collect();
        let words = words.trim_end();
        if words.is_empty() {
            return;
        }
        for range in text::wrap(words, self.room()) {
            self.write(spans(&runs, range));
        }
    }

    /// Writes a block of code.
    pub(super) fn code(&mut self, code: &str, look: Style) {
        for line in code.trim_end_matches('\n').split('\n') {
            let line = line.replace('\t', TAB);
            for range in text::chop(&line, self.room()) {
                self.write(vec![Span::styled(line[range].to_owned(), look)]);
            }
        }
    }

    /// Writes a line across the column.
    pub(super) fn rule(&mut self, look: Style) {
        self.end_paragraph();
        self.leave_gap();
        self.write(vec![Span::styled("-".repeat(usize::from(self.room())), look)]);
        self.leave_gap();
    }

    /// Puts a mark before what follows: `first` on the first line, `rest` on the others.
    pub(super) fn indent(&mut self, first: &str, rest: &str, look: Style) {
        // Marks take at most half of the column, so that words have room at any depth.
        if self.unmarked > 0 || self.indented() + text::width(first) > usize::from(self.width / 2) {
            self.unmarked += 1;
            return;
        }
        self.indents.push(Indent { first: first.to_owned(), rest: rest.to_owned(), look, used: false });
    }

    /// Ends the innermost mark.
    pub(super) fn unindent(&mut self) {
        if self.unmarked > 0 {
            self.unmarked -= 1;
        } else {
            self.indents.pop();
        }
    }

    /// Writes an item's last paragraph, or its mark alone when it has no words.
    pub(super) fn end_item(&mut self) {
        self.end_paragraph();
        if self.unmarked == 0 && self.indents.last().is_some_and(|indent| !indent.used) {
            self.write(Vec::new());
        }
    }

    /// Asks for an empty line before the next one.
    pub(super) fn leave_gap(&mut self) {
        self.gap = true;
    }

    pub(super) fn finish(mut self) -> Vec<Line<'static>> {
        self.end_paragraph();
        self.lines
    }

    fn indented(&self) -> usize {
        self.indents.iter().map(|indent| text::width(&indent.first)).sum()
    }

    fn room(&self) -> u16 {
        self.width - u16::try_from(self.indented()).unwrap_or(0)
    }

    fn write(&mut self, spans: Vec<Span<'static>>) {
        if std::mem::take(&mut self.gap) && !self.lines.is_empty() {
            let open = self.indents.iter().take_while(|indent| indent.used);
            let marks = open.map(|indent| Span::styled(indent.rest.clone(), indent.look));
            self.lines.push(Line::from_iter(marks));
        }
        let marks = self.indents.iter_mut().map(|indent| {
            let mark = if indent.used { &indent.rest } else { &indent.first };
            indent.used = true;
            Span::styled(mark.clone(), indent.look)
        });
        self.lines.push(marks.chain(spans).collect());
    }
}

/// Spans of one display line out of the runs of a paragraph.
fn spans(runs: &[(String, Style)], range: Range<usize>) -> Vec<Span<'static>> {
    let mut spans = Vec::new();
    let mut begin = 0;
    for (words, look) in runs {
        let end = begin + words.len();
        let (from, to) = (range.start.max(begin), range.end.min(end));
        if from < to
            && let Some(part) = words.get(from - begin..to - begin)
        {
            spans.push(Span::styled(part.to_owned(), *look));
        }
        begin = end;
    }
    spans
}
