//! The command line as it is written.

use std::collections::BTreeMap;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory as _, Parser, Subcommand};

use super::{ask, config, doctor, interview, sessions, simulate, status, switch};
use crate::config::Language;

const EXAMPLES: &str = "\
Examples:
  vita                                   the console; F1 shows its keys
  vita ask \"What is a circuit breaker?\"  one answer, streamed
  vita ask --json - < question.txt       one answer as JSON
  vita interview --answers answers.txt   a whole interview from a file
  vita status                            how the providers are doing today
  vita doctor                            what is wrong, and what to do about it

Exit codes:
  0 done   1 failure   2 usage
  3 a setting is bad, or the provider asked for is not configured
  4 no answer, or an incomplete one
  5 a rate limit   129, 130, 143 signals";

/// Practise job interviews in the terminal.
///
/// Without a command it opens the console. With no provider configured two built-in demo providers stand in, so everything can
/// be tried at once; `vita config show` names the variables that configure real ones.
#[derive(Debug, Parser)]
#[command(name = "vita", version, after_help = EXAMPLES)]
pub struct Arguments {
    /// What to do; nothing means the console.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// What every command takes.
    #[command(flatten)]
    pub common: Common,
    /// Most frames a second of the console [default: 60, or 30 over SSH]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=240))]
    pub fps: Option<u16>,
}

/// Flags that every command takes.
#[derive(Clone, Debug, Args)]
pub struct Common {
    /// Language of the interface and of a new interview: zh or en [default: by the locale]
    #[arg(long, global = true, value_name = "LANG")]
    pub lang: Option<Language>,
    /// Say only results and errors
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Never wait for somebody to type: fail instead
    #[arg(long, global = true)]
    pub no_input: bool,
}

impl Common {
    /// The settings given by flags, by variable.
    pub fn flags(&self) -> BTreeMap<String, String> {
        let lang = self.lang.map(|lang| ("VITA_LANG".to_owned(), lang.code().to_owned()));
        lang.into_iter().collect()
    }
}

/// A command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// One question, one answer, from whichever provider can give it
    Ask(ask::Ask),
    /// An interview without the console, for scripts and screen readers
    Interview(interview::Interview),
    /// How the providers are doing today
    Status(status::Status),
    /// Make a provider the primary one, until it is switched again
    Switch(switch::Switch),
    /// Serve simulated providers on this machine, with faults on demand
    Simulate(simulate::Simulate),
    /// The interviews held so far
    #[command(subcommand)]
    Sessions(sessions::Sessions),
    /// The settings, and where they come from
    #[command(subcommand)]
    Config(config::Config),
    /// Check settings, keys, files, terminal and providers
    Doctor(doctor::Doctor),
}

/// The arguments of this process; ends it with code 2 when they make no sense, and with 0 after `--help` or `--version`.
pub fn arguments() -> Arguments {
    let arguments = Arguments::parse();
    if let Err(message) = check(&arguments) {
        Arguments::command().error(ErrorKind::ArgumentConflict, message).exit();
    }
    arguments
}

/// A flag that would have no effect is refused.
fn check(arguments: &Arguments) -> Result<(), &'static str> {
    match &arguments.command {
        Some(_) if arguments.fps.is_some() => Err("--fps is for the console and has no effect on a command"),
        None if arguments.common.no_input => Err("the console needs somebody to type; give a command with --no-input"),
        None if arguments.common.quiet => Err("--quiet has no effect on the console; give a command with it"),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Arguments {
        Arguments::try_parse_from(line.split_whitespace()).expect("arguments")
    }

    #[test]
    fn the_definition_of_the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn common_flags_stand_before_or_after_the_command() {
        for line in ["vita --lang zh --quiet status", "vita status --quiet --lang zh"] {
            let common = parsed(line).common;
            assert_eq!(common.flags(), BTreeMap::from([("VITA_LANG".into(), "zh".into())]), "{line}");
            assert!(common.quiet, "{line}");
        }
    }

    #[test]
    fn a_flag_without_effect_is_refused() {
        for line in ["vita --fps 30 status", "vita --no-input", "vita --quiet"] {
            assert!(check(&parsed(line)).is_err(), "{line}");
        }
        assert!(check(&parsed("vita --fps 30 --lang en")).is_ok());
    }
}
