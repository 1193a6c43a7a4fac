//! What is typed, as a channel.

use std::io;
use std::thread;

use crossterm::event::{Event, read};
use tokio::sync::mpsc;

/// Reads the terminal's events in a thread of its own. The channel ends when the terminal can't be read.
///
/// A thread rather than crossterm's `EventStream`: that one reads inside `poll`, where a hang-up, or the half of an escape
/// sequence, keeps the whole loop from running.
///
/// # Errors
/// When no thread can be started.
pub fn listen() -> io::Result<mpsc::UnboundedReceiver<Event>> {
    let (sender, receiver) = mpsc::unbounded_channel();
    thread::Builder::new().name("keys".into()).spawn(move || {
        while let Ok(event) = read() {
            if sender.send(event).is_err() {
                return;
            }
        }
    })?;
    Ok(receiver)
}
