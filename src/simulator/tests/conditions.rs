//! Whom a step strikes, as it shows over the wire.

use super::exchange::{CHAT, HI, call, exchange, raw};
use super::*;

const MODELS: &str = "GET /llama/v1/models";

async fn status(simulator: &Simulator, request: &str, body: &str) -> u16 {
    let response = raw(simulator, request, body).await.unwrap();
    response.split(' ').nth(1).unwrap().parse().unwrap()
}

/// What a health check, a turn and the list of models get.
async fn statuses(step: &str) -> [u16; 3] {
    let simulator = start(&format!("[[step]]\nprovider='llama'\nfault='status'\nstatus=503\n{step}")).await;
    let turn = call(true).to_string();
    [status(&simulator, CHAT, HI).await, status(&simulator, CHAT, &turn).await, status(&simulator, MODELS, "").await]
}

#[tokio::test]
async fn a_step_strikes_what_it_is_on() {
    assert_eq!(statuses("").await, [503, 503, 503]);
    assert_eq!(statuses("on='any'").await, [503, 503, 503]);
    assert_eq!(statuses("on='chat'").await, [503, 503, 200]);
    assert_eq!(statuses("on='turns'").await, [200, 503, 200]);
    assert_eq!(statuses("on='probes'").await, [503, 200, 200]);
    assert_eq!(statuses("on='models'").await, [200, 200, 503]);
    assert_eq!(statuses("longer_than=1").await, [200, 503, 200]);
    assert_eq!(statuses("model='other'").await, [200, 200, 200]);
}

#[tokio::test]
async fn a_retired_model_is_refused_and_no_longer_listed() {
    for (on, refused, listed) in [("any", true, false), ("chat", true, true), ("models", false, false)] {
        let model = "Llama-3.3-8B-Instruct";
        let step = format!("[[step]]\nprovider='llama'\nfault='retired'\nmodel='{model}'\non='{on}'");
        let simulator = start(&step).await;
        let response = raw(&simulator, CHAT, &HI.replace("\"m\"", &format!("\"{model}\""))).await.unwrap();
        assert_eq!(response.contains("404 Not Found") && response.contains("model_not_found"), refused, "{on}");
        assert_eq!(status(&simulator, CHAT, HI).await, 200, "another model");
        let list = raw(&simulator, MODELS, "").await.unwrap();
        assert_eq!(list.contains(model), listed, "{on}");
        assert!(list.contains("Llama-3.3-70B-Instruct"), "{on}");
    }
}

#[tokio::test]
async fn a_step_adds_its_headers() {
    let step = "[[step]]\nprovider='llama'\nfault='status'\nstatus=429\nretry_after=0.5\n\
                headers={retry-after-ms=250, X-Should-Retry=false, server='edge'}";
    let response = exchange(&start(step).await, &call(true), None).await;
    let headers = ["retry-after", "retry-after-ms", "x-should-retry", "server"].map(|name| response.header(name));
    assert_eq!(headers, [Some("0.5"), Some("250"), Some("false"), Some("edge")]);
}

#[tokio::test]
async fn a_date_to_return_at_is_meant_against_the_date_beside_it() {
    let step = "[[step]]\nprovider='llama'\nfault='status'\nstatus=429\nretry_after_date=4";
    let response = exchange(&start(step).await, &call(true), None).await;
    let date = |name| httpdate::parse_http_date(response.header(name).unwrap()).unwrap();
    assert_eq!(date("retry-after").duration_since(date("date")).unwrap().as_secs(), 4);
    let now = std::time::SystemTime::from(crate::clock::Clock::system(crate::clock::Zone::Local).now());
    assert!(date("retry-after") < now, "its clock is slow");
}

#[tokio::test]
async fn a_record_says_when_a_call_came_what_it_wanted_and_what_was_done_to_it() {
    let simulator = start("[[step]]\nprovider='llama'\nfault='status'\nstatus=503\ncount=1").await;
    for _ in 0..2 {
        raw(&simulator, CHAT, HI).await.unwrap();
    }
    let calls = simulator.calls("llama");
    assert!(calls[0].at <= calls[1].at, "{calls:?}");
    let shown: Vec<_> = calls.iter().map(|call| (call.max_tokens, call.fault.clone(), call.status)).collect();
    assert_eq!(shown, [(Some(1), Some(Fault::status(503)), Some(503)), (Some(1), None, Some(200))]);
    assert_eq!(simulator.take_ended("llama"), calls);
    assert_eq!(simulator.calls("llama"), []);
    raw(&simulator, CHAT, HI).await.unwrap();
    assert_eq!(simulator.calls("llama").len(), 1);
}
