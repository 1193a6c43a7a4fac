//! The console as a user has it: the real binary in a pseudo-terminal.

#![allow(clippy::expect_used, reason = "a test that cannot go on fails")]

mod common;

use common::pty::{Console, Ended, contains};
use portable_pty::CommandBuilder;
use rustix::process::Signal;
use tempfile::TempDir;

const SIZE: (u16, u16) = (80, 24);
/// Ctrl-D, where nothing is written.
const QUIT: &str = "\u{4}";

fn home() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

/// The console, in front of the user.
fn started(home: &TempDir) -> Console {
    let console = Console::start(home.path(), SIZE, "en_US.UTF-8", &[]);
    console.wait_until("was the console's", |shown| shown.alternate);
    console
}

fn ended_by(signal: Signal) -> (u32, Vec<&'static str>) {
    let home = home();
    let console = started(&home);
    console.signal(signal);
    let Ended { code, leftovers, .. } = console.end();
    (code, leftovers)
}

#[test]
fn a_signal_ends_it_with_its_code_and_the_terminal_as_it_was() {
    assert_eq!(ended_by(Signal::TERM), (143, vec![]));
    assert_eq!(ended_by(Signal::HUP), (129, vec![]));
    assert_eq!(ended_by(Signal::INT), (130, vec![]));
}

#[test]
fn a_panic_gives_the_terminal_back_before_its_message_appears() {
    let mut command = CommandBuilder::new(std::env::current_exe().expect("this test"));
    command.args(["--ignored", "--exact", "child_that_panics", "--nocapture"]);
    let home = home();
    let ended = Console::run(home.path(), SIZE, command).end();
    // A test program's code for a test that failed.
    assert_eq!((ended.code, ended.leftovers), (101, vec![]));
    assert!(ended.screen.contains("the message"), "{}", ended.screen);
}

#[test]
#[ignore = "run by the test above in a terminal of its own"]
fn child_that_panics() {
    let _guard = vita::terminal::Guard::enter().expect("a terminal");
    panic!("the message");
}

#[test]
fn stopped_and_continued_it_takes_the_terminal_again_and_draws_everything() {
    let home = home();
    let mut shell = CommandBuilder::new("sh");
    shell.env("VITA_HOME", home.path().join("vita"));
    // A shell with job control: it gets the terminal back when the console stops.
    shell.args(["-mc", &format!("{}; echo stopped $?; read _; fg; echo ended $?", env!("CARGO_BIN_EXE_vita"))]);
    let console = Console::run(home.path(), SIZE, shell);
    console.wait_until("was the console's", |shown| shown.alternate);
    console.keys("\u{1a}").wait_for("stopped");
    console.keys("\n");
    console
        .wait_until("was the console's again", |shown| shown.alternate && shown.text.contains("Start the interview"));
    console.keys(QUIT);
    let ended = console.end();
    assert!(ended.screen.contains("ended 0"), "{}", ended.screen);
}

#[test]
fn quitting_leaves_the_terminal_as_it_was() {
    let home = home();
    let console = started(&home);
    console.wait_for("Start the interview").keys(QUIT);
    let ended = console.end();
    assert_eq!((ended.code, ended.leftovers), (0, vec![]));
}

#[test]
fn a_narrow_or_tiny_terminal_is_no_reason_to_fall_over() {
    let home = home();
    let console = started(&home);
    console.wait_for("Start the interview");
    console.resize(1, 1);
    console.resize(30, 8);
    console.wait_for("40x10");
    console.resize(80, 24);
    console.wait_for("Start the interview").keys(QUIT);
    assert_eq!(console.end().code, 0);
}

#[test]
fn without_a_terminal_it_says_what_to_use_instead() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_vita"))
        .env("LANG", "C")
        .stdin(std::process::Stdio::null())
        .output()
        .expect("the program runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(contains(&output.stderr, "vita ask"));
}
