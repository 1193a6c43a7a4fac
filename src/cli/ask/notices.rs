//! What is said on standard error while an answer is on its way.

use rust_i18n::t;

use crate::app::terms;
use crate::config::Language;
use crate::router::ReplyEvent;

/// Says what is waited for, who is asked again, and why another provider takes over.
pub(super) struct Notices {
    language: Language,
    /// The provider that was asked for, until the first attempt begins.
    wanted: Option<String>,
    begun: bool,
    /// The place in the line that was told last.
    place: Option<usize>,
}

impl Notices {
    /// Of a call for which this provider was asked for, if any.
    pub fn new(wanted: Option<String>, language: Language) -> Self {
        Self { language, wanted, begun: false, place: None }
    }

    /// What is to be said of a step, if anything.
    pub fn about(&mut self, event: &ReplyEvent) -> Option<String> {
        let locale = self.language.code();
        let words = match event {
            ReplyEvent::FailedOver { from, outcome, .. } => {
                t!("cli.ask.failover", locale = locale, from = from, outcome = terms::outcome(*outcome, self.language))
            }
            ReplyEvent::Trying { provider, model } => {
                let passed_over = self.wanted.take().filter(|wanted| wanted != provider);
                match (passed_over, std::mem::replace(&mut self.begun, true)) {
                    (Some(wanted), false) => {
                        t!("cli.ask.instead", locale = locale, wanted = wanted, provider = provider, model = model)
                    }
                    (_, true) => t!("cli.ask.trying", locale = locale, provider = provider, model = model),
                    // The first attempt goes without saying where it goes to whom it should.
                    (None, false) => return None,
                }
            }
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
                let reason = terms::outcome(seam.reason, self.language);
                t!("cli.ask.continued", locale = locale, from = seam.from, to = seam.to, reason = reason)
            }
            ReplyEvent::Replaced(seam) => {
                let reason = terms::outcome(seam.reason, self.language);
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
        told_of(None, language, events)
    }

    fn told_of(wanted: Option<&str>, language: Language, events: &[ReplyEvent]) -> Vec<String> {
        let mut notices = Notices::new(wanted.map(str::to_owned), language);
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
    fn a_provider_that_was_asked_for_and_passed_over_is_named_with_the_one_asked_instead() {
        let trying =
            |provider: &str, model: &str| ReplyEvent::Trying { provider: provider.into(), model: model.into() };
        let [llama, qwen] = [trying("llama", "a"), trying("qwen", "b")];
        let again = [qwen.clone(), llama.clone()];
        assert_eq!(
            told_of(Some("llama"), Language::En, &again),
            ["llama was asked for, but can't take this now (see `vita status`); asking qwen (b)", "Asking llama (a)"]
        );
        let zh = ["指定的 llama 现在不能回答（可用 `vita status` 查看），改问 qwen（b）"];
        assert_eq!(told_of(Some("llama"), Language::Zh, &again[..1]), zh);
        assert_eq!(told_of(Some("llama"), Language::En, &[llama.clone(), qwen]), ["Asking qwen (b)"]);
        assert_eq!(told_of(None, Language::En, &[llama]), [""; 0]);
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
                "qwen goes on where llama broke off (stood still)",
                "qwen begins anew, since llama broke off (stood still)",
            ]
        );
        assert_eq!(
            told(Language::Zh, &events),
            [
                "llama 响应较慢，还没有开始回答",
                "llama 中途断开（输出停顿过久），由 qwen 接着回答",
                "llama 中途断开（输出停顿过久），由 qwen 重新回答",
            ]
        );
    }
}
