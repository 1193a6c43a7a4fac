//! `vita doctor`: what keeps a provider from answering, told apart, each with what to do.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::thread;

use serde_json::{Value, json};
use vita::simulator::{BodyKind, Fault};

use crate::desk::{Desk, Run};

/// The check that the doctor gives of a provider last: what came of asking it.
fn last(run: &Run, provider: &str) -> Value {
    let document = run.json();
    let checks = document["checks"].as_array().expect("checks");
    let found = checks.iter().rfind(|check| check["name"] == json!(provider)).cloned();
    found.unwrap_or_else(|| panic!("nothing about {provider}: {run:?}"))
}

/// What the doctor says of llama at this base URL, and the whole run.
fn at(url: &str) -> (Value, Run) {
    let mut desk = Desk::new();
    desk.set("LLAMA_API_BASE_URL", url);
    let run = desk.vita(&["doctor", "--json", "--quiet"]);
    (last(&run, "llama"), run)
}

fn hint(check: &Value) -> &str {
    check["hint"].as_str().unwrap_or_else(|| panic!("no hint: {check}"))
}

fn message(check: &Value) -> &str {
    check["message"].as_str().expect("a message")
}

/// Answers every connection as `answer` says to the first line of its request.
fn service(answer: impl Fn(&str) -> String + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let addr = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for socket in listener.incoming() {
            let Ok(mut socket) = socket else { continue };
            let mut request = [0; 8192];
            let length = socket.read(&mut request).unwrap_or(0);
            let request = String::from_utf8_lossy(&request[..length]).into_owned();
            // Who asks may have gone away.
            let _ = socket.write_all(answer(request.lines().next().unwrap_or_default()).as_bytes());
        }
    });
    addr
}

