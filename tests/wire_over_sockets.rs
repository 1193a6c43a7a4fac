//! The HTTP provider against the simulator over real sockets: what each fault of a service becomes.

#![expect(clippy::unwrap_used, reason = "a step that fails is the test's failure")]

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use futures_util::{FutureExt as _, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use vita::provider::http::{HttpProvider, HttpSettings, ProviderError};
use vita::provider::{DeltaStream, Provider as _};
use vita::simulator::{BodyKind, CallEnd, Fault, Options, Pace, Simulator, Step};
use vita::wire::{ChatRequest, Delta, Failure, FinishReason, Message, Outcome, Role, Usage};

const KEY: &str = "LLM|1|test-key";

/// The interviewer's instruction: nine words to say.
const SAY: &str = r#"{"say":"Tell me about a conflict that you resolved, please."}"#;
const SAID: &str = "Tell me about a conflict that you resolved, please.";

async fn simulator() -> Simulator {
    let options = Options {
        pace: Pace::INSTANT,
        ..Options::default()
    };
    Simulator::start((Ipv4Addr::LOCALHOST, 0).into(), options)
        .await
        .unwrap()
}

async fn failing(fault: Fault) -> Simulator {
    let simulator = simulator().await;
    simulator.set_plan("llama", vec![Step::always("llama", fault)]);
    simulator
}

fn provider(base_url: String) -> HttpProvider {
    let settings = HttpSettings {
        key: Some(KEY.into()),
        ..HttpSettings::new(base_url)
    };
    HttpProvider::new(settings).unwrap()
}

fn llama(simulator: &Simulator) -> HttpProvider {
    provider(simulator.base_url("llama"))
}

fn request(stream: bool) -> ChatRequest {
    ChatRequest {
        model: "m".to_owned(),
        messages: vec![Message::text(Role::User, SAY)],
        max_tokens: None,
        temperature: None,
        stream,
    }
}

/// Everything an answer brought, and how it ended.
async fn read(mut answer: DeltaStream) -> (Vec<Delta>, Result<(), Failure>) {
    let mut deltas = Vec::new();
    while let Some(delta) = answer.next().await {
        match delta {
            Ok(delta) => deltas.push(delta),
            Err(failure) => return (deltas, Err(failure)),
        }
    }
    (deltas, Ok(()))
}

async fn ask(provider: &HttpProvider, stream: bool) -> (Vec<Delta>, Result<(), Failure>) {
    match provider.chat(request(stream)).await {
        Ok(answer) => read(answer).await,
        Err(failure) => (Vec::new(), Err(failure)),
    }
}

fn text(deltas: &[Delta]) -> String {
    let texts = deltas.iter().filter_map(|delta| match delta {
        Delta::Text(text) => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}

fn outcome(end: Result<(), Failure>) -> Outcome {
    end.map_or_else(|failure| failure.outcome, |()| Outcome::Ok)
}

fn status(status: u16, code: &str, body: BodyKind) -> Fault {
    Fault::Status {
        status,
        code: Some(code.to_owned()),
        message: None,
        retry_after: None,
        body,
    }
}

#[tokio::test]
async fn a_whole_answer_arrives_streamed_and_not() {
    let simulator = simulator().await;
    let provider = llama(&simulator);
    for stream in [true, false] {
        let (deltas, end) = ask(&provider, stream).await;
        assert_eq!(end, Ok(()));
        assert_eq!(text(&deltas), SAID);
        let usage = Usage {
            prompt_tokens: vita::simulator::count_tokens(SAY),
            completion_tokens: 9,
            cached_tokens: 0,
        };
        let rest: Vec<_> = deltas
            .into_iter()
            .filter(|delta| !matches!(delta, Delta::Text(_)))
            .collect();
        assert_eq!(rest, [Delta::Finish(FinishReason::Stop), Delta::Usage(usage)]);
    }
    let calls = simulator.calls("llama");
    assert_eq!(
        calls
            .iter()
            .map(|call| (call.completion_tokens, call.end))
            .collect::<Vec<_>>(),
        [(9, CallEnd::Sent); 2]
    );
}

#[tokio::test]
async fn an_answer_cut_by_max_tokens_is_whole_and_says_so() {
    let simulator = simulator().await;
    let cut = ChatRequest {
        max_tokens: Some(3),
        ..request(true)
    };
    let (deltas, end) = read(llama(&simulator).chat(cut).await.unwrap()).await;
    assert_eq!((text(&deltas).as_str(), end), ("Tell me about ", Ok(())));
    assert!(deltas.contains(&Delta::Finish(FinishReason::Length)));
}

#[tokio::test]
async fn every_fault_becomes_its_outcome() {
    use Outcome::*;
    // The fault, the outcome of a stream and the text before it, the outcome of a call that is not streamed.
    let table = [
        (Fault::status(400), BadRequest, "", BadRequest),
        (Fault::status(401), Auth, "", Auth),
        (Fault::status(404), ModelUnavailable, "", ModelUnavailable),
        (Fault::status(408), ServerError, "", ServerError),
        (Fault::status(429), RateLimited, "", RateLimited),
        (Fault::status(500), ServerError, "", ServerError),
        (Fault::status(503), ServerError, "", ServerError),
        (Fault::status(307), Foreign, "", Foreign),
        (status(429, "", BodyKind::Html), RateLimited, "", RateLimited),
        (status(429, "", BodyKind::Empty), RateLimited, "", RateLimited),
        (status(429, "x", BodyKind::Problem), RateLimited, "", RateLimited),
        (
            status(429, "insufficient_quota", BodyKind::Json),
            RateLimited,
            "",
            RateLimited,
        ),
        (
            status(429, "PostpaidBillOverdue", BodyKind::Native),
            Billing,
            "",
            Billing,
        ),
        (status(400, "Arrearage", BodyKind::Native), Billing, "", Billing),
        (
            status(400, "data_inspection_failed", BodyKind::Json),
            ContentFilter,
            "",
            ContentFilter,
        ),
        (
            status(400, "context_length_exceeded", BodyKind::Json),
            ContextLength,
            "",
            ContextLength,
        ),
        (status(404, "", BodyKind::Empty), Foreign, "", Foreign),
        (
            status(200, "Throttling", BodyKind::Native),
            RateLimited,
            "",
            RateLimited,
        ),
        (Fault::Refuse, Reset, "", Reset),
        (Fault::Reset, Reset, "", Reset),
        (Fault::Cut { tokens: 3 }, Truncated, "Tell me about ", Truncated),
        (Fault::Truncate { tokens: 3 }, Truncated, "Tell me about ", Truncated),
        (Fault::Malformed { tokens: 3 }, Malformed, "Tell me about ", Malformed),
        (Fault::Empty, Empty, "", Empty),
        (Fault::Html, Foreign, "", Foreign),
        (
            Fault::Slow {
                first_token: Duration::from_millis(5),
            },
            Ok,
            SAID,
            Ok,
        ),
        (
            Fault::ErrorFrame {
                status: 429,
                code: "Throttling.AllocationQuota".to_owned(),
                message: "slow".to_owned(),
            },
            RateLimited,
            "",
            RateLimited,
        ),
    ];
    let simulator = simulator().await;
    let provider = llama(&simulator);
    for (fault, streamed, before, whole) in table {
        simulator.set_plan("llama", vec![Step::always("llama", fault.clone())]);
        let (deltas, end) = ask(&provider, true).await;
        assert_eq!((outcome(end), text(&deltas).as_str()), (streamed, before), "{fault:?}");
        let (_, end) = ask(&provider, false).await;
        assert_eq!(outcome(end), whole, "{fault:?}, not streamed");
    }
}

#[tokio::test]
async fn a_failure_carries_status_code_and_the_wait_asked_for() {
    let simulator = failing(Fault::Status {
        status: 429,
        code: Some("limit_requests".to_owned()),
        message: Some("Slow \u{1b}[31mdown".to_owned()),
        retry_after: Some("1.5".to_owned()),
        body: BodyKind::Json,
    })
    .await;
    let (_, end) = ask(&llama(&simulator), true).await;
    let failure = Failure {
        outcome: Outcome::RateLimited,
        status: Some(429),
        code: Some("limit_requests".to_owned()),
        message: "Slow down".to_owned(),
        retry_after: Some(Duration::from_millis(1500)),
        request_id: None,
    };
    assert_eq!(end, Err(failure));
}

#[tokio::test]
async fn a_silent_provider_gives_nothing_and_leaving_closes_the_connection() {
    let simulator = failing(Fault::Silence).await;
    let provider = llama(&simulator);
    for stream in [true, false] {
        let mut call = provider.chat(request(stream));
        let arrived = simulator.wait_for("llama", |calls| calls.iter().any(|call| call.end == CallEnd::Running));
        tokio::select! {
            _ = &mut call => panic!("a silent provider answered"),
            _ = arrived => {}
        }
        assert!((&mut call).now_or_never().is_none());
        drop(call);
        simulator
            .wait_for("llama", |calls| calls.iter().all(|call| call.end == CallEnd::Abandoned))
            .await;
    }
}

#[tokio::test]
async fn dropping_an_answer_closes_its_connection() {
    let simulator = failing(Fault::Stall { tokens: 2 }).await;
    let mut answer = llama(&simulator).chat(request(true)).await.unwrap();
    assert_eq!(answer.next().await, Some(Ok(Delta::Text("Tell ".to_owned()))));
    assert_eq!(answer.next().await, Some(Ok(Delta::Text("me ".to_owned()))));
    assert!(answer.next().now_or_never().is_none());
    assert_eq!(simulator.calls("llama")[0].end, CallEnd::Running);
    drop(answer);
    let calls = simulator
        .wait_for("llama", |calls| calls[0].end != CallEnd::Running)
        .await;
    assert_eq!((calls[0].end, calls[0].completion_tokens), (CallEnd::Abandoned, 2));
}

#[tokio::test]
async fn a_key_that_the_service_echoes_is_nowhere_in_the_failure() {
    for (key, body) in [
        (KEY, BodyKind::Json),
        ("sk-test-key", BodyKind::Native),
        ("no-known-form", BodyKind::Problem),
        ("no-known-form", BodyKind::Html),
    ] {
        let simulator = failing(Fault::Status {
            status: 401,
            code: None,
            message: None,
            retry_after: None,
            body,
        })
        .await;
        let settings = HttpSettings {
            key: Some(key.into()),
            ..HttpSettings::new(simulator.base_url("llama"))
        };
        let provider = HttpProvider::new(settings).unwrap();
        let chat = ask(&provider, true).await.1.unwrap_err();
        let models = provider.models().await.unwrap_err();
        for failure in [chat, models] {
            assert_eq!(failure.outcome, Outcome::Auth);
            let printed = format!("{failure:?}");
            assert!(!printed.contains(key) && !printed.contains("test-key"), "{printed}");
        }
    }
}

#[tokio::test]
async fn the_list_of_models_is_read_and_fails_like_a_call() {
    let simulator = simulator().await;
    let models = llama(&simulator).models().await.unwrap();
    assert!(models.contains(&"Llama-3.3-70B-Instruct".to_owned()), "{models:?}");
    simulator.set_down("llama", true);
    assert_eq!(llama(&simulator).models().await.unwrap_err().outcome, Outcome::Reset);
    assert_eq!(provider(simulator.base_url("qwen")).models().await.unwrap().len(), 7);
}

#[tokio::test]
async fn nobody_listening_is_no_connection_and_names_the_place() {
    let simulator = simulator().await;
    let (provider, addr) = (llama(&simulator), simulator.addr());
    simulator.stop().await;
    let (_, end) = ask(&provider, true).await;
    let failure = end.unwrap_err();
    assert_eq!(failure.outcome, Outcome::Connect);
    assert!(failure.message.contains(&addr.to_string()), "{}", failure.message);
}

#[tokio::test]
async fn one_connection_serves_many_streams() {
    let simulator = simulator().await;
    let provider = llama(&simulator);
    for _ in 0..20 {
        assert_eq!(ask(&provider, true).await.1, Ok(()));
    }
    // The end of a response is read behind the answer's back: a call that is quicker opens one more connection.
    assert!(simulator.connections() < 10, "{}", simulator.connections());
}

/// Answers one connection with these bytes, written in pieces of this size, then closes it.
async fn raw_server(response: Vec<u8>, piece: usize) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        socket.set_nodelay(true).unwrap();
        let mut request = [0; 4096];
        let _ = socket.read(&mut request).await.unwrap();
        for piece in response.chunks(piece) {
            socket.write_all(piece).await.unwrap();
            tokio::task::yield_now().await;
        }
    });
    addr
}

