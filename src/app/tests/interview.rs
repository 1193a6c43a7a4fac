//! Holding an interview.

use std::sync::Arc;
use std::time::Duration;

use super::{Console, fixtures};
use crate::app::chat::Scene;
use crate::app::chat::interview::Interview;
use crate::app::transcript::ItemKind;
use crate::app::{Effect, Event, Unfinished};
use crate::config::Language;
use crate::interview::{EntryKind, Pace, Phase, Rejection, View, Who};
use crate::interviewer::{Command, Update};

const EN: Language = Language::En;

fn tell(command: Command) -> Effect {
    Effect::Interview(command)
}

fn draft(text: &str) -> Effect {
    tell(Command::Draft(text.into()))
}

fn interview(console: &Console) -> &Interview {
    console.state.chat.scene.interview().expect("an interview")
}

fn input(console: &Console) -> String {
    interview(console).input.text()
}

/// Kind and words of the last item.
fn last(console: &Console) -> (ItemKind, String) {
    let transcript = &interview(console).transcript;
    let item = transcript.get(transcript.len() - 1).expect("an item");
    (item.kind, item.text.clone())
}

/// The view with one more entry.
fn after(view: View, who: Who, kind: EntryKind, text: &str) -> View {
    let mut transcript = view.transcript.as_ref().clone();
    transcript.push(fixtures::entry(who, kind, text.into()));
    View { transcript: Arc::new(transcript), ..view }
}

#[test]
fn enter_sends_the_answer() {
    let mut console = Console::interviewing(EN);
    console.write("I asked");
    let effects = console.press("Alt-Enter . Enter");
    assert_eq!(effects.last(), Some(&tell(Command::Submit("I asked\n.".into()))));
    assert_eq!(input(&console), "");
}

#[test]
fn an_empty_answer_is_not_sent_by_accident() {
    let mut console = Console::interviewing(EN);
    console.write("  ");
    assert_eq!(console.press("Enter"), []);
    assert_eq!(console.notice(), "Nothing is typed yet. Ctrl-X s skips the question.");
}

#[test]
fn text_typed_while_the_interviewer_speaks_stays_until_it_can_be_sent() {
    let mut console = Console::interviewing(EN);
    console.see(fixtures::speaking(EN));
    console.write("early");
    assert_eq!(console.press("Enter"), []);
    assert_eq!(console.notice(), "It is not your turn yet; your text stays here.");
    console.see(fixtures::view(EN));
    assert_eq!(console.press("Enter"), [tell(Command::Submit("early".into()))]);
}

#[test]
fn an_answer_the_session_refused_comes_back() {
    let mut console = Console::interviewing(EN);
    console.write("too late");
    console.press("Enter");
    console.tell(Update::Rejected(Rejection::NotNow));
    assert_eq!(input(&console), "too late");
    assert_eq!(console.notice(), "That can't be done at this point.");
}

#[test]
fn the_words_the_session_took_replace_those_that_streamed() {
    let mut console = Console::interviewing(EN);
    let mut speaking = fixtures::speaking(EN);
    if let Some(question) = &mut speaking.question {
        question.probes = 0;
    }
    console.see(speaking.clone());
    console.tell(Update::Speaking("Well, per".into()));
    console.tell(Update::Speaking("haps".into()));
    assert_eq!(last(&console), (ItemKind::Interviewer, "Well, perhaps".into()));
    let before = interview(&console).transcript.len();
    console.see(after(speaking, Who::Interviewer, EntryKind::Question, "In the bank's words."));
    assert_eq!(last(&console), (ItemKind::Interviewer, "In the bank's words.".into()));
    assert_eq!(interview(&console).transcript.len(), before);
}

#[test]
fn an_utterance_begun_anew_takes_the_place_of_what_was_shown() {
    let mut console = Console::interviewing(EN);
    console.see(fixtures::speaking(EN));
    console.tell(Update::Speaking("And th".into()));
    console.tell(Update::SpeakingAnew);
    console.tell(Update::Speaking("So what came of it?".into()));
    assert_eq!(last(&console), (ItemKind::Probe, "So what came of it?".into()));
}

#[test]
fn a_probe_is_labelled_as_one_while_it_streams() {
    let mut console = Console::interviewing(EN);
    console.see(fixtures::speaking(EN));
    console.tell(Update::Speaking("And then".into()));
    assert_eq!(last(&console), (ItemKind::Probe, "And then".into()));
}

