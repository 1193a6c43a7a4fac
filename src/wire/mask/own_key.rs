//! Finding the key that was sent in what came back, however it is written there.

use std::collections::HashSet;
use std::ops::Range;

/// So many characters in a row that the key has too are a part of it, and are masked also when the rest is cut away.
const RUN: usize = 8;

/// So many signs in a row stand for what a service hides of the key.
const HIDDEN: usize = 3;

/// So many characters of the key before and after them tell that it is this key.
const SHOWN: usize = 2;

/// How often a text may be escaped: JSON within JSON, in a URL.
const LEVELS: usize = 3;

/// A character as it is meant, and the bytes it is written with.
#[derive(Clone)]
struct Unit {
    meant: char,
    written: Range<usize>,
}

/// Where the key, or a part of it, stands in the text: ranges of bytes, in order, not touching.
pub(super) fn places(text: &str, key: &str) -> Vec<Range<usize>> {
    let key: Vec<char> = levels(key).pop().unwrap_or_default().iter().map(|unit| unit.meant).collect();
    let run = RUN.min(key.len());
    if run == 0 {
        return Vec::new();
    }
    let runs: HashSet<&[char]> = key.windows(run).collect();
    let mut places: Vec<Range<usize>> = Vec::new();
    for units in levels(text) {
        let meant: Vec<char> = units.iter().map(|unit| unit.meant).collect();
        let found = meant.windows(run).enumerate().filter(|(_, window)| runs.contains(window));
        places.extend(found.map(|(at, _)| units[at].written.start..units[at + run - 1].written.end));
        places
            .extend(starred(&meant, &key).map(|part| units[part.start].written.start..units[part.end - 1].written.end));
    }
    joined(places)
}

/// Where the key stands half masked, as services write it themselves: the beginning of the key, at least `HIDDEN` signs in the
/// place of the rest, and its end. Indices into the text.
fn starred(text: &[char], key: &[char]) -> impl Iterator<Item = Range<usize>> {
    let is_sign = |c: &char| matches!(c, '*' | '.' | 'x' | '\u{2022}' | '\u{2026}');
    let signs = text.chunk_by(move |one, other| is_sign(one) && is_sign(other)).scan(0, |end, run| {
        let start = std::mem::replace(end, *end + run.len());
        Some(start..*end)
    });
    let hides = move |signs: &Range<usize>| text[signs.clone()].iter().all(is_sign) && signs.len() >= HIDDEN;
    signs.filter(hides).filter_map(|signs| {
        let shown = SHOWN..key.len();
        let before = shown.clone().rev().find(|length| text[..signs.start].ends_with(&key[..*length]))?;
        let after = shown.rev().find(|length| text[signs.end..].starts_with(&key[key.len() - length..]))?;
        Some(signs.start - before..signs.end + after)
    })
}

/// The ranges in order, those that touch made one.
fn joined(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_unstable_by_key(|range| range.start);
    let mut joined: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match joined.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => joined.push(range),
        }
    }
    joined
}

/// The text as it is written, then as it is meant when one level of escapes after the other is taken away; in small letters,
/// without white space, which a service may put anywhere. Each counts: what looks like an escape may be a part of the key.
fn levels(text: &str) -> Vec<Vec<Unit>> {
    let written = text.char_indices().map(|(at, c)| Unit { meant: c, written: at..at + c.len_utf8() });
    let mut levels: Vec<Vec<Unit>> = vec![written.collect()];
    for _ in 0..LEVELS {
        let Some(before) = levels.last() else { break };
        let plain = unescaped(before);
        if plain.len() == before.len() {
            break;
        }
        levels.push(plain);
    }
    for units in &mut levels {
        units.retain(|unit| !unit.meant.is_whitespace());
        for unit in units {
            unit.meant = unit.meant.to_ascii_lowercase();
        }
    }
    levels
}

/// One level of `%7C`, `\u007c`, `\x7c`, `&#124;`, `&#x7c;` and `\/` taken away.
fn unescaped(units: &[Unit]) -> Vec<Unit> {
    let mut plain = Vec::with_capacity(units.len());
    let mut rest = units;
    while let Some(first) = rest.first() {
        let (meant, length) = escape(rest).unwrap_or((first.meant, 1));
        plain.push(Unit { meant, written: first.written.start..rest[length - 1].written.end });
        rest = &rest[length..];
    }
    plain
}

