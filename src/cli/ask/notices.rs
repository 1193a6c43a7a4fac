//! What is said on standard error while an answer is on its way.

use std::time::Duration;

use rust_i18n::t;
use tokio::sync::broadcast::Receiver;

use crate::cli::output::Output;
use crate::config::Language;
use crate::router::RouterEvent;

/// Says what is waited for, who is asked again, and why another provider takes over.
pub(super) struct Notices {
    events: Receiver<RouterEvent>,
    language: Language,
    output: Output,
    begun: bool,
}

impl Notices {
    pub fn new(events: Receiver<RouterEvent>, language: Language, output: Output) -> Self {
        Self { events, language, output, begun: false }
    }

    /// An attempt begins. The first one goes without saying.
    pub fn trying(&mut self, provider: &str, model: &str) {
        let failover = self.failover_to(provider);
        if !std::mem::replace(&mut self.begun, true) {
            return;
        }
        let locale = self.language.code();
        if let Some((from, outcome)) = failover {
            self.output.notice(&t!("cli.ask.failover", locale = locale, from = from, outcome = outcome));
        }
        self.output.notice(&t!("cli.ask.trying", locale = locale, provider = provider, model = model));
    }

    pub fn waiting(&self, wait: Duration, reason: &str) {
        let seconds = format!("{:.1}", wait.as_secs_f64());
        let locale = self.language.code();
        self.output.notice(&t!("cli.ask.waiting", locale = locale, seconds = seconds, reason = reason));
    }

    /// The latest failover to this provider: the router announces it before the attempt.
    fn failover_to(&mut self, provider: &str) -> Option<(String, &'static str)> {
        let mut found = None;
        while let Ok(event) = self.events.try_recv() {
            if let RouterEvent::FailedOver { from, to, outcome } = event
                && to == provider
            {
                found = Some((from, outcome.as_str()));
            }
        }
        found
    }
}