#[tokio::test]
async fn an_answer_is_the_same_however_the_network_splits_it() {
    let stream = concat!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n",
        "\u{feff}data: {\"choices\":[{\"delta\":{\"content\":\"请讲 👩‍💻\"}}]}\r\n\r\n",
        ": keep-alive\r\r",
        "data: {\"choices\":[{\"delta\":{\"content\":\"经历\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]",
    );
    for piece in [1, 2, 3, 7, 64, stream.len()] {
        let addr = raw_server(stream.into(), piece).await;
        let (deltas, end) = ask(&provider(format!("http://{addr}/v1")), true).await;
        assert_eq!(
            (text(&deltas).as_str(), end),
            ("请讲 👩‍💻经历", Ok(())),
            "in pieces of {piece}"
        );
    }
}

#[tokio::test]
async fn a_port_that_speaks_another_protocol_is_foreign() {
    let addr = raw_server(b"SSH-2.0-OpenSSH_9.9\r\n".to_vec(), 100).await;
    let (_, end) = ask(&provider(format!("http://{addr}/v1")), true).await;
    assert_eq!(outcome(end), Outcome::Foreign);
}

#[tokio::test]
async fn tls_that_fails_or_never_answers_is_no_connection() {
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let settings = HttpSettings {
        connect_timeout: Duration::from_millis(50),
        ..HttpSettings::new(format!("https://{}/v1", silent.local_addr().unwrap()))
    };
    let provider = match HttpProvider::new(settings) {
        Ok(provider) => provider,
        // A machine without CA certificates has no https, and is told so.
        Err(error) => return assert!(matches!(error, ProviderError::Tls(_)), "{error}"),
    };
    let (_, end) = ask(&provider, true).await;
    let failure = end.unwrap_err();
    assert_eq!(failure.outcome, Outcome::Connect);
    assert!(
        failure.message.ends_with("no connection in time"),
        "{}",
        failure.message
    );

    let plain = raw_server(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(), 100).await;
    let provider = HttpProvider::new(HttpSettings::new(format!("https://{plain}/v1"))).unwrap();
    assert_eq!(outcome(ask(&provider, true).await.1), Outcome::Connect);
}
