//! What the network itself does to an answer.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use vita::provider::http::ProviderError;
use vita::wire::Obstacle;

use super::*;

/// Answers one connection with these bytes, written in pieces of this size, then closes it. The task gives the request.
async fn raw_server(response: Vec<u8>, piece: usize) -> (SocketAddr, JoinHandle<String>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let addr = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        socket.set_nodelay(true).unwrap();
        let mut request = vec![0; 4096];
        let length = socket.read(&mut request).await.unwrap();
        request.truncate(length);
        for piece in response.chunks(piece) {
            socket.write_all(piece).await.unwrap();
            tokio::task::yield_now().await;
        }
        String::from_utf8_lossy(&request).into_owned()
    });
    (addr, server)
}

#[tokio::test]
async fn a_call_presents_itself_and_wants_events_uncompressed() {
    let (addr, server) = raw_server(b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n".to_vec(), 100).await;
    ask(&provider(format!("http://{addr}/some/v1/")), true).await.1.unwrap_err();
    let request = server.await.unwrap();
    let head: Vec<&str> = request.lines().take_while(|line| !line.is_empty()).collect();
    for line in [
        "POST /some/v1/chat/completions HTTP/1.1",
        concat!("user-agent: vita/", env!("CARGO_PKG_VERSION")),
        "authorization: Bearer LLM|1|test-key",
        "accept: text/event-stream, application/json",
        "accept-encoding: identity",
        "content-type: application/json",
    ] {
        assert!(head.contains(&line), "{line}\n{request}");
    }
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
        let (addr, _) = raw_server(stream.into(), piece).await;
        let (deltas, end) = ask(&provider(format!("http://{addr}/v1")), true).await;
        assert_eq!((text(&deltas).as_str(), end), ("请讲 👩‍💻经历", Ok(())), "in pieces of {piece}");
    }
}

#[tokio::test]
async fn a_port_that_speaks_another_protocol_is_foreign() {
    let (addr, _) = raw_server(b"SSH-2.0-OpenSSH_9.9\r\n".to_vec(), 100).await;
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
    assert!(failure.message.ends_with("no connection in time"), "{}", failure.message);
    assert_eq!(Obstacle::of(&failure), Some(Obstacle::Timeout));

    let (plain, _) = raw_server(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(), 100).await;
    let provider = HttpProvider::new(HttpSettings::new(format!("https://{plain}/v1"))).unwrap();
    let failure = ask(&provider, true).await.1.unwrap_err();
    assert_eq!((failure.outcome, Obstacle::of(&failure)), (Outcome::Connect, Some(Obstacle::Tls)));
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_told_apart() {
    let settings = HttpSettings { allow_plain_http: true, ..HttpSettings::new("http://nothing.invalid/v1") };
    let failure = ask(&HttpProvider::new(settings).unwrap(), true).await.1.unwrap_err();
    // A machine without a name server can't know.
    let names = [Some(Obstacle::NoSuchName), Some(Obstacle::NoNameServer)];
    assert!(names.contains(&Obstacle::of(&failure)), "{failure:?}");
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
    assert_eq!(Obstacle::of(&failure), Some(Obstacle::Refused));
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

const END: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"all\"},\"finish_reason\":\"stop\"}]}\n\n";

#[tokio::test]
async fn an_answer_whose_end_was_said_is_whole_though_the_connection_stays_open() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let addr = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        assert!(socket.read(&mut [0; 4096]).await.unwrap() > 0);
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
        socket.write_all(format!("{head}{END}").as_bytes()).await.unwrap();
        socket
    });
    let (deltas, end) = ask(&provider(format!("http://{addr}/v1")), true).await;
    assert_eq!((text(&deltas).as_str(), end), ("all", Ok(())));
    drop(server.await.unwrap());
}

