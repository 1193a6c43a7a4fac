//! Free chat.

use std::sync::Arc;
use std::time::Duration;

use super::{Console, fixtures};
use crate::app::chat::Scene;
use crate::app::transcript::{Item, ItemKind, Seam};
use crate::app::{Effect, Event, Tab, terms};
use crate::config::{Language, Task};
use crate::interviewer::Update;
use crate::router::{self, Answer, Attempt, CallError, ReplyEvent};
use crate::wire::{Message, Outcome, Role};

fn user(text: &str) -> Message {
    Message::text(Role::User, text)
}

fn send(turn: u64, messages: Vec<Message>) -> Effect {
    Effect::SendChat { turn, task: Task::Chat, provider: None, messages }
}

fn asking() -> Console {
    let mut console = Console::chatting(Language::En);
    console.write("Why?");
    console.press("Enter");
    console
}

fn reply(console: &mut Console, turn: u64, event: ReplyEvent) {
    console.hear(Event::Reply { turn, event });
}

fn trying(console: &mut Console) {
    let (provider, model) = ("llama".into(), "Llama-3.3-70B-Instruct".into());
    reply(console, 1, ReplyEvent::Trying { provider, model });
}

fn items(console: &Console) -> Vec<Item> {
    console.state.chat.free.transcript.items().to_vec()
}

fn input(console: &Console) -> String {
    console.state.chat.free.input.text()
}

#[test]
fn a_message_is_sent_and_answered_with_who_answered_and_what_it_cost() {
    let mut console = Console::chatting(Language::En);
    console.write("Why?");
    assert_eq!(console.press("Enter"), [send(1, vec![user("Why?")])]);
    trying(&mut console);
    reply(&mut console, 1, ReplyEvent::Text("Be".into()));
    reply(&mut console, 1, ReplyEvent::Text("cause".into()));
    reply(&mut console, 1, ReplyEvent::Finished(Box::new(fixtures::answer("Because."))));
    let answer = Item {
        kind: ItemKind::Model,
        name: "qwen qwen-plus".into(),
        text: "Because.".into(),
        note: "0.000142 CNY, 0.8 s, 2 attempts".into(),
        seam: None,
    };
    assert_eq!(items(&console), [Item::new(ItemKind::You, "Why?"), answer]);
    console.write("So?");
    let history = vec![user("Why?"), Message::text(Role::Assistant, "Because."), user("So?")];
    assert_eq!(console.press("Enter"), [send(2, history)]);
}

#[test]
fn esc_stops_the_answer_keeps_what_came_and_marks_it() {
    let mut console = asking();
    trying(&mut console);
    reply(&mut console, 1, ReplyEvent::Text("Beca".into()));
    assert_eq!(console.press("Esc"), [Effect::CancelChat { turn: 1 }]);
    let partial = items(&console).pop().expect("the partial answer");
    assert_eq!((partial.text.as_str(), partial.note.as_str()), ("Beca", "stopped, incomplete"));
    reply(&mut console, 1, ReplyEvent::Text("use".into()));
    assert_eq!(items(&console).len(), 2, "steps of a stopped call change nothing");
    assert_eq!(console.press("Esc"), []);
    assert!(matches!(console.state.chat.scene, Scene::Form), "the next Esc goes back");
}

#[test]
fn stopping_before_the_first_word_gives_the_question_back() {
    let mut console = asking();
    assert_eq!(console.press("Ctrl-c"), [Effect::CancelChat { turn: 1 }]);
    assert_eq!((items(&console), input(&console)), (vec![], "Why?".into()));
}

#[test]
fn a_failed_call_gives_the_question_back_and_says_why() {
    let mut console = asking();
    let error = CallError {
        kind: Outcome::Unavailable,
        message: "No provider could answer.".into(),
        retry_at: Some(fixtures::moment("2026-11-22T04:01:30Z")),
        attempts: Vec::new(),
    };
    reply(&mut console, 1, ReplyEvent::Failed(Box::new(error)));
    assert_eq!(input(&console), "Why?");
    let text = "No provider could answer. Your question is back in the input.\n\
                It is worth another try after 12:01:30.";
    assert_eq!(items(&console), [Item::new(ItemKind::Trouble, text)]);
    assert_eq!(console.press("Enter"), [send(2, vec![user("Why?")])], "the failed exchange is no history");
}

