//! What can be seen of the router at work: waits and seams in free chat, and the Monitor tab.

use ratatui::style::Color;

use super::*;
use crate::router::{Answer, BreakerState, Recent, Seam};
use crate::wire::Outcome;

/// Asked, and this came of it so far.
fn asked(language: Language, steps: Vec<ReplyEvent>) -> Console {
    let mut console = Console::chatting(language);
    console.write(said(language, "How do I explain a gap?", "怎么解释空窗期？"));
    console.press("Enter");
    for event in [trying("llama", "Llama-3.3-70B-Instruct")].into_iter().chain(steps) {
        console.hear(Event::Reply { turn: 1, event });
    }
    console
}

/// What the first provider said, and what the other one.
fn words(language: Language) -> (&'static str, &'static str) {
    let began = said(language, "Be brief and honest:\n\n- say what you did in that", "简短、诚实：\n\n- 说说那段时间");
    let went_on = said(language, " time\n- say what you **learnt**", "做了什么\n- 说说**学到**了什么");
    (began, went_on)
}

fn trying(provider: &str, model: &str) -> ReplyEvent {
    ReplyEvent::Trying { provider: provider.into(), model: model.into() }
}

fn text(words: &str) -> ReplyEvent {
    ReplyEvent::Text(words.into())
}

fn seam(language: Language) -> Seam {
    let offset = words(language).0.chars().count();
    Seam { offset, from: "llama".into(), to: "qwen".into(), reason: Outcome::IdleTimeout }
}

#[test]
fn an_answer_while_another_provider_goes_on_with_it() {
    pin("continued", |language, _| {
        let (began, went_on) = words(language);
        asked(
            language,
            vec![text(began), trying("qwen", "qwen-plus"), ReplyEvent::Continued(seam(language)), text(went_on)],
        )
    });
}

#[test]
fn the_mark_of_a_seam_is_quieter_than_the_words_around_it() {
    let (began, went_on) = words(Language::En);
    let steps = vec![text(began), ReplyEvent::Continued(seam(Language::En)), text(went_on)];
    let (buffer, _) = painted(&asked(Language::En, steps).state, 80, 24);
    let shown = super::text(&buffer);
    let (row, line) = shown.lines().enumerate().find(|(_, line)| line.contains("[continued")).expect("the mark");
    let dim = |words: &str| {
        let column = line.find(words).expect("the words");
        buffer[(column as u16, row as u16)].modifier.contains(Modifier::DIM)
    };
    assert_eq!(["that", "[continued", "time"].map(dim), [false, true, false]);
}

#[test]
fn an_answer_with_a_seam() {
    pin("seam", |language, _| {
        let mut console = asked(language, Vec::new());
        let (began, went_on) = words(language);
        let answer = Answer { seam: Some(seam(language)), ..fixtures::answer(&format!("{began}{went_on}")) };
        console.hear(Event::Reply { turn: 1, event: ReplyEvent::Finished(Box::new(answer)) });
        console
    });
}

#[test]
fn an_answer_begun_anew() {
    pin("anew", |language, _| {
        let (began, went_on) = words(language);
        let seam = Seam { offset: 0, ..seam(language) };
        asked(language, vec![text(began), ReplyEvent::Replaced(seam), trying("qwen", "qwen-plus"), text(went_on)])
    });
}

#[test]
fn a_call_that_stands_in_line() {
    pin("in_line", |language, _| {
        let mut console = asked(language, Vec::new());
        let event = ReplyEvent::Queued { place: 3, wait: Some(Duration::from_secs(4)) };
        console.hear(Event::Reply { turn: 1, event });
        console.wait(Duration::from_millis(1500));
        console
    });
}

#[test]
fn a_provider_that_is_slow_is_named_so_until_its_first_word() {
    let mut console = asked(Language::En, vec![ReplyEvent::Slow { provider: "llama".into() }]);
    console.wait(Duration::from_millis(3100));
    assert!(screen(&console, 80, 24).contains("-- llama Llama-3.3-70B-Instruct is slow"));
    console.hear(Event::Reply { turn: 1, event: text("Be") });
    assert!(!screen(&console, 80, 24).contains("slow"));
}

#[test]
fn the_monitor() {
    pin("monitor", |language, _| {
        let mut console = Console::ready(language);
        console.press("3");
        console
    });
}

#[test]
fn the_monitor_s_end() {
    pin("monitor_end", |language, (columns, rows)| {
        let mut console = Console::ready(language);
        console.press("3 Right");
        painted(&console.state, columns, rows);
        console.press("End");
        console
    });
}

#[test]
fn every_call_s_reasons_can_be_read_and_a_new_call_changes_nothing_under_the_reader() {
    let mut console = Console::ready(Language::En);
    console.press("3");
    assert!(screen(&console, 80, 24).contains("Why: the latest call\n  12:00:40   interview   ok   18.7 s"));
    console.press("Right");
    let older = "Why: call 2 of the latest 4\n  12:00:02   interview   ok   0.8 s";
    assert!(screen(&console, 80, 24).contains(older));
    let mut status = fixtures::status();
    let mut newest = status.calls[0].clone();
    newest.at = fixtures::moment("2026-11-22T04:01:00Z");
    status.calls.insert(0, newest);
    console.hear(Event::StatusChanged(Arc::new(status)));
    assert!(screen(&console, 80, 24).contains("Why: call 3 of the latest 5\n  12:00:02"));
    console.press("Left Left Left");
    assert!(screen(&console, 80, 24).contains("Why: the latest call\n  12:01:00"));
    console.press("Right Right Right Right Right Right");
    assert!(screen(&console, 80, 24).contains("Why: call 5 of the latest 5\n  11:59:30"));
}

#[test]
fn only_models_that_were_asked_or_are_in_trouble_are_listed() {
    let mut console = Console::ready(Language::En);
    let mut status = fixtures::status();
    for route in status.providers.iter_mut().flat_map(|provider| &mut provider.routes) {
        (route.requests_today, route.recent, route.unavailable) = (0, Recent::default(), None);
        route.breaker = BreakerState::Closed;
    }
    console.hear(Event::StatusChanged(Arc::new(status)));
    console.press("3");
    assert!(screen(&console, 80, 24).contains("Models asked or set aside\n  none"));
}

#[test]
fn a_model_on_trial_says_that_the_next_calls_decide() {
    let mut console = Console::ready(Language::En);
    let mut status = fixtures::status();
    let route = &mut status.providers[0].routes[0];
    (route.breaker, route.probe_at) = (BreakerState::HalfOpen, None);
    console.hear(Event::StatusChanged(Arc::new(status)));
    console.press("3");
    assert!(screen(&console, 120, 36).contains("2,100 ms  next calls decide"));
}

#[test]
fn a_provider_that_is_down_is_named_so_and_stands_out() {
    let mut console = Console::ready(Language::En);
    console.press("3");
    let (buffer, _) = painted(&console.state, 80, 24);
    let text = super::text(&buffer);
    let (row, line) = text.lines().enumerate().find(|(_, line)| line.starts_with("  llama")).expect("llama's row");
    let column = line.find("DOWN").expect("its status") as u16;
    let cell = &buffer[(column, row as u16)];
    assert_eq!((cell.fg, cell.modifier), (Color::Yellow, Modifier::BOLD));
}
