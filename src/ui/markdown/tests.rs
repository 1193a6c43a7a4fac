use proptest::prelude::*;
use ratatui::style::{Modifier, Style};
use ratatui::text::Span;

use super::*;
use crate::ui::text::width as cells;

fn shown(markdown: &str, width: u16) -> Vec<String> {
    lines(markdown, width, &Styles::default()).iter().map(ToString::to_string).collect()
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
    let lines = lines("> a **b `c` d**", 6, &styles());
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
    fn any_text_fits_into_its_column_and_holds_no_control_character(text in any_markdown(), width in 0u16..40) {
        for line in lines(&text, width, &styles()) {
            let line = line.to_string();
            prop_assert!(!line.contains(char::is_control), "{line:?}");
            // Narrower columns than this may be narrower than a single grapheme.
            prop_assert!(width < 12 || cells(&line) <= usize::from(width), "{line:?}");
        }
    }
}
