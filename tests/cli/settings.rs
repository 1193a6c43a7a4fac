//! `vita config` and `vita doctor`: what is set, what is wrong.

use serde_json::{Value, json};
use vita::simulator::{BodyKind, Fault};

use crate::desk::{Desk, KEYS};

fn checks(document: &Value, name: &str) -> Vec<(String, String)> {
    let text = |check: &Value, field: &str| check[field].as_str().unwrap_or_default().to_owned();
    let checks = document["checks"].as_array().expect("checks").iter();
    checks
        .filter(|check| check["name"] == json!(name))
        .map(|check| (text(check, "state"), text(check, "message")))
        .collect()
}

#[test]
fn every_value_is_shown_with_its_origin_and_no_key_is() {
    let mut desk = Desk::new();
    desk.file(".env", "MAX_RETRY_COUNT=2\nREQUEST_TIMEOUT=20\n");
    desk.set("REQUEST_TIMEOUT", "25");
    let rows = desk.vita(&["config", "show", "--json", "--lang", "zh"]);
    let of = |name: &str| {
        let rows = rows.json();
        let row = rows.as_array().expect("rows").iter().find(|row| row["name"] == json!(name)).cloned();
        let row = row.unwrap_or_else(|| panic!("no row {name}"));
        (row["value"].clone(), row["origin"].clone())
    };
    assert_eq!(of("VITA_LANG"), (json!("zh"), json!("flag")));
    assert_eq!(of("REQUEST_TIMEOUT"), (json!("25"), json!("environment")));
    assert_eq!(of("MAX_RETRY_COUNT"), (json!("2"), json!(".env")));
    assert_eq!(of("CURRENCY"), (json!("CNY"), json!("default")));
    assert_eq!(of("FIRST_TOKEN_TIMEOUT"), (Value::Null, json!("default")));
    assert_eq!(of("LLAMA_API_KEY"), (json!("set (hidden)"), json!("environment")));
    let table = desk.vita(&["config", "show"]);
    for (_, key) in KEYS {
        assert!(!format!("{table:?}{rows:?}").contains(key), "{table:?}");
    }
}

#[test]
fn every_bad_value_is_named_and_the_code_is_3() {
    let mut desk = Desk::new();
    desk.set("MAX_RETRY_COUNT", "many");
    desk.set("CURRENCY", "yuan");
    let named = "vita: MAX_RETRY_COUNT = \"many\" (from environment): allowed is a whole number from 0 to 10\n\
        CURRENCY = \"yuan\" (from environment): allowed is three capital letters\n";
    for command in [&["ask", "Hi"][..], &["interview"], &["status"], &["sessions", "list"], &["config", "show"]] {
        let run = desk.vita(command);
        assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (Some(3), "", named), "{command:?}");
    }
    // The way to the file that may hold the mistake stays open.
    let path = desk.home().join("vita/config.toml");
    assert_eq!(desk.vita(&["config", "path"]).ok(), format!("{}\n", path.display()));
    let doctor = desk.vita(&["doctor", "--json"]);
    assert_eq!(doctor.code, Some(3));
    let states: Vec<_> = checks(&doctor.json(), "settings").into_iter().map(|(state, _)| state).collect();
    assert_eq!(states, ["failed", "failed"]);
}

#[test]
fn the_doctor_finds_nothing_wrong_with_a_good_set_up() {
    let desk = Desk::new();
    let run = desk.vita(&["doctor", "--json", "--quiet"]);
    let document = run.json();
    assert_eq!((run.code, &document["ok"], run.stderr.as_str()), (Some(0), &json!(true), ""));
    for provider in ["llama", "qwen"] {
        let found = checks(&document, provider);
        let states: Vec<_> = found.iter().map(|(state, _)| state.as_str()).collect();
        assert_eq!(states, ["ok", "ok"], "{found:?}");
    }
    assert_eq!(checks(&document, "database")[0].0, "ok");
}

