//! What the simulator calls a token: a word with the space after it, or one CJK character. Everything it counts, it counts so.

/// Longest run of letters taken as one token, in characters.
const LONGEST: usize = 12;

/// Cuts a text into tokens. Put together again they are the text.
pub(super) fn split(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(length) = first_length(rest) {
        let (token, remainder) = rest.split_at(length);
        tokens.push(token);
        rest = remainder;
    }
    tokens
}

/// The number of tokens of a text.
pub fn count(text: &str) -> u64 {
    split(text).len() as u64
}

/// Length in bytes of the first token, none at the end.
fn first_length(text: &str) -> Option<usize> {
    let first = text.chars().next()?;
    let word = if is_cjk(first) {
        first.len_utf8()
    } else {
        text.char_indices()
            .take(LONGEST)
            .take_while(|(_, c)| !c.is_whitespace() && !is_cjk(*c))
            .last()
            .map_or(0, |(start, c)| start + c.len_utf8())
    };
    let space: usize = text[word..].chars().take_while(|c| c.is_whitespace()).map(char::len_utf8).sum();
    Some(word + space)
}

/// Whether the character is of a script written without spaces: Han, kana, and their punctuation.
pub(super) fn is_cjk(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_keep_their_space_and_han_characters_stand_alone() {
        assert_eq!(split("Tell me, please."), ["Tell ", "me, ", "please."]);
        assert_eq!(split("请说 Rust 吧。"), ["请", "说 ", "Rust ", "吧", "。"]);
        assert_eq!(split("\n\nHi"), ["\n\n", "Hi"]);
        assert_eq!(count(""), 0);
    }

    proptest! {
        #[test]
        fn tokens_put_together_are_the_text(text in "\\PC{0,200}") {
            prop_assert_eq!(split(&text).concat(), text);
        }
    }
}
