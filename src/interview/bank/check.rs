//! What every bank must hold to: both languages, no gaps, no doubles.

use std::collections::BTreeSet;

use super::{Question, Text};
use crate::interview::probe::Missing;
use crate::interview::scorer::text::bigrams;
use crate::interview::setup::Kind;

/// Two questions that share this part of their letter pairs are one question twice.
const SAME: f64 = 0.6;
/// Key points that make a technical question worth asking.
const KEY_POINTS: usize = 3;

/// What is wrong with a bank.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BankError {
    /// Not the form of a question.
    #[error("{file} is not a question: {message}")]
    Form {
        /// The file.
        file: String,
        /// What the parser says.
        message: String,
    },
    /// A question breaks a rule.
    #[error("question {id}: {fault}")]
    Question {
        /// Its id.
        id: String,
        /// The rule.
        fault: String,
    },
}

/// Checks all questions, and each against the others.
pub(super) fn check(questions: &[Question]) -> Result<(), BankError> {
    for (at, question) in questions.iter().enumerate() {
        let before = questions.get(..at).unwrap_or_default();
        if let Some(fault) = fault(question).or_else(|| double(question, before)) {
            return Err(BankError::Question { id: question.id.clone(), fault });
        }
    }
    Ok(())
}

fn fault(question: &Question) -> Option<String> {
    let rules = [
        (!question.id.trim().is_empty(), "needs an id"),
        (question.version > 0, "version starts at 1"),
        (question.kind != Kind::Mixed, "type is behavioural or technical"),
        ((1..=5).contains(&question.difficulty), "difficulty is 1 to 5"),
        (!question.roles.is_empty() && !question.levels.is_empty(), "needs roles and levels"),
        ((1..=5).contains(&question.competencies.len()), "needs 1 to 5 competencies"),
        (
            question.anchors.keys().collect::<BTreeSet<_>>() == question.competencies.iter().collect(),
            "needs anchors for just its competencies",
        ),
        (question.minutes > 0, "needs minutes"),
        (question.length_band.min < question.length_band.max, "length_band: min is below max"),
        (question.cue_groups.len() >= 3, "needs three cue groups"),
        (
            question.cue_groups.iter().all(|group| group.weight > 0 && !group.zh.is_empty() && !group.en.is_empty()),
            "cue groups need weight and cues in both languages",
        ),
        (one_heaviest(question), "needs one cue group heavier than all others: what the question is about"),
        (
            (question.kind == Kind::Technical) == (question.key_points.len() >= KEY_POINTS),
            "technical questions have three key points, others none",
        ),
        (!question.author.is_empty() && !question.license.is_empty(), "needs author and license"),
    ];
    let broken = rules.into_iter().find(|(kept, _)| !kept).map(|(_, rule)| rule.to_owned());
    broken.or_else(|| missing_probe(question)).or_else(|| bad_text(question))
}

fn one_heaviest(question: &Question) -> bool {
    let heaviest = question.cue_groups.iter().map(|group| group.weight).max();
    question.cue_groups.iter().filter(|group| Some(group.weight) == heaviest).count() == 1
}

fn missing_probe(question: &Question) -> Option<String> {
    use Missing::{Action, Ownership, Result, Situation, Specifics, Task};
    let wanted = match question.kind {
        Kind::Technical => question.key_points.iter().map(|point| Missing::KeyPoint(point.id.clone())).collect(),
        _ => vec![Action, Result, Situation, Task, Specifics, Ownership],
    };
    let missing = wanted.into_iter().find(|missing| !question.probes.contains_key(missing))?;
    Some(format!("has no probe for {missing}"))
}

