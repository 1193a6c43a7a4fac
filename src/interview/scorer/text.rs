//! Text as the scorer reads it: units, sentences, and cues found in a folded copy.

use unicode_normalization::UnicodeNormalization;

use super::traditional::simplified;

/// Chinese characters that say about as much as one English word.
const CHARACTERS_PER_WORD: f64 = 1.6;
/// Shortest and longest quote, in characters.
const QUOTE_CJK: (usize, usize) = (4, 120);
const QUOTE_OTHER: (usize, usize) = (12, 300);

/// Whether `c` is a Chinese character.
pub fn is_cjk(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3134f}')
}

/// How many Chinese characters.
pub fn cjk(text: &str) -> usize {
    text.chars().filter(|c| is_cjk(*c)).count()
}

/// The words of alphabetic scripts and the numbers, as they stand.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| is_cjk(c) || !(c.is_alphanumeric() || matches!(c, '\'' | '’')))
        .filter(|word| word.chars().any(char::is_alphanumeric))
}

/// Length in units: English words, plus Chinese characters divided by 1.6.
pub fn units(text: &str) -> f64 {
    words(text).count() as f64 + cjk(text) as f64 / CHARACTERS_PER_WORD
}

/// The sentences, each a trimmed slice of `text`. A point ends one only before white space ("3.5" does not).
pub fn sentences(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut rest = text.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        let point_ends = rest.peek().is_none_or(|(_, next)| next.is_whitespace());
        let ends = match c {
            '\n' | '。' | '！' | '？' | '；' => true,
            '.' | '!' | '?' | ';' => point_ends,
            _ => false,
        };
        if ends {
            let end = at + c.len_utf8();
            found.extend(text.get(start..end));
            start = end;
        }
    }
    found.extend(text.get(start..));
    found.into_iter().map(str::trim).filter(|sentence| sentence.chars().any(char::is_alphanumeric)).collect()
}

/// A piece of `sentence` fit for quoting; none when it is too short to show anything.
pub fn quote(sentence: &str) -> Option<String> {
    let length = sentence.chars().count();
    let (shortest, longest) = if cjk(sentence) * 2 >= length { QUOTE_CJK } else { QUOTE_OTHER };
    if length < shortest {
        return None;
    }
    let Some((end, _)) = sentence.char_indices().nth(longest) else {
        return Some(sentence.into());
    };
    let head = sentence.get(..end)?;
    let cut = head.rfind([' ', ',', '，', '、']).filter(|cut| *cut > end / 2).unwrap_or(end);
    head.get(..cut).map(|head| head.trim_end().into())
}

/// `text` in the form cues are compared in: compatibility forms, case and script folded, punctuation gone, one space between
/// words and around them, and between Chinese and other scripts.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len() + 2);
    folded.push(' ');
    let mut last_was_cjk = false;
    for c in text.nfkc().flat_map(char::to_lowercase).map(simplified) {
        if matches!(c, '\'' | '’') {
            continue;
        }
        let cjk = is_cjk(c);
        let letter = c.is_alphanumeric();
        if (!letter || cjk != last_was_cjk) && !folded.ends_with(' ') {
            folded.push(' ');
        }
        if letter {
            folded.push(c);
        }
        last_was_cjk = cjk;
    }
    if !folded.ends_with(' ') {
        folded.push(' ');
    }
    folded
}

/// Whether a folded text holds a cue. English cues match whole words, and with a final `*` any ending.
pub fn mentions(folded: &str, cue: &str) -> bool {
    let (stem, open) = cue.strip_suffix('*').map_or((cue, false), |stem| (stem, true));
    let folded_cue = fold(stem);
    let cue = folded_cue.trim();
    if cue.is_empty() {
        return false;
    }
    let starts_latin = !cue.chars().next().is_some_and(is_cjk);
    let ends_latin = !cue.chars().next_back().is_some_and(is_cjk);
    let needle = format!("{}{cue}{}", if starts_latin { " " } else { "" }, if ends_latin && !open { " " } else { "" });
    folded.contains(&needle)
}

/// How many of `cues` a folded text holds.
pub fn count(folded: &str, cues: &[&str]) -> usize {
    cues.iter().filter(|cue| mentions(folded, cue)).count()
}

/// How often a plain phrase stands in a folded text, repeats included.
pub fn occurrences(folded: &str, phrase: &str) -> usize {
    if phrase.chars().next().is_some_and(is_cjk) {
        return folded.matches(phrase).count();
    }
    // Neighbours share the space between them.
    let words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).collect();
    let wanted: Vec<&str> = phrase.split(' ').collect();
    words.windows(wanted.len().max(1)).filter(|window| *window == wanted).count()
}

/// Pairs of neighbouring letters, for comparing texts; punctuation and spaces left out.
pub fn bigrams(text: &str) -> std::collections::BTreeSet<(char, char)> {
    let plain = text.nfkc().flat_map(char::to_lowercase).map(simplified);
    let letters: Vec<char> = plain.filter(|c| c.is_alphanumeric()).collect();
    letters.iter().copied().zip(letters.iter().copied().skip(1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chinese_answer_is_not_one_word() {
        assert_eq!(units("我负责支付系统的重构"), 10.0 / 1.6);
        assert_eq!(units("I don't use Redis 7 much"), 6.0);
        assert_eq!(units("我用 Redis 做缓存"), 1.0 + 5.0 / 1.6);
    }

    #[test]
    fn sentences_are_slices_and_numbers_keep_their_point() {
        assert_eq!(
            sentences("It took 3.5 s. Why? 因为慢。后来快了"),
            ["It took 3.5 s.", "Why?", "因为慢。", "后来快了"]
        );
        assert_eq!(sentences(" ... \n。"), Vec::<&str>::new());
    }

    #[test]
    fn english_cues_match_whole_words_and_open_cues_any_ending() {
        let folded = fold("We disagreed; I've used an index.");
        assert!(mentions(&folded, "disagree*") && mentions(&folded, "i've used"));
        assert!(!mentions(&folded, "disagree") && !mentions(&folded, "use"));
    }

    #[test]
    fn chinese_cues_match_beside_latin_words() {
        let folded = fold("我们用Redis做缓存");
        assert!(mentions(&folded, "redis") && mentions(&folded, "缓存") && mentions(&folded, "ＲＥＤＩＳ"));
    }

    #[test]
    fn a_long_sentence_is_quoted_in_part_and_a_tiny_one_not_at_all() {
        let long = "word ".repeat(100);
        let quoted = quote(long.trim()).expect("long enough");
        assert!(long.contains(&quoted) && quoted.chars().count() <= 300 && quoted.ends_with("word"));
        assert_eq!(quote("Fine."), None);
        assert_eq!(quote("还行。"), None);
    }
}
