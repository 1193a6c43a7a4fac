//! Markdown as lines on a screen. Pure; the text may come from anybody.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use ratatui::style::Style;
use ratatui::text::Line;

use crate::wire::text::plain;

mod page;
mod seam;
#[cfg(test)]
mod tests;

use page::Page;
pub use seam::Seam;

/// How the parts of a text look. Each is laid over the look of what surrounds it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Styles {
    /// Headings.
    pub heading: Style,
    /// Emphasis.
    pub emphasis: Style,
    /// Strong emphasis.
    pub strong: Style,
    /// Code in a line, and blocks of it.
    pub code: Style,
    /// Quotes, with their mark.
    pub quote: Style,
    /// Addresses of links.
    pub link: Style,
    /// The mark of a seam.
    pub seam: Style,
}

/// The text in a column of `width` cells.
///
/// Line ends inside a paragraph are kept, since models and people mean them. Code keeps its spaces and is broken only where the
/// column ends. A link shows its address after its words. Tables and HTML show as they were written. At a seam its mark stands among
/// the words; in code, below the line.
pub fn lines(markdown: &str, seam: Option<&Seam>, width: u16, styles: &Styles) -> Vec<Line<'static>> {
    let text = seam::marked(markdown, seam);
    let mark = seam.map_or("", |seam| &seam.words);
    let page = Page::new(width);
    let mut writer = Writer { page, styles, mark, looks: Vec::new(), lists: Vec::new(), links: Vec::new(), code: None };
    for event in Parser::new(&text) {
        writer.write(event);
    }
    writer.page.finish()
}

/// Walks the parser's events and writes on the page.
struct Writer<'a> {
    page: Page,
    styles: &'a Styles,
    /// What is said at the seam.
    mark: &'a str,
    /// Looks of the open inline parts and blocks, each laid over the one before.
    looks: Vec<Style>,
    /// The open lists: the next number, or none for bullets.
    lists: Vec<Option<u64>>,
    /// The open links: address, and the words so far.
    links: Vec<(String, String)>,
    /// The open block of code so far.
    code: Option<String>,
}

impl Writer<'_> {
    fn write(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.open(tag),
            Event::End(tag) => self.close(tag),
            Event::Code(words) => self.words(&words, self.styles.code),
            Event::Text(words)
            | Event::Html(words)
            | Event::InlineHtml(words)
            | Event::InlineMath(words)
            | Event::DisplayMath(words)
            | Event::FootnoteReference(words) => self.words(&words, Style::new()),
            Event::SoftBreak | Event::HardBreak => self.words("\n", Style::new()),
            Event::Rule => self.page.rule(self.look(self.styles.quote)),
            Event::TaskListMarker(done) => self.words(if done { "[x] " } else { "[ ] " }, Style::new()),
        }
    }

    fn open(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { .. } => self.begin_block(self.styles.heading),
            Tag::BlockQuote(_) => {
                self.begin_block(self.styles.quote);
                self.page.indent("| ", "| ", self.look(Style::new()));
            }
            Tag::CodeBlock(_) => {
                self.begin_block(Style::new());
                self.code = Some(String::new());
            }
            Tag::List(first) => {
                self.page.end_paragraph();
                self.lists.push(first);
            }
            Tag::Item => self.begin_item(),
            Tag::Emphasis => self.enter(self.styles.emphasis),
            Tag::Strong => self.enter(self.styles.strong),
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.links.push((dest_url.into_string(), String::new()));
            }
            _ => self.begin_block(Style::new()),
        }
    }

    fn close(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::BlockQuote(_) => {
                self.end_block();
                self.page.unindent();
            }
            TagEnd::CodeBlock => {
                let code = self.code.take().unwrap_or_default();
                self.code(&code);
                self.end_block();
            }
            TagEnd::List(_) => {
                self.lists.pop();
                self.page.end_paragraph();
                // The items of the list around it stay together.
                if self.lists.is_empty() {
                    self.page.leave_gap();
                }
            }
            TagEnd::Item => {
                self.page.end_item();
                self.page.unindent();
            }
            TagEnd::Emphasis | TagEnd::Strong => {
                self.looks.pop();
            }
            TagEnd::Link | TagEnd::Image => self.end_link(),
            _ => self.end_block(),
        }
    }

    fn begin_block(&mut self, look: Style) {
        self.page.end_paragraph();
        self.enter(look);
    }

    fn end_block(&mut self) {
        self.looks.pop();
        self.page.end_paragraph();
        self.page.leave_gap();
    }

    fn begin_item(&mut self) {
        self.page.end_paragraph();
        let marker = match self.lists.last_mut() {
            Some(Some(number)) => {
                let marker = format!("{number}. ");
                *number = number.saturating_add(1);
                marker
            }
            _ => "- ".to_owned(),
        };
        let hanging = " ".repeat(marker.len());
        self.page.indent(&marker, &hanging, self.look(Style::new()));
    }

    fn end_link(&mut self) {
        let Some((address, words)) = self.links.pop() else {
            return;
        };
        if words.trim() != address {
            let shown = if words.trim().is_empty() { address } else { format!(" ({address})") };
            self.words(&shown, self.styles.link);
        }
    }

    fn words(&mut self, words: &str, look: Style) {
        // Again, because the parser turns character references such as `&#27;` into what they stand for.
        let words = plain(words);
        if let Some(code) = &mut self.code {
            code.push_str(&words);
            return;
        }
        if let Some((_, inside)) = self.links.last_mut() {
            inside.push_str(&words);
        }
        let look = self.look(look);
        match words.split_once(seam::PLACE) {
            Some((before, after)) => {
                self.page.words(before, look);
                self.page.words(&seam::between(before, self.mark, after), self.styles.seam);
                self.page.words(after, look);
            }
            None => self.page.words(&words, look),
        }
    }

    fn code(&mut self, code: &str) {
        let look = self.look(self.styles.code);
        let Some((before, after)) = code.split_once(seam::PLACE) else {
            return self.page.code(code, look);
        };
        let (line, rest) = after.split_once('\n').unwrap_or((after, ""));
        self.page.code(&format!("{before}{line}"), look);
        self.page.words(self.mark, self.styles.seam);
        self.page.end_paragraph();
        if !rest.is_empty() {
            self.page.code(rest, look);
        }
    }

    fn enter(&mut self, look: Style) {
        self.looks.push(self.look(look));
    }

    /// A look laid over that of the open parts.
    fn look(&self, innermost: Style) -> Style {
        self.looks.last().copied().unwrap_or_default().patch(innermost)
    }
}
