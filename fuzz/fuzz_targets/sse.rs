//! The decoder of server-sent events: any bytes, any split. The first line of an input says how the rest is split.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vita::wire::sse::{Decoder, Event, LONGEST_EVENT, LONGEST_STREAM, SseError};
use vita_fuzz::{bytewise, expand, first_line, parts};

fuzz_target!(|input: &[u8]| {
    let (splits, stream) = first_line(input);
    let stream = expand(splits, stream);

    let whole = decode([&*stream]);
    assert_eq!(decode(parts(splits, &stream)), whole, "in parts");
    if let Some(bytes) = bytewise(&stream) {
        assert_eq!(decode(bytes), whole, "byte by byte");
    }

    let (events, end) = whole;
    if stream.len() > LONGEST_STREAM {
        assert!(end.is_err(), "a stream of {} bytes", stream.len());
    }
    for event in &events {
        // A broken character of one byte becomes one of three.
        assert!(event.data.len() <= 3 * LONGEST_EVENT, "data of {} bytes", event.data.len());
    }
    let data: usize = events.iter().map(|event| event.data.len()).sum();
    assert!(data <= 3 * stream.len(), "{data} bytes of data from {}", stream.len());
});

fn decode<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Event>, Result<(), SseError>) {
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