#[tokio::test]
async fn a_body_shorter_than_promised_is_cut_unless_its_end_was_said() {
    let piece = "data: {\"choices\":[{\"delta\":{\"content\":\"all\"}}]}\n\n";
    let fixed = |body: &str| {
        format!("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 9999\r\n\r\n{body}")
    };
    let chunked = |body: &str| {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
        format!("{head}{:x}\r\n{body}\r\n", body.len())
    };
    for (response, expected) in [
        (fixed(piece), Outcome::Truncated),
        (chunked(piece), Outcome::Truncated),
        (fixed(END), Outcome::Ok),
        (chunked(END), Outcome::Ok),
    ] {
        let (addr, _) = raw_server(response.clone().into(), 4096).await;
        let (deltas, end) = ask(&provider(format!("http://{addr}/v1")), true).await;
        assert_eq!((text(&deltas).as_str(), outcome(end)), ("all", expected), "{response}");
    }
}

/// `data: {"choices":[{"delta":{"content":"zipped"},"finish_reason":"stop"}]}` and `data: [DONE]`, compressed.
const ZIPPED: [u8; 104] = [
    31, 139, 8, 0, 0, 0, 0, 0, 2, 255, 75, 73, 44, 73, 180, 82, 168, 86, 74, 206, 200, 207, 76, 78, 45, 86, 178, 138,
    174, 86, 74, 73, 205, 41, 73, 84, 178, 2, 10, 230, 231, 149, 164, 230, 149, 40, 89, 41, 85, 101, 22, 20, 164, 166,
    40, 213, 234, 40, 165, 101, 230, 101, 22, 103, 196, 23, 165, 38, 22, 231, 231, 1, 101, 138, 75, 242, 11, 148, 106,
    99, 107, 185, 184, 82, 192, 70, 69, 187, 248, 251, 185, 198, 114, 113, 1, 0, 35, 168, 245, 101, 89, 0, 0, 0,
];

#[tokio::test]
async fn a_compressed_answer_is_read_although_none_was_asked_for() {
    let head =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n";
    let whole = [head.as_bytes(), &ZIPPED].concat();
    for piece in [1, 50, whole.len()] {
        let (addr, _) = raw_server(whole.clone(), piece).await;
        let (deltas, end) = ask(&provider(format!("http://{addr}/v1")), true).await;
        assert_eq!((text(&deltas).as_str(), end), ("zipped", Ok(())), "in pieces of {piece}");
    }
    let (addr, _) = raw_server([head.as_bytes(), b"this is not gzip"].concat(), 4096).await;
    assert_eq!(outcome(ask(&provider(format!("http://{addr}/v1")), true).await.1), Outcome::Malformed);
}

#[tokio::test]
async fn what_the_headers_say_of_another_try_is_kept() {
    let head = "HTTP/1.1 503 Busy\r\nx-should-retry: false\r\nretry-after-ms: 250\r\nretry-after: 9\r\n\
                x-request-id: r-1\r\nContent-Length: 0\r\n\r\n";
    let (addr, _) = raw_server(head.into(), 4096).await;
    let failure = ask(&provider(format!("http://{addr}/v1")), true).await.1.unwrap_err();
    let expected = Failure {
        status: Some(503),
        retry_after: Some(Duration::from_millis(250)),
        should_retry: Some(false),
        request_id: Some("r-1".to_owned()),
        ..Failure::new(Outcome::ServerError, "HTTP 503 without a message")
    };
    assert_eq!(failure, expected);
}

#[tokio::test]
async fn a_redirect_is_not_followed_so_the_key_goes_nowhere_else() {
    let elsewhere = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let location = elsewhere.local_addr().unwrap();
    let response = format!("HTTP/1.1 307 Moved\r\nLocation: http://{location}/v1/x\r\nContent-Length: 0\r\n\r\n");
    let (addr, _) = raw_server(response.into(), 4096).await;
    let failure = ask(&provider(format!("http://{addr}/v1")), true).await.1.unwrap_err();
    assert_eq!((failure.outcome, failure.status), (Outcome::Foreign, Some(307)));
    assert!(elsewhere.accept().now_or_never().is_none());
}

#[tokio::test]
async fn a_base_url_is_understood_as_people_write_it() {
    let simulator = simulator().await;
    let base = simulator.base_url("llama");
    let root = base.trim_end_matches("/v1");
    for given in
        [root.to_owned(), format!("{root}/"), base.clone(), format!("{base}/"), format!("{base}/chat/completions")]
    {
        assert_eq!(ask(&provider(given.clone()), true).await.1, Ok(()), "{given}");
        assert!(provider(given.clone()).models().await.is_ok(), "{given}");
    }
}