#[test]
fn nothing_a_terminal_would_obey_enters_the_transcript() {
    let mut console = Console::interviewing(EN);
    console.tell(Update::Speaking("a\u{1b}]0;title\u{7}b\u{202e}c".into()));
    assert_eq!(last(&console).1, "abc");
    console.tell(Update::Notice("\u{9b}31mred".into()));
    let transcript = &interview(&console).transcript;
    assert_eq!(transcript.items().last().map(|item| item.text.as_str()), Some("red"));
}

#[test]
fn leader_keys_ask_for_hint_skip_and_pause() {
    let mut console = Console::interviewing(EN);
    let effects = console.press("Ctrl-x h Ctrl-x s Ctrl-x z");
    assert_eq!(effects, [tell(Command::Hint), tell(Command::Skip), tell(Command::Pause)]);
    let mut paused = fixtures::view(EN);
    paused.phase = Phase::Paused;
    paused.may = crate::interview::view::May { unpause: true, end: true, ..Default::default() };
    console.see(paused);
    assert_eq!(console.press("Ctrl-x z"), [tell(Command::Unpause)]);
    assert_eq!(console.press("Ctrl-x h"), []);
    assert_eq!(console.notice(), "There is no hint right now.");
}

#[test]
fn ending_asks_first_and_shows_the_report_as_soon_as_it_is_there() {
    let mut console = Console::interviewing(EN);
    assert_eq!(console.press("Ctrl-x e n"), []);
    assert_eq!(console.press("Ctrl-x e y"), [tell(Command::End)]);
    console.tell(Update::Finished(Arc::new(fixtures::report(EN))));
    assert!(matches!(console.state.chat.scene, Scene::Report(..)));
}

#[test]
fn what_is_written_counts_when_the_interview_is_ended() {
    let mut console = Console::interviewing(EN);
    console.write("half an answer");
    assert_eq!(console.press("Ctrl-x e y"), [tell(Command::Submit("half an answer".into())), tell(Command::End)]);

    let mut console = Console::interviewing(EN);
    let mut paused = fixtures::view(EN);
    paused.phase = Phase::Paused;
    paused.may = crate::interview::view::May { unpause: true, end: true, ..Default::default() };
    console.see(paused);
    console.write("late");
    let commands = [Command::Unpause, Command::Submit("late".into()), Command::End].map(tell);
    assert_eq!(console.press("Ctrl-x e y")[..], commands);

    let mut console = Console::interviewing(EN);
    console.see(fixtures::speaking(EN));
    console.write("early");
    assert_eq!(console.press("Ctrl-x e y"), [tell(Command::End)], "nothing is asked yet");
}

#[test]
fn an_interview_that_ends_by_itself_lets_its_last_words_be_read() {
    let mut console = Console::interviewing(EN);
    let report = Arc::new(fixtures::report(EN));
    console.tell(Update::Finished(report.clone()));
    assert!(matches!(console.state.chat.scene, Scene::Interview(_)));
    assert_eq!(console.press("Enter w"), [Effect::SaveReport(report)]);
    assert!(matches!(console.state.chat.scene, Scene::Report(..)));
    console.hear(Event::ReportSaved("/tmp/reports/s1".into()));
    assert_eq!(console.notice(), "report.md and report.json are in /tmp/reports/s1");
    console.press("Esc");
    assert!(matches!(console.state.chat.scene, Scene::Interview(_)));
}

#[test]
fn a_draft_is_stored_at_once_and_then_at_most_each_second() {
    let mut console = Console::interviewing(EN);
    assert_eq!(console.write("a"), [draft("a")]);
    assert_eq!(console.write("bc"), []);
    assert_eq!(console.state.wakes_at(console.now), Some(console.now + Duration::from_secs(1)));
    assert_eq!(console.wait(Duration::from_millis(999)), []);
    assert_eq!(console.wait(Duration::from_millis(1)), [draft("abc")]);
    assert_eq!(console.wait(Duration::from_secs(5)), []);
}

#[test]
fn a_draft_is_stored_at_once_when_the_focus_goes_or_the_program_ends() {
    let mut console = Console::interviewing(EN);
    console.write("ab");
    assert_eq!(console.hear(Event::FocusLost), [draft("ab")]);
    console.write("c");
    console.press("Home");
    let effects = console.press("F4 Ctrl-d");
    assert_eq!(effects, [draft("abc"), Effect::Quit]);
}

