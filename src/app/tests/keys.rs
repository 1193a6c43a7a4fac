//! Keys that mean the same everywhere: tabs, help, leader, clearing, quitting; and the input's own.

use std::time::Duration;

use super::Console;
use crate::app::{Effect, Event, Overlay, Tab};
use crate::config::Language;

fn text(console: &Console) -> String {
    console.state.chat.free.input.text()
}

#[test]
fn tabs_are_reached_from_everywhere_by_alt_and_function_keys() {
    let mut console = Console::chatting(Language::En);
    let mut tab = |key: &str| {
        console.press(key);
        console.state.tab
    };
    let tabs = ["Alt-2", "Alt-3", "Alt-1", "F3", "F4", "F2"].map(&mut tab);
    use Tab::{Chat, Models, Monitor};
    assert_eq!(tabs, [Models, Monitor, Chat, Models, Monitor, Chat]);
}

#[test]
fn digits_are_text_in_an_input_and_tabs_elsewhere() {
    let mut console = Console::chatting(Language::En);
    console.write("2");
    assert_eq!((console.state.tab, text(&console)), (Tab::Chat, "2".into()));
    console.press("Alt-2 3");
    assert_eq!(console.state.tab, Tab::Monitor);
    console.press("Tab");
    assert_eq!(console.state.tab, Tab::Chat);
}

#[test]
fn unsent_text_survives_a_look_at_another_tab() {
    let mut console = Console::chatting(Language::En);
    console.write("half a thou");
    console.press("F4 Esc");
    console.write("ght");
    assert_eq!(text(&console), "half a thought");
}

#[test]
fn help_opens_everywhere_and_closes_before_anything_else() {
    let mut console = Console::chatting(Language::En);
    console.press("F1");
    assert!(matches!(console.state.overlay, Overlay::Help(_)));
    console.press("Esc");
    assert!(matches!(console.state.overlay, Overlay::None));
    console.press("?");
    assert_eq!(text(&console), "?", "a question mark is text in an input");
    console.press("F4 ?");
    assert!(matches!(console.state.overlay, Overlay::Help(_)));
}

#[test]
fn ctrl_c_clears_the_input_and_keeps_it_in_the_history() {
    let mut console = Console::chatting(Language::En);
    console.write("a long thought");
    assert_eq!(console.press("Ctrl-c"), []);
    assert_eq!(text(&console), "");
    console.press("Up");
    assert_eq!(text(&console), "a long thought");
    console.press("Down");
    assert_eq!(text(&console), "");
}

#[test]
fn ctrl_c_twice_within_two_seconds_quits() {
    let mut console = Console::chatting(Language::En);
    assert_eq!(console.press("Ctrl-c"), []);
    assert_eq!(console.notice(), "Ctrl-C again to quit");
    console.wait(Duration::from_secs(2));
    assert_eq!(console.notice(), "");
    assert_eq!(console.press("Ctrl-c"), [], "too late: the first press again");
    assert_eq!(console.press("Ctrl-c"), [Effect::Quit]);
}

#[test]
fn a_key_between_two_ctrl_c_starts_over() {
    let mut console = Console::ready(Language::En);
    assert_eq!(console.press("Ctrl-c Down Ctrl-c"), []);
    assert_eq!(console.press("Ctrl-c"), [Effect::Quit]);
}

#[test]
fn ctrl_d_quits_only_with_an_empty_input() {
    let mut console = Console::chatting(Language::En);
    console.write("ab");
    assert_eq!(console.press("Home Ctrl-d"), []);
    assert_eq!(text(&console), "b", "as in a shell it deletes ahead");
    assert_eq!(console.press("Ctrl-d Ctrl-d"), [Effect::Quit]);
}

#[test]
fn esc_never_quits_and_never_deletes() {
    let mut console = Console::chatting(Language::En);
    console.write("kept");
    assert_eq!(console.press("Esc Esc Esc"), []);
    console.press("Enter");
    assert_eq!(text(&console), "kept", "back in free chat it is still there");
}

#[test]
fn the_leader_waits_for_one_key_and_says_when_it_means_nothing() {
    let mut console = Console::chatting(Language::En);
    console.press("Ctrl-x");
    assert!(console.state.leader);
    console.press("k");
    assert!(!console.state.leader);
    assert_eq!(console.notice(), "Ctrl-X k does nothing here. F1 lists the keys.");
    assert_eq!(text(&console), "");
    console.press("Ctrl-x Esc");
    console.write("k");
    assert_eq!(text(&console), "k");
}

