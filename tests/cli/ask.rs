//! `vita ask`: what scripts get, and the exit codes they branch on.

use std::io::Read as _;

use rustix::process::Signal;
use serde_json::{Value, json};
use vita::simulator::{BodyKind, Fault};

use crate::desk::{Desk, without_times};

fn status(status: u16) -> Fault {
    Fault::Status { status, code: None, message: None, retry_after: None, body: BodyKind::Json }
}

fn throttled(seconds: &str) -> Fault {
    Fault::Status {
        status: 429,
        code: None,
        message: None,
        retry_after: Some(seconds.to_owned()),
        body: BodyKind::Json,
    }
}

#[test]
fn an_answer_is_one_document_with_the_promised_fields() {
    let desk = Desk::new();
    let run = desk.vita(&["ask", "--json", "Hi"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(
        without_times(run.json()),
        json!({
            "text": "Hi there!",
            "provider": "llama",
            "model": "Llama-3.3-70B-Instruct",
            "finish_reason": "stop",
            "complete": true,
            "cached": false,
            "simulated": false,
            "attempts": [{
                "provider": "llama", "model": "Llama-3.3-70B-Instruct", "outcome": "ok", "status": 200, "ms": 0,
                "billed": "yes", "cost": "0.000005",
            }],
            "seam": null,
            "usage": {"prompt_tokens": 1, "completion_tokens": 2, "cached_tokens": 0, "estimated": false},
            "cost": {"amount": "0.000005", "currency": "CNY"},
            "ttft_ms": 0,
            "total_ms": 0,
            "why": ["task chat", "llama is primary"],
        })
    );
}

#[test]
fn the_answer_alone_is_on_standard_output_streamed_or_not() {
    let desk = Desk::new();
    let document = desk.vita(&["ask", "--json", "What is a breaker?"]).json();
    let answer = format!("{}\n", document["text"].as_str().expect("text"));
    let streamed = desk.vita(&["ask", "What is a breaker?"]);
    assert_eq!(streamed.stdout, answer);
    assert_eq!(streamed.stderr, "");
    let whole = desk.vita_reading(&["--quiet", "ask", "--no-stream", "-"], b"What is a breaker?");
    assert_eq!((whole.stdout, whole.stderr), (answer, String::new()));
}

#[test]
fn the_call_is_made_of_the_flags() {
    let desk = Desk::new();
    let flags = ["--provider", "qwen", "--task", "code", "--system", "Be brief", "--max-tokens", "7", "--quiet"];
    desk.vita(&[&["ask", "--json", "--model", "my-model", "Hi"][..], &flags].concat()).ok();
    let calls = desk.simulator.calls("qwen");
    let models: Vec<_> = calls.iter().map(|call| call.model.as_str()).collect();
    assert_eq!((models, desk.calls("llama")), (vec!["my-model"], 0));
}

#[test]
fn when_the_primary_fails_the_backup_answers_and_the_document_tells_the_story() {
    let desk = Desk::new();
    desk.fail("llama", status(503));
    let run = desk.vita(&["ask", "--json", "Hi"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let document = run.json();
    let field = |attempt: &Value, name: &str| attempt[name].clone();
    let attempts = document["attempts"].as_array().expect("attempts");
    let story: Vec<_> = attempts
        .iter()
        .map(|attempt| json!([field(attempt, "provider"), field(attempt, "outcome"), field(attempt, "status")]))
        .collect();
    assert_eq!(
        story,
        [json!(["llama", "server_error", 503]), json!(["llama", "server_error", 503]), json!(["qwen", "ok", 200])]
    );
    assert_eq!((&document["provider"], &document["complete"]), (&json!("qwen"), &json!(true)));
    assert!(run.stderr.contains("llama failed (server error)\nAsking qwen (qwen-plus)\n"), "{run:?}");
}

#[test]
fn an_answer_that_breaks_off_goes_on_at_the_backup_and_the_document_names_the_place() {
    let desk = Desk::new();
    let whole = desk.vita(&["ask", "--json", "What is a breaker?"]).json()["text"].clone();
    let whole = whole.as_str().expect("text");
    desk.fail("llama", Fault::Cut { tokens: 40 });
    let run = desk.vita(&["ask", "--json", "What is a breaker?"]);
    let document = run.json();
    assert_eq!((run.code, &document["complete"], &document["text"]), (Some(0), &json!(true), &json!(whole)));
    let offset = document["seam"]["offset"].as_u64().expect("an offset");
    assert!(0 < offset && offset < whole.chars().count() as u64, "{offset}");
    let seam = json!({"offset": offset, "from": "llama", "to": "qwen", "reason": "truncated"});
    assert_eq!((&document["seam"], &document["provider"]), (&seam, &json!("qwen")));
    let streamed = desk.vita(&["ask", "--provider", "llama", "What is a breaker?"]);
    assert_eq!((streamed.code, streamed.stdout), (Some(0), format!("{whole}\n")));
    assert!(streamed.stderr.ends_with("qwen goes on where llama broke off (ended half-way)\n"), "{}", streamed.stderr);
}

#[test]
fn an_answer_that_nobody_ends_is_given_as_far_as_it_came_with_code_4() {
    let desk = Desk::new();
    desk.fail("llama", Fault::Cut { tokens: 40 });
    desk.fail("qwen", Fault::Cut { tokens: 6 });
    let run = desk.vita(&["ask", "--json", "What is a breaker?"]);
    let document = run.json();
    let said = ["complete", "finish_reason"].map(|name| document[name].clone());
    assert_eq!((run.code, said), (Some(4), [json!(false), Value::Null]));
    let streamed = desk.vita(&["ask", "--provider", "llama", "--quiet", "What is a breaker?"]);
    assert_eq!(streamed.code, Some(4));
    assert_eq!(streamed.stdout, format!("{}\n", document["text"].as_str().expect("text")));
    assert!(streamed.stderr.starts_with("vita: the answer is incomplete: "), "{streamed:?}");
}

#[test]
fn an_answer_that_the_filter_ends_or_the_length_limit_cuts_is_told_so() {
    let desk = Desk::new();
    let cut = desk.vita(&["ask", "--max-tokens", "2", "What is a breaker?"]);
    assert_eq!(
        (cut.code, cut.stderr.as_str()),
        (Some(0), "The answer was cut at its most tokens; --max-tokens allows more.\n")
    );
    desk.fail("llama", Fault::Finish { reason: "content_filter".into(), tokens: Some(5) });
    let filtered = desk.vita(&["ask", "What is a breaker?"]);
    let told = "vita: the answer is incomplete: the filter of llama ended it (content filter)\n";
    assert_eq!((filtered.code, filtered.stderr.as_str()), (Some(4), told));
}

#[test]
fn a_provider_that_was_asked_for_and_is_down_is_named_and_the_time_to_come_back_is_of_the_zone() {
    let mut desk = Desk::new();
    desk.set("BUDGET_TIME_ZONE", "Asia/Shanghai");
    desk.fail("llama", throttled("600"));
    desk.vita(&["ask", "--quiet", "Hi"]).ok();
    let run = desk.vita(&["ask", "--provider", "llama", "Hi"]);
    let told = "llama was asked for, but can't take this now (see `vita status`); asking qwen (qwen-plus)\n";
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), told));
    let switched = desk.vita(&["switch", "llama"]).ok();
    assert!(switched.contains("llama takes no requests now (too many requests, until "), "{switched}");
    desk.fail("qwen", throttled("600"));
    let failed = desk.vita(&["ask", "Hi"]);
    assert!(failed.stderr.contains("(try again after ") && !failed.stderr.contains("UTC"), "{failed:?}");
}

#[test]
fn a_provider_that_is_slow_is_named_after_three_seconds() {
    let desk = Desk::new();
    desk.fail("llama", Fault::Slow { first_token: std::time::Duration::from_secs(4) });
    let run = desk.vita(&["ask", "Hi"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), "Hi there!\n"));
    assert_eq!(run.stderr, "llama is slow: no first word yet\n");
}

