use proptest::prelude::*;

use super::*;

/// What a reader has in the end, when the second answer comes in these pieces; `None` when it has begun anew.
fn read(given: &str, asked: Asked, pieces: &[&str]) -> Option<String> {
    let mut splice = Splice::after(given, asked);
    let mut text = given.to_owned();
    for piece in pieces {
        match splice.push(piece) {
            Spliced::Held => {}
            Spliced::Text(more) => text.push_str(&more),
            Spliced::Anew(_) => return None,
        }
    }
    match splice.finish() {
        Spliced::Text(more) => text.push_str(&more),
        Spliced::Held | Spliced::Anew(_) => return None,
    }
    Some(text)
}

fn letters(text: &str) -> Vec<&str> {
    text.split("").filter(|letter| !letter.is_empty()).collect()
}

const GIVEN: &str = "I led the team of five, and we moved the old billing service to the new ";

#[test]
fn an_answer_that_goes_on_is_joined_without_a_gap_or_a_repetition() {
    for (again, rest) in [
        ("", "platform in six weeks."),
        ("the new ", "platform in six weeks."),
        ("we moved the old billing service to the new ", "platform."),
    ] {
        let second = format!("{again}{rest}");
        let whole = Some(format!("{GIVEN}{rest}"));
        assert_eq!(read(GIVEN, Asked::ToGoOn, &[&second]), whole, "{again:?} in one piece");
        assert_eq!(read(GIVEN, Asked::ToGoOn, &letters(&second)), whole, "{again:?} letter by letter");
    }
}

#[test]
fn letters_that_meet_by_chance_are_kept() {
    for (given, second) in
        [("a ban", "an on it"), ("she can", "not"), ("他研究", "究竟什么"), ("go", "od"), ("5", "50")]
    {
        let joined = Some(format!("{given}{second}"));
        assert_eq!(read(given, Asked::ToGoOn, &[second]), joined);
    }
}

#[test]
fn a_last_word_said_again_is_left_out_also_when_it_is_short() {
    assert_eq!(read("we met at the", Asked::ToGoOn, &["the", " end"]), Some("we met at the end".into()));
    assert_eq!(
        read("我负责数据库的迁移", Asked::ToGoOn, &["数据库的迁移", "和监控"]),
        Some("我负责数据库的迁移和监控".into())
    );
}

#[test]
fn characters_of_several_parts_are_never_cut() {
    assert_eq!(read("family: 👩‍👩", Asked::ToGoOn, &["👩‍👩‍👧 and"]), Some("family: 👩‍👩👩‍👩‍👧 and".into()));
}

#[test]
fn a_provider_that_begins_the_whole_answer_anew_is_noticed_and_never_glued_on() {
    assert_eq!(read(GIVEN, Asked::ToGoOn, &[GIVEN, "platform."]), Some(format!("{GIVEN}platform.")));
    let other = format!("{} something else entirely", &GIVEN[..50]);
    assert_eq!(read(GIVEN, Asked::ToGoOn, &letters(&other)), None);
}

#[test]
fn of_a_whole_answer_only_what_follows_the_given_part_is_taken() {
    assert_eq!(read("One two", Asked::AsAWhole, &letters("One two three")), Some("One two three".into()));
    assert_eq!(read("One two", Asked::AsAWhole, &letters("One too many")), None);
    assert_eq!(read("One two", Asked::AsAWhole, &["One"]), None, "shorter than what was given");
}

proptest! {
    #[test]
    fn wherever_the_pieces_are_cut_the_reader_has_the_same(
        given in "[ab 汉é]{1,60}",
        second in "[ab 汉é]{0,60}",
        cuts in prop::collection::vec(1usize..5, 0..40),
    ) {
        let mut pieces = Vec::new();
        let mut rest = letters(&second).into_iter();
        let mut text = String::new();
        for size in cuts {
            let piece: String = rest.by_ref().take(size).collect();
            pieces.push(piece);
        }
        text.extend(rest);
        pieces.push(text);
        let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
        for asked in [Asked::ToGoOn, Asked::AsAWhole] {
            prop_assert_eq!(read(&given, asked, &pieces), read(&given, asked, &[&second]));
        }
    }
}
