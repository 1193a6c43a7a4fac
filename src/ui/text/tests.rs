use proptest::prelude::*;

use super::*;

fn wrapped(text: &str, width: u16) -> Vec<&str> {
    wrap(text, width).into_iter().map(|range| &text[range]).collect()
}

#[test]
fn latin_text_breaks_at_spaces_and_the_spaces_vanish() {
    assert_eq!(wrapped("Tell me  about a time you failed", 10), ["Tell me", "about a", "time you", "failed"]);
}

#[test]
fn a_line_filled_to_the_last_cell_stays_one_line() {
    assert_eq!(wrapped("four four", 9), ["four four"]);
    assert_eq!(wrapped("four four ", 9), ["four four"]);
    assert_eq!(wrapped("你好吗", 6), ["你好吗"]);
}

#[test]
fn every_newline_is_kept() {
    assert_eq!(wrapped("", 5), [""]);
    assert_eq!(wrapped("a\n\nb\r\nc\n", 5), ["a", "", "b", "c", ""]);
}

#[test]
fn indentation_is_kept_and_dropped_when_it_is_wider_than_the_column() {
    assert_eq!(wrapped("  let x", 9), ["  let x"]);
    assert_eq!(wrapped("      x", 4), ["x"]);
    assert_eq!(wrapped("      ", 4), [""]);
}

#[test]
fn chinese_breaks_between_characters_and_a_wide_one_never_straddles() {
    assert_eq!(wrapped("请介绍你自己", 5), ["请介", "绍你", "自己"]);
    assert_eq!(wrapped("a请介绍", 4), ["a请", "介绍"]);
}

#[test]
fn closing_punctuation_never_begins_a_line_and_opening_never_ends_one() {
    assert_eq!(wrapped("你好，世界", 4), ["你", "好，", "世界"]);
    assert_eq!(wrapped("他说：「不行」。", 8), ["他说：", "「不", "行」。"]);
    assert_eq!(wrapped("他说“不行”吗", 5), ["他说", "“不", "行”吗"]);
    assert_eq!(wrapped("用Rust，写完了", 7), ["用", "Rust，", "写完了"]);
    assert_eq!(wrapped("看(图一)吧", 4), ["看", "(图", "一)", "吧"]);
}

#[test]
fn latin_words_inside_chinese_stay_whole() {
    assert_eq!(wrapped("我用 PostgreSQL 存储", 10), ["我用", "PostgreSQL", "存储"]);
    assert_eq!(wrapped("我用PostgreSQL存储", 10), ["我用", "PostgreSQL", "存储"]);
}

#[test]
fn a_word_longer_than_the_line_is_broken_between_graphemes() {
    assert_eq!(wrapped("ab cdefghij k", 4), ["ab", "cdef", "ghij", "k"]);
    assert_eq!(wrapped("e\u{301}e\u{301}e\u{301}", 2), ["e\u{301}e\u{301}", "e\u{301}"]);
}

#[test]
fn joined_emoji_are_one_unit_of_two_cells() {
    let family = "👨‍👩‍👧";
    assert_eq!(width(family), 2);
    assert_eq!(wrapped(&family.repeat(3), 4), [family.repeat(2), family.to_owned()]);
}

#[test]
fn one_column_is_enough_for_anything() {
    assert_eq!(wrapped("ab 你。", 1), ["a", "b", "你", "。"]);
}

#[test]
fn program_text_is_chopped_at_the_column_with_its_spaces() {
    let line = "if  x { 你 }";
    let pieces: Vec<_> = chop(line, 9).into_iter().map(|range| &line[range]).collect();
    assert_eq!(pieces, ["if  x { ", "你 }"]);
    assert_eq!(chop("", 9).len(), 1);
    assert_eq!(chop("你", 1).len(), 1);
}

#[test]
fn a_cut_text_fits_and_says_that_something_is_missing() {
    assert_eq!(cut("qwen-plus", 9), "qwen-plus");
    assert_eq!(cut("Llama-3.3-70B", 9), "Llama-3..");
    assert_eq!(cut("后端工程师", 7), "后端..");
    assert_eq!(cut("后端工程师", 1), ".");
    assert_eq!(cut("后端工程师", 0), "");
}

fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-zA-Z,.!?()\"' ]{0,12}",
        4 => "[你好请介绍，。！？（）“”「」 　]{0,8}",
        1 => Just("👨‍👩‍👧🇨🇳❤️e\u{301}".to_owned()),
        1 => Just("\n".to_owned()),
        1 => any::<String>(),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn nothing_but_spaces_and_newlines_is_lost(text in any_text(), width in 0u16..40) {
        let mut kept = 0;
        for line in wrap(&text, width) {
            prop_assert!(line.start >= kept, "lines in order");
            prop_assert!(text[kept..line.start].graphemes(true).all(|lost| is_space(lost) || lost.contains('\n')));
            kept = line.end;
        }
        prop_assert!(text[kept..].graphemes(true).all(is_space));
    }

    #[test]
    fn every_line_fits_unless_one_grapheme_is_wider(text in any_text(), columns in 0u16..40) {
        for line in wrapped(&text, columns) {
            let inked = line.graphemes(true).filter(|grapheme| cells(grapheme) > 0).count();
            prop_assert!(width(line) <= usize::from(columns) || inked == 1, "{line:?}");
        }
    }

    #[test]
    fn a_cut_text_fits_always(text in any_text(), columns in 0u16..40) {
        prop_assert!(width(&cut(&text, columns)) <= usize::from(columns));
    }
}
