//! The multi-line input: a text area with our own keys, since the widget's defaults clash with readline's.

use std::borrow::Cow;

use ratatui::style::Style;
use ratatui_textarea::{CursorMove, Input as Press, Key, TextArea, WrapMode};
use unicode_segmentation::UnicodeSegmentation;

/// The most bytes an input takes; beyond it the widget becomes slow, and no answer needs it.
pub const CAPACITY: usize = 64 * 1024;
/// Past inputs that can be called back.
const HISTORY: usize = 100;

/// An edit named by a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Break the line.
    Newline,
    /// Delete the character before the cursor.
    Backspace,
    /// Delete the character at the cursor.
    Delete,
    /// Delete to the line's end.
    KillToEnd,
    /// Delete to the line's start.
    KillToStart,
    /// Delete the word before the cursor.
    KillWord,
    /// Delete the word after the cursor.
    KillNextWord,
    /// Put back what was deleted last.
    Yank,
    /// To the line's start.
    LineStart,
    /// To the line's end.
    LineEnd,
    /// One character left.
    Left,
    /// One character right.
    Right,
    /// One word left.
    WordLeft,
    /// One word right.
    WordRight,
    /// One display line up; above the first one, the input before.
    Up,
    /// One display line down; below the last one, the input after.
    Down,
}

/// Text was not taken: it would not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

/// A text being written.
#[derive(Debug)]
pub struct Input {
    area: TextArea<'static>,
    history: Vec<String>,
    /// The past input shown, and what was being written when it was called.
    browsing: Option<(usize, String)>,
}

impl Default for Input {
    fn default() -> Self {
        Self { area: area(""), history: Vec::new(), browsing: None }
    }
}

/// A text area as we use it, with the cursor at the end.
fn area(text: &str) -> TextArea<'static> {
    let mut area = TextArea::new(text.split('\n').map(str::to_owned).collect());
    area.set_wrap_mode(WrapMode::WordOrGlyph);
    area.set_cursor_line_style(Style::default());
    // The terminal's own cursor is used instead: input methods open their window there.
    area.set_cursor_style(Style::default());
    area.set_max_histories(0);
    area.move_cursor(CursorMove::Bottom);
    area.move_cursor(CursorMove::End);
    area
}