#[test]
fn newlines_come_by_alt_shift_or_ctrl_j_and_backspace_takes_them_back() {
    let mut console = Console::chatting(Language::En);
    console.write("a");
    console.press("Alt-Enter b Shift-Enter c Ctrl-j d");
    assert_eq!(text(&console), "a\nb\nc\nd");
    console.press("Backspace Backspace");
    assert_eq!(text(&console), "a\nb\nc");
}

#[test]
fn backspace_and_the_arrows_go_by_what_people_see_as_one_character() {
    let mut console = Console::chatting(Language::En);
    console.hear(Event::Pasted("a👨‍👩‍👧🇨🇳e\u{301}".into()));
    console.press("Backspace");
    assert_eq!(text(&console), "a👨‍👩‍👧🇨🇳");
    console.press("Left Backspace");
    assert_eq!(text(&console), "a🇨🇳");
    console.press("Delete");
    assert_eq!(text(&console), "a");
    console.press("Home Right Backspace");
    assert_eq!(text(&console), "");
}

#[test]
fn readline_keys_keep_their_meaning() {
    let mut console = Console::chatting(Language::En);
    console.write("one two three");
    console.press("Ctrl-w");
    assert_eq!(text(&console), "one two ");
    console.press("Ctrl-a Ctrl-k");
    assert_eq!(text(&console), "");
    console.press("Ctrl-y Ctrl-y");
    assert_eq!(text(&console), "one two one two ");
    console.press("Alt-b Alt-b Ctrl-u");
    assert_eq!(text(&console), "one two ");
    console.press("Ctrl-a Alt-d Ctrl-e");
    console.write("!");
    assert_eq!(text(&console), " two !");
}

#[test]
fn a_deleted_character_does_not_replace_what_ctrl_y_puts_back() {
    let mut console = Console::chatting(Language::En);
    console.write("keep me");
    console.press("Ctrl-u a Backspace Ctrl-y");
    assert_eq!(text(&console), "keep me");
}

#[test]
fn a_paste_is_inserted_as_text_and_sends_nothing() {
    let mut console = Console::chatting(Language::En);
    let effects = console.hear(Event::Pasted("first\r\nsecond\rthird\u{1b}[31m\u{7}".into()));
    assert_eq!(effects, []);
    assert_eq!(text(&console), "first\nsecond\nthird");
}

#[test]
fn a_paste_that_does_not_fit_is_refused_whole_and_said_so() {
    let mut console = Console::chatting(Language::En);
    console.write("before");
    console.hear(Event::Pasted("x".repeat(64 * 1024)));
    assert_eq!(text(&console), "before");
    assert_eq!(console.notice(), "Nothing was inserted: the input takes 64 KiB at most.");
}

#[test]
fn what_was_being_written_comes_back_behind_the_history() {
    let mut console = Console::chatting(Language::En);
    for line in ["first", "second"] {
        console.write(line);
        console.press("Ctrl-c");
    }
    console.write("draft");
    console.press("Up Up Up");
    assert_eq!(text(&console), "first");
    console.press("Down Down");
    assert_eq!(text(&console), "draft");
}

#[test]
fn what_was_being_written_is_not_lost_to_a_past_input_that_is_taken_up() {
    let mut typed = Console::chatting(Language::En);
    typed.write("past");
    typed.press("Ctrl-c");
    typed.write("half a thought");
    typed.press("Up");
    typed.write("!");
    assert_eq!(text(&typed), "past!");
    typed.press("Up");
    assert_eq!(text(&typed), "half a thought");

    for (keys, back) in [("Enter", "Up Up"), ("Ctrl-c", "Up Up"), ("Backspace", "Up"), ("Ctrl-w", "Up")] {
        let mut console = Console::chatting(Language::En);
        console.write("past");
        console.press("Ctrl-c");
        console.write("half a thought");
        console.press("Up");
        console.press(keys);
        console.press(back);
        assert_eq!(text(&console), "half a thought", "after {keys}");
    }
}

#[test]
fn redraw_is_asked_of_the_loop() {
    assert_eq!(Console::ready(Language::En).press("Ctrl-l"), [Effect::Redraw]);
}
