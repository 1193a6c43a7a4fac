//! Making text that others wrote safe to show: no control sequences, no keys.

use std::borrow::Cow;
use std::iter::Peekable;
use std::str::CharIndices;

use unicode_segmentation::UnicodeSegmentation as _;

/// The text without anything that a terminal would obey or that would reorder it: escape sequences, control characters but
/// line feed and tab, and bidirectional controls. CRLF and lone CR become LF.
pub fn plain(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| !is_unsafe(c)) {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\r' => {
                chars.next_if(|(_, next)| *next == '\n');
                kept.push('\n');
            }
            '\u{2028}' | '\u{2029}' => kept.push('\n'),
            '\u{1b}' => skip_sequence(text, at + 1, &mut chars),
            '\u{90}' | '\u{98}' | '\u{9b}' | '\u{9d}'..='\u{9f}' => skip_sequence(text, at, &mut chars),
            c if is_unsafe(c) => {}
            c => kept.push(c),
        }
    }
    Cow::Owned(kept)
}

/// The text as one line: `plain`, white space folded, at most `max_chars` characters. A cut shows as "..." and never parts
/// what people see as one character.
pub fn line(text: &str, max_chars: usize) -> String {
    let folded = plain(text).split_whitespace().collect::<Vec<_>>().join(" ");
    if folded.chars().count() <= max_chars {
        return folded;
    }
    let mut cut = String::new();
    let mut room = max_chars.saturating_sub(3);
    for grapheme in folded.graphemes(true) {
        let length = grapheme.chars().count();
        if length > room {
            break;
        }
        room -= length;
        cut.push_str(grapheme);
    }
    cut.extend("...".chars().take(max_chars));
    cut
}

/// Whether a terminal would obey the character or reorder text by it.
fn is_unsafe(c: char) -> bool {
    let control = c.is_control() && c != '\n' && c != '\t';
    let bidi = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    control || bidi || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Skips the rest of an escape sequence. `kind` is where the character that names its kind begins (for the C1 form, the
/// introducer itself). A string sequence without an end loses its introducer only: nothing that follows is hidden.
fn skip_sequence(text: &str, kind: usize, chars: &mut Peekable<CharIndices<'_>>) {
    let Some(first) = text.get(kind..).and_then(|rest| rest.chars().next()) else {
        return;
    };
    chars.next_if(|(at, c)| *at == kind && matches!(c, ' '..='~'));
    match first {
        '[' | '\u{9b}' => {
            while chars.next_if(|(_, c)| matches!(c, '\u{20}'..='\u{3f}')).is_some() {}
            chars.next_if(|(_, c)| matches!(c, '\u{40}'..='\u{7e}'));
        }
        ']' | 'P' | 'X' | '^' | '_' | '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}' => skip_string(text, kind, chars),
        '\u{20}'..='\u{2f}' => {
            while chars.next_if(|(_, c)| matches!(c, '\u{20}'..='\u{2f}')).is_some() {}
            chars.next_if(|(_, c)| matches!(c, '\u{30}'..='\u{7e}'));
        }
        _ => {}
    }
}

/// Skips up to BEL, ST or the C1 form of ST, if there is one.
fn skip_string(text: &str, from: usize, chars: &mut Peekable<CharIndices<'_>>) {
    let rest = text.get(from..).unwrap_or_default();
    let ends = ["\u{7}", "\u{1b}\\", "\u{9c}"];
    let end = ends.iter().filter_map(|end| rest.find(end).map(|at| from + at + end.len())).min();
    if let Some(end) = end {
        while chars.next_if(|(at, _)| *at < end).is_some() {}
    }
}

#[cfg(test)]
mod tests;
