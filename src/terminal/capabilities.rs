//! What is known about the terminal without asking it anything.

use std::io::{IsTerminal, stdin, stdout};

/// Why there can be no console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// Standard input or output is no terminal.
    NotATerminal,
    /// The terminal can't move its cursor (`TERM=dumb`).
    Dumb,
}

/// Whether the console can be shown here.
pub fn check() -> Result<(), Unfit> {
    if !stdin().is_terminal() || !stdout().is_terminal() {
        return Err(Unfit::NotATerminal);
    }
    if std::env::var_os("TERM").is_some_and(|term| term == "dumb") {
        return Err(Unfit::Dumb);
    }
    Ok(())
}

/// Whether the terminal is at the other end of an SSH connection.
pub fn is_remote() -> bool {
    std::env::var_os("SSH_CONNECTION").is_some_and(|connection| !connection.is_empty())
}
