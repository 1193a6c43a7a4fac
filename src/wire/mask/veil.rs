//! The own key taken out of an answer, whose text comes in pieces.

use secrecy::{ExposeSecret as _, SecretString};

use super::{MASKED, mask_keys};
use crate::wire::Delta;

/// A key without the form of one is looked for only when it is so long, in bytes: what services without keys are given instead is
/// often an ordinary word.
const SURELY_A_KEY: usize = 16;

/// Takes the key out of an answer. It holds back only what may be the beginning of the key.
#[derive(Debug)]
pub struct Veil {
    secret: Option<SecretString>,
    text: String,
    thoughts: String,
}

impl Veil {
    pub(super) fn of(secret: Option<SecretString>) -> Self {
        let is_key = |key: &str| key.len() >= SURELY_A_KEY || mask_keys(key) != key;
        let secret = secret.filter(|secret| is_key(secret.expose_secret()));
        Self { secret, text: String::new(), thoughts: String::new() }
    }

    /// What of these may be shown, with what was held back before.
    pub fn pass(&mut self, deltas: Vec<Delta>) -> Vec<Delta> {
        let Some(key) = self.secret.as_ref().map(|secret| secret.expose_secret()) else { return deltas };
        let mut shown = Vec::new();
        for delta in deltas {
            match delta {
                Delta::Text(piece) => shown.extend(say(cleared(&mut self.text, &piece, key), Delta::Text)),
                Delta::Reasoning(piece) => {
                    shown.extend(say(cleared(&mut self.thoughts, &piece, key), Delta::Reasoning));
                }
                Delta::Finish(_) => {
                    shown.extend(held(&mut self.text, &mut self.thoughts));
                    shown.push(delta);
                }
                Delta::Usage(_) => shown.push(delta),
            }
        }
        shown
    }

    /// The answer has ended, or broke off: what was held back is no key.
    pub fn lift(&mut self) -> Vec<Delta> {
        held(&mut self.text, &mut self.thoughts).collect()
    }
}

/// What may be shown of what was held back and a piece; the rest is held back.
fn cleared(held: &mut String, piece: &str, key: &str) -> String {
    held.push_str(piece);
    let mut shown = held.replace(key, MASKED);
    let begun = |length: &usize| key.get(..*length).is_some_and(|beginning| shown.ends_with(beginning));
    let kept = (1..key.len()).rev().find(begun).unwrap_or(0);
    *held = shown.split_off(shown.len() - kept);
    shown
}

fn held(text: &mut String, thoughts: &mut String) -> impl Iterator<Item = Delta> + use<> {
    let thoughts = say(std::mem::take(thoughts), Delta::Reasoning);
    thoughts.into_iter().chain(say(std::mem::take(text), Delta::Text))
}

fn say(words: String, delta: fn(String) -> Delta) -> Option<Delta> {
    (!words.is_empty()).then(|| delta(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "LLM|1|test-key";

    /// What is shown of a text that comes in pieces of so many bytes.
    fn shown(key: &str, text: &str, piece: usize) -> String {
        let mut veil = Veil::of(Some(key.into()));
        let pieces = text.as_bytes().chunks(piece).map(|piece| String::from_utf8_lossy(piece).into_owned());
        let mut deltas: Vec<Delta> = pieces.flat_map(|piece| veil.pass(vec![Delta::Text(piece)])).collect();
        deltas.extend(veil.lift());
        let text = deltas.into_iter().map(|delta| if let Delta::Text(text) = delta { text } else { String::new() });
        text.collect()
    }

    #[test]
    fn the_key_is_taken_out_however_it_is_cut_and_nothing_else_changes() {
        for piece in 1..20 {
            assert_eq!(
                shown(KEY, "It is LLM|1|test-key, LLM|1|test-keLLM|1|test-key. LLM|1|te", piece),
                "It is ***, LLM|1|test-ke***. LLM|1|te"
            );
            assert_eq!(shown("ollama", "Ask ollama, or LLM|.", piece), "Ask ollama, or LLM|.");
        }
    }

    #[test]
    fn only_what_may_be_the_key_is_held_back() {
        let mut veil = Veil::of(Some(KEY.into()));
        let text = |piece: &str| vec![Delta::Text(piece.to_owned())];
        assert_eq!(veil.pass(text("Small")), text("Small"));
        assert_eq!(veil.pass(text("tall LLM|1")), text("tall "));
        assert_eq!(veil.pass(text("0")), text("LLM|10"));
    }
}
