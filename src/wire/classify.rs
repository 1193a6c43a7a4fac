//! From what a provider says went wrong to one of the closed list of outcomes.

use serde_json::Value;

use super::error_object::ErrorObject;
use super::retry_after::RetryHeaders;
use super::{Failure, Mask, Outcome};

mod codes;

/// Longest code kept, in characters.
const CODE_CHARS: usize = 80;

/// Longest message kept, in characters.
const MESSAGE_CHARS: usize = 300;

/// Where the same words mean something else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// OpenAI's and its many followers'.
    #[default]
    OpenAi,
    /// DashScope's: a quota is tokens a minute there, whatever it says of plans and bills.
    DashScope,
}

/// A response that is no answer.
#[derive(Clone, Copy, Debug, Default)]
pub struct ErrorReply<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The Content-Type header.
    pub content_type: Option<&'a str>,
    /// What the service speaks.
    pub dialect: Dialect,
    /// The headers that say when to come back.
    pub retry: RetryHeaders<'a>,
    /// The provider's name for the request, from its headers.
    pub request_id: Option<&'a str>,
    /// The body; a part of it is enough.
    pub body: &'a [u8],
}

/// Classifies a response that is no answer.
pub fn classify(reply: &ErrorReply<'_>, mask: &Mask) -> Failure {
    let form = Form::of(reply.content_type, reply.body);
    let error = match &form {
        Form::Json(body) => ErrorObject::of(body),
        Form::Words(words) => ErrorObject::words(words),
        Form::Page | Form::Nothing => ErrorObject::default(),
    };
    let mut failure = classify_error(&error, Some(reply.status), reply.dialect, mask);
    if error.message.is_none() {
        failure.message = match form {
            Form::Page => format!("HTTP {} with a web page instead of an answer", reply.status),
            _ => format!("HTTP {} without a message", reply.status),
        };
    }
    match (reply.status, &form) {
        (300..=399, _) => {
            failure.message = format!("HTTP {}: the address leads elsewhere; check the base URL", reply.status)
        }
        // These statuses say enough, whoever dressed them up.
        (401 | 402 | 408 | 413 | 429 | 500..=510 | 512.., Form::Page) => {}
        (_, Form::Page) => failure.outcome = Outcome::Foreign,
        (404 | 405, _) if by_name(&error).is_none() && !speaks_of_a_model(&error) => {
            failure.outcome = Outcome::Foreign;
            failure.message = format!("HTTP {}: no such path at this host; check the base URL", reply.status);
        }
        _ => {}
    }
    failure.retry_after = reply.retry.wait();
    failure.should_retry = reply.retry.should_retry();
    if failure.request_id.is_none() {
        failure.request_id = reply.request_id.map(|id| mask.line(id, CODE_CHARS));
    }
    failure
}

/// Classifies what an error says, with the status that came beside it: the response's, or that of a stream's comment.
pub(super) fn classify_error(error: &ErrorObject, status: Option<u16>, dialect: Dialect, mask: &Mask) -> Failure {
    // A status inside the body counts where the outer one says nothing, or only that something is wrong.
    let status = match status {
        None | Some(0..400) => error.status.or(status),
        Some(400) if error.status.is_some_and(|inner| inner >= 500) => error.status,
        outer => outer,
    };
    // Of control characters alone nothing is left.
    let shown = |words: &Option<String>, most| {
        let line = mask.line(words.as_deref()?, most);
        (!line.is_empty()).then_some(line)
    };
    Failure {
        outcome: outcome(error, status, dialect),
        status,
        code: shown(&error.code, CODE_CHARS).or_else(|| shown(&error.kind, CODE_CHARS)),
        message: shown(&error.message, MESSAGE_CHARS).unwrap_or_else(|| "an error without a message".to_owned()),
        retry_after: None,
        should_retry: None,
        request_id: shown(&error.request_id, CODE_CHARS),
    }
}

/// The code knows best, then the type, then the words, then the status.
fn outcome(error: &ErrorObject, status: Option<u16>, dialect: Dialect) -> Outcome {
    let by_words = || codes::of_message(error.message.as_deref()?, status);
    match by_name(error) {
        Some(Outcome::RateLimited) if dialect == Dialect::OpenAi && codes::is_unpaid(error) => Outcome::Billing,
        named => named.or_else(by_words).unwrap_or_else(|| of_status(status)),
    }
}

fn by_name(error: &ErrorObject) -> Option<Outcome> {
    [&error.code, &error.kind].into_iter().flatten().find_map(|code| codes::of_code(code))
}

fn of_status(status: Option<u16>) -> Outcome {
    match status {
        Some(401 | 403) => Outcome::Auth,
        Some(402) => Outcome::Billing,
        Some(404) => Outcome::ModelUnavailable,
        Some(429) => Outcome::RateLimited,
        // These speak of the request itself; nobody else would take it.
        Some(400 | 413 | 414 | 422 | 431) => Outcome::BadRequest,
        // A matter of the moment.
        Some(408 | 409 | 423 | 425 | 499) => Outcome::ServerError,
        // The address leads elsewhere, a proxy wants to know who we are, a firewall does not like us.
        Some(300..500 | 511) => Outcome::Foreign,
        _ => Outcome::ServerError,
    }
}

/// A 404 that is not about a model is about the address.
fn speaks_of_a_model(error: &ErrorObject) -> bool {
    let said = [&error.code, &error.kind, &error.message];
    said.into_iter().flatten().any(|words| words.to_lowercase().contains("model"))
}

/// What a body is, whatever its header claims.
enum Form {
    Json(Value),
    Words(String),
    Page,
    Nothing,
}

impl Form {
    fn of(content_type: Option<&str>, body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() {
            Self::Nothing
        } else if text.starts_with('<') || content_type.is_some_and(|kind| kind.contains("html")) {
            Self::Page
        } else {
            serde_json::from_str(text).map_or_else(|_| Self::Words(text.to_owned()), Self::Json)
        }
    }
}

#[cfg(test)]
mod tests;