fn response(status: &str, content_type: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

#[test]
fn a_host_that_is_not_there_is_told_from_one_that_takes_no_connection() {
    let mut desk = Desk::new();
    desk.set("ALLOW_PLAIN_HTTP", "true");
    desk.set("LLAMA_API_BASE_URL", "http://nothing.invalid/v1");
    let gone = last(&desk.vita(&["doctor", "--json"]), "llama");
    // A machine without a name server can't know.
    let findings = [json!("no_such_host"), json!("no_name_server")];
    assert!(findings.contains(&gone["finding"]) && message(&gone).contains("nothing.invalid"), "{gone}");

    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    let free = free.expect("a free port");
    let (refused, run) = at(&format!("http://{free}/v1"));
    assert_eq!((&refused["finding"], &refused["state"]), (&json!("refused"), &json!("failed")));
    assert!(hint(&refused).contains("LLAMA_API_BASE_URL"), "{refused}");
    // The other provider answers, and that is enough.
    assert_eq!(run.code, Some(0));
}

#[test]
fn a_port_without_tls_is_told_with_what_tls_says() {
    let addr = service(|_| "HTTP/1.1 400 Bad Request\r\n\r\n".to_owned());
    let (found, _) = at(&format!("https://{addr}/v1"));
    assert_eq!(found["finding"], json!("tls"), "{found}");
    assert!(message(&found).contains("InvalidContentType") && hint(&found).contains("http://"), "{found}");
}

#[test]
fn what_a_provider_refuses_is_told_apart_with_what_to_do() {
    let status = |status, code: &str, body| Fault::Status {
        status,
        code: Some(code.to_owned()),
        message: None,
        retry_after: None,
        body,
    };
    let desk = Desk::new();
    for (fault, finding, state, advice) in [
        (Fault::status(401), "key_refused", "failed", "Check QWEN_API_KEY"),
        (status(400, "Arrearage", BodyKind::Native), "unpaid", "failed", "Pay"),
        (status(429, "PostpaidBillOverdue", BodyKind::Native), "unpaid", "failed", "Pay"),
        (status(403, "AllocationQuota.FreeTierOnly", BodyKind::Json), "free_tier", "failed", "free quota only"),
        (status(429, "limit_requests", BodyKind::Json), "throttled", "warning", "wait a minute"),
        (status(429, "", BodyKind::Empty), "throttled", "warning", "wait a minute"),
        (Fault::status(503), "server_error", "failed", "later"),
        (Fault::status(307), "redirect", "failed", "QWEN_API_BASE_URL"),
        (status(407, "", BodyKind::Empty), "proxy", "failed", "Sign in"),
        (status(403, "", BodyKind::Html), "web_page", "failed", "proxy"),
        (Fault::Html, "web_page", "failed", "sign in"),
        (Fault::Reset, "broken", "failed", "network"),
    ] {
        desk.fail("qwen", fault.clone());
        let run = desk.vita(&["doctor", "--json", "--quiet"]);
        let found = last(&run, "qwen");
        assert_eq!((&found["finding"], &found["state"]), (&json!(finding), &json!(state)), "{fault:?}: {found}");
        assert!(hint(&found).contains(advice), "{fault:?}: {found}");
        // Neither a key that was echoed nor a page is shown.
        assert!(!run.stdout.contains("test-key") && !run.stdout.contains("<h"), "{run:?}");
        assert_eq!(run.code, Some(0), "{fault:?}");
    }
}

#[test]
fn a_provider_that_stays_silent_is_given_up() {
    let mut desk = Desk::new();
    desk.set("REQUEST_TIMEOUT", "0.3");
    desk.fail("qwen", Fault::Silence);
    let found = last(&desk.vita(&["doctor", "--json"]), "qwen");
    assert_eq!(found["finding"], json!("silent"), "{found}");
    assert!(message(&found).contains("within 0.3 s"), "{found}");
}

#[test]
fn a_wrong_path_is_told_with_the_base_url_to_use() {
    let desk = Desk::new();
    let right = desk.simulator.base_url("llama");
    for wrong in ["llama/api/v1", "llama/v1/v1"] {
        let host = right.trim_end_matches("/llama/v1");
        let (found, _) = at_desk(&desk, &format!("{host}/{wrong}"));
        assert_eq!(found["finding"], json!("wrong_path"), "{wrong}: {found}");
        assert!(hint(&found).ends_with(&format!("LLAMA_API_BASE_URL={right}")), "{wrong}: {found}");
    }
    // What people write for the same address is understood.
    for meant in [format!("{right}/chat/completions"), right.trim_end_matches("/v1").to_owned()] {
        let (found, _) = at_desk(&desk, &meant);
        assert_eq!(found["finding"], json!("answers"), "{meant}: {found}");
    }
}

#[test]
fn a_provider_that_fails_with_404_is_not_led_to_another_path_of_the_simulator() {
    let desk = Desk::new();
    let fault = Fault::Status { status: 404, code: None, message: None, retry_after: None, body: BodyKind::Plain };
    desk.fail("llama", fault);
    let run = desk.vita(&["doctor", "--json", "--quiet"]);
    let found = last(&run, "llama");
    assert_eq!(found["state"], json!("failed"), "{found}");
    assert!(!hint(&found).contains("another path"), "{found}");
}

#[test]
fn a_service_that_wants_a_key_where_none_is_set_is_not_said_to_refuse_one() {
    let addr = service(|_| response("401 Unauthorized", "application/json", r#"{"error":{"message":"No key"}}"#));
    let mut desk = Desk::bare();
    desk.set("LLAMA_API_BASE_URL", &format!("http://{addr}/v1"));
    let found = last(&desk.vita(&["doctor", "--json"]), "llama");
    assert_eq!(found["finding"], json!("key_refused"), "{found}");
    assert_eq!(message(&found), format!("{addr} wants a key, and none is set: No key"));
    assert_eq!(hint(&found), format!("Set LLAMA_API_KEY to a key of {addr}"));
}

#[test]
fn what_was_read_on_one_day_is_dated_with_it() {
    let mut desk = Desk::bare();
    desk.set("QWEN_API_BASE_URL", "https://host.example/v1");
    let table = "[providers.qwen.models]\nmath = \"m\"\n[providers.qwen.facts.m]\nas_of = \"2026-05-31\"\n";
    std::fs::create_dir_all(desk.home().join("vita")).expect("a folder");
    desk.file("vita/config.toml", table);
    let said = message(&last(&desk.vita(&["doctor", "--offline", "--json"]), "facts")).to_owned();
    assert!(said.contains("was read on 2026-05-31;"), "{said}");
}

#[test]
fn a_host_without_any_api_is_told_so() {
    let addr = service(|_| response("404 Not Found", "text/plain", ""));
    let (found, _) = at(&format!("http://{addr}/v1"));
    assert_eq!(found["finding"], json!("wrong_path"), "{found}");
    assert!(hint(&found).contains("None of the usual paths"), "{found}");
}

/// What the doctor says of llama at this base URL while this desk's simulator runs.
fn at_desk(desk: &Desk, url: &str) -> (Value, Run) {
    let run = desk.vita_with(&["doctor", "--json", "--quiet"], &[("LLAMA_API_BASE_URL", url)]);
    (last(&run, "llama"), run)
}

#[test]
fn a_model_that_is_not_listed_is_told_with_lines_that_mend_it() {
    let list =
        r#"{"data":[{"id":"meta-llama/Llama-3.3-70B-Instruct-Turbo"},{"id":"llama-4-maverick"},{"id":"whisper"}]}"#;
    let addr = service(move |_| response("200 OK", "application/json", list));
    let url = format!("http://{addr}/v1");
    let mut desk = Desk::new();
    desk.set("LLAMA_API_BASE_URL", &url);
    let found = last(&desk.vita(&["doctor", "--json"]), "llama");
    assert_eq!(found["finding"], json!("models_missing"), "{found}");
    let (first, lines) = hint(&found).split_once('\n').expect("lines to write");
    let path = first.trim_start_matches("Write into ").trim_end_matches(':');
    assert_eq!(
        lines.trim_end(),
        "[providers.llama.models]\n\
         chat = \"meta-llama/Llama-3.3-70B-Instruct-Turbo\"\n\
         interview = \"meta-llama/Llama-3.3-70B-Instruct-Turbo\"\n\
         fallback = \"meta-llama/Llama-3.3-70B-Instruct-Turbo\"\n\
         analysis = \"llama-4-maverick\"\n\
         code = \"llama-4-maverick\"\n\
         math = \"llama-4-maverick\""
    );
    std::fs::create_dir_all(desk.home().join("vita")).expect("a folder");
    std::fs::write(path, lines).expect("a configuration file");
    assert_eq!(last(&desk.vita(&["doctor", "--json"]), "llama")["finding"], json!("answers"));
}

#[test]
fn a_service_without_a_list_is_asked_for_one_token_instead() {
    let answers =
        "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"length\"}]}\n\ndata: [DONE]\n\n";
    let gone = r#"{"error":{"message":"The model does not exist","code":"model_not_found"}}"#;
    for (body, content_type, status, finding, said) in [
        (answers, "text/event-stream", "200 OK", "no_model_list", "Llama-3.3-70B-Instruct was asked for one token"),
        (gone, "application/json", "404 Not Found", "model_gone", "Llama-3.3-70B-Instruct is not served"),
        ("", "text/plain", "401 Unauthorized", "key_refused", "LLAMA_API_KEY"),
    ] {
        let addr = service(move |request| match request.starts_with("GET ") {
            true => response("405 Method Not Allowed", "application/json", r#"{"detail":"Method Not Allowed"}"#),
            false => response(status, content_type, body),
        });
        let (found, _) = at(&format!("http://{addr}/v1"));
        assert_eq!(found["finding"], json!(finding), "{found}");
        assert!(message(&found).contains(said), "{found}");
    }
}

/// What the doctor warns of without asking anybody: the findings of a provider, with their hints.
fn warnings(variables: &[(&str, &str)], provider: &str) -> Vec<(String, String)> {
    let mut desk = Desk::bare();
    variables.iter().for_each(|(name, value)| desk.set(name, value));
    let run = desk.vita(&["doctor", "--offline", "--json"]);
    assert!(!run.stdout.contains("test-key"), "{run:?}");
    let document = run.json();
    let checks = document["checks"].as_array().expect("checks").clone();
    let of_provider = checks.iter().filter(|check| check["name"] == json!(provider) && check["finding"].is_string());
    of_provider
        .map(|check| (check["finding"].as_str().unwrap_or_default().to_owned(), hint(check).to_owned()))
        .collect()
}

#[test]
fn a_key_of_another_service_is_told_by_its_form_alone() {
    let dashscope = "https://dashscope.aliyuncs.com/compatible-mode/v1";
    for (variables, provider, advice) in [
        // The pair of the specification: Meta's form of a key at a third party's host.
        (&[("LLAMA_API_KEY", "LLM|1|test-key")][..], "llama", "Meta Llama API ended on 2026-07-06"),
        (&[("QWEN_API_KEY", "LLM|1|test-key")], "qwen", "Meta Llama API ended on 2026-07-06"),
        (&[("QWEN_API_KEY", "LL-test-key")], "qwen", "https://llama-api.com"),
        (&[("QWEN_API_KEY", "sk-sp-test-key")], "qwen", "https://coding.dashscope.aliyuncs.com/v1"),
        (
            &[("LLAMA_API_KEY", "sk-test-key"), ("LLAMA_API_BASE_URL", "https://api.llama.com/compat/v1")],
            "llama",
            dashscope,
        ),
        (&[("QWEN_API_KEY", "Bearer sk-test-key")], "qwen", "Remove that word from QWEN_API_KEY"),
    ] {
        let found = warnings(variables, provider);
        let told = found.iter().find(|(finding, _)| finding == "foreign_key");
        assert!(told.is_some_and(|(_, hint)| hint.contains(advice)), "{variables:?}: {found:?}");
    }
    // Nothing is said of a service that is not known, nor of a key that fits.
    let own = [("LLAMA_API_KEY", "anything"), ("LLAMA_API_BASE_URL", "https://host.example/v1")];
    assert_eq!(warnings(&own, "llama"), []);
    let fits: Vec<_> = warnings(&[("QWEN_API_KEY", "sk-test-key")], "qwen");
    assert!(fits.iter().all(|(finding, _)| finding == "retired"), "{fits:?}");
}

#[test]
fn what_is_known_to_have_ended_is_told_without_asking() {
    let meta = [("LLAMA_API_KEY", "LLM|1|test-key"), ("LLAMA_API_BASE_URL", "https://api.llama.com/compat/v1")];
    let found = warnings(&meta, "llama");
    assert_eq!(found.iter().map(|(finding, _)| finding.as_str()).collect::<Vec<_>>(), ["ended"]);
    let found = warnings(&[("QWEN_API_KEY", "sk-test-key")], "qwen");
    assert_eq!(found.len(), 1);
    assert!(found[0].1.contains("qwen3.6-flash"), "{found:?}");
}

#[test]
fn the_doctor_speaks_chinese_too() {
    let desk = Desk::new();
    desk.fail("qwen", Fault::status(401));
    let run = desk.vita(&["doctor", "--lang", "zh"]);
    assert!(run.stdout.contains("不接受 QWEN_API_KEY 中的密钥"), "{run:?}");
    assert!(run.stdout.contains("毫秒内响应，配置的模型都可用"), "{run:?}");
}
