//! Screens as people see them, at three sizes and in both languages; snapshots say nothing of styles, so some are asserted.

mod routing;

use std::sync::Arc;
use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, CellWidth};
use ratatui::layout::Position;
use ratatui::style::Modifier;

use super::draw;
use crate::app::tests::{Console, fixtures};
use crate::app::{Event, State, Unfinished};
use crate::config::Language;
use crate::interview::{Phase, View};
use crate::interviewer::Update;
use crate::router::ReplyEvent;

const SIZES: [(u16, u16); 3] = [(120, 36), (80, 24), (40, 10)];

fn painted(state: &State, columns: u16, rows: u16) -> (Buffer, Position) {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).expect("a terminal");
    terminal.draw(|frame| draw(frame, state)).expect("a frame");
    let cursor = terminal.get_cursor_position().expect("a cursor");
    (terminal.backend().buffer().clone(), cursor)
}

/// The screen's characters; a wide one stands for both its cells.
fn text(buffer: &Buffer) -> String {
    let mut lines = Vec::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        let mut x = 0;
        while x < buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            x += symbol.cell_width().max(1);
        }
        lines.push(line.trim_end().to_owned());
    }
    lines.join("\n")
}

fn screen(console: &Console, columns: u16, rows: u16) -> String {
    text(&painted(&console.state, columns, rows).0)
}

/// Pins a scene at every size in every language.
fn pin(name: &str, scene: impl Fn(Language, (u16, u16)) -> Console) {
    for language in Language::ALL {
        for (columns, rows) in SIZES {
            let console = scene(language, (columns, rows));
            let name = format!("{name}_{}_{columns}x{rows}", language.code());
            insta::assert_snapshot!(name, screen(&console, columns, rows));
        }
    }
}

fn said(language: Language, en: &'static str, zh: &'static str) -> &'static str {
    match language {
        Language::En => en,
        Language::Zh => zh,
    }
}

#[test]
fn the_form() {
    pin("form", |language, _| Console::ready(language));
}

#[test]
fn the_form_with_an_unfinished_interview() {
    pin("form_resume", |language, _| {
        let mut console = Console::starting(language);
        let mut ready = fixtures::ready(language);
        let title = said(language, "Behavioural, backend engineer, Mid-level", "行为面试，后端开发，中级").into();
        ready.unfinished = Some(Unfinished { id: "s0".into(), title });
        console.hear(Event::BackendReady(Box::new(ready)));
        console.press("Down Down");
        console
    });
}

#[test]
fn the_first_paint() {
    pin("first_paint", |language, _| Console::starting(language));
}

#[test]
fn an_interview_that_waits_for_an_answer_to_a_probe() {
    pin("answering", |language, _| {
        let mut console = Console::interviewing(language);
        console.write(said(
            language,
            "I asked her for half an hour, and we wrote both plans down side by side. Then I",
            "我约她聊了半小时，把两个方案并排写下来，逐条比较风险。然后我",
        ));
        console
    });
}

#[test]
fn the_interviewer_speaking() {
    pin("speaking", |language, _| {
        let mut console = Console::interviewing(language);
        let mut view = fixtures::speaking(language);
        if let Some(question) = &mut view.question {
            question.number = 3;
            question.probes = 0;
        }
        console.see(view);
        let piece = said(language, "Thank you. Tell me about a mistake that", "谢谢。请讲一次你犯过的错误，");
        console.tell(Update::Speaking(piece.into()));
        console
    });
}

#[test]
fn an_interview_looked_at_further_up() {
    pin("scrolled", |language, (columns, rows)| {
        let mut console = Console::interviewing(language);
        // Keys move by what the last frame showed.
        painted(&console.state, columns, rows);
        console.press("PgUp");
        console.tell(Update::Notice(
            said(language, "llama failed; qwen asks now.", "llama 出错，改由 qwen 提问。").into(),
        ));
        console
    });
}

#[test]
fn a_question_before_the_end() {
    pin("question", |language, _| {
        let mut console = Console::interviewing(language);
        console.press("Ctrl-x e");
        console
    });
}

#[test]
fn the_end_of_an_interview() {
    pin("over", |language, _| finished(language));
}

fn finished(language: Language) -> Console {
    let mut console = Console::interviewing(language);
    let view = fixtures::view(language);
    console.see(View { phase: Phase::Done, question: None, left: Duration::from_secs(300), ..view });
    console.tell(Update::Finished(Arc::new(fixtures::report(language))));
    console
}

#[test]
fn the_report() {
    pin("report", |language, _| {
        let mut console = finished(language);
        console.press("Enter");
        console
    });
}

#[test]
fn the_report_s_end() {
    pin("report_end", |language, (columns, rows)| {
        let mut console = finished(language);
        console.press("Enter");
        painted(&console.state, columns, rows);
        console.press("End");
        console
    });
}

#[test]
fn free_chat() {
    pin("free", |language, _| {
        let mut console = Console::chatting(language);
        console.write(said(language, "How do I explain a gap?", "怎么解释空窗期？"));
        console.press("Enter");
        let reply = |event| Event::Reply { turn: 1, event };
        let answer = fixtures::answer(said(
            language,
            "Be brief and honest:\n\n- say what you did in that time\n- say what you **learnt**\n\nThen come back to the job.",
            "简短、诚实：\n\n- 说说那段时间做了什么\n- 说说**学到**了什么\n\n然后回到岗位本身。",
        ));
        console.hear(reply(ReplyEvent::Finished(Box::new(answer))));
        console.write(said(language, "And in one line?", "一句话怎么说？"));
        console.press("Enter");
        let reply = |event| Event::Reply { turn: 2, event };
        console.hear(reply(ReplyEvent::Trying { provider: "qwen".into(), model: "qwen-plus".into() }));
        console.wait(Duration::from_millis(3500));
        console.hear(reply(ReplyEvent::Text(said(language, "I took a year off to", "我用一年时间").into())));
        console
    });
}

