//! What can be counted in an answer.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;

use super::lexicon::Lexicon;
use super::text::{cjk, count, fold, is_cjk, mentions, occurrences, quote, sentences, units, words};
use crate::interview::bank::{KeyPoint, Question};
use crate::interview::judgement::{Slot, SlotState, Star};

/// A sentence shorter than this only touches on a part of the story, in units.
const TOUCH: f64 = 4.0;
/// A key point needs a clause around it, in units.
const CLAUSE: f64 = 4.0;
/// Touching this part of the topics is full relevance.
const TOPICS_ENOUGH: f64 = 0.6;

/// One answer, counted.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    pub units: f64,
    pub sentences: usize,
    pub star: Star,
    pub specifics: usize,
    /// A sentence with specifics in it.
    pub specific_quote: Option<String>,
    pub own: usize,
    pub shared: usize,
    /// Part of the topics touched, 0 to 1.
    pub relevance: f64,
    /// Whether it is about what was asked.
    pub on_topic: bool,
    /// Per cue group: where it was touched.
    pub topics: Vec<(String, Option<String>)>,
    pub connectives: usize,
    pub fillers: usize,
    /// Function words per word (English) or per character (Chinese).
    pub function_share: f64,
    /// Per key point: the sentence that makes it.
    pub key_points: Vec<(KeyPoint, Option<String>)>,
    /// The first sentence that can be quoted.
    pub opening: Option<String>,
}

/// Counts an answer to `question`, written in the language of `lexicon`.
pub fn measure(answer: &str, question: &Question, lexicon: &Lexicon) -> Measurement {
    let pieces = pieces(answer);
    let folded = pieces.iter().map(|piece| piece.folded.as_str()).collect::<String>();
    let (own, shared) = (lexicon.persons)(&folded);
    let topics: Vec<_> = question
        .cue_groups
        .iter()
        .map(|group| {
            let cues: Vec<&str> = group.zh.iter().chain(&group.en).map(String::as_str).collect();
            (group, pieces.iter().find(|piece| count(&piece.folded, &cues) > 0))
        })
        .collect();
    let weight = |hit: bool| -> u32 {
        topics.iter().filter(|(_, at)| at.is_some() || !hit).map(|(group, _)| group.weight).sum()
    };
    let needed = f64::from(weight(false)) * TOPICS_ENOUGH;
    let subject = topics.iter().max_by_key(|(group, _)| group.weight);
    Measurement {
        units: pieces.iter().map(|piece| units(piece.text)).sum(),
        sentences: pieces.len(),
        star: star(&pieces, lexicon),
        specifics: specifics(&pieces, lexicon),
        specific_quote: pieces
            .iter()
            .filter(|piece| specifics(std::slice::from_ref(*piece), lexicon) > 0)
            .find_map(Piece::quote),
        own,
        shared,
        relevance: if needed > 0.0 { (f64::from(weight(true)) / needed).min(1.0) } else { 1.0 },
        on_topic: subject.is_none_or(|(_, at)| at.is_some()),
        topics: topics.iter().map(|(group, at)| (group.name.clone(), at.and_then(Piece::quote))).collect(),
        connectives: count(&folded, lexicon.connectives),
        fillers: lexicon.fillers.iter().map(|filler| occurrences(&folded, filler)).sum(),
        function_share: function_share(answer, lexicon),
        key_points: question.key_points.iter().map(|point| (point.clone(), made(point, &pieces))).collect(),
        opening: pieces.iter().find_map(Piece::quote),
    }
}

/// The sentences of an answer. What is said again word for word counts once.
fn pieces(answer: &str) -> Vec<Piece<'_>> {
    let mut said = BTreeSet::new();
    sentences(answer).into_iter().map(Piece::new).filter(|piece| said.insert(piece.folded.clone())).collect()
}

/// A sentence, as it stands and folded.
struct Piece<'answer> {
    text: &'answer str,
    folded: String,
}

impl<'answer> Piece<'answer> {
    fn new(text: &'answer str) -> Self {
        Self { text, folded: fold(text) }
    }

    fn quote(&self) -> Option<String> {
        quote(self.text)
    }
}

fn star(pieces: &[Piece<'_>], lexicon: &Lexicon) -> Star {
    let by_cue = |cues: &'static [&'static str]| slot(pieces, move |folded| count(folded, cues) > 0);
    Star {
        situation: by_cue(lexicon.situation),
        task: by_cue(lexicon.task),
        action: slot(pieces, lexicon.acts),
        result: by_cue(lexicon.result),
    }
}

/// Present with a quote from a real sentence, weak when only touched on.
fn slot(pieces: &[Piece<'_>], shows: impl Fn(&str) -> bool) -> Slot {
    let shown: Vec<&Piece<'_>> = pieces.iter().filter(|piece| shows(&piece.folded)).collect();
    let told = shown.iter().find(|piece| units(piece.text) >= TOUCH).and_then(|piece| piece.quote());
    match told {
        Some(quote) => Slot { state: SlotState::Present, quote: Some(quote) },
        None if shown.is_empty() => Slot { state: SlotState::Absent, quote: None },
        None => Slot { state: SlotState::Weak, quote: shown.iter().find_map(|piece| piece.quote()) },
    }
}

/// Numbers, dates and names, each once.
fn specifics(pieces: &[Piece<'_>], lexicon: &Lexicon) -> usize {
    let text = pieces.iter().map(|piece| piece.text).collect::<Vec<_>>().join("\n");
    let folded = fold(&text);
    let plain: String = text.nfkc().collect();
    let digits: BTreeSet<&str> = plain
        .split(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',' | ':')))
        .map(|number| number.trim_matches(['.', ',', ':']))
        .filter(|number| !number.is_empty())
        .collect();
    digits.len() + count(&folded, lexicon.dates) + (lexicon.numbers)(&folded) + (lexicon.names)(&text)
}

fn function_share(answer: &str, lexicon: &Lexicon) -> f64 {
    let folded = fold(answer);
    let small: usize = lexicon.function_words.iter().map(|word| occurrences(&folded, word)).sum();
    let all = words(answer).count() + cjk(answer);
    if all == 0 { 0.0 } else { small as f64 / all as f64 }
}

/// The sentence that makes a key point: one of its wordings, within a clause and not in a bare list.
fn made(point: &KeyPoint, pieces: &[Piece<'_>]) -> Option<String> {
    let says = |piece: &&Piece<'_>| {
        let mut cues = point.zh.iter().chain(&point.en);
        cues.any(|cue| mentions(&piece.folded, cue)) && units(piece.text) >= CLAUSE && !is_list(piece.text)
    };
    pieces.iter().filter(says).find_map(Piece::quote)
}

/// Pieces of one or two words between commas.
fn is_list(sentence: &str) -> bool {
    let clauses: Vec<&str> = sentence.split([',', '，', '、', '/', ';']).collect();
    let tiny = |clause: &&&str| words(clause).count() + clause.chars().filter(|c| is_cjk(*c)).count().div_ceil(3) <= 2;
    clauses.len() >= 4 && clauses.iter().filter(tiny).count() * 4 >= clauses.len() * 3
}