#[test]
fn a_question_that_a_filter_refused_is_told_so_with_the_setting_that_asks_another_provider() {
    let mut console = asking();
    let attempt = |provider: &str| Attempt {
        provider: provider.into(),
        outcome: Outcome::ContentFilter,
        ..fixtures::status().calls[0].attempts[0].clone()
    };
    let mut error = CallError {
        kind: Outcome::ContentFilter,
        message: "llama: the provider's filter refused to answer".into(),
        retry_at: None,
        attempts: vec![attempt("llama")],
    };
    let once = "the provider's filter refused the question (llama: the provider's filter refused to answer); the same words \
                will be refused again, unless CONTENT_FILTER_FALLBACK=true lets another provider be asked";
    assert_eq!(terms::failure(&error, Language::En), once);
    reply(&mut console, 1, ReplyEvent::Failed(Box::new(error.clone())));
    let text = format!("{once}. Your question is back in the input.");
    assert_eq!(items(&console), [Item::new(ItemKind::Trouble, text)]);
    error.attempts.push(attempt("qwen"));
    let everywhere =
        "各个服务的内容审核都拒绝了这个问题（llama: the provider's filter refused to answer）；原样再问仍会被拒";
    assert_eq!(terms::failure(&error, Language::Zh), everywhere);
}

#[test]
fn an_answer_that_a_filter_ended_is_not_told_as_broken_off() {
    let mut console = asking();
    let whole = fixtures::answer("Beca");
    let mut last = fixtures::status().calls[0].attempts[0].clone();
    (last.provider, last.model, last.outcome) = (whole.provider.clone(), whole.model.clone(), Outcome::ContentFilter);
    let answer = Answer { complete: false, attempts: vec![last], ..whole };
    reply(&mut console, 1, ReplyEvent::Finished(Box::new(answer)));
    let note = items(&console).last().map(|item| item.note.clone()).unwrap_or_default();
    assert!(note.ends_with("incomplete: the provider's filter ended it; your question is back in the input"), "{note}");
}

#[test]
fn an_answer_that_breaks_off_stays_marked_and_the_question_comes_back() {
    let mut console = asking();
    let answer = Answer { complete: false, finish_reason: None, ..fixtures::answer("Beca") };
    reply(&mut console, 1, ReplyEvent::Finished(Box::new(answer)));
    assert_eq!(input(&console), "Why?");
    let partial = items(&console).pop().expect("the partial answer");
    assert!(partial.note.contains("incomplete"), "{}", partial.note);
}

fn seam(offset: usize) -> router::Seam {
    router::Seam { offset, from: "llama".into(), to: "qwen".into(), reason: Outcome::IdleTimeout }
}

/// What is being said.
fn live(console: &Console) -> Item {
    let transcript = &console.state.chat.free.transcript;
    transcript.get(transcript.items().len()).expect("a live answer").clone()
}

#[test]
fn an_answer_that_another_provider_goes_on_with_keeps_the_place() {
    let mut console = asking();
    trying(&mut console);
    reply(&mut console, 1, ReplyEvent::Text("因为\u{1b}[1m".into()));
    reply(&mut console, 1, ReplyEvent::Continued(seam(2)));
    reply(&mut console, 1, ReplyEvent::Trying { provider: "qwen".into(), model: "qwen-plus".into() });
    reply(&mut console, 1, ReplyEvent::Text("如此".into()));
    let place = Some(Seam { at: 6, by: "qwen".into() });
    let (began, text) = ("llama Llama-3.3-70B-Instruct".to_owned(), "因为如此".to_owned());
    let expected = Item { name: began, text, seam: place, ..Item::new(ItemKind::Model, "") };
    assert_eq!(live(&console), expected);
    let answer = Answer { seam: Some(seam(6)), ..fixtures::answer("因为\u{1b}[1m如此") };
    reply(&mut console, 1, ReplyEvent::Finished(Box::new(answer)));
    let note = "0.000142 CNY, 0.8 s, 2 attempts, llama broke off (stood still) and qwen went on".into();
    assert_eq!(items(&console).pop(), Some(Item { note, ..expected }));
}

