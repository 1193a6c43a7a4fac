//! Setting up an interview, and taking one up again.

use super::{Console, fixtures};
use crate::app::chat::Scene;
use crate::app::chat::form::Field;
use crate::app::{Effect, Event, Unfinished};
use crate::config::Language;
use crate::interview::{Kind, Level, Mode, Setup, Tone};

fn unfinished() -> Unfinished {
    Unfinished { id: "s0".into(), title: "Behavioural, backend engineer".into() }
}

fn offered() -> Console {
    let mut console = Console::starting(Language::En);
    let mut ready = fixtures::ready(Language::En);
    ready.unfinished = Some(unfinished());
    console.hear(Event::BackendReady(Box::new(ready)));
    console
}

#[test]
fn enter_starts_an_interview_as_offered_with_a_seed_of_its_own() {
    let mut console = Console::ready(Language::Zh);
    let setup = Setup { language: Language::Zh, seed: 101, ..Setup::default() };
    assert_eq!(console.press("Enter"), [Effect::StartInterview { run: 1, setup }]);
}

#[test]
fn arrows_change_every_field() {
    let mut console = Console::ready(Language::En);
    console.press("Down Right Tab Right Down Right Down Right Down Left Down Left Down Right");
    let setup = Setup {
        kind: Kind::Behavioural,
        role: "frontend".into(),
        level: Level::Senior,
        language: Language::Zh,
        mode: Mode::Real,
        tone: Tone::Friendly,
        minutes: 25,
        questions: 6,
        seed: 0,
    };
    assert_eq!(console.state.chat.form.setup, setup);
    console.press("Down Down Down Right");
    let setup = Setup { kind: Kind::Technical, role: "backend".into(), seed: 101, ..setup };
    assert_eq!(console.press("Enter"), [Effect::StartInterview { run: 1, setup }]);
}

#[test]
fn no_more_questions_are_offered_than_the_bank_holds() {
    let mut console = Console::ready(Language::En);
    console.press("Up Up Up");
    let questions = |console: &Console| console.state.chat.form.setup.questions;
    console.press("Left Left Left");
    assert_eq!(questions(&console), 10);
    console.press("Down Down Down Right");
    assert_eq!((console.state.chat.form.setup.kind, questions(&console)), (Kind::Technical, 6));
    console.press("Up Up Up Right");
    assert_eq!(questions(&console), 3, "after the last one the first");
}

#[test]
fn an_interview_needs_a_role() {
    let mut console = Console::ready(Language::En);
    console.press("Down Backspace Down");
    assert_eq!(console.press("Enter"), []);
    assert_eq!(console.notice(), "Name a role first.");
    assert_eq!(console.state.chat.form.focus, Field::Role);
    console.write(" nurse");
    assert!(matches!(console.press("Enter").as_slice(), [Effect::StartInterview { .. }]));
}

#[test]
fn the_focus_goes_around_the_ends() {
    let mut console = Console::ready(Language::En);
    console.press("Up");
    assert_eq!(console.state.chat.form.focus, Field::FreeChat);
    console.press("Shift-Tab Down Down");
    assert_eq!(console.state.chat.form.focus, Field::Kind);
}

#[test]
fn a_role_of_one_s_own_can_be_typed_digits_included() {
    let mut console = Console::ready(Language::En);
    console.press("Down");
    console.write("Level 2 nursse");
    console.press("Backspace Backspace e");
    assert_eq!(console.state.chat.form.setup.role, "Level 2 nurse");
    console.press("Right");
    assert_eq!(console.state.chat.form.setup.role, "backend");
}

#[test]
fn a_role_may_begin_with_the_name_of_one_of_the_bank_s() {
    let mut console = Console::ready(Language::En);
    console.press("Down");
    console.write("backend lead");
    assert_eq!(console.state.chat.form.setup.role, "backend lead");
    console.press("Left");
    console.write("product");
    console.press("Backspace");
    assert_eq!(console.state.chat.form.setup.role, "produc", "what was typed goes letter by letter");
    console.press("Right Backspace");
    assert_eq!(console.state.chat.form.setup.role, "", "what was chosen goes as a whole");
}

#[test]
fn a_technical_interview_takes_a_role_that_has_such_questions() {
    let mut console = Console::ready(Language::En);
    console.press("Down");
    console.write("nurse");
    console.press("Up Right");
    assert_eq!(console.state.chat.form.setup.role, "backend");
    console.press("Down");
    console.write("x");
    assert_eq!(console.state.chat.form.setup.role, "backend", "nothing can be typed there now");
}

#[test]
fn an_unfinished_interview_is_offered_first_and_taken_up_by_enter() {
    let mut console = offered();
    assert_eq!(console.state.chat.form.focus, Field::Resume);
    let resume = Effect::ResumeInterview { run: 1, id: "s0".into() };
    assert_eq!(console.press("Enter"), [resume]);
    console.hear(Event::InterviewStarted { run: 1, id: "s0".into() });
    assert_eq!(console.state.chat.form.unfinished, None);
}

#[test]
fn another_interview_can_be_started_beside_the_offer() {
    let mut console = offered();
    let effects = console.press("Down Enter");
    assert!(matches!(effects.as_slice(), [Effect::StartInterview { run: 1, .. }]), "{effects:?}");
}

#[test]
fn before_the_backend_is_there_the_form_can_be_filled_but_not_started() {
    let mut console = Console::starting(Language::En);
    assert_eq!(console.press("Right Enter"), []);
    assert_eq!(console.notice(), "Still starting, one moment.");
    console.hear(Event::BackendReady(Box::new(fixtures::ready(Language::Zh))));
    let form = &console.state.chat.form;
    assert_eq!((form.setup.kind, form.setup.language), (Kind::Technical, Language::En), "what was chosen stays");
    assert_eq!(console.state.language, Language::Zh);
}

#[test]
fn under_the_help_nothing_is_typed_into_the_form() {
    let mut console = Console::ready(Language::En);
    console.press("Down F1");
    console.write("xz");
    console.hear(Event::Pasted("pasted".into()));
    console.press("Backspace Esc");
    assert_eq!(console.state.chat.form.setup.role, "backend");
}

#[test]
fn an_interview_that_is_not_held_yet_can_be_given_up() {
    let mut console = Console::ready(Language::En);
    console.press("Enter");
    assert_eq!(console.press("Esc"), [Effect::DropInterview]);
    console.hear(Event::InterviewStarted { run: 1, id: "s1".into() });
    assert!(matches!(console.state.chat.scene, Scene::Form));
}

#[test]
fn a_refusal_leads_back_to_the_form_and_is_shown() {
    let mut console = Console::ready(Language::En);
    console.press("Enter");
    console.hear(Event::InterviewRefused { run: 1, reason: "the bank holds\nonly 4".into() });
    assert!(matches!(console.state.chat.scene, Scene::Form));
    assert_eq!(console.notice(), "the bank holds only 4");
}
