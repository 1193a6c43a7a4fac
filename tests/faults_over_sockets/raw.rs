//! Providers that do to a connection what no ordinary server does.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

/// The head of a streamed answer that ends with the connection.
pub const STREAM: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";

/// The event that says that an answer is whole, and the one that ends the stream.
pub const END: &str = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

/// One event of a streamed answer.
pub fn event(text: &str) -> String {
    let chunk = serde_json::json!({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": null}]});
    format!("data: {chunk}\n\n")
}

/// A streamed answer of these events.
pub fn stream(events: &str) -> Vec<u8> {
    format!("{STREAM}{events}").into_bytes()
}

/// A whole response, after which the connection is closed unless the headers speak of it.
pub fn response(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let close = if headers.contains("Connection: ") { "" } else { "Connection: close\r\n" };
    format!("HTTP/1.1 {status}\r\n{headers}{close}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// A provider of our own making. It ends when it is dropped.
pub struct Raw {
    addr: SocketAddr,
    requests: Arc<AtomicUsize>,
    task: AbortHandle,
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Raw {
    /// Does this with every connection.
    pub async fn serving<S, F>(serve: S) -> Self
    where
        S: Fn(Connection) -> F + Send + 'static,
        F: Future<Output = Option<()>> + Send + 'static,
    {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let addr = listener.local_addr().expect("an address");
        let requests = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&requests);
        let accepting = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                let _ = socket.set_nodelay(true);
                connections.spawn(serve(Connection { socket, requests: Arc::clone(&counted) }));
            }
        });
        Self { addr, requests, task: accepting.abort_handle() }
    }

    /// Answers every request with these bytes, written in pieces of this size, and then closes the connection.
    pub async fn answering_in_pieces(bytes: Vec<u8>, piece: usize) -> Self {
        Self::serving(move |mut connection| {
            let bytes = bytes.clone();
            async move {
                connection.request().await?;
                for piece in bytes.chunks(piece) {
                    connection.write(piece).await?;
                    tokio::task::yield_now().await;
                }
                Some(())
            }
        })
        .await
    }

    /// Answers every request with these bytes, and then closes the connection.
    pub async fn answering(bytes: Vec<u8>) -> Self {
        let whole = bytes.len().max(1);
        Self::answering_in_pieces(bytes, whole).await
    }

    /// Writes this first and then the piece, again and again, for as long as anybody listens.
    pub async fn repeating(first: &'static str, piece: &'static str) -> Self {
        Self::serving(move |mut connection| async move {
            connection.request().await?;
            connection.write(first.as_bytes()).await?;
            loop {
                connection.write(piece.as_bytes()).await?;
                tokio::time::sleep(super::ms(20)).await;
            }
        })
        .await
    }

    /// Where it is.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.addr)
    }

    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// How many requests it has read.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

/// One connection to a provider of our own making.
pub struct Connection {
    socket: TcpStream,
    requests: Arc<AtomicUsize>,
}

impl Connection {
    /// Reads one request; nothing when the caller has gone. Says the request's number, from 1.
    pub async fn request(&mut self) -> Option<usize> {
        let mut bytes = Vec::new();
        let whole = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            let (head, body) = text.split_once("\r\n\r\n")?;
            let length =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            (body.len() >= length.unwrap_or(0)).then_some(())
        };
        while whole(&bytes).is_none() {
            let read = self.socket.read_buf(&mut bytes).await.ok()?;
            (read > 0).then_some(())?;
        }
        Some(self.requests.fetch_add(1, Ordering::SeqCst) + 1)
    }

    /// Writes; nothing when the caller has gone.
    pub async fn write(&mut self, bytes: &[u8]) -> Option<()> {
        self.socket.write_all(bytes).await.ok()
    }

    /// Ends our side of the connection and listens on.
    pub async fn shut_down(&mut self) -> Option<()> {
        self.socket.shutdown().await.ok()
    }

    /// Waits until the caller goes.
    pub async fn gone(&mut self) -> Option<()> {
        let mut rest = Vec::new();
        while self.socket.read_buf(&mut rest).await.is_ok_and(|read| read > 0) {}
        None
    }

    /// Resets the connection.
    pub fn reset(self) -> Option<()> {
        self.socket.set_zero_linger().ok()
    }
}

/// An address where nobody listens.
pub async fn nobody() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    listener.local_addr().expect("an address")
}

/// An address that answers nothing at all, not even to a wish to connect, for as long as the guard lives: the line of those who
/// want in is full, and nobody opens.
pub async fn black_hole() -> (SocketAddr, impl Sized) {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).expect("a port");
    let listener = socket.listen(1).expect("a listener");
    let addr = listener.local_addr().expect("an address");
    let mut standing = Vec::new();
    while let Ok(Ok(stream)) = tokio::time::timeout(super::ms(200), TcpStream::connect(addr)).await {
        standing.push(stream);
    }
    (addr, (listener, standing))
}