#[test]
fn an_answer_that_is_begun_anew_loses_what_was_shown_and_says_why() {
    let mut console = asking();
    trying(&mut console);
    reply(&mut console, 1, ReplyEvent::Text("Beca".into()));
    reply(&mut console, 1, ReplyEvent::Trying { provider: "qwen".into(), model: "qwen-plus".into() });
    reply(&mut console, 1, ReplyEvent::Replaced(seam(0)));
    let note = "llama broke off (stood still) and qwen began anew".to_owned();
    let anew = Item { name: "qwen".into(), note, ..Item::new(ItemKind::Model, "") };
    assert_eq!(live(&console), anew);
    reply(&mut console, 1, ReplyEvent::Text("So it is.".into()));
    assert_eq!(live(&console), Item { name: "qwen qwen-plus".into(), text: "So it is.".into(), ..anew });
    let answer = Answer { seam: Some(seam(0)), ..fixtures::answer("So it is.") };
    reply(&mut console, 1, ReplyEvent::Finished(Box::new(answer)));
    let item = items(&console).pop().expect("the answer");
    assert_eq!((item.name.as_str(), item.seam), ("qwen qwen-plus", None));
    assert!(item.note.ends_with("llama broke off (stood still) and qwen began anew"), "{}", item.note);
}

#[test]
fn a_wait_and_a_slow_provider_are_shown_until_something_comes() {
    let mut console = asking();
    let now = console.now;
    reply(&mut console, 1, ReplyEvent::Queued { place: 3, wait: Some(Duration::from_secs(2)) });
    let call = |console: &Console| console.state.chat.free.call.clone().expect("a call");
    let wait = call(&console).waiting.expect("a wait");
    assert_eq!((wait.what.as_str(), wait.until), ("place 3 in line", Some(now + Duration::from_secs(2))));
    reply(&mut console, 1, ReplyEvent::Slow { provider: "llama".into() });
    assert!(call(&console).slow);
    reply(&mut console, 1, ReplyEvent::Text("Be".into()));
    assert_eq!((call(&console).waiting, call(&console).slow), (None, false));
}

#[test]
fn an_answer_cut_at_the_length_limit_says_the_key_that_goes_on_with_it() {
    let mut console = asking();
    assert_eq!(console.press("Ctrl-x c"), []);
    assert_eq!(console.notice(), "The last answer was not cut; there is nothing to go on with.");
    let answer = Answer { finish_reason: Some("length".into()), ..fixtures::answer("Beca") };
    reply(&mut console, 1, ReplyEvent::Finished(Box::new(answer)));
    let note = items(&console).pop().expect("the answer").note;
    assert!(note.ends_with("cut at the length limit, Ctrl-X c goes on"), "{note}");
    console.write("my own");
    let asked = user("Please go on exactly where you stopped.");
    let history = vec![user("Why?"), Message::text(Role::Assistant, "Beca"), asked];
    assert_eq!(console.press("Ctrl-x c"), [send(2, history)]);
    assert_eq!(input(&console), "my own");
    assert_eq!(console.press("Ctrl-x c"), [], "once is enough");
}

#[test]
fn a_message_written_meanwhile_is_not_overwritten() {
    let mut console = asking();
    console.write("next");
    assert_eq!(console.press("Enter"), []);
    assert_eq!(console.notice(), "An answer is under way; Esc stops it. Your text stays here.");
    console.press("Esc");
    assert_eq!(input(&console), "next");
    console.press("Enter");
    assert_eq!(console.press("Ctrl-c"), [Effect::CancelChat { turn: 2 }]);
    console.press("Ctrl-c Up Up");
    assert_eq!(input(&console), "Why?", "it is in the history");
}

