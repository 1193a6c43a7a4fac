//! A newcomer's interviews: the real binary in a pseudo-terminal, nothing configured, the demo providers behind it.

#![allow(clippy::expect_used, reason = "a test that cannot go on fails")]

mod common;

use std::path::Path;
use std::time::Duration;

use common::pty::{Console, Shown, contains};
use rustix::process::Signal;
use tempfile::TempDir;
use vita::config::Places;
use vita::store::Store;

const SIZE: (u16, u16) = (80, 24);
const ENTER: &str = "\r";
const DOWN: &str = "\u{1b}[B";
const LEFT: &str = "\u{1b}[D";
const QUIT: &str = "\u{4}";

/// What a user of one language reads and writes.
struct Words {
    locale: &'static str,
    ready: &'static str,
    questions: &'static str,
    speaking: &'static str,
    turn: &'static str,
    probe: &'static str,
    over: &'static str,
    report: &'static [&'static str],
    saved: &'static str,
    thin: &'static str,
    good: &'static str,
}

const ENGLISH: Words = Words {
    locale: "en_US.UTF-8",
    ready: "llama OK",
    questions: "> Questions",
    speaking: "the interviewer is speaking",
    turn: "your turn",
    probe: "Interviewer, asking further",
    over: "The interview is over",
    report: &["Interview report", "What worked"],
    saved: "report.md and report.json are in",
    thin: "It went fine.",
    good: "Our checkout timed out every evening. I had to bring it under a second before the sale. I profiled it, found one \
           query that ran four hundred times, wrote a batch for it, and tested it with last year's traffic. The page went from \
           nine seconds to 700 ms and we lost no order; I learned to measure before I guess.",
};

const CHINESE: Words = Words {
    locale: "zh_CN.UTF-8",
    ready: "llama 正常",
    questions: "> 题数",
    speaking: "面试官正在提问",
    turn: "请作答",
    probe: "面试官追问",
    over: "面试结束",
    report: &["面试报告", "做得好"],
    saved: "report.md 和 report.json 已保存到",
    thin: "还行吧。",
    good: "当时我们的结算页面每天晚上都会超时，大促之前我必须把它降到一秒以内。我先做了性能分析，发现有一条查询重复执行了四百次，\
           于是我把它改成批量查询，又用去年的流量压测了两轮。上线以后页面从九秒降到七百毫秒，一笔订单都没有丢。我学到的是先测量再动手。",
};

fn start(home: &Path, words: &Words) -> Console {
    let console = Console::start(home, SIZE, words.locale, &[]);
    console.wait_for(words.ready);
    console
}

/// Sets three questions, the fewest there can be, and begins.
fn begin(console: &Console, words: &Words) {
    while !console.screen().contains(words.questions) {
        let before = console.screen();
        console
            .keys(DOWN)
            .wait_until("moved its focus", |shown| shown.text != before);
    }
    console.keys(LEFT).wait_for("4").keys(LEFT).wait_for("3");
    console.keys(ENTER).wait_for(words.speaking).wait_for(words.turn);
}

/// Gives an answer and waits for what comes of it: the next question, or the end.
fn answer(console: &Console, words: &Words, text: &str) -> Shown {
    console.keys(text).keys(ENTER).wait_for(words.speaking);
    console.wait_until("asked or ended", |shown| {
        shown.text.contains(words.turn) || shown.text.contains(words.over)
    })
}

fn whole_interview(words: &Words) {
    let home = home();
    let console = start(home.path(), words);
    begin(&console, words);
    let asked_further = answer(&console, words, words.thin);
    assert!(asked_further.text.contains(words.probe), "{}", asked_further.text);
    let mut answers = 1;
    while !answer(&console, words, words.good).text.contains(words.over) {
        answers += 1;
        assert!(answers < 12, "three questions and their probes are fewer");
    }
    console.keys(ENTER);
    for part in words.report {
        console.wait_for(part);
    }
    console.keys("w").wait_for(words.saved);
    console.keys(QUIT);
    let ended = console.end();
    assert_eq!((ended.code, ended.leftovers), (0, vec![]));
    let reports = places(home.path()).data.join("reports");
    let [folder] = std::fs::read_dir(reports)
        .expect("reports")
        .collect::<Vec<_>>()
        .try_into()
        .expect("one report");
    let markdown = std::fs::read_to_string(folder.expect("a folder").path().join("report.md")).expect("the report");
    assert!(markdown.contains(words.report[0]), "{markdown}");
}

fn places(home: &Path) -> Places {
    Places::under(&home.join("vita"))
}

fn home() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

#[test]
fn a_whole_interview_in_english() {
    whole_interview(&ENGLISH);
}

#[test]
fn a_whole_interview_in_chinese() {
    whole_interview(&CHINESE);
}

#[test]
fn killed_in_the_middle_of_an_answer_it_goes_on_where_it_was() {
    let words = &ENGLISH;
    let home = home();
    let console = start(home.path(), words);
    begin(&console, words);
    answer(&console, words, words.thin);
    console.keys("and then I began to").wait_for("and then I began to");
    wait_for_draft(home.path(), "and then I began to");
    console.signal(Signal::KILL);
    console.end();

    let console = start(home.path(), words);
    console.wait_for("Go on with your last interview").keys(ENTER);
    console.wait_until("was where it had been", |shown| {
        shown.text.contains(words.thin) && shown.text.contains("> and then I began to")
    });
    console.keys(" finish it.").wait_for("> and then I began to finish it.");
    answer(&console, words, "");
}

#[test]
fn what_was_typed_is_kept_when_the_terminal_goes_away() {
    let words = &ENGLISH;
    let home = home();
    let console = start(home.path(), words);
    begin(&console, words);
    console.keys("half a sentence").wait_for("> half a sentence");
    console.signal(Signal::HUP);
    assert_eq!(console.end().code, 129);
    wait_for_draft(home.path(), "half a sentence");
}

#[test]
fn escape_sequences_in_pasted_text_never_reach_the_terminal() {
    let words = &ENGLISH;
    let home = home();
    let console = start(home.path(), words);
    begin(&console, words);
    // Copies to the clipboard, clears the screen, rings; and the same with the one-character introducer.
    console.paste("one\u{1b}]52;c;aGk=\u{7}two\u{1b}[2Jthree\u{9b}31mfour");
    console.wait_for("onetwothreefour");
    answer(&console, words, "");
    console.keys(QUIT).wait_for("y").keys("y");
    let written = console.end().bytes;
    for forbidden in ["\u{1b}]52", "aGk=", "\u{7}", "\u{9b}"] {
        assert!(!contains(&written, forbidden), "{forbidden:?}");
    }
}

/// Waits until the store holds the text as the unsent answer of the newest session.
fn wait_for_draft(home: &Path, text: &str) {
    let places = places(home);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let stored = async {
        let url = format!("sqlite:{}", places.data.join("vita.db").display());
        let store = Store::open(&url, &places.state).await.expect("the store");
        let mut look = tokio::time::interval(Duration::from_millis(50));
        loop {
            look.tick().await;
            let newest = store.sessions().await.expect("sessions").remove(0);
            if store.session(&newest.id).await.expect("the session").draft == text {
                return store.close().await;
            }
        }
    };
    let waited = runtime.block_on(async { tokio::time::timeout(Duration::from_secs(10), stored).await });
    assert!(waited.is_ok(), "the draft was never stored");
}
