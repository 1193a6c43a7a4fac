use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use rust_i18n::t;

use super::*;
use crate::config::Language;

fn says(key: &str, language: Language) -> bool {
    let text = t!(key, locale = language.code());
    !text.is_empty() && !text.ends_with(key)
}

#[test]
fn every_listed_key_has_its_texts_in_both_languages() {
    for row in TABLE.iter().filter(|row| !row.name.is_empty()) {
        for language in Language::ALL {
            let help = format!("app.keys.{}.help", row.name);
            let hint = format!("app.keys.{}.hint", row.name);
            assert!(says(&help, language), "{help} in {language:?}");
            assert!(row.rank.is_none() || says(&hint, language), "{hint} in {language:?}");
        }
    }
}

#[test]
fn no_key_means_two_things_in_one_context() {
    for (at, row) in TABLE.iter().enumerate() {
        for other in TABLE.iter().skip(at + 1).filter(|other| other.context == row.context) {
            let shared = row.keys.iter().find(|key| other.keys.contains(key));
            assert_eq!(shared, None, "{:?} and {:?}", row.action, other.action);
        }
    }
}

#[test]
fn keys_that_multiplexers_terminals_and_flow_control_need_are_left_alone() {
    for c in ['b', 's', 'q', 'z', 'i', 'm'] {
        let taken = TABLE.iter().find(|row| row.keys.contains(&Chord::ctrl(c)));
        assert!(taken.is_none(), "Ctrl-{c}");
    }
}

#[test]
fn the_most_particular_context_decides() {
    let contexts = [Context::Form, Context::Browsing, Context::Global];
    assert_eq!(action(Chord::key(KeyCode::Tab), &contexts), Some(Action::NextField));
    assert_eq!(action(Chord::key(KeyCode::Tab), &contexts[1..]), Some(Action::NextTab));
}

#[test]
fn a_hidden_key_is_not_listed() {
    let listed = rows(&[Context::Free, Context::Global]).filter(|row| row.keys.contains(&Chord::key(KeyCode::Esc)));
    assert_eq!(listed.map(|row| row.name).collect::<Vec<_>>(), ["leave_free"]);
}

#[test]
fn terminals_that_report_shift_with_characters_are_understood() {
    let question = KeyEvent::new(KeyCode::Char('?'), KeyModifiers::SHIFT);
    assert_eq!(Chord::of(question, false), Chord::char('?'));
    let back = KeyEvent::new(KeyCode::Tab, KeyModifiers::SHIFT);
    assert_eq!(Chord::of(back, false), Chord::key(KeyCode::BackTab));
    let control = KeyEvent::new(KeyCode::Char('C'), KeyModifiers::CONTROL | KeyModifiers::SHIFT);
    assert_eq!(Chord::of(control, false), Chord::ctrl('c'));
}

#[test]
fn control_may_still_be_held_after_the_leader() {
    let held = KeyEvent::new(KeyCode::Char('p'), KeyModifiers::CONTROL);
    assert_eq!(Chord::of(held, true), Chord::leader('p'));
}

#[test]
fn chords_are_named_as_people_write_them() {
    let chords = [
        Chord::leader('p'),
        Chord::ctrl('c'),
        Chord::with(KeyCode::Enter, KeyModifiers::ALT),
        Chord::key(KeyCode::PageUp),
        Chord::key(KeyCode::BackTab),
        Chord::key(KeyCode::F(1)),
        Chord::char('G'),
    ];
    let names: Vec<String> = chords.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["Ctrl-X p", "Ctrl-C", "Alt-Enter", "PgUp", "Shift-Tab", "F1", "G"]);
}
