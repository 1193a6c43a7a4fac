//! What a model may not say in the interviewer's place.

use super::{Act, Instruction};
use crate::config::Language;
use crate::interview::scorer::text::units;

/// Openings of requests that ask without a question mark.
const REQUESTS: [&str; 18] = [
    "tell me",
    "describe",
    "walk me",
    "explain",
    "give me",
    "think of",
    "talk about",
    "请",
    "说说",
    "讲讲",
    "谈谈",
    "聊聊",
    "讲一",
    "说一",
    "举一",
    "举个",
    "介绍",
    "描述",
];
/// Praise, which tells the candidate what the judge has not said.
const PRAISE: [&str; 10] =
    ["great answer", "excellent", "impressive", "well done", "good job", "非常好", "很棒", "太好了", "优秀", "真不错"];
/// Time is told by code; a model that speaks of it invents it.
const TIME: [&str; 4] = ["minutes left", "minutes remaining", "分钟了", "还剩"];
/// How much longer than asked for is still spoken.
const SLACK: f64 = 1.5;

/// Whether `spoken` may stand for the instruction. If not, the bank's wording is said.
///
/// Refused: nothing, far too much, two questions, none where one is due, praise, talk of time, and structured output.
pub fn accept(instruction: &Instruction, spoken: &str) -> bool {
    let spoken = spoken.trim();
    let lower = spoken.to_lowercase();
    let says = instruction.say.to_lowercase();
    let invented = |phrases: &[&str]| phrases.iter().any(|phrase| lower.contains(phrase) && !says.contains(phrase));
    !spoken.is_empty()
        && !spoken.starts_with(['{', '[', '<'])
        && !spoken.contains("```")
        && length(instruction, spoken) <= f64::from(instruction.limit()) * SLACK
        && asks_as_due(instruction, &lower)
        && !invented(&PRAISE)
        && !invented(&TIME)
}

fn asks_as_due(instruction: &Instruction, lower: &str) -> bool {
    match lower.chars().filter(|c| matches!(c, '?' | '？')).count() {
        0 => !instruction.needs_question() || REQUESTS.iter().any(|request| lower.contains(request)),
        1 => instruction.act != Act::Close,
        _ => false,
    }
}

fn length(instruction: &Instruction, spoken: &str) -> f64 {
    match instruction.language {
        Language::En => units(spoken),
        Language::Zh => spoken.chars().count() as f64,
    }
}

#[cfg(test)]
mod tests;
