//! A model's answer as an item of the conversation: who gave it, its words, and what is said below them.

use rust_i18n::t;

use crate::app::keymap::{Action, Context, key_of};
use crate::app::transcript::{Item, ItemKind, Seam};
use crate::app::{plain, terms};
use crate::config::Language;
use crate::router::{self, Answer};
use crate::wire::Outcome;

/// The finish reason of an answer that reached the most tokens it may have.
const LENGTH: &str = "length";

/// The answer as it stays in the conversation. Who began it is named above the words, who went on at the seam.
pub fn item(answer: &Answer, language: Language) -> Item {
    let seam = answer.seam.as_ref().filter(|seam| seam.offset > 0);
    let began = seam.and_then(|seam| answer.attempts.iter().rfind(|attempt| attempt.provider == seam.from));
    let (provider, model) =
        began.map_or((&answer.provider, &answer.model), |attempt| (&attempt.provider, &attempt.model));
    Item {
        kind: ItemKind::Model,
        name: plain(&format!("{provider} {model}")).into_owned(),
        text: plain(&answer.text).into_owned(),
        note: note(answer, language),
        seam: seam.map(|seam| {
            let before = answer.text.char_indices().nth(seam.offset).map_or(answer.text.len(), |(at, _)| at);
            Seam { at: plain(answer.text.get(..before).unwrap_or_default()).len(), by: plain(&seam.to).into_owned() }
        }),
    }
}

/// Whether the answer was cut at the length limit, so that its model can go on with it.
pub fn is_cut(answer: &Answer) -> bool {
    answer.complete && answer.finish_reason.as_deref() == Some(LENGTH)
}

/// That an answer broke off and another provider went on, or began anew.
pub fn taken_over(seam: &router::Seam, language: Language) -> String {
    let key = if seam.offset > 0 { "app.chat.continued" } else { "app.chat.replaced" };
    let (from, to) = (plain(&seam.from), plain(&seam.to));
    t!(key, locale = language.code(), from = from, to = to, reason = terms::outcome(seam.reason, language)).into_owned()
}

/// What is said below an answer: cost, time, who took over, and whether it is whole.
fn note(answer: &Answer, language: Language) -> String {
    let locale = language.code();
    let seconds = format!("{:.1}", answer.total_ms as f64 / 1000.0);
    let cost = format!("{} {}", answer.cost.amount, answer.cost.currency);
    let mut parts = vec![t!("app.chat.cost", locale = locale, cost = cost, seconds = seconds)];
    if answer.attempts.len() > 1 {
        parts.push(t!("app.chat.attempts", locale = locale, count = answer.attempts.len()));
    }
    if let Some(seam) = &answer.seam {
        parts.push(taken_over(seam, language).into());
    }
    if answer.cached {
        parts.push(t!("app.chat.cached", locale = locale));
    }
    if is_cut(answer) {
        let key = key_of(Action::GoOn, &[Context::Free]).map(|chord| chord.to_string()).unwrap_or_default();
        parts.push(t!("app.chat.cut", locale = locale, key = key));
    }
    if !answer.complete {
        let filtered = answer.broke_off() == Some(Outcome::ContentFilter);
        let key = if filtered { "app.chat.filtered" } else { "app.chat.incomplete" };
        parts.push(t!(key, locale = locale));
    }
    parts.join(&t!("app.list", locale = locale))
}
