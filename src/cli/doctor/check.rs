//! One finding of the doctor.

use serde::Serialize;

use crate::cli::table;
use crate::wire::text;

/// How it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    /// As it should be.
    Ok,
    /// Good to know.
    Info,
    /// May be meant, may be a mistake.
    Warning,
    /// Something will not work.
    Failed,
}

impl State {
    /// A word people see at once; the same width each.
    fn mark(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Info => "-",
            Self::Warning => "WARN",
            Self::Failed => "FAIL",
        }
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Check {
    /// What was looked at.
    pub name: String,
    /// How it stands.
    pub state: State,
    /// What was found.
    pub message: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Check {
    pub fn new(name: impl Into<String>, state: State, message: impl Into<String>) -> Self {
        Self { name: name.into(), state, message: message.into(), hint: None }
    }

    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// The findings for people.
pub(super) fn lines(checks: &[Check]) -> String {
    let rows: Vec<_> = checks
        .iter()
        .flat_map(|check| {
            let words = |words: &str| text::plain(words).into_owned();
            let found = [check.state.mark().to_owned(), words(&check.name), words(&check.message)];
            let hint = check.hint.as_deref().map(|hint| [String::new(), String::new(), words(hint)]);
            std::iter::once(found).chain(hint)
        })
        .collect();
    table::lines(&rows)
}
