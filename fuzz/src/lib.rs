//! What the fuzz targets share: how an input is read and split, and what must hold of everything that people get to see.

use vita::wire::mask::mask_keys;
use vita::wire::sse::{Decoder, Event, SseError};
use vita::wire::{Answer, Delta, Dialect, Failure, Mask, text};

/// The keys of the masks.
const KEYS: [&str; 2] = ["own-secret-key-1", "LLM|1|test-key"];

/// So many characters of a key in a row may not be seen.
const RUN: usize = 8;

/// The services an input may come from: each with its own key and dialect.
pub fn services() -> [(Mask, Dialect); 2] {
    let [other, dash_scope] = KEYS.map(|key| Mask::of(Some(key.into())));
    [(other, Dialect::OpenAi), (dash_scope, Dialect::DashScope)]
}

/// The first line without its line feed, and what follows it.
pub fn first_line(input: &[u8]) -> (&[u8], &[u8]) {
    match input.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&input[..end], &input[end + 1..]),
        None => (input, &[]),
    }
}

/// The stream in parts whose lengths the bytes of `splits` say, over and over again, with an empty part before each. The space
/// stands for `scale` bytes.
pub fn parts<'a>(splits: &[u8], scale: usize, stream: &'a [u8]) -> Vec<&'a [u8]> {
    let splits = if splits.is_empty() { b"!" } else { splits };
    let mut lengths = splits.iter().cycle().map(|byte| (1 + usize::from(byte.wrapping_sub(b' '))) * scale);
    let mut parts = Vec::new();
    let mut rest = stream;
    while !rest.is_empty() {
        let length = lengths.next().map_or(rest.len(), |length| length.min(rest.len()));
        let (part, after) = rest.split_at(length);
        parts.extend([&[], part]);
        rest = after;
    }
    parts
}

/// Decodes a stream that arrives in these parts.
pub fn decode<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Event>, Result<(), SseError>) {
    let mut decoder = Decoder::default();
    let mut events = Vec::new();
    for part in parts {
        if let Err(error) = decoder.push(part, &mut events) {
            return (events, Err(error));
        }
    }
    events.extend(decoder.finish());
    (events, Ok(()))
}

/// An answer's pieces and its end.
pub type Read = (Vec<Delta>, Result<(), Failure>);

/// Reads an answer that arrives in these parts; its connection ends in order, or breaks with the failure.
pub fn read<'a>(mut answer: Answer, parts: impl IntoIterator<Item = &'a [u8]>, broken: Option<Failure>) -> Read {
    let mut deltas = Vec::new();
    for part in parts {
        if let Err(failure) = answer.push(part, &mut deltas) {
            return (deltas, Err(failure));
        }
    }
    let end = match broken {
        None => answer.finish(&mut deltas),
        Some(failure) => answer.broken(failure),
    };
    (deltas, end)
}

/// The words of an answer as they are shown, up to its end and after it: nothing but the key of the service is taken out.
#[track_caller]
pub fn assert_veiled(deltas: &[Delta], mask: &Mask, service: usize) {
    let mut veil = mask.veil();
    let mut shown: Vec<Delta> = deltas.iter().flat_map(|delta| veil.pass(vec![delta.clone()])).collect();
    shown.extend(veil.lift());
    let cleared = said(deltas).map(|words| words.map(|words| words.replace(KEYS[service], "***")));
    assert_eq!(said(&shown), cleared);
}

/// Text and thinking, each before and after the provider's word that the answer ends.
fn said(deltas: &[Delta]) -> [[String; 2]; 2] {
    let mut said: [[String; 2]; 2] = Default::default();
    let mut ended = 0;
    for delta in deltas {
        match delta {
            Delta::Text(text) => said[0][ended].push_str(text),
            Delta::Reasoning(text) => said[1][ended].push_str(text),
            Delta::Usage(_) => {}
            Delta::Finish(_) => ended = 1,
        }
    }
    said
}

/// One line fit to be shown: short, nothing a terminal obeys, nothing of the key of the service at this place, no other key.
#[track_caller]
pub fn assert_shown(shown: &str, service: usize, most_chars: usize) {
    assert!(shown.chars().count() <= most_chars, "{} characters", shown.chars().count());
    assert_eq!(text::plain(shown), shown);
    assert!(!shown.contains(['\n', '\t']), "{shown:?}");
    for run in KEYS[service].as_bytes().windows(RUN) {
        let seen = shown.as_bytes().windows(RUN).any(|bytes| bytes.eq_ignore_ascii_case(run));
        assert!(!seen, "{shown:?}");
    }
    // What stars stand for has been taken out.
    let bare = shown.replace('*', " ");
    assert_eq!(mask_keys(&bare), bare);
}

/// Every text of a failure is fit to be shown.
#[track_caller]
pub fn assert_failure_shown(failure: &Failure, service: usize) {
    assert_shown(&failure.message, service, 300);
    for word in [&failure.code, &failure.request_id].into_iter().flatten() {
        assert_shown(word, service, 80);
    }
}
