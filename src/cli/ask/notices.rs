//! What is said on standard error while an answer is on its way.

use std::time::Duration;

use rust_i18n::t;

use crate::cli::output::Output;
use crate::config::Language;
use crate::wire::Outcome;

/// Says what is waited for, who is asked again, and why another provider takes over.
pub(super) struct Notices {
    language: Language,
    output: Output,
    begun: bool,
}

impl Notices {
    pub fn new(language: Language, output: Output) -> Self {
        Self { language, output, begun: false }
    }

    /// A provider failed, and another one is asked.
    pub fn failed_over(&self, from: &str, outcome: Outcome) {
        let locale = self.language.code();
        self.output.notice(&t!("cli.ask.failover", locale = locale, from = from, outcome = outcome.as_str()));
    }

    /// An attempt begins. The first one goes without saying.
    pub fn trying(&mut self, provider: &str, model: &str) {
        if std::mem::replace(&mut self.begun, true) {
            let locale = self.language.code();
            self.output.notice(&t!("cli.ask.trying", locale = locale, provider = provider, model = model));
        }
    }

    pub fn waiting(&self, wait: Duration, reason: &str) {
        let seconds = format!("{:.1}", wait.as_secs_f64());
        let locale = self.language.code();
        self.output.notice(&t!("cli.ask.waiting", locale = locale, seconds = seconds, reason = reason));
    }
}
