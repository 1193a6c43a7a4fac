//! Keys never leave: not when a service echoes the one it was sent, nor when it names another.

use std::borrow::Cow;

use secrecy::{ExposeSecret as _, SecretString};

use super::text;

mod own_key;
mod veil;

pub use veil::Veil;

/// What stands where a key stood.
const MASKED: &str = "***";

/// Cleans what a provider says before anybody sees it: of control characters, of keys, and of the provider's own key.
#[derive(Clone, Debug, Default)]
pub struct Mask {
    secret: Option<SecretString>,
}

impl Mask {
    /// A mask that also removes this very key and parts of it, whatever its form and however it is escaped.
    pub fn of(secret: Option<SecretString>) -> Self {
        Self { secret }
    }

    /// Takes this very key out of an answer.
    pub fn veil(&self) -> Veil {
        Veil::of(self.secret.clone())
    }

    /// One line fit to be shown, at most `max_chars` characters.
    pub fn line(&self, words: &str, max_chars: usize) -> String {
        // Control characters and line breaks go first: they could part a key so that it is not recognised.
        let mut clean = text::line(words, usize::MAX);
        if let Some(secret) = &self.secret {
            for place in own_key::places(&clean, secret.expose_secret()).into_iter().rev() {
                clean.replace_range(place, MASKED);
            }
        }
        text::line(&mask_keys(&clean), max_chars)
    }
}

/// Masks everything that has the form of a key: `LLM|digits|secret`, `sk-…`, `Bearer …`.
pub fn mask_keys(text: &str) -> Cow<'_, str> {
    let mut masked = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if let Some((shown, length)) = key_at(text, at) {
            masked.push_str(&text[copied..at]);
            masked.push_str(shown);
            masked.push_str(MASKED);
            at += length;
            copied = at;
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    masked.push_str(&text[copied..]);
    Cow::Owned(masked)
}

/// The part of a key at this place that may be shown, and the length of the whole in bytes.
fn key_at(text: &str, at: usize) -> Option<(&'static str, usize)> {
    let before = text[..at].chars().next_back();
    if before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
        return None;
    }
    // The prefix, what may be shown of it, and how many characters must follow for it to be a key.
    let forms = [
        ("llm|", "LLM|", 1),
        ("llm%7c", "LLM|", 1),
        ("llm\\u007c", "LLM|", 1),
        ("llm&#124;", "LLM|", 1),
        ("sk-", "sk-", 4),
        ("bearer ", "Bearer ", 8),
        ("bearer%20", "Bearer ", 8),
    ];
    let rest = &text[at..];
    forms.into_iter().find_map(|(prefix, shown, least)| {
        let start = rest.get(..prefix.len())?;
        if !start.eq_ignore_ascii_case(prefix) {
            return None;
        }
        let secret = rest[prefix.len()..].split(|c| !is_of_key(c)).next()?;
        // A full stop ends the sentence, not the key.
        let secret = secret.trim_end_matches('.');
        (secret.len() >= least).then_some((shown, prefix.len() + secret.len()))
    })
}

fn is_of_key(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_|%.*+/=~\\".contains(c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_key_is_masked_wherever_it_stands(before in "[^a-zA-Z0-9_-]{0,20}", after in "[ ,\"']\\PC{0,20}") {
            let masked = mask_keys(&format!("{before}sk-test-key{after}")).into_owned();
            prop_assert!(!masked.contains("test-key"), "{}", masked);
        }

        #[test]
        fn no_text_makes_masking_panic(text in any::<String>()) {
            mask_keys(&text);
        }
    }

    #[test]
    fn whatever_looks_like_a_key_is_masked() {
        for (said, shown) in [
            ("Incorrect API key: sk-test-key.", "Incorrect API key: sk-***."),
            ("key LLM|1|test-key is unknown", "key LLM|*** is unknown"),
            ("key=LLM%7C1%7Ctest-key", "key=LLM|***"),
            (r"key LLM\u007c1\u007ctest-key", "key LLM|***"),
            ("?auth=Bearer%20abcd.efgh", "?auth=Bearer ***"),
            ("'authorization': 'Bearer abcd.efgh'", "'authorization': 'Bearer ***'"),
            ("authorization: bearer LLM|1|xy, SK-ABCDEF", "authorization: Bearer ***, sk-***"),
            ("sk-ab******wxyz", "sk-***"),
            ("密钥sk-test-key无效", "密钥sk-***无效"),
        ] {
            assert_eq!(mask_keys(said), shown);
        }
    }

    #[test]
    fn a_key_on_a_line_of_its_own_is_masked() {
        assert_eq!(Mask::default().line("Bearer\tabcdefgh, Bearer\n abcdefgh", 300), "Bearer ***, Bearer ***");
    }

    #[test]
    fn ordinary_words_stay() {
        for said in [
            "a task-based, risk-averse desk-job",
            "sk-1",
            "the bearer of bad news",
            "Bearer token",
            "ask LLM",
            "经验sk",
        ] {
            assert!(matches!(mask_keys(said), Cow::Borrowed(_)), "{said}");
        }
    }

    #[test]
    fn the_own_key_is_removed_whatever_its_form_and_before_the_cut() {
        let mask = Mask::of(Some("plain-old-secret".into()));
        assert_eq!(mask.line("you sent plain-old-secret, sorry", 300), "you sent ***, sorry");
        assert_eq!(mask.line("you sent plain-old-\u{7}secret", 20), "you sent ***");
        let mask = Mask::of(Some("LLM|1|test-key".into()));
        assert_eq!(mask.line("secret part test-key", 300), "secret part ***");
        assert_eq!(mask.line("LLM&#124;1&#124;test-key, LLM|2|other", 300), "***, LLM|***");
    }
}
