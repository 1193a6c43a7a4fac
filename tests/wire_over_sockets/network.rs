//! What the network itself does to an answer.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use vita::provider::http::ProviderError;

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

    let (plain, _) = raw_server(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(), 100).await;
    let provider = HttpProvider::new(HttpSettings::new(format!("https://{plain}/v1"))).unwrap();
    assert_eq!(outcome(ask(&provider, true).await.1), Outcome::Connect);
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
