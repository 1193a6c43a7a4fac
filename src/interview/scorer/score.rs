//! From counts to a score of 1 to 5. The caps matter more than the weights: nothing well-formed makes up for what is not there.

use super::lexicon::Lexicon;
use super::measure::Measurement;
use crate::interview::bank::Question;
use crate::interview::judgement::SlotState;
use crate::interview::setup::Kind;

/// Specifics at which their worth has mostly been reached: 1 - exp(-n / 4).
const SPECIFICS_SCALE: f64 = 4.0;
/// Fillers per 100 units that cost nothing, and the rate at which all is lost.
const FILLERS_FREE: f64 = 3.0;
const FILLERS_MAX: f64 = 10.0;
/// Distinct connectives, and sentences, of a well-ordered answer.
const CONNECTIVES: f64 = 4.0;
const SENTENCES: f64 = 5.0;
/// Below this length (units) there is little to judge.
const THIN: f64 = 25.0;
/// Below this part of the key points a technical answer misses the matter.
const POINTS_FEW: f64 = 0.34;

/// A score and what held it down.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// 1.0 to 5.0, two decimals.
    pub value: f64,
    /// The ids of the caps that applied.
    pub caps: Vec<&'static str>,
}

/// The score of an answer to `question`.
pub fn score(found: &Measurement, question: &Question, lexicon: &Lexicon) -> Score {
    let technical = question.kind == Kind::Technical;
    let form = if technical { technical_form(found, question) } else { behavioural_form(found, question) };
    let caps = caps(found, technical, lexicon);
    let lowest = caps.iter().map(|(_, cap)| *cap).fold(5.0, f64::min);
    let value = (1.0 + 4.0 * form).min(lowest);
    Score { value: (value * 100.0).round() / 100.0, caps: caps.into_iter().map(|(id, _)| id).collect() }
}

/// A score as a level. Halves go down: a cap of 2.5 is level 2.
pub fn level(score: f64) -> u8 {
    (score - 0.5).ceil().clamp(1.0, 5.0) as u8
}

/// Weights that worked on the graded answers of a feasibility sketch; they sum to 1.
fn behavioural_form(found: &Measurement, question: &Question) -> f64 {
    0.26 * story(found)
        + 0.26 * found.relevance
        + 0.16 * specifics(found)
        + 0.10 * structure(found)
        + 0.09 * length(found, question)
        + 0.08 * ownership(found)
        + 0.05 * fluency(found)
}

/// Key points stand in for story and ownership; they sum to 1.
fn technical_form(found: &Measurement, question: &Question) -> f64 {
    0.50 * points(found)
        + 0.20 * found.relevance
        + 0.08 * specifics(found)
        + 0.10 * structure(found)
        + 0.08 * length(found, question)
        + 0.04 * fluency(found)
}

fn caps(found: &Measurement, technical: bool, lexicon: &Lexicon) -> Vec<(&'static str, f64)> {
    let result = found.star.result.state != SlotState::Absent;
    let general = [
        ("off_topic", !found.on_topic, 1.8),
        ("keyword_list", found.function_share < lexicon.function_share, 1.9),
        ("too_short", found.units < THIN, 2.0),
    ];
    let story = [
        ("no_action", found.star.action.state == SlotState::Absent, 2.5),
        ("no_evidence", found.specifics == 0 && !result, 2.5),
        ("no_specifics", found.specifics == 0, 3.2),
    ];
    let matter = [("few_key_points", points(found) < POINTS_FEW, 2.5)];
    let special: &[(&'static str, bool, f64)] = if technical { &matter } else { &story };
    general.iter().chain(special).filter(|(_, applies, _)| *applies).map(|(id, _, cap)| (*id, *cap)).collect()
}

/// Action and result weigh more: they are told less often, and they are what is asked for.
fn story(found: &Measurement) -> f64 {
    let worth = |state: SlotState| match state {
        SlotState::Present => 1.0,
        SlotState::Weak => 0.5,
        SlotState::Absent => 0.0,
    };
    let star = &found.star;
    0.2 * worth(star.situation.state)
        + 0.2 * worth(star.task.state)
        + 0.3 * worth(star.action.state)
        + 0.3 * worth(star.result.state)
}

/// The part of the key points made; three quarters are full marks, since nobody says all in four minutes.
pub fn points(found: &Measurement) -> f64 {
    let made = found.key_points.iter().filter(|(_, quote)| quote.is_some()).count();
    let enough = (found.key_points.len() as f64 * 0.75).max(1.0);
    (made as f64 / enough).min(1.0)
}

fn specifics(found: &Measurement) -> f64 {
    1.0 - (-(found.specifics as f64) / SPECIFICS_SCALE).exp()
}

fn structure(found: &Measurement) -> f64 {
    let connectives = (found.connectives as f64 / CONNECTIVES).min(1.0);
    let sentences = (found.sentences as f64 / SENTENCES).min(1.0);
    (connectives + sentences) / 2.0
}

/// 1 within the question's band, less outside it in proportion.
fn length(found: &Measurement, question: &Question) -> f64 {
    let (min, max) = (f64::from(question.length_band.min), f64::from(question.length_band.max));
    if found.units < min {
        found.units / min
    } else if found.units > max {
        max / found.units
    } else {
        1.0
    }
}

/// The part of "I" in "I" and "we"; half of it is enough.
fn ownership(found: &Measurement) -> f64 {
    match found.own + found.shared {
        0 => 0.0,
        all => (found.own as f64 / all as f64 * 2.0).min(1.0),
    }
}

fn fluency(found: &Measurement) -> f64 {
    if found.units <= 0.0 {
        return 0.0;
    }
    let rate = found.fillers as f64 / found.units * 100.0;
    (1.0 - (rate - FILLERS_FREE) / (FILLERS_MAX - FILLERS_FREE)).clamp(0.0, 1.0)
}