fn bad_text(question: &Question) -> Option<String> {
    let asked = std::iter::once(&question.text).chain(question.probes.values());
    let several = |text: &Text| [&text.zh, &text.en].into_iter().any(|text| text.matches(['?', '？']).count() > 1);
    if asked.clone().any(several) {
        return Some("a question or probe asks too many things at once".into());
    }
    let anchors = question.anchors.values().flat_map(|anchors| &anchors.0);
    let points = question.key_points.iter().map(|point| &point.text);
    let blank = |text: &Text| text.zh.trim().is_empty() || text.en.trim().is_empty();
    let samples =
        [&question.exemplar.zh, &question.exemplar.en].into_iter().flat_map(|sample| [&sample.good, &sample.weak]);
    let texts = asked.chain([&question.why_asked]).chain(&question.hints).chain(anchors).chain(points);
    let cues = question.cue_groups.iter().flat_map(|group| group.zh.iter().chain(&group.en));
    let wordings = question.key_points.iter().flat_map(|point| point.zh.iter().chain(&point.en));
    let empty = texts.into_iter().any(blank) || samples.chain(cues).chain(wordings).any(|text| text.trim().is_empty());
    empty.then(|| "has a blank text".into())
}

fn double(question: &Question, before: &[Question]) -> Option<String> {
    let other = before.iter().find(|other| {
        other.id == question.id
            || alike(&other.text.zh, &question.text.zh) >= SAME
            || alike(&other.text.en, &question.text.en) >= SAME
    })?;
    Some(format!("repeats {}", other.id))
}

/// Jaccard similarity of the letter pairs of two texts, 0 to 1.
fn alike(a: &str, b: &str) -> f64 {
    let (a, b) = (bigrams(a), bigrams(b));
    let all = a.union(&b).count();
    if all == 0 { 0.0 } else { a.intersection(&b).count() as f64 / all as f64 }
}

#[cfg(test)]
mod tests {
    use super::super::{Bank, FILES};
    use super::*;

    fn parse_changed(from: &str, to: &str) -> Result<Bank, BankError> {
        let (name, toml) = FILES[0];
        assert!(toml.contains(from), "the sample holds {from}");
        Bank::parse(&[(name, &toml.replacen(from, to, 1))])
    }

    fn fault_of(result: Result<Bank, BankError>) -> String {
        match result {
            Err(BankError::Question { fault, .. }) => fault,
            other => panic!("expected a fault, got {other:?}"),
        }
    }

    #[test]
    fn the_built_in_bank_is_well_formed_and_holds_both_kinds() {
        let bank = Bank::parse(FILES).expect("well formed");
        let count = |kind| bank.questions().iter().filter(|question| question.kind == kind).count();
        assert_eq!((count(Kind::Behavioural), count(Kind::Technical)), (10, 6));
        assert_eq!(bank.technical_roles().into_iter().collect::<Vec<_>>(), ["backend"]);
    }

    #[test]
    fn a_gap_is_named() {
        assert_eq!(fault_of(parse_changed("[probes.result]", "[probes.topic]")), "has no probe for result");
        assert_eq!(
            fault_of(parse_changed("weight = 4", "weight = 3")),
            "needs one cue group heavier than all others: what the question is about"
        );
        assert_eq!(fault_of(parse_changed("difficulty = 2", "difficulty = 6")), "difficulty is 1 to 5");
        assert_eq!(
            fault_of(parse_changed("[\"ownership\", \"delivery\"]", "[\"ownership\"]")),
            "needs anchors for just its competencies"
        );
    }

    #[test]
    fn one_language_is_not_enough() {
        let result = parse_changed("en = \"Which steps did you take yourself?\"", "");
        assert!(matches!(result, Err(BankError::Form { .. })), "{result:?}");
    }

    #[test]
    fn the_same_question_twice_is_found_by_id_and_by_words() {
        assert_eq!(fault_of(Bank::parse(&[FILES[0], FILES[0]])), "repeats beh-ownership-01");
        let (name, toml) = FILES[0];
        let renamed = toml.replacen("beh-ownership-01", "beh-ownership-02", 1);
        assert_eq!(fault_of(Bank::parse(&[FILES[0], (name, &renamed)])), "repeats beh-ownership-01");
    }
}
