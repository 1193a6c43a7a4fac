//! Interface texts: both languages, and each key used and there.

use std::collections::{BTreeMap, BTreeSet};

use crate::sources::{Source, shipped};

type Texts = BTreeMap<String, BTreeMap<String, String>>;

fn texts() -> Texts {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/locales");
    rust_i18n::try_load_locales(folder, |_| false, true).expect("interface texts")
}

fn keys() -> BTreeSet<String> {
    texts().into_values().flat_map(BTreeMap::into_keys).collect()
}

/// The string literals of the code, without what is escaped in them.
fn literals(code: &str) -> Vec<&str> {
    code.lines().flat_map(|line| line.split('"').skip(1).step_by(2)).collect()
}

/// Whether it has the form of a key: words of small letters, joined by full stops.
fn is_key(literal: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_')
    };
    literal.contains('.') && literal.split('.').all(is_word)
}

/// What stands before the first `{...}` of a literal that builds a key.
fn prefix(literal: &str) -> Option<&str> {
    let prefix = literal.split_once('{')?.0;
    (prefix.ends_with('.') && is_key(prefix.trim_end_matches('.')) || prefix == "interview.").then_some(prefix)
}

/// The names of what is filled in.
fn placeholders(text: &str) -> BTreeSet<&str> {
    text.split("%{").skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)).collect()
}

#[test]
fn every_text_is_there_in_both_languages_and_fills_in_the_same() {
    let texts = texts();
    assert_eq!(texts.keys().collect::<Vec<_>>(), ["en", "zh"]);
    for key in keys() {
        let [en, zh] = ["en", "zh"].map(|language| texts[language].get(&key));
        let (Some(en), Some(zh)) = (en, zh) else { panic!("{key} is there in one language only") };
        assert!(!en.is_empty() && !zh.is_empty(), "{key} is empty");
        assert_eq!(placeholders(en), placeholders(zh), "{key}");
    }
}

#[test]
fn every_key_in_the_code_is_there() {
    let keys = keys();
    let rooms: BTreeSet<_> = keys.iter().filter_map(|key| key.split('.').next()).collect();
    let is_of_room = |literal: &str| literal.split_once('.').is_some_and(|(room, _)| rooms.contains(room));
    let is_prefix = |literal: &str| keys.iter().any(|key| key.starts_with(&format!("{literal}.")));
    let mut missing = Vec::new();
    for source in shipped() {
        for literal in literals(&source.code()) {
            let there = keys.contains(literal) || is_prefix(literal);
            if is_key(literal) && is_of_room(literal) && !there {
                missing.push(format!("{}: {literal}", source.path));
            }
        }
        missing.extend(
            short_keys(&source)
                .into_iter()
                .filter(|(common, short)| {
                    let (whole, end) = (format!("{common}{short}"), format!(".{short}"));
                    !keys.iter().any(|key| *key == whole || key.starts_with(common.as_str()) && key.ends_with(&end))
                })
                .map(|(common, short)| format!("{}: {common}{short}", source.path)),
        );
    }
    assert_eq!(missing, [""; 0]);
}

/// The keys of a file that writes them without their beginning: `say("x")` beside one `format!("a.b.{key}")`. The interview's
/// rooms shorten theirs further, so an end that fits is enough there.
fn short_keys(source: &Source) -> Vec<(String, String)> {
    let code = source.code();
    let prefixes: BTreeSet<_> = literals(&code).into_iter().filter_map(prefix).collect();
    let common = match source.module() {
        "interview" => "interview.",
        "cli" if prefixes.len() == 1 => prefixes.first().copied().unwrap_or_default(),
        _ => return Vec::new(),
    };
    let calls = ["say(\"", "text(\"", "fill(\""];
    let given = calls.iter().flat_map(|call| code.split(call).skip(1)).filter_map(|rest| rest.split('"').next());
    given.filter(|key| !key.contains('{')).map(|key| (common.to_owned(), key.to_owned())).collect()
}

#[test]
fn every_text_is_used() {
    let sources = shipped();
    let code: Vec<_> = sources.iter().map(Source::code).collect();
    let literals: BTreeSet<&str> = code.iter().flat_map(|code| literals(code)).collect();
    let prefixes: BTreeSet<&str> = literals.iter().filter_map(|literal| prefix(literal)).collect();
    let is_used = |key: &str| literals.contains(key) || prefixes.iter().any(|prefix| key.starts_with(prefix));
    let idle: Vec<_> = keys().into_iter().filter(|key| !is_used(key)).collect();
    assert_eq!(idle, [""; 0]);
}