impl Input {
    /// The widget, for drawing.
    pub fn widget(&self) -> &TextArea<'static> {
        &self.area
    }

    /// The text.
    pub fn text(&self) -> String {
        self.area.lines().join("\n")
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.area.is_empty()
    }

    /// Whether there is nothing but white space.
    pub fn is_blank(&self) -> bool {
        self.area.lines().iter().all(|line| line.trim().is_empty())
    }

    /// The text that is being written, also while a past one is shown.
    pub fn written(&self) -> String {
        self.browsing.as_ref().map_or_else(|| self.text(), |(_, written)| written.clone())
    }

    /// Shows what is being written again.
    pub fn stop_browsing(&mut self) {
        if let Some((_, written)) = self.browsing.take() {
            self.area = area(&written);
        }
    }

    /// Replaces the text.
    pub fn set(&mut self, text: &str) {
        self.adopt();
        self.area = area(text);
    }

    /// Takes the text out and keeps it in the history.
    pub fn take(&mut self) -> String {
        let text = self.text();
        self.adopt();
        self.remember(text.clone());
        self.area = area("");
        text
    }

    /// The past text that is shown becomes the one being written, which is not lost: it joins the history.
    fn adopt(&mut self) {
        if let Some((_, written)) = self.browsing.take() {
            self.remember(written);
        }
    }

    fn remember(&mut self, text: String) {
        if text.trim().is_empty() || self.history.last() == Some(&text) {
            return;
        }
        if self.history.len() == HISTORY {
            self.history.remove(0);
        }
        self.history.push(text);
    }

    /// Types a character.
    pub fn insert(&mut self, c: char) -> Result<(), Full> {
        self.room_for(c.len_utf8())?;
        self.adopt();
        self.area.input_without_shortcuts(Press { key: Key::Char(c), ..Press::default() });
        Ok(())
    }

    /// Inserts pasted text as one step, or nothing of it.
    pub fn paste(&mut self, text: &str) -> Result<(), Full> {
        let text = pasted(text);
        self.room_for(text.len())?;
        self.adopt();
        self.area.insert_str(text);
        Ok(())
    }

    fn room_for(&self, more: usize) -> Result<(), Full> {
        let lines = self.area.lines();
        let held = lines.iter().map(|line| line.len() + 1).sum::<usize>();
        if held + more > CAPACITY { Err(Full) } else { Ok(()) }
    }

    /// Applies an edit; whether the text being written changed. Looking at past ones changes nothing.
    pub fn edit(&mut self, edit: Edit) -> bool {
        let changed = self.apply(edit);
        if changed {
            self.adopt();
        }
        changed
    }

    fn apply(&mut self, edit: Edit) -> bool {
        match edit {
            Edit::Newline => return self.room_for(1).is_ok_and(|()| self.broken()),
            Edit::Backspace => return self.deleted_before(),
            Edit::Delete => return self.deleted_after(),
            Edit::KillToEnd => return self.area.delete_line_by_end(),
            Edit::KillToStart => return self.area.delete_line_by_head(),
            Edit::KillWord => return self.area.delete_word(),
            Edit::KillNextWord => return self.area.delete_next_word(),
            Edit::Yank => return self.room_for(self.area.yank_text().len()).is_ok() && self.area.paste(),
            Edit::Up => self.moved_up(),
            Edit::Down => self.moved_down(),
            Edit::Left => self.left(),
            Edit::Right => self.right(),
            Edit::LineStart => self.area.move_cursor(CursorMove::Head),
            Edit::LineEnd => self.area.move_cursor(CursorMove::End),
            Edit::WordLeft => self.area.move_cursor(CursorMove::WordBack),
            Edit::WordRight => self.area.move_cursor(CursorMove::WordForward),
        }
        false
    }

    fn broken(&mut self) -> bool {
        self.area.insert_newline();
        true
    }

    /// The widget deletes code points; people mean what they see as one character.
    fn deleted_before(&mut self) -> bool {
        let before = self.characters_before();
        if before == 0 {
            return self.area.delete_newline();
        }
        self.left();
        self.delete(before)
    }

    fn deleted_after(&mut self) -> bool {
        // At the end of a line one character is the line break.
        self.delete(self.characters_after().max(1))
    }

    /// Deletes code points after the cursor; what `Yank` puts back stays what was cut before.
    fn delete(&mut self, count: usize) -> bool {
        let cut = self.area.yank_text();
        let deleted = self.area.delete_str(count);
        self.area.set_yank_text(cut);
        deleted
    }

    fn left(&mut self) {
        let (row, column) = self.cursor();
        match self.characters_before() {
            0 if row > 0 => self.jump(row - 1, usize::MAX),
            before => self.jump(row, column - before),
        }
    }

    fn right(&mut self) {
        let (row, column) = self.cursor();
        match self.characters_after() {
            0 if row + 1 < self.area.lines().len() => self.jump(row + 1, 0),
            after => self.jump(row, column + after),
        }
    }

    fn jump(&mut self, row: usize, column: usize) {
        let fit = |value: usize| u16::try_from(value).unwrap_or(u16::MAX);
        self.area.move_cursor(CursorMove::Jump(fit(row), fit(column)));
    }

    fn cursor(&self) -> (usize, usize) {
        let cursor = self.area.cursor();
        (cursor.0, cursor.1)
    }

    /// The line of the cursor, parted there.
    fn parted(&self) -> (&str, &str) {
        let (row, column) = self.cursor();
        let line = self.area.lines().get(row).map_or("", String::as_str);
        let at = line.char_indices().nth(column).map_or(line.len(), |(at, _)| at);
        line.split_at(at)
    }

    /// How many code points the character before the cursor has.
    fn characters_before(&self) -> usize {
        let (before, _) = self.parted();
        before.graphemes(true).next_back().map_or(0, |last| last.chars().count())
    }

    /// How many code points the character at the cursor has.
    fn characters_after(&self) -> usize {
        let (_, after) = self.parted();
        after.graphemes(true).next().map_or(0, |first| first.chars().count())
    }

    fn moved_up(&mut self) {
        let row = self.area.screen_cursor().row;
        if row > 0 {
            return self.area.move_cursor(CursorMove::Up);
        }
        match &self.browsing {
            Some((0, _)) => {}
            Some((index, written)) => self.show_past(index - 1, written.clone()),
            None if self.history.is_empty() => {}
            None => self.show_past(self.history.len() - 1, self.text()),
        }
    }

    fn moved_down(&mut self) {
        let row = self.area.screen_cursor().row;
        self.area.move_cursor(CursorMove::Down);
        if self.area.screen_cursor().row > row {
            return;
        }
        if let Some((index, written)) = self.browsing.take() {
            self.show_past(index + 1, written);
        }
    }

    /// Shows a past input, or what was being written behind the last one.
    fn show_past(&mut self, index: usize, written: String) {
        match self.history.get(index) {
            Some(past) => {
                self.area = area(past);
                self.browsing = Some((index, written));
            }
            None => self.area = area(&written),
        }
    }
}

/// Pasted text without anything but characters and line breaks.
fn pasted(text: &str) -> Cow<'_, str> {
    super::plain(text)
}
