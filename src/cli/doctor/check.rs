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

/// What was found at a provider, as a word for scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Finding {
    /// It answers and has every model.
    Answers,
    /// It answers, but slowly.
    Slow,
    /// It answers, but lacks models of the table.
    ModelsMissing,
    /// It answers a question; its models are not listed.
    NoModelList,
    /// A model of the table is known to be retired.
    Retired,
    /// The service is known to have ended.
    Ended,
    /// The key has the form of another service's.
    ForeignKey,
    /// The host's name does not exist.
    NoSuchHost,
    /// No name server answers.
    NoNameServer,
    /// Nothing listens at the port.
    Refused,
    /// There is no way to the host, or it takes no connection.
    Unreachable,
    /// TLS failed.
    Tls,
    /// A proxy or network stands between.
    Proxy,
    /// The connection broke.
    Broken,
    /// The question was taken, and no answer came.
    Silent,
    /// The key is not accepted.
    KeyRefused,
    /// The account is overdue.
    Unpaid,
    /// The free quota is used up.
    FreeTier,
    /// The model asked for is not served.
    ModelGone,
    /// No API at this path.
    WrongPath,
    /// The address redirects.
    Redirect,
    /// A web page instead of an API.
    WebPage,
    /// Throttled now.
    Throttled,
    /// Broken now.
    ServerError,
    /// Something else went wrong.
    Other,
}

impl Finding {
    /// Whether a call could be answered there now.
    pub fn answers(self) -> bool {
        matches!(self, Self::Answers | Self::Slow | Self::ModelsMissing | Self::NoModelList)
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Check {
    /// What was looked at.
    pub name: String,
    /// How it stands.
    pub state: State,
    /// What it is, where there is a word for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finding: Option<Finding>,
    /// What was found.
    pub message: String,
    /// What to do; it may have several lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Check {
    pub fn new(name: impl Into<String>, state: State, message: impl Into<String>) -> Self {
        Self { name: name.into(), state, finding: None, message: message.into(), hint: None }
    }

    pub fn with_finding(self, finding: Finding) -> Self {
        Self { finding: Some(finding), ..self }
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
            let hint = check.hint.iter().flat_map(|hint| hint.lines());
            std::iter::once(found).chain(hint.map(move |line| [String::new(), String::new(), words(line)]))
        })
        .collect();
    table::lines(&rows)
}