#[test]
fn a_look_at_past_answers_does_not_replace_the_stored_draft() {
    let mut console = Console::interviewing(EN);
    console.write("past");
    console.press("Ctrl-c");
    console.wait(Duration::from_secs(2));
    console.wait(Duration::from_secs(2));
    assert_eq!(console.write("a"), [draft("a")]);
    console.write("b");
    assert_eq!(console.press("Up"), []);
    assert_eq!(input(&console), "past");
    assert_eq!(console.wait(Duration::from_secs(1)), [draft("ab")]);
    assert_eq!(console.press("Down Up"), []);
    assert_eq!(console.wait(Duration::from_secs(5)), []);
}

#[test]
fn a_sent_answer_is_no_draft_any_more() {
    let mut console = Console::interviewing(EN);
    console.write("ab");
    assert_eq!(console.press("Enter"), [tell(Command::Submit("ab".into()))]);
    assert_eq!(console.wait(Duration::from_secs(3)), []);
}

#[test]
fn the_text_typed_before_a_crash_is_put_back_but_over_nothing() {
    let mut console = Console::interviewing(EN);
    console.tell(Update::Draft("half an answer".into()));
    assert_eq!(input(&console), "half an answer");
    console.tell(Update::Draft("something else".into()));
    assert_eq!(input(&console), "half an answer");
}

#[test]
fn leaving_for_another_interview_asks_keeps_the_draft_and_offers_it_again() {
    let mut console = Console::interviewing(EN);
    console.write("ab");
    assert_eq!(console.press("Ctrl-x n Esc"), []);
    assert_eq!(console.press("Ctrl-x n y"), [draft("ab"), Effect::DropInterview]);
    let offer = Unfinished { id: "s1".into(), title: "Behavioural, backend engineer, Mid-level".into() };
    assert_eq!(console.state.chat.form.unfinished, Some(offer));
    console.tell(Update::Speaking("late".into()));
    assert!(matches!(console.state.chat.scene, Scene::Form), "a late word of the old one changes nothing");
}

#[test]
fn an_interview_that_can_t_go_on_says_why_and_is_offered_again() {
    let mut console = Console::interviewing(EN);
    console.tell(Update::Failed("the disk is full".into()));
    assert_eq!(last(&console), (ItemKind::Trouble, "the disk is full".into()));
    assert_eq!(console.press("n"), []);
    assert!(console.state.chat.form.unfinished.is_some());
}

#[test]
fn the_clock_wakes_the_console_each_minute_and_each_second_of_the_last_one() {
    let mut console = Console::interviewing(EN);
    let mut view = fixtures::view(EN);
    view.left = Duration::from_secs(150);
    if let Some(question) = &mut view.question {
        question.budget = Duration::from_secs(3600);
    }
    console.see(view);
    let mut waits = Vec::new();
    for _ in 0..4 {
        let wait = console.state.wakes_at(console.now).expect("a running clock") - console.now;
        waits.push(wait.as_secs());
        console.wait(wait);
    }
    assert_eq!(waits, [30, 60, 1, 1]);
    assert_eq!(interview(&console).left(console.now), Some(Duration::from_secs(58)));
}

#[test]
fn the_pace_changes_while_the_answer_is_typed_and_wakes_the_console_for_it() {
    let mut console = Console::interviewing(EN);
    let mut view = fixtures::view(EN);
    view.left = Duration::from_secs(3600);
    if let Some(question) = &mut view.question {
        question.spent = Duration::from_secs(150);
        question.pace = Pace::OnTime;
    }
    console.see(view);
    let mut paces = vec![interview(&console).pace(console.now)];
    for _ in 0..3 {
        let wait = console.state.wakes_at(console.now).expect("a running clock") - console.now;
        console.wait(wait);
        paces.push(interview(&console).pace(console.now));
    }
    // After 30 s, at the minute, and after 120 s.
    assert_eq!(paces, [Pace::OnTime, Pace::Amber, Pace::Amber, Pace::Red].map(Some));
}

#[test]
fn a_paused_clock_stands_and_lets_the_console_sleep() {
    let mut console = Console::interviewing(EN);
    let mut view = fixtures::view(EN);
    view.phase = Phase::Paused;
    let left = view.left;
    console.see(view);
    assert_eq!(console.state.wakes_at(console.now), None);
    console.wait(Duration::from_secs(500));
    assert_eq!(interview(&console).left(console.now), Some(left));
}

#[test]
fn behind_another_tab_nothing_moves() {
    let mut console = Console::interviewing(EN);
    console.see(fixtures::speaking(EN));
    assert!(console.state.wakes_at(console.now).is_some());
    console.press("F4");
    assert_eq!(console.state.wakes_at(console.now), None);
}
