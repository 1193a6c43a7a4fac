//! What outlives a process: counters, the primary, an outage.

use std::io::{BufRead as _, BufReader};

use rustix::process::Signal;
use serde_json::{Value, json};
use vita::simulator::Fault;

use crate::desk::{Desk, without_times};

#[test]
fn the_status_document_counts_what_earlier_commands_did() {
    let desk = Desk::new();
    for _ in 0..2 {
        desk.vita(&["ask", "--quiet", "Hi"]).ok();
    }
    let idle = json!({"status": "healthy", "response_time_ms": null, "success_rate": 100.0, "requests_today": 0, "last_error": null});
    let busy = json!({"status": "healthy", "response_time_ms": 0, "success_rate": 100.0, "requests_today": 2, "last_error": null});
    assert_eq!(
        without_times(desk.status()),
        json!({
            "api_status": {"llama": busy, "qwen": idle},
            "switch_count_today": 0, "current_primary": "llama", "auto_switch_enabled": true,
        })
    );
    let table = desk.vita(&["status"]).ok();
    assert!(table.contains("\nllama     healthy  "), "{table}");
    assert!(desk.vita(&["status", "--lang", "zh"]).ok().contains("当前主服务：llama"));
}

#[test]
fn a_switch_by_hand_holds_for_later_commands() {
    let desk = Desk::new();
    assert_eq!(desk.vita(&["switch", "qwen", "--reason", "cheaper"]).ok(), "The primary is now qwen (it was llama).\n");
    let status = desk.status();
    assert_eq!((&status["current_primary"], &status["switch_count_today"]), (&json!("qwen"), &json!(1)));
    assert_eq!(desk.vita(&["ask", "--json", "--quiet", "Hi"]).json()["provider"], json!("qwen"));
    assert_eq!(desk.calls("llama"), 0);
}

#[test]
fn only_a_configured_provider_can_become_primary() {
    let desk = Desk::new();
    let unknown = desk.vita(&["switch", "nobody"]);
    assert_eq!(unknown.code, Some(3));
    assert!(unknown.stderr.contains("configured are: llama, qwen"), "{unknown:?}");
    assert_eq!(Desk::bare().vita(&["switch", "qwen"]).code, Some(3));
}

#[test]
fn an_outage_is_remembered_by_the_next_command() {
    let desk = Desk::new();
    desk.fail("llama", Fault::Reset);
    let providers = |desk: &Desk| -> Vec<Value> {
        let document = desk.vita(&["ask", "--json", "--quiet", "Hi"]).json();
        let attempts = document["attempts"].as_array().expect("attempts");
        attempts.iter().map(|attempt| attempt["provider"].clone()).collect()
    };
    assert_eq!(providers(&desk), ["llama", "llama", "qwen"]);
    assert_eq!(providers(&desk), ["llama", "qwen"]);
    assert_eq!(providers(&desk), ["qwen"]);
    let status = desk.status();
    assert_eq!(status["api_status"]["llama"]["status"], json!("unavailable"));
    assert_eq!(status["current_primary"], json!("qwen"));
    let told = desk.vita(&["status"]).ok();
    assert!(told.contains("Primary: qwen (preferred: llama)."), "{told}");
    assert!(told.contains("\nSet aside\nllama  Llama-3.3-70B-Instruct  breaker open"), "{told}");
    assert!(told.contains("\nLast switches\n") && told.contains("llama -> qwen  automatic (api_failure)"), "{told}");
}

#[test]
fn the_simulator_says_how_to_use_it_and_follows_its_plan() {
    let mut desk = Desk::bare();
    let plan = desk.file("plan.toml", "[[step]]\nprovider = \"llama\"\nfault = \"status\"\nstatus = 401\n");
    let mut child = desk.start(&["simulate", "--quiet", "--plan", &plan]);
    let mut lines = BufReader::new(child.stdout.take().expect("standard output")).lines();
    for name in ["LLAMA_API_BASE_URL", "QWEN_API_BASE_URL"] {
        let line = lines.next().expect("a line").expect("text");
        let (variable, url) = line.split_once('=').expect("a variable");
        assert_eq!(variable, format!("export {name}"));
        desk.set(name, url);
    }
    let document = desk.vita(&["ask", "--json", "--quiet", "--max-tokens", "5", "Hi"]).json();
    let outcomes: Vec<_> = document["attempts"].as_array().expect("attempts").iter().collect();
    assert_eq!((&outcomes[0]["outcome"], &outcomes[1]["outcome"]), (&json!("auth"), &json!("ok")));
    let ended = desk.end(child, Signal::INT);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(130), ""));
}

#[test]
fn a_plan_that_makes_no_sense_is_refused_with_its_line() {
    let desk = Desk::bare();
    for (provider, fault, line, named) in [("llama", "fire", "line 4", "fire"), ("lama", "reset", "line 3", "lama")] {
        let text = format!("\n[[step]]\nprovider = \"{provider}\"\nfault = \"{fault}\"\n");
        let plan = desk.file("plan.toml", &text);
        let run = desk.vita(&["simulate", "--plan", &plan]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
        assert!(run.stderr.contains(line) && run.stderr.contains(named), "{run:?}");
    }
}

#[test]
fn the_simulator_serves_a_third_provider_and_says_how_to_use_it() {
    let mut desk = Desk::bare();
    std::fs::create_dir_all(desk.home().join("vita")).expect("a folder");
    desk.file(
        "vita/config.toml",
        "[providers.my-local]\nbase_url = \"http://127.0.0.1:9/v1\"\nmodels = { chat = \"m\" }\n",
    );
    let plan = desk.file("plan.toml", "[[step]]\nprovider = \"my-local\"\nfault = \"status\"\nstatus = 401\n");
    let mut child = desk.start(&["simulate", "--quiet", "--plan", &plan]);
    let lines = BufReader::new(child.stdout.take().expect("standard output")).lines();
    let third = lines.take(3).last().expect("a line").expect("text");
    let url = third.strip_prefix("export MY_LOCAL_API_BASE_URL=").expect("a variable that a shell takes").to_owned();
    desk.set("MY_LOCAL_API_BASE_URL", &url);
    let document = desk.vita(&["ask", "--json", "--quiet", "Hi"]).json();
    assert_eq!(document["attempts"][0]["outcome"], json!("auth"), "{document}");
    desk.end(child, Signal::INT);
}
