//! Connections that can be broken from inside a request: closed in order or reset, before or while an answer is sent.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, TapIo};
use futures_util::task::AtomicWaker;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

const OPEN: u8 = 0;
const CLOSED: u8 = 1;
const RESET: u8 = 2;

/// Breaks one connection. Every request on the connection has a clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Switch(Arc<State>);

#[derive(Debug, Default)]
struct State {
    position: AtomicU8,
    task: AtomicWaker,
}

impl Switch {
    /// Closes the connection in order (FIN).
    pub fn close(&self) {
        self.0.turn(CLOSED);
    }

    /// Aborts the connection (RST).
    pub fn reset(&self) {
        self.0.turn(RESET);
    }
}

impl State {
    fn turn(&self, position: u8) {
        self.position.store(position, Ordering::Release);
        self.task.wake();
    }
}

/// The connections that are open.
#[derive(Debug, Default)]
pub(super) struct Connections {
    open: Mutex<Open>,
    accepted: AtomicU64,
}

#[derive(Debug, Default)]
struct Open {
    states: Vec<Weak<State>>,
    ended: bool,
}

impl Connections {
    /// Closes them all, and every later one at once.
    pub fn close_all(&self) {
        let mut open = self.open();
        open.ended = true;
        for state in open.states.drain(..).filter_map(|state| state.upgrade()) {
            state.turn(CLOSED);
        }
    }

    /// How many there have been.
    pub fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    fn add(&self, switch: &Switch) {
        self.accepted.fetch_add(1, Ordering::Relaxed);
        let mut open = self.open();
        if open.ended {
            switch.close();
        }
        open.states.retain(|state| state.strong_count() > 0);
        open.states.push(Arc::downgrade(&switch.0));
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Accepts connections that can be broken.
pub(super) struct Listener {
    inner: TcpListener,
    addr: SocketAddr,
    connections: Arc<Connections>,
}

impl Listener {
    /// Binds the address; `connections` learns of every connection accepted.
    pub async fn bind(addr: SocketAddr, connections: Arc<Connections>) -> io::Result<Self> {
        let inner = TcpListener::bind(addr).await?;
        let addr = inner.local_addr()?;
        Ok(Self { inner, addr, connections })
    }

    /// The address bound.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }
}

impl axum::serve::Listener for Listener {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        // The listener of axum waits out passing errors such as too many open files.
        let (stream, peer) = axum::serve::Listener::accept(&mut self.inner).await;
        let switch = Switch::default();
        self.connections.add(&switch);
        (Connection { stream, switch }, peer)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.addr)
    }
}

impl<F> Connected<IncomingStream<'_, TapIo<Listener, F>>> for Switch
where
    F: FnMut(&mut Connection) + Send + 'static,
{
    fn connect_info(stream: IncomingStream<'_, TapIo<Listener, F>>) -> Self {
        stream.io().switch.clone()
    }
}

/// One accepted connection.
pub(super) struct Connection {
    stream: TcpStream,
    switch: Switch,
}

impl Connection {
    /// Sends small writes at once. A failure costs only time.
    pub fn set_nodelay(&mut self) {
        let _ = self.stream.set_nodelay(true);
    }

    /// Fails once the switch was turned; otherwise the task is woken when it is.
    fn check(&self, cx: &Context<'_>) -> io::Result<()> {
        self.switch.0.task.register(cx.waker());
        match self.switch.0.position.load(Ordering::Acquire) {
            OPEN => Ok(()),
            RESET => {
                self.stream.set_zero_linger()?;
                Err(io::ErrorKind::ConnectionReset.into())
            }
            _ => Err(io::ErrorKind::ConnectionAborted.into()),
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.check(cx)?;
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.check(cx)?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(cx)?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
