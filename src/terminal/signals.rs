//! Signals, as values for whoever runs the program's loop.

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::{Signal as Raw, getpgrp, getpid, getsid, kill_current_process_group, kill_process};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Notify, mpsc};

use super::guard;

/// Time the program has to end by itself after a signal that ends it.
const PATIENCE: Duration = Duration::from_secs(2);

/// What somebody outside asks of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// End: SIGTERM.
    Terminated,
    /// End, the terminal is gone: SIGHUP.
    HungUp,
    /// End: SIGINT from outside. Ctrl-C in the terminal is a key.
    Interrupted,
    /// Step aside: SIGTSTP.
    Suspended,
    /// Go on: SIGCONT.
    Continued,
}

impl Signal {
    /// The exit code by custom (128 + number) when the signal ends the program.
    pub fn exit_code(self) -> Option<u8> {
        match self {
            Self::Terminated => Some(143),
            Self::HungUp => Some(129),
            Self::Interrupted => Some(130),
            Self::Suspended | Self::Continued => None,
        }
    }
}

/// Catches signals from now on. After one that ends the program a watchdog gives it two seconds, then restores the terminal
/// and exits: on a runtime with several threads not even a loop stuck in writing to a dead terminal can prevent that (and the
/// thread that reads keys spins after a hang-up, so it must not be left alive).
///
/// # Errors
/// When the system refuses a handler or a thread.
pub fn listen() -> io::Result<mpsc::UnboundedReceiver<Signal>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut suspend = signal(SignalKind::from_raw(Raw::TSTP.as_raw()))?;
    let mut resume = signal(SignalKind::from_raw(Raw::CONT.as_raw()))?;
    let gone = watch_terminal()?;
    let (sender, receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            // After a hang-up the system continues us too: the end comes first.
            let caught = tokio::select! {
                biased;
                _ = hangup.recv() => Signal::HungUp,
                () = gone.notified() => Signal::HungUp,
                _ = terminate.recv() => Signal::Terminated,
                _ = interrupt.recv() => Signal::Interrupted,
                _ = suspend.recv() => Signal::Suspended,
                _ = resume.recv() => Signal::Continued,
            };
            let heard = sender.send(caught).is_ok();
            if let Some(code) = caught.exit_code() {
                tokio::time::sleep(PATIENCE).await;
                guard::restore();
                std::process::exit(code.into());
            }
            if !heard {
                return;
            }
        }
    });
    Ok(receiver)
}

/// Tells when the terminal is gone. SIGHUP does not tell everybody: only those whose controlling terminal it was.
fn watch_terminal() -> io::Result<Arc<Notify>> {
    let gone = Arc::new(Notify::new());
    let tell = gone.clone();
    thread::Builder::new().name("hang-up".into()).spawn(move || {
        let input = io::stdin();
        // A hang-up is reported whatever one waits for: nothing else wakes this thread.
        let mut watched = [PollFd::new(&input, PollFlags::empty())];
        loop {
            match poll(&mut watched, None) {
                Err(Errno::INTR) => {}
                Err(_) => return,
                Ok(_) => return tell.notify_one(),
            }
        }
    })?;
    Ok(gone)
}

/// Asks everybody in our process group to step aside, as the terminal does for Ctrl-Z: a parent such as `cargo run` stops too,
/// so that the shell gets the terminal. We hear of it as [`Signal::Suspended`] like everybody. Without a shell that could
/// continue us (our session's leader is in our group) nothing happens.
pub fn suspend_group() {
    if getsid(None).is_ok_and(|leader| leader != getpgrp()) {
        // Without the right to signal the whole group there is nothing to stop.
        let _ = kill_current_process_group(Raw::TSTP);
    }
}

/// Stops this process until SIGCONT. SIGTSTP can't do it, since it is caught. The stop may come a moment after the return:
/// wait for [`Signal::Continued`] before touching the terminal again.
///
/// # Errors
/// When the system refuses.
pub fn stop() -> io::Result<()> {
    Ok(kill_process(getpid(), Raw::STOP)?)
}