#[test]
fn the_exit_code_says_which_kind_of_failure_it_was() {
    let mut desk = Desk::bare();
    let url = desk.simulator.base_url("qwen");
    desk.set("QWEN_API_BASE_URL", &url);
    let error = |desk: &Desk, arguments: &[&str]| {
        let run = desk.vita(&[&["ask", "--json", "Hi"], arguments].concat());
        (run.code, run.json()["error"]["kind"].clone())
    };
    for provider in ["llama", "nobody"] {
        assert_eq!(error(&desk, &["--provider", provider]), (Some(3), json!("not_configured")));
    }
    desk.fail("qwen", throttled("86400"));
    assert_eq!(error(&desk, &[]), (Some(5), json!("rate_limited")));
}

#[test]
fn when_nobody_can_answer_the_error_is_the_document() {
    let desk = Desk::new();
    desk.fail("llama", Fault::Reset);
    desk.fail("qwen", status(500));
    let run = desk.vita(&["ask", "--json", "--quiet", "Hi"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(4), ""));
    let document = run.json();
    let fields: Vec<_> = document["error"].as_object().expect("an error").keys().collect();
    assert_eq!(fields, ["attempts", "kind", "message", "retry_at"]);
    assert_eq!(document["error"]["attempts"].as_array().map(Vec::len), Some(4));
}

