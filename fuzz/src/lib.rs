//! What the fuzz targets share: how an input is read, and what must hold of everything that people get to see.

use std::borrow::Cow;

use vita::wire::mask::mask_keys;
use vita::wire::{Mask, text};

/// The keys of the masks. Of a key with `|`, each long part is a secret too.
pub const KEYS: [&str; 2] = ["own-secret-key", "LLM|1|test-key"];

/// What no output may contain under the mask of the key at the same place.
const SECRETS: [&str; 2] = ["own-secret-key", "test-key"];

/// A stream longer than this is not tried byte by byte.
const LONGEST_BYTEWISE: usize = 64 << 10;

/// The byte that stands for a long run in an input that asks for size, and how long the run is.
const RUN: u8 = 0x1a;
const RUN_LENGTH: usize = 300 << 10;

/// Most runs in one input: more than the longest stream holds.
const MOST_RUNS: usize = 30;

/// One mask for each of [`KEYS`].
pub fn masks() -> [Mask; 2] {
    KEYS.map(|key| Mask::of(Some(key.into())))
}

/// The first line without its line feed, and what follows it.
pub fn first_line(input: &[u8]) -> (&[u8], &[u8]) {
    match input.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&input[..end], &input[end + 1..]),
        None => (input, &[]),
    }
}

/// The stream an input means. Where its splits begin with `big`, a SUB stands for a run of 300 KiB, so that inputs of a few
/// bytes reach the limits.
pub fn expand<'a>(splits: &[u8], stream: &'a [u8]) -> Cow<'a, [u8]> {
    if !splits.starts_with(b"big") {
        return Cow::Borrowed(stream);
    }
    let mut expanded = Vec::new();
    let mut runs = 0;
    for byte in stream {
        if *byte == RUN && runs < MOST_RUNS {
            runs += 1;
            expanded.resize(expanded.len() + RUN_LENGTH, b'x');
        } else {
            expanded.push(*byte);
        }
    }
    Cow::Owned(expanded)
}

/// The stream in parts whose lengths the bytes of `splits` say, over and over again, with an empty part before each.
pub fn parts<'a>(splits: &[u8], stream: &'a [u8]) -> Vec<&'a [u8]> {
    let lengths = if splits.is_empty() { b"!" } else { splits };
    // The space is the shortest; a long stream is cut into parts that are as much longer.
    let scale = 1 + stream.len() / LONGEST_BYTEWISE * 64;
    let mut lengths = lengths.iter().cycle().map(|byte| (1 + usize::from(byte.wrapping_sub(b' '))) * scale);
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

/// The stream byte by byte, unless it is too long for that.
pub fn bytewise(stream: &[u8]) -> Option<impl Iterator<Item = &[u8]>> {
    (stream.len() <= LONGEST_BYTEWISE).then(|| stream.chunks(1))
}

/// One line fit to be shown: short, nothing a terminal obeys, nothing of a key of the mask at this place, no other key.
#[track_caller]
pub fn assert_shown(shown: &str, mask: usize, most_chars: usize) {
    assert!(shown.chars().count() <= most_chars, "{} characters", shown.chars().count());
    assert_eq!(text::plain(shown), shown);
    assert!(!shown.contains(['\n', '\t']), "{shown:?}");
    assert!(!shown.contains(SECRETS[mask]), "{shown:?}");
    assert_eq!(mask_keys(shown), shown);
}

/// Every text of a failure is fit to be shown.
#[track_caller]
pub fn assert_failure_shown(failure: &vita::wire::Failure, mask: usize) {
    assert_shown(&failure.message, mask, 300);
    for word in [&failure.code, &failure.request_id].into_iter().flatten() {
        assert_shown(word, mask, 80);
    }
}
