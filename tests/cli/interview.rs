//! `vita interview` and `vita sessions`: a whole interview without the console.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;

use rustix::process::Signal;
use serde_json::{Value, json};
use vita::simulator::Fault;

use crate::desk::{Desk, Run, without_times};

const ENGLISH: &str = "\
Last year at my company our payment service lost orders at night. I had to find the cause within two days. I traced the \
queue, wrote a test that failed, and fixed the retry logic myself. As a result lost orders fell from 40 a week to 0.
---
We were three people and disagreed about the design. I wrote both designs down, measured them for a week, and showed the team \
the figures. We took the simpler one, and it has needed no change since.
";

const CHINESE: &str = "\
去年我们公司的支付服务每到晚上就丢订单，领导要求我两天之内找到原因。我先跟踪消息队列，写了一个能复现问题的测试，然后自己修好了重试逻辑。上线后，每周丢失的订单从40单降到0单。
---
当时我们三个人对方案有分歧。我把两个方案都写成文档，各跑了一周压测，再把数据拿给大家看，最后选了更简单的方案，到现在一直没改过。
";

fn hold(desk: &Desk, language: &str, answers: &str) -> Run {
    let arguments = ["interview", "--lang", language, "--answers", answers, "--seed", "7", "--questions", "3"];
    let run = desk.vita(&[&arguments[..], &["--quiet", "--json"]].concat());
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{run:?}");
    run
}

/// The report without what tells one interview from another.
fn substance(run: &Run) -> Value {
    let mut report = without_times(run.json());
    for name in ["id", "started_at"] {
        report[name] = Value::Null;
    }
    report
}

#[test]
fn the_same_seed_and_answers_give_the_same_report_in_either_language() {
    let desk = Desk::new();
    for (language, answers) in [("en", ENGLISH), ("zh", CHINESE)] {
        let answers = desk.file(&format!("{language}.txt"), answers);
        let first = hold(&desk, language, &answers);
        let report = first.json();
        assert_eq!(report["schema"], json!("vita.report/1"));
        assert_eq!((&report["setup"]["language"], &report["setup"]["seed"]), (&json!(language), &json!(7)));
        assert_eq!(report["closed"], json!("completed"));
        let statuses: Vec<_> = report["answers"].as_array().expect("answers").iter().collect();
        assert_eq!((statuses.len(), &statuses[2]["status"]), (3, &json!("skipped")));
        assert_eq!(substance(&first), substance(&hold(&desk, language, &answers)));
    }
}

