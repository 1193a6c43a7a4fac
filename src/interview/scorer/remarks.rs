//! What to say about an answer, from what was measured in it and nothing else.

use super::measure::Measurement;
use crate::config::Language;
use crate::interview::bank::Question;
use crate::interview::judgement::{Judgement, Remark, SlotState, Status};
use crate::interview::locale;
use crate::interview::probe::Missing;

/// Adds one thing to keep, one gap, and one next step.
pub fn add(judgement: &mut Judgement, found: &Measurement, question: &Question, language: Language) {
    let gap = judgement.lacks().into_iter().next();
    let say = |kind: &str, about: &Missing| match about {
        Missing::KeyPoint(id) => {
            locale::fill(&format!("{kind}.key_point"), language, &[("point", point(question, id, language))])
        }
        about => locale::text(&format!("{kind}.{}", about.id()), language),
    };
    judgement.keep = best(found).map(|(about, quote)| Remark { text: say("keep", &about), about, quote: Some(quote) });
    judgement.next = Some(gap.as_ref().map_or_else(|| locale::text("next.none", language), |gap| say("next", gap)));
    judgement.gap = gap.map(|about| Remark { text: say("gap", &about), quote: nearest(&about, found), about });
}

/// The remarks when there was nothing to judge.
pub fn nothing(language: Language) -> (Option<Remark>, Option<String>) {
    let gap = Remark { about: Missing::Topic, text: locale::text("no_evidence", language), quote: None };
    (Some(gap), Some(locale::text("no_evidence_next", language)))
}

/// Feedback on one question as a few lines; none when nothing was answered.
pub fn feedback(judgement: &Judgement, language: Language) -> Option<String> {
    if !judgement.counts() {
        return None;
    }
    let mut lines = vec![locale::text("judge.label", language)];
    if judgement.status == Status::Scored {
        for competency in &judgement.competencies {
            let (name, level) = (competency.id.label(language), competency.level.to_string());
            lines.push(locale::fill("feedback.level", language, &[("competency", &name), ("level", &level)]));
        }
    }
    let line = |key: &str, text: &str| locale::fill(key, language, &[("text", text)]);
    lines.extend(judgement.keep.as_ref().map(|keep| line("feedback.keep", &keep.text)));
    lines.extend(judgement.gap.as_ref().map(|gap| line("feedback.gap", &gap.text)));
    lines.extend(judgement.next.as_ref().map(|next| line("feedback.next", next)));
    Some(lines.join("\n"))
}

/// What worked in an answer: the remark of its judge, and every part of the story that was told.
pub fn strengths(judgement: &Judgement, language: Language) -> Vec<Remark> {
    let told = judgement.star.iter().flat_map(|star| star.slots()).filter(|(_, slot)| slot.state == SlotState::Present);
    let told = told.map(|(about, slot)| remark("keep", about, slot.quote.clone(), language));
    once(judgement.keep.iter().cloned().chain(told))
}

/// What was missing in an answer: the remark of its judge, and every other lack that can be named without the question.
pub fn gaps(judgement: &Judgement, language: Language) -> Vec<Remark> {
    let quote = judgement.gap.as_ref().and_then(|gap| gap.quote.clone());
    let lacks = match judgement.status {
        Status::Scored => judgement.lacks(),
        _ => Vec::new(),
    };
    let general = lacks.into_iter().filter(|about| !matches!(about, Missing::KeyPoint(_)));
    once(judgement.gap.iter().cloned().chain(general.map(|about| remark("gap", about, quote.clone(), language))))
}

fn remark(kind: &str, about: Missing, quote: Option<String>, language: Language) -> Remark {
    Remark { text: locale::text(&format!("{kind}.{}", about.id()), language), about, quote }
}

/// The first remark on each matter.
fn once(remarks: impl Iterator<Item = Remark>) -> Vec<Remark> {
    let mut kept: Vec<Remark> = Vec::new();
    for remark in remarks {
        if !kept.iter().any(|other| other.about == remark.about) {
            kept.push(remark);
        }
    }
    kept
}

/// The strongest thing in the answer, with the words that show it.
fn best(found: &Measurement) -> Option<(Missing, String)> {
    let points = found.key_points.iter().map(|(point, quote)| (Missing::KeyPoint(point.id.clone()), quote.clone()));
    let star = &found.star;
    let slot = |about, slot: &crate::interview::judgement::Slot| {
        (about, slot.quote.clone().filter(|_| slot.state == SlotState::Present))
    };
    points
        .chain([
            slot(Missing::Result, &star.result),
            (Missing::Specifics, found.specific_quote.clone()),
            slot(Missing::Action, &star.action),
            slot(Missing::Task, &star.task),
            slot(Missing::Situation, &star.situation),
            (Missing::Topic, found.topics.iter().find_map(|(_, quote)| quote.clone())),
        ])
        .find_map(|(about, quote)| quote.map(|quote| (about, quote)))
}

/// The words where a lack shows, or where it could be filled in.
fn nearest(about: &Missing, found: &Measurement) -> Option<String> {
    let star = &found.star;
    let near = match about {
        Missing::Result | Missing::Specifics | Missing::Ownership => star.action.quote.clone(),
        Missing::Action => star.task.quote.clone().or_else(|| star.situation.quote.clone()),
        _ => None,
    };
    near.or_else(|| found.opening.clone())
}

fn point<'bank>(question: &'bank Question, id: &str, language: Language) -> &'bank str {
    let point = question.key_points.iter().find(|point| point.id == id);
    point.map_or("", |point| point.text.in_language(language))
}
