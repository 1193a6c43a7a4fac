//! What is said on standard error while an answer is on its way.

use rust_i18n::t;

use crate::config::Language;
use crate::router::ReplyEvent;

/// Says what is waited for, who is asked again, and why another provider takes over.
pub(super) struct Notices {
    language: Language,
    begun: bool,
    /// The place in the line that was told last.
    place: Option<usize>,
}

impl Notices {
    pub fn new(language: Language) -> Self {
        Self { language, begun: false, place: None }
    }

    /// What is to be said of a step, if anything.
    pub fn about(&mut self, event: &ReplyEvent) -> Option<String> {
        let locale = self.language.code();
        let words = match event {
            ReplyEvent::FailedOver { from, outcome, .. } => {
                t!("cli.ask.failover", locale = locale, from = from, outcome = outcome.as_str())
            }
            // The first attempt goes without saying.
            ReplyEvent::Trying { provider, model } => std::mem::replace(&mut self.begun, true)
                .then(|| t!("cli.ask.trying", locale = locale, provider = provider, model = model))?,
            ReplyEvent::Waiting { wait, reason } => {
                let seconds = format!("{:.1}", wait.as_secs_f64());
                t!("cli.ask.waiting", locale = locale, seconds = seconds, reason = reason)
            }
            ReplyEvent::Queued { place, .. } if self.place.replace(*place) == Some(*place) => return None,
            ReplyEvent::Queued { place, wait: None } => t!("cli.ask.queued", locale = locale, place = place),
            ReplyEvent::Queued { place, wait: Some(wait) } => {
                let seconds = wait.as_secs_f64().ceil().max(1.0);
                t!("cli.ask.queued_for", locale = locale, place = place, seconds = seconds)
            }
            ReplyEvent::Slow { provider } => t!("cli.ask.slow", locale = locale, provider = provider),
            ReplyEvent::Continued(seam) => {
                let reason = seam.reason.as_str();
                t!("cli.ask.continued", locale = locale, from = seam.from, to = seam.to, reason = reason)
            }
            ReplyEvent::Replaced(seam) => {
                let reason = seam.reason.as_str();
                t!("cli.ask.replaced", locale = locale, from = seam.from, to = seam.to, reason = reason)
            }
            ReplyEvent::Text(_) | ReplyEvent::Reasoning(_) | ReplyEvent::Finished(_) | ReplyEvent::Failed(_) => {
                return None;
            }
        };
        Some(words.into_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::router::Seam;
    use crate::wire::Outcome;

    fn told(language: Language, events: &[ReplyEvent]) -> Vec<String> {
        let mut notices = Notices::new(language);
        events.iter().filter_map(|event| notices.about(event)).collect()
    }

    fn queued(place: usize, seconds: Option<f64>) -> ReplyEvent {
        ReplyEvent::Queued { place, wait: seconds.map(Duration::from_secs_f64) }
    }

    #[test]
    fn whoever_stands_in_line_is_told_the_place_and_the_wait_and_each_place_once() {
        let line = [queued(3, Some(1.2)), queued(3, Some(1.1)), queued(2, None), queued(1, Some(0.0))];
        assert_eq!(
            told(Language::En, &line),
            [
                "Waiting: place 3 in line, about 2 s (too many calls at once)",
                "Waiting: place 2 in line (too many calls at once)",
                "Waiting: place 1 in line, about 1 s (too many calls at once)",
            ]
        );
        assert_eq!(told(Language::Zh, &line[..1]), ["正在排队：第 3 位，大约 2 秒（同时进行的请求太多）"]);
    }

    #[test]
    fn a_seam_is_told_with_who_broke_off_and_why_and_what_the_other_one_does() {
        let seam = Seam { offset: 40, from: "llama".into(), to: "qwen".into(), reason: Outcome::IdleTimeout };
        let events = [
            ReplyEvent::Slow { provider: "llama".into() },
            ReplyEvent::Continued(seam.clone()),
            ReplyEvent::Replaced(Seam { offset: 0, ..seam }),
        ];
        assert_eq!(
            told(Language::En, &events),
            [
                "llama is slow: no first word yet",
                "qwen goes on where llama broke off (idle_timeout)",
                "qwen begins anew, since llama broke off (idle_timeout)",
            ]
        );
        assert_eq!(
            told(Language::Zh, &events),
            [
                "llama 响应较慢，还没有开始回答",
                "llama 中途断开（idle_timeout），由 qwen 接着回答",
                "llama 中途断开（idle_timeout），由 qwen 重新回答",
            ]
        );
    }
}