#[test]
fn the_report_is_also_written_to_files_only_the_owner_may_read() {
    let desk = Desk::new();
    let answers = desk.file("a.txt", ENGLISH);
    let out = desk.home().join("out");
    let folder = out.display().to_string();
    let run = desk.vita(&["interview", "--answers", &answers, "--questions", "3", "--out", &folder]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.stdout.starts_with("# Interview report\n"), "{run:?}");
    assert!(
        run.stderr.contains("Question 1 of 3\n") && run.stderr.contains("\nYou\nLast year at my company"),
        "{run:?}"
    );
    let read = |name: &str| std::fs::read_to_string(out.join(name)).expect("a file");
    assert_eq!(read("report.md"), run.stdout);
    let report: Value = serde_json::from_str(&read("report.json")).expect("JSON");
    assert_eq!(report["schema"], json!("vita.report/1"));
    for name in ["report.md", "report.json"] {
        let mode = std::fs::metadata(out.join(name)).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn answers_can_be_typed_and_the_end_of_the_input_ends_the_interview() {
    let desk = Desk::new();
    let typed = format!("/hint\n{}.\n/skip\n", ENGLISH.replace("---\n", "").replace(". ", ".\n"));
    let arguments = ["interview", "--seed", "7", "--questions", "3", "--json", "--quiet"];
    let run = desk.vita_reading(&arguments, typed.as_bytes());
    assert_eq!(run.code, Some(0), "{run:?}");
    let report = run.json();
    assert_eq!((&report["closed"], &report["answers"][0]["hints_used"]), (&json!("early"), &json!(1)));
    let said = report["answers"][0]["parts"][0]["answer"].as_str().expect("an answer");
    assert!(said.starts_with("Last year at my company") && said.ends_with("no change since."), "{said}");
    // Somebody who types must see the question, quiet or not.
    assert!(run.stderr.contains("Question 1 of 3"), "{run:?}");
}

/// The first answer of an interview in which this is typed.
fn first_answer(typed: &str) -> Value {
    let desk = Desk::new();
    let run = desk.vita_reading(&["interview", "--seed", "7", "--questions", "3", "--json"], typed.as_bytes());
    assert_eq!(run.code, Some(0), "{run:?}");
    let report = run.json();
    assert_eq!(report["closed"], json!("early"), "{run:?}");
    report["answers"][0]["parts"][0]["answer"].clone()
}

#[test]
fn an_answer_given_in_a_pause_is_kept_until_the_clock_goes_on() {
    assert_eq!(first_answer("/pause\nWe fixed it.\n.\n/skip\n/go\n.\n/end\n"), json!("We fixed it."));
}

#[test]
fn what_is_typed_counts_when_the_interview_is_ended() {
    assert_eq!(first_answer("We fixed\nit.\n/end\nnever read\n"), json!("We fixed\nit."));
    assert_eq!(first_answer("/pause\nWe fixed it."), json!("We fixed it."));
}

#[test]
fn leaving_stores_what_was_typed_and_with_json_says_how_to_go_on() {
    let desk = Desk::new();
    let arguments = ["interview", "--questions", "3", "--seed", "7", "--json"];
    let left = desk.vita_reading(&arguments, b"It failed.\n.\nWe fixed\nhalf of it\n/quit\n");
    let error = left.json()["error"].clone();
    let id = desk.vita(&["sessions", "list", "--json"]).json()[0]["id"].as_str().expect("an id").to_owned();
    let message = format!("the interview is not finished; --resume-session {id} goes on with it");
    assert_eq!(error, json!({"kind": "unfinished", "message": message, "retry_at": null, "attempts": []}));
    assert_eq!(left.code, Some(0));

    let resumed = desk.vita_reading(&["interview", "--resume-session", &id, "--json"], b"/quit\n").stderr;
    assert!(resumed.contains("\nYou\nIt failed.\n"), "{resumed}");
    assert!(resumed.contains("go on from here:)\nWe fixed\nhalf of it\n"), "{resumed}");
}

#[test]
fn every_question_has_its_number_when_an_interview_is_taken_up() {
    let desk = Desk::new();
    let typed = "/skip\n/skip\n/quit\n".as_bytes();
    desk.vita_reading(&["interview", "--questions", "3", "--seed", "7"], typed);
    let id = desk.vita(&["sessions", "list", "--json"]).json()[0]["id"].as_str().expect("an id").to_owned();
    let resumed = desk.vita_reading(&["interview", "--resume-session", &id], b"/quit\n").stderr;
    let numbers: Vec<_> = resumed.lines().filter(|line| line.starts_with("Question ")).collect();
    assert_eq!(numbers, ["Question 1 of 3", "Question 2 of 3", "Question 3 of 3"], "{resumed}");
}

#[test]
fn an_interview_that_was_left_is_listed_and_goes_on_where_it_stopped() {
    let desk = Desk::new();
    let arguments = ["interview", "--lang", "zh", "--questions", "3", "--seed", "7"];
    let left = desk.vita_reading(&arguments, "第一题的回答，很短。\n。\n/quit\n".as_bytes());
    assert_eq!((left.code, left.stdout.as_str()), (Some(0), ""), "{left:?}");
    let listed = desk.vita(&["sessions", "list", "--json"]).json();
    let id = listed[0]["id"].as_str().expect("an id").to_owned();
    assert_eq!((&listed[0]["finished"], &listed[0]["language"]), (&json!(false), &json!("zh")));
    assert!(left.stderr.contains(&id), "{left:?}");
    let shown = desk.vita(&["sessions", "show", &id, "--json"]).json();
    assert_eq!((&shown["id"], &shown["closed"]), (&json!(id), &Value::Null));

    let answers = desk.file("a.txt", CHINESE);
    let resumed = desk.vita(&["interview", "--resume-session", &id, "--answers", &answers, "--json", "--quiet"]);
    assert_eq!(resumed.code, Some(0), "{resumed:?}");
    let report = resumed.json();
    assert_eq!((&report["id"], &report["closed"]), (&json!(id), &json!("completed")));
    let answer = report["answers"][0]["parts"][0]["answer"].clone();
    assert_eq!(answer, json!("第一题的回答，很短。"));
    assert_eq!(desk.vita(&["sessions", "show", &id, "--json"]).json(), report);
    let markdown = desk.vita(&["sessions", "show", &id]).ok();
    assert!(markdown.starts_with("# 面试报告\n"), "{markdown}");
    let list = desk.vita(&["sessions", "list"]).ok();
    assert!(list.starts_with(&id) && list.contains("  finished  live  "), "{list}");
    assert_eq!(desk.vita(&["interview", "--resume-session", &id]).code, Some(1));
}

#[test]
fn a_signal_leaves_the_interview_to_be_resumed() {
    let desk = Desk::new();
    let child = desk.start(&["interview", "--questions", "3"]);
    desk.wait_for_calls("llama", 1);
    let run = desk.end(child, Signal::TERM);
    assert_eq!((run.code, run.stdout.as_str()), (Some(143), ""), "{run:?}");
    assert_eq!(desk.vita(&["sessions", "list", "--json"]).json()[0]["finished"], json!(false));
}

#[test]
fn a_signal_in_the_middle_of_an_answer_leaves_it_as_a_draft() {
    let desk = Desk::new();
    let mut child = desk.start(&["interview", "--questions", "3"]);
    let mut keyboard = child.stdin.take().expect("standard input");
    keyboard.write_all(b"/hint\nhalf of it\n/hint\n").expect("typed");
    // With the second hint the line before it has been taken in.
    let said = BufReader::new(child.stderr.take().expect("standard error")).lines();
    said.map(|line| line.expect("text")).filter(|line| line == "Hint").nth(1).expect("a second hint");
    assert_eq!(desk.end(child, Signal::HUP).code, Some(129));
    // Until here: its end would have given the answer.
    drop(keyboard);
    let id = desk.vita(&["sessions", "list", "--json"]).json()[0]["id"].as_str().expect("an id").to_owned();
    let resumed = desk.vita_reading(&["interview", "--resume-session", &id], b"/quit\n").stderr;
    assert!(resumed.contains("go on from here:)\nhalf of it\n"), "{resumed}");
}

#[test]
fn without_any_provider_that_answers_the_bank_asks() {
    let desk = Desk::new();
    for provider in ["llama", "qwen"] {
        desk.fail(provider, Fault::Refuse);
    }
    let answers = desk.file("a.txt", ENGLISH);
    assert_eq!(hold(&desk, "en", &answers).json()["closed"], json!("completed"));
}

#[test]
fn a_set_up_that_cannot_be_held_is_a_usage_error_that_says_why() {
    let desk = Desk::new();
    let answers = desk.file("a.txt", ENGLISH);
    let refused = |arguments: &[&str]| {
        let run = desk.vita(&[&["interview", "--answers", &answers], arguments].concat());
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{run:?}");
        run.stderr
    };
    assert!(refused(&["--questions", "99"]).contains("questions must be 3 to 10"));
    assert!(refused(&["--type", "technical", "--role", "baker"]).contains("\"baker\""));
    assert!(refused(&["--level", "god"]).contains("level must be one of"));
    assert!(refused(&["--resume-session", "x", "--seed", "1"]).contains("cannot be used with"));
    assert_eq!(desk.vita(&["interview", "--answers", "nowhere.txt"]).code, Some(2));
    assert_eq!(desk.vita(&["sessions", "show", "nothing"]).code, Some(1));
}
