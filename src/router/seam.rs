//! The place where another provider goes on with an answer that broke off. Pure: text in, text out.

use unicode_segmentation::UnicodeSegmentation as _;

/// Longest repetition of the text before the seam that is looked for, in characters (`router.md` R5).
const LONGEST_OVERLAP: usize = 200;

/// A shorter repetition counts only where it is a word of its own: letters that meet by chance are no repetition.
const SURE_OVERLAP: usize = 4;

/// A continuation that says so much of the answer's beginning again has not gone on, but begun anew, in characters.
const BEGUN_ANEW: usize = 40;

/// What comes of a piece of the second answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spliced {
    /// Not known yet whether it says something again.
    Held,
    /// Text that goes on after what was given.
    Text(String),
    /// The second answer does not go on: this is how it begins.
    Anew(String),
}

/// How the second answer was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// To go on where the first one ends.
    ToGoOn,
    /// As a whole answer, of which only what follows the given part is of use.
    AsAWhole,
}

/// Lets a second answer through, less what it says again of the text before the seam.
#[derive(Clone, Debug)]
pub struct Splice {
    given: String,
    asked: Asked,
    /// What came while it was not known what it is; `None` once it is known.
    held: Option<String>,
}

impl Splice {
    /// A seam after `given`.
    pub fn after(given: &str, asked: Asked) -> Self {
        Self { given: given.to_owned(), asked, held: Some(String::new()) }
    }

    /// Whether the second answer was asked for as the rest of the first: then it may have nothing to add.
    pub fn goes_on(&self) -> bool {
        self.asked == Asked::ToGoOn
    }

    /// Takes the next piece.
    pub fn push(&mut self, piece: &str) -> Spliced {
        let Some(held) = &mut self.held else { return Spliced::Text(piece.to_owned()) };
        held.push_str(piece);
        if self.may_say_it_again() { Spliced::Held } else { self.decide() }
    }

    /// The second answer has ended: what was held back, without what is said again.
    pub fn finish(&mut self) -> Spliced {
        if self.held.is_some() { self.decide() } else { Spliced::Text(String::new()) }
    }

    /// Whether what came so far could yet turn out to be a repetition.
    fn may_say_it_again(&self) -> bool {
        let held = self.held.as_deref().unwrap_or_default();
        let repeats_beginning = self.given.starts_with(held);
        let repeats_end = self.asked == Asked::ToGoOn && ends(&self.given).any(|end| end.starts_with(held));
        repeats_beginning || repeats_end
    }

    fn decide(&mut self) -> Spliced {
        let held = self.held.take().unwrap_or_default();
        if self.asked == Asked::AsAWhole || common_prefix(&self.given, &held) >= BEGUN_ANEW {
            let rest = held.strip_prefix(self.given.as_str()).map(str::to_owned);
            return rest.map_or_else(|| Spliced::Anew(held), Spliced::Text);
        }
        let said_again = ends(&self.given).find(|end| is_said_again(&self.given, end, &held)).map_or(0, str::len);
        Spliced::Text(held[said_again..].to_owned())
    }
}

/// The ends of a text, the longest first, each beginning where a character as people see it begins.
fn ends(text: &str) -> impl Iterator<Item = &str> {
    let from = text.char_indices().rev().nth(LONGEST_OVERLAP - 1).map_or(0, |(at, _)| at);
    text[from..].grapheme_indices(true).map(move |(at, _)| &text[from + at..])
}

/// Whether `held` begins with this end of `given`, on the bounds of characters, and not by chance.
fn is_said_again(given: &str, end: &str, held: &str) -> bool {
    let Some(rest) = held.strip_prefix(end) else { return false };
    let characters = end.graphemes(true).count();
    let is_on_bounds = held.graphemes(true).take(characters).map(str::len).sum::<usize>() == end.len();
    let is_own_word = characters > 1
        && end.chars().all(char::is_alphanumeric)
        && given[..given.len() - end.len()].chars().next_back().is_none_or(char::is_whitespace)
        && rest.chars().next().is_none_or(|next| !next.is_alphanumeric());
    is_on_bounds && (characters >= SURE_OVERLAP || is_own_word)
}

fn common_prefix(one: &str, other: &str) -> usize {
    one.chars().zip(other.chars()).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests;
