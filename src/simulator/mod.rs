//! The providers' wire on loopback: the stand-in when nothing is configured, `vita simulate`, and the test double.
//!
//! One port serves every provider by path: `/llama/v1`, `/qwen/v1`, and others that a plan or [`Simulator::serve`] names; at any
//! other path there is nothing. Answers are built in, paced like a real model, and broken on purpose where a [`Plan`] says so.

mod answers;
mod calls;
mod connection;
mod models;
mod pace;
mod plan;
mod reply;
mod request;
mod service;
mod tokens;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::serve::ListenerExt as _;
use tokio::task::JoinHandle;

pub use calls::{CallEnd, CallRecord};
pub use pace::Pace;
pub use plan::{
    BODIES, BodyKind, FAULTS, FORMS, Fault, FaultEntry, Flap, Form, Plan, PlanError, Quota, Step, TARGETS, Target,
};
pub use tokens::count as count_tokens;

use calls::Calls;
use connection::{Connection, Connections};

/// How the simulator behaves.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What goes wrong, and when.
    pub plan: Plan,
    /// Seed of the jitter on every delay, and of which calls a step with `percent` strikes.
    pub seed: u64,
    /// How fast answers come.
    pub pace: Pace,
}

/// A running simulator. Dropping it ends its task and every connection.
#[derive(Debug)]
pub struct Simulator {
    addr: SocketAddr,
    calls: Arc<Calls>,
    connections: Arc<Connections>,
    server: JoinHandle<()>,
}

impl Simulator {
    /// Listens on `addr` (port 0 picks a free one) and serves until dropped.
    pub async fn start(addr: SocketAddr, options: Options) -> io::Result<Self> {
        let calls = Arc::new(Calls::new(options.plan, options.seed));
        let connections = Arc::new(Connections::default());
        let listener = connection::Listener::bind(addr, Arc::clone(&connections)).await?;
        let addr = listener.addr();
        // One small write per token: without this each would wait for the acknowledgement of the one before.
        let listener = listener.tap_io(Connection::set_nodelay);
        let app = service::app(Arc::clone(&calls), options.pace, options.seed);
        let server = tokio::spawn(async move {
            let service = app.into_make_service_with_connect_info::<connection::Switch>();
            // Serving ends only with the task: accept errors are retried by the listener.
            let _ = axum::serve(listener, service).await;
        });
        Ok(Self { addr, calls, connections, server })
    }

    /// The address it listens on.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Serves this provider too. Those named llama and qwen, and those of a plan, always are.
    pub fn serve(&self, provider: &str) {
        self.calls.serve(provider);
    }

    /// The base URL of a provider, as a configuration would name it.
    pub fn base_url(&self, provider: &str) -> String {
        format!("http://{}/{provider}/v1", self.addr)
    }

    /// Takes a provider down, or up again. While down, its connections close without an answer; answers already running go on.
    pub fn set_down(&self, provider: &str, down: bool) {
        self.calls.set_down(provider, down);
    }

    /// Whether the provider was taken down.
    pub fn is_down(&self, provider: &str) -> bool {
        self.calls.is_down(provider)
    }

    /// Replaces the plan of one provider. Its calls and its time count from zero again for the new steps.
    pub fn set_plan(&self, provider: &str, steps: Vec<Step>) {
        self.calls.set_steps(provider, steps);
    }

    /// The chat calls a provider has received, oldest first; the last 10,000.
    pub fn calls(&self, provider: &str) -> Vec<CallRecord> {
        self.calls.of(provider)
    }

    /// Takes out of [`calls`](Self::calls) the oldest ones, as far as they have ended: for whoever keeps books longer than that.
    pub fn take_ended(&self, provider: &str) -> Vec<CallRecord> {
        self.calls.take_ended(provider)
    }

    /// How many times a provider was asked for its models.
    pub fn listings(&self, provider: &str) -> u64 {
        self.calls.listings(provider)
    }

    /// How many connections have been made to it.
    pub fn connections(&self) -> u64 {
        self.connections.accepted()
    }

    /// Waits until the calls of a provider satisfy `fact`, and returns them. Set your own deadline around it.
    pub async fn wait_for(&self, provider: &str, fact: impl Fn(&[CallRecord]) -> bool) -> Vec<CallRecord> {
        let mut changes = self.calls.changes();
        loop {
            let calls = self.calls.of(provider);
            if fact(&calls) || changes.changed().await.is_err() {
                return calls;
            }
        }
    }

    /// Ends the simulator and returns when its port is free.
    pub async fn stop(mut self) {
        self.end();
        // The error says that the task was aborted, which is what was asked for.
        let _ = (&mut self.server).await;
    }

    fn end(&self) {
        self.server.abort();
        self.connections.close_all();
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod tests;
