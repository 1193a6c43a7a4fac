//! Which questions an interview may ask, and which comes next.

use std::sync::Arc;

use super::bank::{ANY_ROLE, Bank, Question};
use super::setup::{Kind, Setup};

/// The questions that fit a set-up.
pub fn pool(bank: &Bank, setup: &Setup) -> Vec<Arc<Question>> {
    let fits = |question: &Question| {
        let kind = setup.kind == Kind::Mixed || question.kind == setup.kind;
        let role = question
            .roles
            .iter()
            .any(|role| role == ANY_ROLE || role == setup.role.trim());
        kind && role && question.levels.contains(&setup.level)
    };
    bank.questions()
        .iter()
        .filter(|question| fits(question))
        .cloned()
        .collect()
}