#[test]
fn whatever_goes_wrong_json_means_one_document() {
    let mut desk = Desk::new();
    let error = |desk: &Desk, arguments: &[&str]| {
        let run = desk.vita(arguments);
        let error = run.json()["error"].clone();
        assert!(run.stderr.contains(error["message"].as_str().expect("a message")), "{run:?}");
        assert_eq!((&error["retry_at"], &error["attempts"]), (&Value::Null, &json!([])));
        (run.code, error["kind"].clone())
    };
    assert_eq!(error(&desk, &["ask", "--json", ""]), (Some(2), json!("usage")));
    let answers = desk.file("a.txt", "one");
    let interview = ["interview", "--json", "--answers", &answers];
    assert_eq!(error(&desk, &[&interview[..], &["--role", " "]].concat()), (Some(2), json!("usage")));
    let url = format!("sqlite:{answers}/vita.db");
    desk.set("VITA_DATABASE_URL", &url);
    assert_eq!(error(&desk, &["ask", "--json", "Hi"]), (Some(1), json!("failure")));
    assert_eq!(error(&desk, &interview), (Some(1), json!("failure")));
    desk.set("CURRENCY", "yuan");
    assert_eq!(error(&desk, &["ask", "--json", "Hi"]), (Some(3), json!("configuration")));
    assert_eq!(error(&desk, &interview), (Some(3), json!("configuration")));
}

#[test]
fn a_question_that_cannot_be_sent_is_a_usage_error() {
    let desk = Desk::new();
    let refused = |arguments: &[&str], input: &[u8]| {
        let run = desk.vita_reading(&[&["ask"], arguments].concat(), input);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{run:?}");
        run.stderr
    };
    assert_eq!(refused(&["-"], b" \n"), "vita: the question is empty\n");
    assert_eq!(refused(&[""], b""), "vita: the question is empty\n");
    assert!(refused(&["-"], b"\xff").contains("not UTF-8"));
    assert!(refused(&["-"], &vec![b'a'; (1 << 20) + 1]).contains("larger than 1 MiB"));
    assert!(refused(&["--task", "poetry", "Hi"], b"").contains("task must be one of chat"));
    assert_eq!(desk.calls("llama"), 0);
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let desk = Desk::new();
    desk.fail("llama", Fault::Slow { first_token: std::time::Duration::from_millis(200) });
    let mut child = desk.start(&["ask", "--quiet", "Hi"]);
    drop(child.stdout.take());
    let mut stderr = String::new();
    child.stderr.take().expect("standard error").read_to_string(&mut stderr).expect("text");
    assert_eq!((child.wait().expect("an end").code(), stderr.as_str()), (Some(0), ""));
}

#[test]
fn ctrl_c_cancels_the_call_and_books_it() {
    let desk = Desk::new();
    desk.fail("llama", Fault::Silence);
    let child = desk.start(&["ask", "--quiet", "Hi"]);
    desk.wait_for_calls("llama", 1);
    let run = desk.end(child, Signal::INT);
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (Some(130), "", ""));
    let llama = desk.status()["api_status"]["llama"].clone();
    assert_eq!((&llama["requests_today"], &llama["last_error"]), (&json!(1), &Value::Null));
}

#[test]
fn with_nothing_configured_the_demo_answers_and_says_so() {
    let desk = Desk::bare();
    let run = desk.vita(&["ask", "--json", "--max-tokens", "5", "Hi"]);
    assert_eq!(run.json()["simulated"], json!(true));
    assert!(run.stderr.starts_with("No provider is configured"), "{run:?}");
    let chinese = desk.vita(&["ask", "--lang", "zh", "--max-tokens", "5", "Hi"]);
    assert!(chinese.stderr.starts_with("还没有配置任何服务"), "{chinese:?}");
    assert_eq!(desk.status()["api_status"]["llama"]["requests_today"], json!(0));
}
