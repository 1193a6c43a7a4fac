//! One request over a socket of its own, and what comes back, byte for byte or summed up.

use std::io;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Simulator;

pub const CHAT: &str = "POST /llama/v1/chat/completions";
pub const HI: &str = r#"{"model":"m","messages":[{"role":"user","content":"Hi"}],"max_tokens":1}"#;

const SOON: Duration = Duration::from_secs(20);

/// A call for three words.
pub fn call(stream: bool) -> Value {
    json!({
        "model": "m", "stream": stream, "stream_options": {"include_usage": true},
        "messages": [{"role": "user", "content": "{\"say\":\"one two three\"}"}],
    })
}

async fn send(simulator: &Simulator, request: &str, body: &str) -> io::Result<TcpStream> {
    let mut socket = TcpStream::connect(simulator.addr()).await?;
    let head = format!(
        "{request} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nAuthorization: Bearer the-key\r\n"
    );
    let message = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
    socket.write_all(message.as_bytes()).await?;
    Ok(socket)
}

/// Sends a request and reads the response to the end of the connection.
pub async fn raw(simulator: &Simulator, request: &str, body: &str) -> io::Result<String> {
    let mut socket = send(simulator, request, body).await?;
    let mut response = String::new();
    socket.read_to_string(&mut response).await?;
    Ok(response)
}

/// How a response ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// As HTTP says it must.
    Whole,
    /// Closed before its end.
    Broken,
    /// Reset.
    Reset,
    /// Not yet: everything that was waited for has come, and the connection is open.
    Open,
}

/// A response.
#[derive(Debug)]
pub struct Response {
    pub head: String,
    pub body: String,
    pub end: End,
}

impl Response {
    pub fn status(&self) -> Option<u16> {
        self.head.split(' ').nth(1)?.parse().ok()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// The events of a stream, each in a word or two.
    pub fn events(&self) -> Vec<String> {
        self.body.split_terminator("\n\n").map(summary).collect()
    }
}

/// Sends a chat call and reads until the connection ends, or the body has `awaited`.
pub async fn exchange(simulator: &Simulator, call: &Value, awaited: Option<&str>) -> Response {
    read(simulator, CHAT, call, |bytes| awaited.is_some_and(|awaited| decode(bytes).1.contains(awaited))).await
}

/// Sends a chat call and reads so many bytes.
pub async fn first_bytes(simulator: &Simulator, call: &Value, count: usize) -> Response {
    read(simulator, CHAT, call, |bytes| bytes.len() >= count).await
}

/// Sends a chat call to qwen and reads to the end.
pub async fn exchange_with_qwen(simulator: &Simulator, call: &Value) -> Response {
    read(simulator, "POST /qwen/v1/chat/completions", call, |_| false).await
}

async fn read(simulator: &Simulator, request: &str, call: &Value, is_enough: impl Fn(&[u8]) -> bool) -> Response {
    let mut socket = send(simulator, request, &call.to_string()).await.unwrap();
    let mut bytes = Vec::new();
    let mut buffer = [0; 65_536];
    let end = loop {
        match timeout(SOON, socket.read(&mut buffer)).await.expect("bytes in time") {
            Ok(0) => break if decode(&bytes).2 { End::Whole } else { End::Broken },
            Ok(length) => bytes.extend_from_slice(&buffer[..length]),
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => break End::Reset,
            Err(error) => panic!("{error}"),
        }
        if is_enough(&bytes) {
            break End::Open;
        }
    };
    let (head, body, _) = decode(&bytes);
    Response { head, body, end }
}

/// Head and body of a response so far, and whether the body is whole.
fn decode(bytes: &[u8]) -> (String, String, bool) {
    let split = bytes.windows(4).position(|window| window == b"\r\n\r\n");
    let Some(split) = split else {
        return (String::from_utf8_lossy(bytes).into_owned(), String::new(), false);
    };
    let head = String::from_utf8_lossy(&bytes[..split]).into_owned();
    let rest = &bytes[split + 4..];
    let (body, whole) = if head.contains("transfer-encoding: chunked") {
        dechunked(rest)
    } else {
        let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
        (rest.to_vec(), length == Some(rest.len()))
    };
    (head, String::from_utf8_lossy(&body).into_owned(), whole)
}

fn dechunked(mut rest: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    while let Some(line) = rest.windows(2).position(|window| window == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line]).unwrap(), 16).unwrap();
        if size == 0 {
            return (body, true);
        }
        let data = &rest[line + 2..];
        body.extend_from_slice(&data[..size.min(data.len())]);
        rest = data.get(size + 2..).unwrap_or_default();
    }
    (body, false)
}

/// An event in a word or two: what its first choice and its usage say, or its text as it stands.
fn summary(event: &str) -> String {
    let data = event.strip_prefix("data: ").unwrap_or_default();
    if data == "[DONE]" {
        return "done".to_owned();
    }
    let Ok(chunk @ Value::Object(_)) = serde_json::from_str::<Value>(data) else {
        return event.to_owned();
    };
    let choice = &chunk["choices"][0];
    let mut said = Vec::new();
    if choice["delta"]["role"] == "assistant" {
        said.push("role".to_owned());
    }
    let word = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    said.extend(word(&choice["delta"]["content"]));
    said.extend(word(&choice["delta"]["reasoning_content"]).map(|text| format!("({text})")));
    said.extend(word(&choice["finish_reason"]).map(|reason| format!("finish {reason}")));
    if let Some(usage) = chunk["usage"].as_object() {
        said.push(format!("usage {}+{}", usage["prompt_tokens"], usage["completion_tokens"]));
    }
    if said.is_empty() { data.to_owned() } else { said.join(" ") }
}
