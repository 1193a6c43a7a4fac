//! Streams and answers that are too long. An input is one of `answer`, in which a SUB stands for a run of 300 KiB, so that few
//! bytes reach the limits. Slow: an input can mean nine megabytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vita::wire::sse::{LONGEST_EVENT, LONGEST_STREAM};
use vita::wire::{Answer, Mask};
use vita_fuzz::{decode, first_line, parts, read};

/// The byte that stands for a long run, and how long the run is.
const RUN: u8 = 0x1a;
const RUN_LENGTH: usize = 300 << 10;

/// Most runs of an input: a little more than the longest stream holds.
const MOST_RUNS: usize = 30;

/// How many bytes the shortest part has.
const SCALE: usize = 1000;

fuzz_target!(|input: &[u8]| {
    let (content_type, rest) = first_line(input);
    let (splits, body) = first_line(rest);
    let body = expand(body);

    let (events, end) = decode([&*body]);
    assert_eq!(decode(parts(splits, SCALE, &body)), (events.clone(), end), "the stream in parts");
    assert!(end.is_err() || body.len() <= LONGEST_STREAM, "a stream of {} bytes", body.len());
    for event in &events {
        // A broken character of one byte becomes one of three.
        assert!(event.data.len() <= 3 * LONGEST_EVENT, "data of {} bytes", event.data.len());
    }

    let answer = || Answer::new(str::from_utf8(content_type).ok(), Mask::default());
    let whole = read(answer(), [&*body], None);
    assert_eq!(read(answer(), parts(splits, SCALE, &body), None), whole, "the answer in parts");
});

fn expand(body: &[u8]) -> Vec<u8> {
    let mut expanded = Vec::new();
    let mut runs = 0;
    for byte in body {
        if *byte == RUN && runs < MOST_RUNS {
            runs += 1;
            expanded.resize(expanded.len() + RUN_LENGTH, b'x');
        } else {
            expanded.push(*byte);
        }
    }
    expanded
}
