//! `vita ask`: one call, its answer streamed or as a document.

mod notices;
mod prompt;

use clap::Args;
use serde::Serialize;

use super::context::Context;
use super::document;
use super::exit::{Exit, Failure, of_outcome};
use super::output::Output;
use crate::app::terms;
use crate::backend::Backend;
use crate::clock::Clock;
use crate::config::{Language, Task};
use crate::router::{Answer, Call, CallError, ReplyEvent};
use crate::wire::{Message, Outcome, Role, text};
use notices::Notices;
use rust_i18n::t;

/// The finish reason of an answer that reached the most tokens it may have.
const LENGTH: &str = "length";

const MORE: &str = "\
Examples:
  vita ask \"Explain the CAP theorem in two sentences\"
  vita ask --task code --max-tokens 800 \"Write binary search in Rust\"
  cat notes.md | vita ask --system \"Summarise in Chinese\" -
  vita ask --provider qwen --json \"Hi\" | jq -r .text

The answer goes to standard output. Which provider is asked, waits and
failovers are said on standard error. When a provider breaks off half-way,
another one goes on where it ended. An answer that no provider ended is printed
as far as it came, and the exit code is 4.";

/// One question, one answer, from whichever provider can give it
#[derive(Debug, Args)]
#[command(after_help = MORE)]
pub struct Ask {
    /// The question; - reads it from standard input (UTF-8, at most 1 MiB)
    prompt: String,
    /// What it is for, which decides the model: chat, analysis, code, math, turbo, long ...
    #[arg(long, value_name = "TASK", default_value_t = Task::Chat)]
    task: Task,
    /// Ask this provider first; another one still helps out when it fails and USE_QWEN_FALLBACK is on
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// Ask the first provider for this model instead of the task's
    #[arg(long, value_name = "ID")]
    model: Option<String>,
    /// Instructions that stand above the question
    #[arg(long, value_name = "TEXT")]
    system: Option<String>,
    /// Most tokens of the answer [default: by the task, 500 for chat]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_tokens: Option<u32>,
    /// Print the answer when it is whole, not as it comes
    #[arg(long)]
    no_stream: bool,
    /// Print one JSON document: the answer, or {"error": ...}
    #[arg(long)]
    json: bool,
}

/// The document of a call that brought no text.
#[derive(Serialize)]
struct ErrorDocument<'a> {
    error: &'a CallError,
}

impl Ask {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let ended = self.perform(context).await;
        if self.json { ended.map_err(|failure| document::of_failure(context.output, failure)) } else { ended }
    }

    async fn perform(&self, context: &Context) -> Result<(), Failure> {
        let settings = context.load()?.settings;
        let prompt = prompt::read(&self.prompt, context.common.no_input)?;
        let call = self.call(prompt);
        context.with_backend(settings, async |backend| self.send(backend, call, context.output).await).await
    }

    fn call(&self, prompt: String) -> Call {
        let system = self.system.iter().map(|words| Message::text(Role::System, words));
        let messages = system.chain([Message::text(Role::User, prompt)]).collect();
        Call {
            provider: self.provider.clone(),
            model: self.model.clone(),
            max_tokens: self.max_tokens,
            takes_words_back: !self.streams(),
            ..Call::new(self.task, messages)
        }
    }

    async fn send(&self, backend: &Backend, call: Call, output: Output) -> Result<(), Failure> {
        let language = backend.settings.language;
        let mut notices = Notices::new(self.provider.clone(), language);
        let mut mid_line = false;
        let mut reply = backend.router.send(call);
        while let Some(event) = reply.recv().await {
            if let Some(words) = notices.about(&event) {
                // Where answer and notices share a screen, a notice does not stand behind half a line of the answer.
                let apart = if std::mem::take(&mut mid_line) && Output::shares_a_screen() { "\n" } else { "" };
                output.notice(&format!("{apart}{words}"));
            }
            match event {
                ReplyEvent::Text(piece) if self.streams() => {
                    output.result(&text::plain(&piece))?;
                    mid_line = !piece.ends_with('\n');
                }
                ReplyEvent::Finished(answer) => return self.finish(&answer, language, output),
                ReplyEvent::Failed(error) => return self.fail(&error, &backend.clock, language, output),
                _ => {}
            }
        }
        Err(Failure::new(Exit::Failure, "the call was ended from inside; please report this"))
    }

    fn streams(&self) -> bool {
        !self.json && !self.no_stream
    }

    fn finish(&self, answer: &Answer, language: Language, output: Output) -> Result<(), Failure> {
        if self.json {
            output.json(answer)?;
        } else {
            if !self.streams() {
                output.result(&text::plain(&answer.text))?;
            }
            if !answer.text.ends_with('\n') {
                output.result("\n")?;
            }
        }
        let Some(last) = answer.broke_off() else {
            if answer.finish_reason.as_deref() == Some(LENGTH) {
                output.notice(&t!("cli.ask.cut", locale = language.code()));
            }
            return Ok(());
        };
        let (provider, outcome) = (&answer.provider, terms::outcome(last, language));
        let key = if last == Outcome::ContentFilter { "cli.ask.filtered" } else { "cli.ask.incomplete" };
        let message = t!(key, locale = language.code(), provider = provider, outcome = outcome);
        if self.json {
            // The document is the answer as far as it came.
            output.error(&message);
            return Err(Failure::silent(Exit::NoAnswer));
        }
        Err(Failure::new(Exit::NoAnswer, message))
    }

    fn fail(&self, error: &CallError, clock: &Clock, language: Language, output: Output) -> Result<(), Failure> {
        let exit = of_outcome(error.kind);
        if self.json {
            output.json(&ErrorDocument { error })?;
            return Err(Failure::silent(exit));
        }
        let again =
            error.retry_at.map(|at| t!("cli.ask.again", locale = language.code(), time = clock.time_of_day(at)));
        Err(Failure::new(exit, format!("{}{}", terms::failure(error, language), again.unwrap_or_default())))
    }
}
