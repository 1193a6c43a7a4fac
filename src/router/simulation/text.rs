//! What a scripted provider says: a text that follows from the question and the voice, so that everybody knows it whole.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// Words of several scripts; a number between them makes every sentence its own.
const WORDS: [&str; 24] = [
    "lamp",
    "river",
    "committee",
    "书架",
    "feel",
    "all",
    "small steps",
    "面试",
    "naïve",
    "👩‍💻",
    "letters",
    "a",
    "is",
    "balloon",
    "经验，",
    "press",
    "I",
    "see",
    "🇨🇳",
    "tomorrow",
    "问题。",
    "queue",
    "off",
    "success",
];

/// The whole answer of one voice to one question.
pub(super) fn whole(question: usize, voice: usize) -> String {
    let mut rng = ChaCha8Rng::seed_from_u64((question as u64) << 8 | voice as u64);
    // Mostly answers long enough to be continued, some too short for it.
    let words = if rng.random_ratio(1, 5) { rng.random_range(2..8) } else { rng.random_range(20..60) };
    let mut text = format!("Voice {voice} on {question}:");
    for at in 0..words {
        text.push_str(if rng.random_ratio(1, 12) { "\n" } else { " " });
        if rng.random_ratio(1, 3) {
            text.push_str(&format!("{at}{} ", ["st", "th", "号", "%"][rng.random_range(0..4)]));
        }
        text.push_str(WORDS[rng.random_range(0..WORDS.len())]);
    }
    text.push('.');
    text
}

/// The text in pieces as a provider may send them: cut anywhere between characters, also inside what people see as one.
pub(super) fn pieces(text: &str, rng: &mut ChaCha8Rng) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let mut pieces = Vec::new();
    let mut rest = letters.as_slice();
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rng.random_range(8..40).min(rest.len()));
        pieces.push(piece.iter().collect());
        rest = after;
    }
    pieces
}

/// The last words of a text, as a provider repeats them that goes on a little before where it should.
pub(super) fn last_words(text: &str, words: usize) -> &str {
    let start = text.rmatch_indices(' ').nth(words.saturating_sub(1)).map_or(0, |(at, _)| at);
    &text[start..]
}