/// The character that an escape at the beginning means, and how long the escape is.
fn escape(units: &[Unit]) -> Option<(char, usize)> {
    let at = |index: usize| units.get(index).map(|unit| unit.meant);
    let number = |from: usize, length: usize, radix: u32| {
        let digits: Option<String> = (from..from + length).map(at).collect();
        u32::from_str_radix(&digits?, radix).ok().and_then(char::from_u32)
    };
    match (at(0)?, at(1)?) {
        ('%', _) => number(1, 2, 16).map(|c| (c, 3)),
        ('\\', 'u') => number(2, 4, 16).map(|c| (c, 6)),
        ('\\', 'x') => number(2, 2, 16).map(|c| (c, 4)),
        ('\\', c @ ('/' | '\\' | '"' | '\'' | '|')) => Some((c, 2)),
        ('&', '#') => {
            let (from, radix) = if matches!(at(2), Some('x' | 'X')) { (3, 16) } else { (2, 10) };
            let length = (1..=6).find(|length| at(from + length) == Some(';'))?;
            number(from, length, radix).map(|c| (c, from + length + 1))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(text: &str, key: &str) -> String {
        let mut left = text.to_owned();
        for place in places(text, key).into_iter().rev() {
            left.replace_range(place, "*");
        }
        left
    }

    #[test]
    fn a_key_is_found_however_it_is_written() {
        let key = "LLM|1|test-key/+é";
        for written in [
            "LLM|1|test-key/+é",
            "llm|1|TEST-KEY/+é",
            "LLM%7C1%7Ctest-key%2F+é",
            "LLM%257C1%257Ctest-key/+é",
            r"LLM\u007c1\u007ctest-key\/+\u00e9",
            r"LLM\\u007C1\\u007ctest\u002dkey\\/+é",
            "LLM&#124;1&#x7C;test&#45;key/+&#233;",
            "LLM|1|te\n st-k\tey/+é",
            r"LLM\x7c1\|test-key/+é",
        ] {
            assert_eq!(left(&format!("key ({written})!"), key), "key (*)!", "{written}");
        }
    }

    #[test]
    fn a_part_of_a_key_is_found_and_what_is_shorter_than_a_part_is_not() {
        assert_eq!(left("...cret-key is bad; plain-ol", "plain-old-secret-key"), "...* is bad; *");
        assert_eq!(left("the key ends in y", "plain-old-secret-key"), "the key ends in y");
        assert_eq!(left("short: abc.", "abc"), "short: *.");
        assert_eq!(left("anything", ""), "anything");
    }

    #[test]
    fn what_looks_like_an_escape_before_a_part_of_a_key_hides_nothing() {
        assert_eq!(left("100%ecret-key", "plain-old-secret-key"), "100%*");
        assert_eq!(left("&#49;test-key; \\x2dtest-key", "test-key"), "&#49;*; \\x2d*");
    }

    #[test]
    fn a_key_that_the_service_masked_itself_keeps_neither_end() {
        let key = "mykey-abcdefghi-zzz";
        for echo in [
            "mykey-ab*****-zzz",
            "my...zz",
            "MYKEY-xxxxxxxxI-ZZZ",
            "myk\u{2022}\u{2022}\u{2022}zz",
            "mykey-ab***...***zzz",
        ] {
            assert_eq!(left(&format!("key ({echo})!"), key), "key (*)!", "{echo}");
        }
        // Signs between what is not of this key, or too few of them, hide nothing.
        for said in ["wait ... then try", "other-ab*****-yyy", "m***z", "my..zz", "***-zzz", "mykey***"] {
            assert_eq!(left(said, key), said);
        }
        assert_eq!(left("a***c", "abc"), "a***c");
    }

    #[test]
    fn two_keys_side_by_side_are_both_found() {
        assert_eq!(left("sk-test-key,sk-test-key", "sk-test-key"), "*,*");
    }
}