#[test]
fn the_models() {
    pin("models", |language, _| {
        let mut console = Console::ready(language);
        console.press("2 Down Down");
        console
    });
}

#[test]
fn the_help() {
    pin("help", |language, _| {
        let mut console = Console::interviewing(language);
        console.press("F1");
        console
    });
}

#[test]
fn the_leader() {
    pin("leader", |language, _| {
        let mut console = Console::interviewing(language);
        console.press("Ctrl-x");
        console
    });
}

#[test]
fn a_backend_that_does_not_come() {
    pin("failed", |language, _| {
        let mut console = Console::starting(language);
        console.hear(Event::BackendFailed("LLAMA_API_BASE_URL = \"ftp://x\": allowed is an http(s) address".into()));
        console
    });
}

#[test]
fn a_screen_that_is_too_small_says_what_is_needed() {
    for language in Language::ALL {
        let console = Console::ready(language);
        let name = format!("too_small_{}", language.code());
        insta::assert_snapshot!(name, screen(&console, 39, 10));
    }
}

#[test]
fn no_size_panics_in_any_scene() {
    type Scene = fn(Language) -> Console;
    let scenes: [Scene; 5] = [Console::starting, Console::ready, Console::interviewing, Console::chatting, finished];
    for scene in scenes {
        for keys in ["F5", "F1", "F3", "F4", "Enter", "Ctrl-x e"] {
            let mut console = scene(Language::Zh);
            console.press(keys);
            for (columns, rows) in [(1, 1), (1, 40), (200, 1), (39, 9), (40, 10), (41, 11), (60, 16), (200, 60)] {
                painted(&console.state, columns, rows);
            }
        }
    }
}

#[test]
fn the_tab_in_front_is_marked_by_brackets_and_by_style() {
    let console = Console::ready(Language::En);
    let (buffer, _) = painted(&console.state, 80, 24);
    assert!(text(&buffer).starts_with("VITA  [1 Chat]  2 Models   3 Monitor"));
    assert!(buffer[(7, 0)].modifier.contains(Modifier::REVERSED));
    assert!(!buffer[(17, 0)].modifier.contains(Modifier::REVERSED));
}

#[test]
fn the_terminal_s_cursor_stands_behind_what_was_typed() {
    let mut console = Console::interviewing(Language::Zh);
    console.write("我a");
    let (_, cursor) = painted(&console.state, 80, 24);
    assert_eq!(cursor, Position { x: 5, y: 20 });
}

#[test]
fn the_cursor_behind_a_full_line_stays_in_its_row() {
    let mut console = Console::interviewing(Language::En);
    console.write(&"x".repeat(77));
    let (_, cursor) = painted(&console.state, 80, 24);
    assert_eq!(cursor, Position { x: 79, y: 20 });
}

#[test]
fn the_input_grows_to_a_third_of_the_page_and_no_further() {
    let mut console = Console::interviewing(Language::En);
    for _ in 0..30 {
        console.press("Ctrl-j");
    }
    console.write("end");
    let screen = screen(&console, 80, 24);
    let rule = screen.lines().position(|line| line.starts_with("-----")).expect("the rule");
    let last = screen.lines().position(|line| line.trim() == "end").expect("the last line");
    assert_eq!(last - rule, 6);
}

#[test]
fn a_tab_keeps_words_apart() {
    let mut console = Console::interviewing(Language::En);
    console.tell(Update::Speaking(
        "name\tage\tand this line is so long that it has to go on in the next one, here".into(),
    ));
    let screen = screen(&console, 80, 24);
    assert!(screen.contains("  name    age    and this line"), "{screen}");
}

#[test]
fn ending_says_whether_what_is_typed_counts() {
    let mut console = Console::interviewing(Language::En);
    console.press("Ctrl-x e");
    assert!(screen(&console, 80, 24).contains("You get a report on the answers so far."));
    console.press("Esc");
    console.write("half an answer");
    console.press("Ctrl-x e");
    assert!(screen(&console, 80, 24).contains("What you have typed counts as your last answer;"));
}

#[test]
fn an_own_role_is_shown_as_it_is_typed() {
    let mut console = Console::ready(Language::En);
    console.press("Down");
    console.write("backend");
    assert!(screen(&console, 80, 24).contains("< backend >"));
}

#[test]
fn new_text_does_not_move_a_view_that_was_scrolled_up() {
    let mut console = Console::interviewing(Language::En);
    painted(&console.state, 80, 24);
    console.press("PgUp");
    let before = screen(&console, 80, 24);
    console.tell(Update::Speaking("One more thing.\nAnd another.".into()));
    let after = screen(&console, 80, 24);
    let page = |screen: &str| screen.lines().skip(4).take(12).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(page(&before), page(&after));
    assert!(after.contains("4 new lines, Ctrl-End to follow"), "{after}");
    console.press("Ctrl-End");
    assert!(screen(&console, 80, 24).contains("And another."));
}

#[test]
fn whoever_scrolls_back_to_the_end_follows_it_again() {
    let mut console = Console::interviewing(Language::En);
    painted(&console.state, 80, 24);
    console.press("PgUp");
    painted(&console.state, 80, 24);
    console.press("PgDn PgDn");
    painted(&console.state, 80, 24);
    console.tell(Update::Speaking("One more thing.".into()));
    assert!(screen(&console, 80, 24).contains("One more thing."));
}
