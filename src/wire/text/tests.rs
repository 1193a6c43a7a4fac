use proptest::prelude::*;

use super::*;

#[test]
fn escape_sequences_go_and_what_they_framed_stays() {
    for (hostile, safe) in [
        ("\u{1b}[31mred\u{1b}[0m", "red"),
        ("\u{1b}]0;owned\u{7}title", "title"),
        ("\u{1b}]8;;http://x\u{1b}\\link\u{1b}]8;;\u{1b}\\", "link"),
        ("\u{1b}P1$r\u{1b}\\after", "after"),
        ("\u{9b}2Jgone", "gone"),
        ("\u{9d}0;x\u{9c}y", "y"),
        ("\u{1b}(Bascii", "ascii"),
        ("\u{1b}cfull reset", "full reset"),
        ("\u{1b}[?1049", ""),
        ("end\u{1b}", "end"),
        ("\u{1b}é", "é"),
        ("a\u{8}\u{7}\u{0}b\u{7f}c\u{85}d", "abcd"),
        ("abc\u{202e}gnp\u{2066}", "abcgnp"),
    ] {
        assert_eq!(plain(hostile), safe, "{hostile:?}");
    }
}

#[test]
fn a_sequence_without_an_end_hides_nothing_that_follows() {
    assert_eq!(plain("a\u{1b}]0;title for ever"), "a0;title for ever");
}

#[test]
fn every_line_end_becomes_a_line_feed() {
    assert_eq!(plain("a\r\nb\rc\nd\u{2028}e\tf"), "a\nb\nc\nd\ne\tf");
}

#[test]
fn harmless_text_is_borrowed() {
    assert!(matches!(plain("经历 👩‍💻 fine\n"), Cow::Borrowed(_)));
}

#[test]
fn a_line_is_folded_and_cut_between_what_people_see_as_characters() {
    assert_eq!(line("  a\n b\t\tc  ", 10), "a b c");
    assert_eq!(line("abcdefgh", 8), "abcdefgh");
    assert_eq!(line("abcdefghi", 8), "abcde...");
    assert_eq!(line("ab👩‍💻cdefg", 7), "ab...");
    assert_eq!(line("abcdef", 2), "..");
}

proptest! {
    #[test]
    fn no_text_keeps_a_control_character(text in any::<String>(), max in 0_usize..50) {
        prop_assert!(plain(&text).chars().all(|c| !is_unsafe(c)));
        let line = line(&text, max);
        prop_assert!(line.chars().count() <= max);
        prop_assert!(!line.contains('\n'));
    }

    #[test]
    fn cleaning_twice_changes_nothing(text in "[\u{1b}\\[\\]0-9a;m\u{9b}\u{7}\r\n]{0,40}") {
        let once = plain(&text).into_owned();
        prop_assert_eq!(plain(&once), once.as_str());
    }
}
