//! A newcomer's interviews: the real binary in a pseudo-terminal, nothing configured, the demo providers behind it.

#![allow(clippy::expect_used, reason = "a test that cannot go on fails")]

mod common;

use std::path::Path;
use std::time::Duration;

use common::pty::{Console, Shown, contains};
use rust_i18n::t;
use rustix::process::Signal;
use tempfile::TempDir;
use vita::config::Places;
use vita::store::Store;

const SIZE: (u16, u16) = (80, 24);
const ENTER: &str = "\r";
const DOWN: &str = "\u{1b}[B";
const LEFT: &str = "\u{1b}[D";
const QUIT: &str = "\u{4}";

// The words on the screen are taken from where the program has them; how they look is for the snapshots to say.
rust_i18n::i18n!("src/locales", fallback = "en");

/// A user of one language, with what they answer.
struct User {
    locale: &'static str,
    language: &'static str,
    thin: &'static str,
    good: &'static str,
}

const ENGLISH: User = User {
    locale: "en_US.UTF-8",
    language: "en",
    thin: "It went fine.",
    good: "Our checkout timed out every evening. I had to bring it under a second before the sale. I profiled it, found one \
           query that ran four hundred times, wrote a batch for it, and tested it with last year's traffic. The page went from \
           nine seconds to 700 ms and we lost no order; I learned to measure before I guess.",
};

const CHINESE: User = User {
    locale: "zh_CN.UTF-8",
    language: "zh",
    thin: "还行吧。",
    good: "当时我们的结算页面每天晚上都会超时，大促之前我必须把它降到一秒以内。我先做了性能分析，发现有一条查询重复执行了四百次，\
           于是我把它改成批量查询，又用去年的流量压测了两轮。上线以后页面从九秒降到七百毫秒，一笔订单都没有丢。我学到的是先测量再动手。",
};

impl User {
    /// What the program says to this user, up to the first figure it fills in.
    fn reads(&self, key: &str) -> String {
        let text = t!(key, locale = self.language);
        text.split("%{").next().unwrap_or_default().trim().to_owned()
    }

    /// Whether the interview's first line, below the tabs, says that it is in this phase.
    fn sees_phase(&self, shown: &Shown, phase: &str) -> bool {
        let phase = self.reads(phase);
        shown.text.lines().skip(1).take(3).any(|line| line.contains(&phase))
    }

    fn start(&self, home: &Path) -> Console {
        let console = Console::start(home, SIZE, self.locale, &[]);
        console.wait_for(&format!("llama {}", self.reads("ui.health.healthy")));
        console
    }

    /// Sets three questions, the fewest there can be, and begins.
    fn begin(&self, console: &Console) {
        let questions = format!("> {}", self.reads("ui.form.questions"));
        while !console.screen().contains(&questions) {
            let before = console.screen();
            console.keys(DOWN).wait_until("moved its focus", |shown| shown.text != before);
        }
        console.keys(LEFT).wait_for("4").keys(LEFT).wait_for("3");
        console.keys(ENTER);
        self.listen(console);
    }

    /// Gives an answer and waits for what comes of it.
    fn answer(&self, console: &Console, text: &str) -> Shown {
        console.keys(text).keys(ENTER);
        self.listen(console)
    }

    /// Waits until the interviewer has spoken, and it is the user's turn or the end.
    fn listen(&self, console: &Console) -> Shown {
        console.wait_until("was being spoken to", |shown| self.sees_phase(shown, "ui.phase.speaking"));
        console
            .wait_until("asked or ended", |shown| self.sees_phase(shown, "ui.phase.answering") || self.is_over(shown))
    }

    fn is_over(&self, shown: &Shown) -> bool {
        shown.text.contains(&self.reads("ui.interview.over"))
    }
}

fn whole_interview(user: &User) {
    let home = home();
    let console = user.start(home.path());
    user.begin(&console);
    let asked_further = user.answer(&console, user.thin);
    let probe = user.reads("ui.who.probe");
    assert!(asked_further.text.contains(&probe), "{}", asked_further.text);
    let mut answers = 1;
    while !user.is_over(&user.answer(&console, user.good)) {
        answers += 1;
        assert!(answers < 12, "three questions and their probes are fewer");
    }
    let title = user.reads("interview.report.title");
    console.keys(ENTER).wait_for(&title);
    console.keys("w").wait_for(&user.reads("app.notice.saved"));
    console.keys(QUIT);
    let ended = console.end();
    assert_eq!((ended.code, ended.leftovers), (0, vec![]));
    let reports = places(home.path()).data.join("reports");
    let folder = std::fs::read_dir(reports).expect("reports").next().expect("a report");
    let markdown = std::fs::read_to_string(folder.expect("a folder").path().join("report.md")).expect("the report");
    assert!(markdown.contains(&title), "{markdown}");
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
    let user = &ENGLISH;
    let home = home();
    let console = user.start(home.path());
    user.begin(&console);
    user.answer(&console, user.thin);
    console.keys("and then I began to").wait_for("and then I began to");
    wait_for_draft(home.path(), "and then I began to");
    console.signal(Signal::KILL);
    console.end();

    let console = user.start(home.path());
    console.wait_for(&user.reads("ui.form.resume")).keys(ENTER);
    console.wait_until("was where it had been", |shown| {
        shown.text.contains(user.thin) && shown.text.contains("> and then I began to")
    });
    console.keys(" finish it.").wait_for("> and then I began to finish it.");
    user.answer(&console, "");
}

#[test]
fn what_was_typed_is_kept_when_the_terminal_goes_away() {
    let user = &ENGLISH;
    let home = home();
    let console = user.start(home.path());
    user.begin(&console);
    console.keys("half a sentence").wait_for("> half a sentence");
    console.signal(Signal::HUP);
    assert_eq!(console.end().code, 129);
    wait_for_draft(home.path(), "half a sentence");
}

#[test]
fn escape_sequences_in_pasted_text_never_reach_the_terminal() {
    let user = &ENGLISH;
    let home = home();
    let console = user.start(home.path());
    user.begin(&console);
    // Copies to the clipboard, clears the screen, rings; and the same with the one-character introducer.
    console.paste("one\u{1b}]52;c;aGk=\u{7}two\u{1b}[2Jthree\u{9b}31mfour");
    let pasted = "onetwothreefour";
    console.wait_for(&format!("> {pasted}"));
    user.answer(&console, "");
    // Sent, and drawn anew, it is on the screen while the program still runs.
    let shown = console.keys("\u{c}").wait_until("showed the answer again", |shown| {
        shown.text.contains(pasted) && !shown.text.contains(&format!("> {pasted}"))
    });
    assert!(shown.alternate, "the program still runs");
    let written = console.bytes();
    assert!(contains(&written, pasted));
    for forbidden in ["\u{1b}]52", "aGk=", "\u{7}", "\u{9b}"] {
        assert!(!contains(&written, forbidden), "{forbidden:?}");
    }
    console.keys(QUIT);
    assert_eq!(console.end().code, 0);
}

/// Waits until the store holds the text as the unsent answer of the newest session.
fn wait_for_draft(home: &Path, text: &str) {
    let places = places(home);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
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
