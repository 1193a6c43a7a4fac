//! What one language offers the scorer: word lists, and the two things a list can't say.

/// Word lists of one language, in the form of cues (see [`super::text::mentions`]).
pub struct Lexicon {
    /// Where and when.
    pub situation: &'static [&'static str],
    /// What was to be done.
    pub task: &'static [&'static str],
    /// What came of it.
    pub result: &'static [&'static str],
    /// Words that order or connect.
    pub connectives: &'static [&'static str],
    /// Words that only fill time.
    pub fillers: &'static [&'static str],
    /// Small words that real sentences can't do without.
    pub function_words: &'static [&'static str],
    /// Fewer function words than this part of the text is a list of keywords.
    pub function_share: f64,
    /// Days, months, "last year".
    pub dates: &'static [&'static str],
    /// How many different numbers in words stand in a folded text.
    pub numbers: fn(&str) -> usize,
    /// "I don't know", in full.
    pub dont_know: &'static [&'static str],
    /// Whether a folded sentence says that the speaker did something.
    pub acts: fn(&str) -> bool,
    /// How often "I" and "we" stand in a folded text.
    pub persons: fn(&str) -> (usize, usize),
    /// Names and terms in a text as it stands.
    pub names: fn(&str) -> usize,
}
