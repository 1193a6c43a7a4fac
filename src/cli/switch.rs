//! `vita switch`: another primary provider, by hand.

use clap::Args;
use rust_i18n::t;

use super::context::Context;
use super::exit::{Exit, Failure};
use crate::wire::text;

/// Longest reason kept in the switch log, in characters.
const REASON: usize = 200;

const MORE: &str = "\
Example:
  vita switch qwen --reason \"cheaper today\"

The choice outlives restarts: while the provider is healthy it is asked first,
and after a failure the primary returns to it. It is written to the switch log
with the reason. Changing PREFER_LLAMA afterwards takes precedence over it.";

/// Make a provider the primary one, until it is switched again
#[derive(Debug, Args)]
#[command(after_help = MORE)]
pub struct Switch {
    /// Name of a configured provider, such as llama or qwen
    provider: String,
    /// Why, for the switch log
    #[arg(long, value_name = "TEXT", default_value = "by hand")]
    reason: String,
}

impl Switch {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let settings = context.load()?.settings;
        if settings.is_demo() {
            // The demo's records live and die with a process: there is no primary to change.
            let message = t!("cli.switch.demo", locale = settings.language.code());
            return Err(Failure::new(Exit::Configuration, message));
        }
        let work = context.with_backend(settings, async |backend| {
            let before = backend.router.snapshot().primary.clone();
            let reason = text::line(&self.reason, REASON);
            backend
                .router
                .switch_primary(&self.provider, &reason, "command")
                .map_err(|unknown| Failure::new(Exit::Configuration, unknown.to_string()))?;
            backend.router.flush().await?;
            let key = if before == self.provider { "cli.switch.already" } else { "cli.switch.done" };
            let locale = backend.settings.language.code();
            let said = t!(key, locale = locale, before = before, provider = self.provider);
            context.output.result(&format!("{said}\n"))
        });
        work.await
    }
}
