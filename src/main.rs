//! The program: the console, or the command that was asked for.

use std::process::ExitCode;

use vita::{cli, tui};

fn main() -> ExitCode {
    let arguments = cli::arguments();
    match arguments.command {
        Some(command) => cli::run(command, arguments.common),
        None => ExitCode::from(tui::run(tui::Options { flags: arguments.common.flags(), fps: arguments.fps })),
    }
}
