//! Signals that end a command.

use tokio::signal::unix::{SignalKind, signal};

use super::exit::Exit;

/// Waits for a signal that asks this process to end.
pub(super) async fn received() -> Exit {
    tokio::select! {
        () = one(SignalKind::interrupt()) => Exit::Interrupted,
        () = one(SignalKind::terminate()) => Exit::Terminated,
        () = one(SignalKind::hangup()) => Exit::HungUp,
    }
}

async fn one(kind: SignalKind) {
    match signal(kind) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        // Without a listener the signal ends the process by itself.
        Err(_) => std::future::pending().await,
    }
}
