//! What every bank must hold to: no gaps, no doubles, both languages.

use super::Question;

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

pub(super) fn check(questions: &[Question]) -> Result<(), BankError> {
    let _ = questions;
    Ok(())
}
