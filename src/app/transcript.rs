//! What was said, as a list of items that grows at its end.

use super::scroll::{Growing, Scroll, Seen, Step};

/// What an item is; the drawing names each kind in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemKind {
    /// The interviewer's question or closing words.
    Interviewer,
    /// The interviewer asks further.
    Probe,
    /// The coach's hint.
    Hint,
    /// The coach's feedback.
    Feedback,
    /// The candidate's answer, or the user's message.
    You,
    /// The candidate skipped.
    Skip,
    /// A model's answer in free chat, in Markdown.
    Model,
    /// The console's own remark.
    Note,
    /// The console's own remark on something that went wrong.
    Trouble,
}

/// One thing that was said, cleaned of everything a terminal would obey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it is.
    pub kind: ItemKind,
    /// Who exactly, where the kind does not say it: provider and model.
    pub name: String,
    /// The words.
    pub text: String,
    /// A line below the words: cost, time, incomplete.
    pub note: String,
    /// Where in the words another provider went on.
    pub seam: Option<Seam>,
}

/// The place in an item's words where another provider went on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seam {
    /// Bytes of the words before it.
    pub at: usize,
    /// Name of the provider that went on.
    pub by: String,
}

impl Item {
    /// An item of words alone.
    pub fn new(kind: ItemKind, text: impl Into<String>) -> Self {
        Self { kind, name: String::new(), text: text.into(), note: String::new(), seam: None }
    }
}

/// A conversation and the place where it is looked at.
#[derive(Debug, Default)]
pub struct Transcript {
    items: Vec<Item>,
    /// What is being said right now.
    live: Option<Item>,
    view: Growing,
}

impl Transcript {
    /// Appends an item.
    pub fn push(&mut self, item: Item) {
        self.items.push(item);
    }

    /// Takes the last item back, if it is of that kind.
    pub fn take_back(&mut self, kind: ItemKind) {
        if self.items.last().is_some_and(|item| item.kind == kind) {
            self.items.pop();
        }
    }

    /// What is being said; begins it when nothing is.
    pub fn live(&mut self, kind: ItemKind) -> &mut Item {
        self.live.get_or_insert_with(|| Item::new(kind, ""))
    }

    /// Ends what is being said without keeping it.
    pub fn take_live(&mut self) -> Option<Item> {
        self.live.take()
    }

    /// How many items there are, the one being said included.
    pub fn len(&self) -> usize {
        self.items.len() + usize::from(self.live.is_some())
    }

    /// Whether nothing was said.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The item at `index`.
    pub fn get(&self, index: usize) -> Option<&Item> {
        if index == self.items.len() { self.live.as_ref() } else { self.items.get(index) }
    }

    /// Every item that is complete.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// What to show.
    pub fn scroll(&self) -> Scroll {
        self.view.scroll()
    }

    /// The drawing's report.
    pub fn report(&self, seen: Seen, page: u16) {
        self.view.report(seen, page);
    }

    /// Whoever has scrolled back to the end follows it again.
    pub fn settle(&mut self) {
        self.view.settle();
    }

    /// Moves the view.
    pub fn go(&mut self, step: Step) {
        self.view.go(step);
    }
}
