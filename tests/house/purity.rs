//! What a part may not touch, and how long a file may be.

use crate::sources::{Source, all, shipped};

/// Most lines of a file.
const LONGEST: usize = 400;

/// The ways to the world outside that a part without IO must not know.
const WORLD: [&str; 8] =
    ["std::fs", "std::net", "std::process", "std::env", "std::thread", "std::io", "sqlx", "reqwest"];

/// Where each of `words` stands in shipped code that `looked_at` picks.
fn found(words: &[&str], looked_at: impl Fn(&Source) -> bool) -> Vec<String> {
    let mut places = Vec::new();
    for source in shipped().iter().filter(|source| looked_at(source)) {
        let code = source.code();
        places.extend(words.iter().filter(|word| has(&code, word)).map(|word| format!("{}: {word}", source.path)));
    }
    places
}

/// Whether the word stands in the code, not as a part of a longer one.
fn has(code: &str, word: &str) -> bool {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    code.match_indices(word).any(|(at, _)| {
        let (before, after) = (&code[..at], &code[at + word.len()..]);
        !before.ends_with(is_of_name) && !after.starts_with(is_of_name)
    })
}

#[test]
fn the_interview_and_the_consoles_brain_and_its_pictures_do_no_io() {
    let is_pure = |source: &Source| ["interview", "app", "ui"].contains(&source.module());
    assert_eq!(found(&WORLD, is_pure), [""; 0]);
}

#[test]
fn the_interview_knows_no_runtime_and_the_console_only_its_clock() {
    assert_eq!(found(&["tokio"], |source| source.module() == "interview"), [""; 0]);
    let tasks = ["tokio::spawn", "tokio::task", "tokio::sync", "tokio::fs", "tokio::net", "tokio::select", "async"];
    assert_eq!(found(&tasks, |source| ["app", "ui"].contains(&source.module())), [""; 0]);
}

#[test]
fn the_console_holds_no_handle_and_reads_no_clock() {
    let is_console = |source: &Source| ["app", "ui"].contains(&source.module());
    let handles = [("router", "Router"), ("store", "Store"), ("interviewer", "Stage")];
    let mut held = Vec::new();
    for source in shipped().into_iter().filter(is_console) {
        for import in source.code().split("use crate::").skip(1) {
            let import = import.split(';').next().unwrap_or_default();
            let is_held = handles.iter().any(|(module, handle)| has(import, module) && has(import, handle));
            held.extend(is_held.then(|| format!("{}: {import}", source.path)));
        }
    }
    assert_eq!(held, [""; 0]);
    assert_eq!(found(&["Instant::now", "crate::backend"], is_console), [""; 0]);
}

#[test]
fn one_file_and_its_rooms_know_the_http_client() {
    assert_eq!(found(&["reqwest"], |source| !source.path.starts_with("provider/http")), [""; 0]);
}

#[test]
fn sql_is_in_the_store_alone() {
    let sql = ["sqlx", "SELECT", "INSERT INTO", "DELETE FROM", "CREATE TABLE"];
    assert_eq!(found(&sql, |source| source.module() != "store"), [""; 0]);
}

#[test]
fn nothing_prints_with_a_macro_that_panics_when_nobody_reads() {
    assert_eq!(found(&["println!", "print!"], |_| true), [""; 0]);
}

#[test]
fn no_file_is_longer_than_can_be_read_at_once() {
    let long: Vec<_> = all()
        .into_iter()
        .filter(|source| source.text.lines().count() > LONGEST)
        .map(|source| format!("{}: {}", source.path, source.text.lines().count()))
        .collect();
    assert_eq!(long, [""; 0]);
}
