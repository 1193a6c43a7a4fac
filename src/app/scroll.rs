//! Where a view that is longer than its place is looked at.
//!
//! Only the drawing knows how many lines a text takes, so it reports what it showed ([`Seen`], [`Shown`]); the next key
//! starts from there. These reports are measurements, never a truth of their own.

use std::cell::Cell;

/// A line of a list of items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// The item, from 0.
    pub item: usize,
    /// The line within it, from 0; the drawing brings a value outside the item into the neighbouring ones.
    pub line: isize,
}

impl Position {
    fn moved(self, lines: isize) -> Self {
        Self { line: self.line.saturating_add(lines), ..self }
    }
}

/// What is looked at in a list that grows at its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scroll {
    /// The end, whatever comes.
    #[default]
    Follow,
    /// A place that new text does not move.
    Held {
        /// The first line shown.
        top: Position,
        /// Where the list ended when the view was taken off its end.
        tail: Position,
    },
}

/// What the last frame showed of a growing list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The first line shown.
    pub top: Position,
    /// The line after the last one of the list.
    pub end: Position,
    /// Whether the list's last line was shown.
    pub at_end: bool,
}

/// The view of a growing list.
#[derive(Debug, Default)]
pub struct Growing {
    scroll: Scroll,
    seen: Cell<Option<Seen>>,
    page: Cell<u16>,
}

impl Growing {
    /// What to show.
    pub fn scroll(&self) -> Scroll {
        self.scroll
    }

    /// The drawing's report.
    pub fn report(&self, seen: Seen, page: u16) {
        self.seen.set(Some(seen));
        self.page.set(page);
    }

    /// Whoever has scrolled back to the end follows it again.
    pub fn settle(&mut self) {
        if self.seen.get().is_some_and(|seen| seen.at_end) {
            self.scroll = Scroll::Follow;
        }
    }

    /// Applies a movement.
    pub fn go(&mut self, step: Step) {
        let tail = match (self.scroll, self.seen.get()) {
            (Scroll::Held { tail, .. }, _) => tail,
            (Scroll::Follow, seen) => seen.map(|seen| seen.end).unwrap_or_default(),
        };
        match step.lines(self.page.get()) {
            None if step == Step::Top => {
                self.seen.take();
                let top = Position::default();
                self.scroll = Scroll::Held { top, tail };
            }
            None => self.scroll = Scroll::Follow,
            Some(lines) => self.go_by(lines, tail),
        }
    }

    /// Moves from where the last frame was; several moves before the next frame add up.
    fn go_by(&mut self, lines: isize, tail: Position) {
        let from = match (self.seen.take(), self.scroll) {
            (Some(seen), _) => seen.top,
            (None, Scroll::Held { top, .. }) => top,
            (None, Scroll::Follow) => return,
        };
        let top = from.moved(lines);
        self.scroll = Scroll::Held { top, tail };
    }
}

/// A movement through a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// One line up.
    Up,
    /// One line down.
    Down,
    /// A page up; one line stays.
    PageUp,
    /// A page down; one line stays.
    PageDown,
    /// To the first line.
    Top,
    /// To the last line.
    End,
}

impl Step {
    /// The lines to go, down being positive; none for the two ends.
    pub fn lines(self, page: u16) -> Option<isize> {
        let page = isize::try_from(page.saturating_sub(1).max(1)).unwrap_or(1);
        match self {
            Self::Up => Some(-1),
            Self::Down => Some(1),
            Self::PageUp => Some(-page),
            Self::PageDown => Some(page),
            Self::Top | Self::End => None,
        }
    }
}

/// The view of a text that stays as it is.
#[derive(Debug, Default)]
pub struct Fixed {
    top: usize,
    shown: Cell<Shown>,
}

/// What the last frame showed of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// Lines of the text.
    pub of: usize,
    /// Lines of the place.
    pub page: u16,
}

impl Shown {
    fn last_top(self) -> usize {
        self.of.saturating_sub(usize::from(self.page))
    }
}

impl Fixed {
    /// The first line to show of a text of `of` lines in a place of `page` lines; the drawing's report at the same time.
    pub fn top(&self, of: usize, page: u16) -> usize {
        let shown = Shown { of, page };
        self.shown.set(shown);
        self.top.min(shown.last_top())
    }

    /// Applies a movement.
    pub fn go(&mut self, step: Step) {
        let shown = self.shown.get();
        let top = self.top.min(shown.last_top());
        self.top = match step.lines(shown.page) {
            Some(lines) => top.saturating_add_signed(lines).min(shown.last_top()),
            None if step == Step::Top => 0,
            None => shown.last_top(),
        };
    }
}
