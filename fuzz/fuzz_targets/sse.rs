//! The decoder of server-sent events: any bytes, any split. The first line of an input says how the rest is split.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vita_fuzz::{decode, first_line, parts};

fuzz_target!(|input: &[u8]| {
    let (splits, stream) = first_line(input);
    let whole = decode([stream]);
    assert_eq!(decode(parts(splits, 1, stream)), whole, "in parts");
    assert_eq!(decode(stream.chunks(1)), whole, "byte by byte");

    let (events, end) = whole;
    assert_eq!(end, Ok(()), "nothing is too long here");
    // A broken character of one byte becomes one of three.
    let data: usize = events.iter().map(|event| event.data.len()).sum();
    assert!(data <= 3 * stream.len(), "{data} bytes of data from {}", stream.len());
});
