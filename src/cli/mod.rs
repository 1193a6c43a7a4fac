//! The command line: a file per command. What it promises to scripts is in each command's help and in README.md.

mod arguments;
mod ask;
mod config;
mod context;
mod doctor;
mod document;
mod exit;
mod interview;
mod output;
mod sessions;
mod signals;
mod simulate;
mod status;
mod switch;
mod table;

use std::process::ExitCode;

pub use arguments::{Arguments, Command, Common, arguments};
use context::Context;
use exit::{Exit, Failure};

/// Runs a command to its end and gives the exit code.
pub fn run(command: Command, common: Common) -> ExitCode {
    let context = Context::new(common);
    let ended = match tokio::runtime::Runtime::new() {
        Ok(runtime) => {
            let ended = runtime.block_on(perform(command, &context));
            // A thread that waits for somebody to type must not keep the program from ending.
            runtime.shutdown_background();
            ended
        }
        Err(error) => Err(Failure::new(Exit::Failure, format!("no runtime can be started: {error}"))),
    };
    let failure = match ended {
        Ok(()) => return Exit::Ok.into(),
        Err(failure) => failure,
    };
    if let Some(message) = failure.message {
        context.output.error(&message);
    }
    failure.exit.into()
}

async fn perform(command: Command, context: &Context) -> Result<(), Failure> {
    match command {
        Command::Ask(ask) => ask.run(context).await,
        Command::Interview(interview) => interview.run(context).await,
        Command::Status(status) => status.run(context).await,
        Command::Switch(switch) => switch.run(context).await,
        Command::Simulate(simulate) => simulate.run(context).await,
        Command::Sessions(sessions) => sessions.run(context).await,
        Command::Config(config) => config.run(context),
        Command::Doctor(doctor) => doctor.run(context).await,
    }
}
