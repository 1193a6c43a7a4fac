//! English.

use std::collections::BTreeSet;

use super::lexicon::Lexicon;
use super::text::{count, occurrences, sentences, words};

pub const LEXICON: Lexicon = Lexicon {
    situation: &[
        "when i",
        "when we",
        "when our",
        "when the",
        "last year",
        "last month",
        "last spring",
        "last summer",
        "last autumn",
        "last winter",
        "at my",
        "in my",
        "at a",
        "years ago",
        "months ago",
        "weeks ago",
        "at the time",
        "we were",
        "i was working",
        "i was on",
        "i joined",
        "i worked",
        "our team",
        "my team",
        "my previous",
        "during",
        "in january",
        "in february",
        "in march",
        "in april",
        "in may",
        "in june",
        "in july",
        "in august",
        "in september",
        "in october",
        "in november",
        "in december",
        "two weeks before",
        "one day",
        "back then",
        "at university",
        "internship",
    ],
    task: &[
        "my task",
        "my job",
        "my goal",
        "my role",
        "our goal",
        "the goal",
        "i was responsible",
        "responsible for",
        "i had to",
        "we had to",
        "needed to",
        "i was asked",
        "asked me to",
        "assigned",
        "i owned",
        "in charge",
        "was to",
        "the target",
        "the deadline",
        "had to",
        "i was supposed",
        "it fell to me",
        "i wanted to",
    ],
    result: &[
        "as a result",
        "the result",
        "in the end",
        "eventually",
        "finally",
        "since then",
        "led to",
        "reduced",
        "dropped",
        "fell from",
        "fell to",
        "fell by",
        "rose",
        "increased",
        "improved",
        "went down",
        "went up",
        "cut the",
        "cut it",
        "saved",
        "shipped",
        "launched",
        "delivered",
        "on time",
        "succeeded",
        "worked out",
        "it worked",
        "was adopted",
        "went live",
        "no longer",
        "we released",
        "afterwards",
        "outcome",
        "the team now",
        "still use",
        "never came back",
        "has not happened again",
        "agreed to",
    ],
    connectives: &[
        "first",
        "second",
        "third",
        "then",
        "after that",
        "next",
        "because",
        "so that",
        "so i",
        "so we",
        "however",
        "but",
        "finally",
        "as a result",
        "therefore",
        "before",
        "while",
        "since",
        "instead",
        "in the end",
        "for example",
        "once",
        "later",
        "which meant",
    ],
    fillers: &[
        "um",
        "uh",
        "er",
        "like",
        "basically",
        "actually",
        "you know",
        "i mean",
        "sort of",
        "kind of",
        "stuff",
        "and so on",
        "literally",
    ],
    function_words: &[
        "the", "a", "an", "of", "to", "in", "on", "at", "for", "with", "and", "or", "but", "is", "was", "were", "are",
        "be", "been", "it", "its", "that", "this", "which", "who", "i", "we", "my", "our", "me", "us", "he", "she",
        "they", "them", "their", "as", "by", "from", "had", "has", "have", "do", "did", "not", "so", "if", "when",
        "than", "then", "because", "would", "could", "can", "will", "you",
    ],
    function_share: 0.2,
    dates: &[
        "january",
        "february",
        "march",
        "april",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "last year",
        "last month",
        "last week",
        "last spring",
        "last summer",
        "last autumn",
        "last winter",
    ],
    numbers: |folded| count(folded, NUMBERS),
    dont_know: &[
        "i dont know",
        "dont know",
        "do not know",
        "i do not know",
        "no idea",
        "not sure",
        "i have no idea",
        "idk",
        "i cant remember",
        "i do not remember",
        "i dont remember",
        "no comment",
        "pass",
        "nothing",
    ],
    acts,
    persons: |folded| {
        let own = ["i", "im", "ive", "id", "my", "me"].iter().map(|word| occurrences(folded, word)).sum();
        let shared = ["we", "weve", "our", "us"].iter().map(|word| occurrences(folded, word)).sum();
        (own, shared)
    },
    names,
};

const NUMBERS: &[&str] = &[
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "fifteen",
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "hundred",
    "hundreds",
    "thousand",
    "million",
    "half",
    "twice",
    "doubled",
    "a third",
    "a quarter",
];

