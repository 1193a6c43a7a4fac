use proptest::prelude::*;

use super::*;

/// Decodes the parts one after the other.
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

fn events(stream: &str) -> Vec<Event> {
    decode([stream.as_bytes()]).0
}

fn data(data: &str) -> Event {
    Event { data: data.to_owned(), ..Event::default() }
}

const CORNERS: &str = concat!(
    "\u{feff}data: one\n\n",
    ": keep-alive\n\n",
    "data:two\r\n\r\n",
    "data: three\rdata: lines\r\r",
    "event: error\nid: 1\nretry: 10\n:HTTP_STATUS/429\ndata:{\"code\":\"经验\"}\n\n",
    "data\n\n",
    "unknown: x\n\n",
    "data:  two spaces 👩‍💻\n\n",
    "data: [DONE]"
);

fn corners() -> Vec<Event> {
    vec![
        data("one"),
        data("two"),
        data("three\nlines"),
        Event { name: Some("error".to_owned()), data: "{\"code\":\"经验\"}".to_owned(), status: Some(429) },
        data(""),
        data(" two spaces 👩‍💻"),
        data("[DONE]"),
    ]
}

#[test]
fn every_corner_of_the_format_is_read() {
    assert_eq!(events(CORNERS), corners());
}

#[test]
fn every_split_in_two_gives_the_same_events() {
    for at in 0..=CORNERS.len() {
        let (head, tail) = CORNERS.as_bytes().split_at(at);
        assert_eq!(decode([head, tail]), (corners(), Ok(())), "split at {at}");
    }
}

#[test]
fn one_byte_at_a_time_gives_the_same_events() {
    assert_eq!(decode(CORNERS.as_bytes().chunks(1)), (corners(), Ok(())));
}

#[test]
fn a_byte_order_mark_counts_only_at_the_start() {
    assert_eq!(events("\u{feff}data: a\n\n\u{feff}data: b\n\n"), [data("a")]);
}

#[test]
fn a_status_belongs_to_its_own_event_only() {
    let stream = ":HTTP_STATUS/500\n\ndata: a\n\n";
    assert_eq!(events(stream), [data("a")]);
}

#[test]
fn an_endless_event_is_refused_and_what_came_before_is_kept() {
    let mut stream = b"data: a\n\ndata: ".to_vec();
    stream.resize(LONGEST_EVENT + 100, b'x');
    assert_eq!(decode([&stream[..]]), (vec![data("a")], Err(SseError::EventTooLong)));

    let line = format!("data: {}\n", "x".repeat(1000));
    let lines = line.repeat(LONGEST_EVENT / 1000 + 1);
    assert_eq!(decode([lines.as_bytes()]).1, Err(SseError::EventTooLong));
}

#[test]
fn an_endless_stream_is_refused() {
    let stream = ": keep-alive\n\n".repeat(LONGEST_STREAM / 14 + 1);
    assert_eq!(decode([stream.as_bytes()]).1, Err(SseError::StreamTooLong));
}

proptest! {
    #[test]
    fn any_bytes_split_anyhow_give_the_same_events(
        bytes in proptest::collection::vec(prop_oneof![
            Just(b'\r'), Just(b'\n'), Just(b':'), Just(b' '), Just(b'd'), Just(0xe7), any::<u8>(),
        ], 0..200),
        cuts in proptest::collection::vec(0_usize..200, 0..6),
    ) {
        let mut cuts: Vec<usize> = cuts.into_iter().filter(|cut| *cut < bytes.len()).collect();
        cuts.sort_unstable();
        let mut parts = Vec::new();
        let mut start = 0;
        for cut in cuts.into_iter().chain([bytes.len()]) {
            parts.push(&bytes[start..cut]);
            start = cut;
        }
        prop_assert_eq!(decode(parts), decode([&bytes[..]]));
    }

    #[test]
    fn text_comes_through_whatever_the_line_ends(
        texts in proptest::collection::vec("[^\r\n\u{feff}]{0,20}", 1..6),
        end in prop_oneof![Just("\n"), Just("\r\n"), Just("\r")],
    ) {
        let stream: String = texts.iter().map(|text| format!("data: {text}{end}{end}")).collect();
        let expected: Vec<Event> = texts.iter().map(|text| data(text)).collect();
        prop_assert_eq!(decode(stream.as_bytes().chunks(3)).0, expected);
    }
}
