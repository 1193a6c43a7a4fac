//! The place in a text where another writer went on, carried through the parser.

use std::borrow::Cow;

use crate::wire::text::plain;

/// Stands at the seam while the text is parsed: no character, so it means nothing to Markdown and to nobody else.
pub(super) const PLACE: char = '\u{ffff}';

/// Where another writer went on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seam {
    /// Bytes of the text before it.
    pub at: usize,
    /// What is said there.
    pub words: String,
}

/// The text, cleaned, with [`PLACE`] at the seam.
pub(super) fn marked<'a>(text: &'a str, seam: Option<&Seam>) -> Cow<'a, str> {
    let Some((before, after)) = seam.and_then(|seam| text.split_at_checked(seam.at)) else {
        return without_place(plain(text));
    };
    let mut marked = without_place(plain(before)).into_owned();
    let end = place(&marked);
    marked.push_str(&without_place(plain(after)));
    marked.insert(end, PLACE);
    marked.into()
}

fn without_place(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.contains(PLACE) { text.replace(PLACE, "").into() } else { text }
}

/// Where the mark goes when a text ends with `before`: behind its last word, so that it stands before no list's or heading's
/// mark and inside no fence, which would then be none.
fn place(before: &str) -> usize {
    let mut end = before.trim_end().len();
    loop {
        let line = before[..end].rfind('\n').map_or(0, |at| at + 1);
        let begun = before[line..end].trim_start();
        let is_fence = begun.starts_with("```") || begun.starts_with("~~~");
        if line == 0 || !is_fence && begun.contains(char::is_alphabetic) {
            return end;
        }
        end = before[..line].trim_end().len();
    }
}

/// The mark with spaces on the sides where there are none.
pub(super) fn between(before: &str, mark: &str, after: &str) -> String {
    let space = |touches: bool| if touches { " " } else { "" };
    let left = space(!before.ends_with(char::is_whitespace));
    let right = space(!after.is_empty() && !after.starts_with(char::is_whitespace));
    format!("{left}{mark}{right}")
}
