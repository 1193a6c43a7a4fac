use std::net::Ipv4Addr;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::*;

mod conditions;
mod continuing;
mod exchange;
mod faults;

use exchange::{CHAT, HI, raw};

async fn start(plan: &str) -> Simulator {
    let options = Options { plan: Plan::parse(plan).unwrap(), seed: 1, pace: Pace::INSTANT };
    Simulator::start((Ipv4Addr::LOCALHOST, 0).into(), options).await.unwrap()
}

#[tokio::test]
async fn a_health_check_costs_one_token_and_is_recorded_as_one() {
    let simulator = start("").await;
    let response = raw(&simulator, CHAT, HI).await.unwrap();
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
    assert!(response.contains(r#""content":"Hi ""#), "{response}");
    let calls = simulator.calls("llama");
    let record = CallRecord {
        at: calls[0].at,
        model: "m".to_owned(),
        stream: false,
        probe: true,
        continues: false,
        max_tokens: Some(1),
        fault: None,
        status: Some(200),
        prompt_tokens: 1,
        completion_tokens: 1,
        end: CallEnd::Sent,
    };
    assert_eq!(calls, [record]);
    assert_eq!(simulator.calls("qwen"), []);
}

#[tokio::test]
async fn a_plan_strikes_the_calls_it_names_and_no_others() {
    let simulator = start("[[step]]\nprovider='llama'\nfault='status'\nstatus=503\nafter=1\ncount=2\n").await;
    for _ in 0..4 {
        raw(&simulator, CHAT, HI).await.unwrap();
    }
    let statuses: Vec<_> = simulator.calls("llama").iter().map(|call| call.status).collect();
    assert_eq!(statuses, [Some(200), Some(503), Some(503), Some(200)]);
}

#[tokio::test]
async fn a_provider_that_is_down_closes_without_an_answer_and_its_neighbour_serves_on() {
    let simulator = start("").await;
    simulator.set_down("llama", true);
    assert!(simulator.is_down("llama"));
    assert_eq!(raw(&simulator, CHAT, HI).await.unwrap(), "");
    assert_eq!(raw(&simulator, "GET /llama/v1/models", "").await.unwrap(), "");
    let neighbour = raw(&simulator, "POST /qwen/v1/chat/completions", HI).await.unwrap();
    assert!(neighbour.starts_with("HTTP/1.1 200"), "{neighbour}");

    simulator.set_down("llama", false);
    assert!(raw(&simulator, CHAT, HI).await.unwrap().starts_with("HTTP/1.1 200"));
    let ends: Vec<_> = simulator.calls("llama").iter().map(|call| call.end).collect();
    assert_eq!(ends, [CallEnd::Broken, CallEnd::Sent]);
    assert_eq!(simulator.listings("llama"), 1);
}

#[tokio::test]
async fn a_reset_reaches_the_caller_as_one() {
    let simulator = start("[[step]]\nprovider='llama'\nfault='reset'\n").await;
    let error = raw(&simulator, CHAT, HI).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_new_plan_counts_from_when_it_was_set() {
    let simulator = start("").await;
    raw(&simulator, CHAT, HI).await.unwrap();
    simulator.set_plan("llama", vec![Step::always("llama", Fault::status(429)).times(1)]);
    assert!(raw(&simulator, CHAT, HI).await.unwrap().starts_with("HTTP/1.1 429"));
    assert!(raw(&simulator, CHAT, HI).await.unwrap().starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn nonsense_is_refused_in_the_services_own_words() {
    let simulator = start("").await;
    assert!(raw(&simulator, CHAT, "{").await.unwrap().starts_with("HTTP/1.1 400"));
    assert!(raw(&simulator, "GET /", "").await.unwrap().starts_with("HTTP/1.1 404"));
    let strange = raw(&simulator, "POST /No.Such/v1/chat/completions", HI).await.unwrap();
    assert!(strange.starts_with("HTTP/1.1 404"), "{strange}");
}

#[tokio::test]
async fn only_those_are_served_that_somebody_named() {
    let simulator = start("[[step]]\nprovider='planned'\nfault='status'\nstatus=503\n").await;
    simulator.serve("served");
    simulator.set_plan("set", Vec::new());
    for (provider, status) in [("llama", 200), ("planned", 503), ("served", 200), ("set", 200), ("other", 404)] {
        let chat = raw(&simulator, &format!("POST /{provider}/v1/chat/completions"), HI).await.unwrap();
        assert!(chat.starts_with(&format!("HTTP/1.1 {status}")), "{provider}: {chat}");
    }
    assert!(raw(&simulator, "GET /other/v1/models", "").await.unwrap().starts_with("HTTP/1.1 404"));
    assert_eq!((simulator.calls("other"), simulator.listings("other")), (Vec::new(), 0));
}

#[tokio::test]
async fn stopping_frees_the_port_and_ends_connections() {
    let simulator = start("[[step]]\nprovider='llama'\nfault='silence'\n").await;
    let addr = simulator.addr();
    let mut socket = TcpStream::connect(addr).await.unwrap();
    let head = format!(
        "{CHAT} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{HI}",
        HI.len()
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    simulator.wait_for("llama", |calls| calls.len() == 1).await;
    simulator.stop().await;
    let mut rest = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(&mut socket, &mut rest).await.unwrap();
    assert_eq!(rest, b"");
    assert!(TcpStream::connect(addr).await.is_err());
}