/// Past forms that do not end in "ed".
const DEEDS: &[&str] = &[
    "began", "bought", "broke", "brought", "built", "came", "caught", "chose", "cut", "dealt", "did", "drew", "drove",
    "dug", "fed", "fought", "found", "gave", "grew", "heard", "held", "kept", "laid", "led", "left", "let", "made",
    "met", "overcame", "oversaw", "paid", "put", "ran", "read", "rebuilt", "redid", "rewrote", "said", "sat", "sent",
    "set", "showed", "shut", "sold", "sought", "spent", "split", "spoke", "spread", "stood", "swept", "taught",
    "threw", "told", "took", "undid", "went", "withdrew", "won", "wrote",
];
/// Words ending in "ed" that tell no deed.
const STATES: &[&str] = &[
    "believed",
    "cared",
    "deserved",
    "enjoyed",
    "expected",
    "experienced",
    "feared",
    "happened",
    "hoped",
    "hundred",
    "indeed",
    "interested",
    "involved",
    "lacked",
    "liked",
    "loved",
    "needed",
    "preferred",
    "proceed",
    "seemed",
    "speed",
    "succeed",
    "supposed",
    "talented",
    "tired",
    "wanted",
    "wished",
    "worried",
];
/// Between "I" and a word, these make it a state, a wish, or something not done.
const NOT_DONE: &[&str] = &[
    "am", "was", "were", "be", "been", "being", "feel", "felt", "get", "got", "became", "not", "never", "didnt",
    "dont", "would", "should", "could", "might", "wish",
];

/// "I" followed, within three words, by a deed.
fn acts(folded: &str) -> bool {
    let words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).collect();
    words.iter().enumerate().any(|(at, word)| {
        let near = words.get(at + 1..).unwrap_or_default();
        let reach = near.iter().take(3).take_while(|next| !NOT_DONE.contains(next));
        matches!(*word, "i" | "ive" | "id")
            && reach.zip(near.iter().skip(1).chain([&""])).any(|(next, after)| is_deed(next, after))
    })
}

/// "Used to" and "did not" tell no deed.
fn is_deed(word: &str, after: &str) -> bool {
    match word {
        "did" => after != "not",
        "used" => after != "to",
        _ => DEEDS.contains(&word) || (word.len() > 4 && word.ends_with("ed") && !STATES.contains(&word)),
    }
}

/// Capitalized words inside sentences, each once.
fn names(text: &str) -> usize {
    let inner = sentences(text).into_iter().flat_map(|sentence| words(sentence).skip(1));
    let named = inner.filter(|word| word.chars().next().is_some_and(char::is_uppercase));
    let own = |word: &&str| *word == "I" || word.starts_with("I'") || word.starts_with("I’");
    named.filter(|word| !own(word)).collect::<BTreeSet<_>>().len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interview::scorer::text::fold;

    #[test]
    fn an_action_is_what_i_did_not_what_we_wanted() {
        assert!(acts(&fold("So I quickly rolled back the release.")));
        assert!(acts(&fold("I wrote a test.")));
        assert!(!acts(&fold("We rolled back the release.")));
        assert!(!acts(&fold("I really wanted to help.")));
    }

    #[test]
    fn what_i_was_or_felt_is_no_action() {
        for state in [
            "I am very motivated.",
            "I was surprised.",
            "I was assigned to the project.",
            "I've been involved in it.",
            "I felt tired and worried.",
            "I indeed like it.",
            "I did not know.",
            "I used to work there.",
        ] {
            assert!(!acts(&fold(state)), "{state}");
        }
        for deed in [
            "I spent two days on it.",
            "I stood up and spoke.",
            "I heard them out.",
            "I grew the team.",
            "I threw it away.",
            "I worked on the parser.",
            "I then tried a smaller one.",
            "I used a queue.",
            "I was surprised, so I asked.",
        ] {
            assert!(acts(&fold(deed)), "{deed}");
        }
    }

    #[test]
    fn names_are_capitalized_words_inside_a_sentence() {
        assert_eq!(names("Then Redis failed. I asked Postgres people, I'm sure. Redis again."), 2);
    }
}