#[test]
fn while_an_answer_runs_the_console_moves_and_then_sleeps() {
    let mut console = asking();
    let beat = Duration::from_millis(250);
    assert_eq!(console.state.wakes_at(console.now), Some(console.now + beat));
    reply(&mut console, 1, ReplyEvent::Finished(Box::new(fixtures::answer("Because."))));
    assert_eq!(console.state.wakes_at(console.now), None);
}

#[test]
fn the_task_and_the_provider_can_be_chosen_by_key() {
    let mut console = Console::chatting(Language::En);
    console.press("Ctrl-x t Ctrl-x o");
    let free = &console.state.chat.free;
    assert_eq!((free.task, free.pin.as_deref()), (Task::Interview, Some("llama")));
    console.press("Ctrl-x o Ctrl-x o");
    assert_eq!(console.state.chat.free.pin, None);
}

#[test]
fn a_model_chosen_in_its_tab_is_asked_in_free_chat() {
    let mut console = Console::ready(Language::En);
    console.press("2 Down Enter");
    assert_eq!(console.state.tab, Tab::Chat);
    console.write("Hi");
    let effect =
        Effect::SendChat { turn: 1, task: Task::Chat, provider: Some("qwen".into()), messages: vec![user("Hi")] };
    assert_eq!(console.press("Enter"), [effect]);
}

#[test]
fn a_model_that_needs_a_file_is_not_for_free_chat() {
    let mut console = Console::ready(Language::En);
    console.press("2 End Enter");
    assert_eq!(console.state.tab, Tab::Models);
    assert_eq!(console.notice(), "The task audio needs a file; free chat is for text.");
}

#[test]
fn a_running_interview_is_not_left_for_a_model() {
    let mut console = Console::interviewing(Language::En);
    console.press("Alt-2 Enter");
    assert_eq!(console.state.tab, Tab::Models);
    assert!(matches!(console.state.chat.scene, Scene::Interview(_)));
}

#[test]
fn a_report_is_not_thrown_away_for_a_model() {
    let mut console = Console::interviewing(Language::En);
    console.tell(Update::Finished(Arc::new(fixtures::report(Language::En))));
    for key in ["Esc", "Enter"] {
        console.press(key);
        console.press("Alt-2 Enter");
        assert_eq!(console.notice(), "Your report is still open. Ctrl-X n leaves it; then this works.");
        assert!(console.state.chat.scene.interview().is_some());
        console.press("Alt-1");
    }
    console.press("Ctrl-x n Alt-2 Enter");
    assert!(matches!(console.state.chat.scene, Scene::Free));
}

#[test]
fn an_interview_that_failed_is_offered_again_when_it_is_left_for_a_model() {
    let mut console = Console::interviewing(Language::En);
    console.tell(Update::Failed("the disk is full".into()));
    console.press("Alt-2 Enter");
    assert!(matches!(console.state.chat.scene, Scene::Free));
    assert_eq!(console.state.chat.form.unfinished.as_ref().map(|last| last.id.as_str()), Some("s1"));
}

#[test]
fn a_new_conversation_forgets_the_one_before_and_keeps_what_is_being_written() {
    let mut console = asking();
    reply(&mut console, 1, ReplyEvent::Finished(Box::new(fixtures::answer("Because."))));
    console.write("Anew");
    assert_eq!(console.press("Ctrl-x n"), []);
    assert_eq!((items(&console), input(&console)), (vec![], "Anew".into()));
    assert_eq!(console.press("Enter"), [send(2, vec![user("Anew")])]);
    assert_eq!(console.press("Ctrl-x n"), [Effect::CancelChat { turn: 2 }]);
    assert_eq!((items(&console), input(&console)), (vec![], "Anew".into()));
}

#[test]
fn before_the_backend_is_there_a_message_stays_and_the_reason_is_said() {
    let mut console = Console::starting(Language::En);
    console.press("Up Enter");
    console.write("Why?");
    assert_eq!(console.press("Enter"), []);
    assert_eq!((console.notice(), input(&console).as_str()), ("Still starting, one moment.", "Why?"));
}