#[test]
fn one_provider_that_answers_is_enough_and_none_is_code_4() {
    let desk = Desk::new();
    desk.fail(
        "llama",
        Fault::Status { status: 401, code: None, message: None, retry_after: None, body: BodyKind::Json },
    );
    let run = desk.vita(&["doctor"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.stdout.contains("FAIL  llama") && run.stdout.contains("Check LLAMA_API_KEY"), "{run:?}");
    // The simulated service echoes the key in its refusal, as real ones have done.
    assert!(!run.stdout.contains("test-key"), "{run:?}");
    desk.fail("qwen", Fault::Reset);
    assert_eq!(desk.vita(&["doctor"]).code, Some(4));
    assert_eq!(desk.vita(&["doctor", "--offline"]).code, Some(0));
}

#[test]
fn a_key_of_another_form_is_a_warning_and_a_database_that_does_not_open_code_1() {
    let mut desk = Desk::new();
    desk.set("QWEN_API_KEY", "LLM|1|test-key");
    let warned = checks(&desk.vita(&["doctor", "--offline", "--json"]).json(), "settings");
    assert_eq!(warned.last().map(|(state, _)| state.as_str()), Some("warning"), "{warned:?}");
    let file = desk.file("a-file", "");
    desk.set("VITA_DATABASE_URL", &format!("sqlite:{file}/vita.db"));
    assert_eq!(desk.vita(&["doctor", "--offline"]).code, Some(1));
}

#[test]
fn an_address_that_would_send_the_key_in_the_open_is_refused() {
    let mut desk = Desk::new();
    desk.set("LLAMA_API_BASE_URL", "http://example.com/v1");
    let run = desk.vita(&["ask", "Hi"]);
    assert_eq!(run.code, Some(3));
    assert!(run.stderr.starts_with("vita: LLAMA_API_BASE_URL: plain http"), "{run:?}");
}

#[test]
fn an_address_that_is_none_is_a_bad_setting_for_the_doctor_too() {
    for bad in ["notaurl", "http://me:secret@127.0.0.1:9/v1", "me:secret@host/v1", "http://example.com/v1"] {
        let mut desk = Desk::bare();
        desk.set("LLAMA_API_BASE_URL", bad);
        let (asked, doctor) = (desk.vita(&["ask", "Hi"]), desk.vita(&["doctor", "--json", "--quiet"]));
        assert_eq!((asked.code, doctor.code), (Some(3), Some(3)), "{bad}: {doctor:?}");
        let found = checks(&doctor.json(), "settings");
        assert_eq!(found.iter().map(|(state, _)| state.as_str()).collect::<Vec<_>>(), ["failed"], "{bad}");
        assert!(found[0].1.starts_with("LLAMA_API_BASE_URL: "), "{found:?}");
        assert_eq!(checks(&doctor.json(), "llama"), [], "{bad}");
        let shown = desk.vita(&["config", "show"]);
        assert!(!format!("{asked:?}{doctor:?}{shown:?}").contains("secret"), "{bad}");
    }
}

#[test]
fn a_password_in_a_bad_value_is_not_shown() {
    let mut desk = Desk::bare();
    desk.set("VITA_DATABASE_URL", "postgres://me:secret@host/x");
    let run = desk.vita(&["status"]);
    assert!(
        run.stderr.starts_with("vita: VITA_DATABASE_URL = \"postgres://***@host/x\" (from environment)"),
        "{run:?}"
    );
}

#[test]
fn a_bad_line_of_the_env_file_is_named_by_its_number_and_not_quoted() {
    let desk = Desk::bare();
    desk.file(".env", "# mine\n\nCURRENCY=CNY\nsecret word\n");
    let run = desk.vita(&["status"]);
    assert_eq!(run.code, Some(3));
    assert!(run.stderr.contains(".env: line 4 is not NAME=value") && !run.stderr.contains("secret"), "{run:?}");
}

#[test]
fn flags_without_effect_are_usage_errors() {
    let desk = Desk::bare();
    for arguments in [&["--fps", "30", "status"][..], &["--no-input"], &["interview", "--no-input"], &["--fps", "0"]] {
        assert_eq!(desk.vita(arguments).code, Some(2), "{arguments:?}");
    }
}
