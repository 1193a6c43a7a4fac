use proptest::prelude::*;
use ratatui::style::{Modifier, Style};
use ratatui::text::Span;

use super::*;
use crate::ui::text::width as cells;

fn shown(markdown: &str, width: u16) -> Vec<String> {
    lines(markdown, None, width, &Styles::default()).iter().map(ToString::to_string).collect()
}

fn styles() -> Styles {
    let with = |modifier| Style::new().add_modifier(modifier);
    Styles {
        heading: with(Modifier::BOLD),
        emphasis: with(Modifier::ITALIC),
        strong: with(Modifier::BOLD),
        code: with(Modifier::DIM),
        quote: with(Modifier::ITALIC),
        link: with(Modifier::UNDERLINED),
        seam: with(Modifier::DIM),
    }
}

#[test]
fn blocks_stand_apart_by_one_empty_line() {
    assert_eq!(
        shown("# Title\nOne two three\n\n\nFour\n\n---\nEnd", 9),
        ["Title", "", "One two", "three", "", "Four", "", "---------", "", "End"]
    );
}

#[test]
fn list_items_hang_under_their_marks_and_stay_together() {
    assert_eq!(
        shown("Do:\n- one two three\n- four\n  - five six seven\n- 八九十十一\n\nEnd", 10),
        [
            "Do:",
            "",
            "- one two",
            "  three",
            "- four",
            "  - five",
            "    six",
            "    seven",
            "- 八九十十",
            "  一",
            "",
            "End"
        ]
    );
    assert_eq!(shown("9. a\n10. bbb c", 8), ["9. a", "10. bbb", "    c"]);
    assert_eq!(shown("-\n- x", 6), ["- ", "- x"]);
}

#[test]
fn quotes_carry_their_mark_on_every_line() {
    assert_eq!(shown("a\n> one two\n>\n> three", 7), ["a", "", "| one", "| two", "| ", "| three"]);
}

#[test]
fn code_keeps_its_spaces_and_breaks_at_the_column_only() {
    assert_eq!(shown("```rust\nfn  main() {\n\tx\n\n}\n```", 8), ["fn  main", "() {", "    x", "", "}"]);
}

#[test]
fn a_link_shows_its_address_once() {
    assert_eq!(shown("[docs](https://a.b)", 40), ["docs (https://a.b)"]);
    assert_eq!(shown("<https://a.b>", 40), ["https://a.b"]);
    assert_eq!(shown("![](https://a.b)", 40), ["https://a.b"]);
}

#[test]
fn line_ends_tables_and_html_show_as_written() {
    assert_eq!(shown("第一行\n第二行", 40), ["第一行", "第二行"]);
    assert_eq!(shown("| a | b |\n|---|---|", 40), ["| a | b |", "|---|---|"]);
    assert_eq!(shown("<b>x</b>\n\n<div>\ny\n</div>", 40), ["<b>x</b>", "", "<div>", "y", "</div>"]);
}

#[test]
fn looks_are_laid_over_each_other_and_survive_a_line_break() {
    let lines = lines("> a **b `c` d**", None, 6, &styles());
    let italic = styles().quote;
    let bold = italic.patch(styles().strong);
    let expected = [
        Line::from_iter([Span::styled("| ", italic), Span::styled("a ", italic), Span::styled("b", bold)]),
        Line::from_iter([
            Span::styled("| ", italic),
            Span::styled("c", bold.patch(styles().code)),
            Span::styled(" d", bold),
        ]),
    ];
    assert_eq!(lines, expected);
}

#[test]
fn character_references_bring_no_control_characters() {
    assert_eq!(shown("a&#27;[31mb&#x202e;c\u{1b}[0m", 40), ["a[31mbc"]);
    assert_eq!(shown("[&#7;x](y&#27;z)", 40), ["x (y)"]);
}

#[test]
fn marks_of_any_depth_leave_half_of_the_column() {
    let deep = "> ".repeat(500) + "words";
    assert_eq!(shown(&deep, 10), ["| | words"]);
}

fn any_markdown() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-z 你好，。]{0,10}",
        "(\n|\n\n|> |- |  - |1\\. |# |```|\t|---|\\*\\*|\\*|`|<b>|&#27;|\\[a\\]\\(b\\)|!\\[|\\]\\(|\\|){1,3}",
        any::<String>(),
    ];
    prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_fits_into_its_column_and_holds_no_control_character(
        text in any_markdown(), width in 0u16..40, seam in prop::option::of(0usize..80),
    ) {
        let seam = seam.map(|at| Seam { at, words: "[by qwen]".into() });
        for line in lines(&text, seam.as_ref(), width, &styles()) {
            let line = line.to_string();
            prop_assert!(!line.contains(char::is_control), "{line:?}");
            prop_assert!(!line.contains(super::seam::PLACE), "{line:?}");
            // Narrower columns than this may be narrower than a single grapheme.
            prop_assert!(width < 12 || cells(&line) <= usize::from(width), "{line:?}");
        }
    }
}

/// The text with `|` where another writer went on.
fn continued(markdown: &str, width: u16) -> Vec<Line<'static>> {
    let at = markdown.find('|').expect("a seam");
    let seam = Seam { at, words: "[by qwen]".into() };
    lines(&markdown.replacen('|', "", 1), Some(&seam), width, &styles())
}

fn shown_continued(markdown: &str, width: u16) -> Vec<String> {
    continued(markdown, width).iter().map(ToString::to_string).collect()
}

#[test]
fn the_mark_of_a_seam_stands_among_the_words_and_wraps_with_them() {
    assert_eq!(shown_continued("I took a year| off", 40), ["I took a year [by qwen] off"]);
    assert_eq!(shown_continued("I took a ye|ar off", 14), ["I took a ye", "[by qwen] ar", "off"]);
    assert_eq!(shown_continued("我用一年时间|读书", 40), ["我用一年时间 [by qwen] 读书"]);
    assert_eq!(shown_continued("so **far a|nd** on", 40), ["so far a [by qwen] nd on"]);
    assert_eq!(shown_continued("the end|", 40), ["the end [by qwen]"]);
    let dim: Vec<_> = continued("a **b|c**", 40)[0].spans.iter().map(|span| span.style).collect();
    assert_eq!(dim[2], styles().seam, "neither bold nor of any other look");
}

#[test]
fn the_mark_of_a_seam_breaks_no_list_heading_or_code() {
    assert_eq!(shown_continued("- one\n|- two", 40), ["- one [by qwen]", "- two"]);
    assert_eq!(shown_continued("- one\n- |two", 40), ["- one [by qwen]", "- two"]);
    assert_eq!(shown_continued("One\n\n1|. two", 40), ["One [by qwen]", "", "1. two"]);
    assert_eq!(shown_continued("One\n\n#|# Two", 40), ["One [by qwen]", "", "Two"]);
    assert_eq!(shown_continued("One\n```ru|st\nlet a = 1;\n```", 40), ["One [by qwen]", "", "let a = 1;"]);
    assert_eq!(
        shown_continued("```\nlet a| = 1;\nlet b = 2;\n```\nSo", 40),
        ["let a = 1;", "[by qwen]", "let b = 2;", "", "So"]
    );
}

#[test]
fn a_seam_that_is_nowhere_in_the_text_is_not_marked() {
    for at in [1, 99] {
        let seam = Seam { at, words: "[by qwen]".into() };
        let shown: Vec<_> = lines("汉字", Some(&seam), 40, &styles()).iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["汉字"]);
    }
}
