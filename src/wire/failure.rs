//! How an attempt ended: one closed list of outcomes, the same in the log, the counters, JSON and the Monitor tab.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How one attempt at one provider ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A complete answer.
    Ok,
    /// No connection: DNS, refused, TLS, or no connection in time. Nothing was sent.
    Connect,
    /// The connection broke after the request was sent.
    Reset,
    /// No text, reasoning or tool fragment in time.
    FirstTokenTimeout,
    /// The answer began and then stood still for too long.
    IdleTimeout,
    /// The answer was still running at the request's deadline.
    TotalTimeout,
    /// The answer dripped, slower than anybody would wait for.
    TooSlow,
    /// The answer said the same again and again.
    Repetitive,
    /// 429: too many requests or tokens.
    RateLimited,
    /// 408 or 5xx, or the same said inside a stream.
    ServerError,
    /// 401 or 403: the key is not accepted.
    Auth,
    /// The account is overdue, or its free quota is used up.
    Billing,
    /// The model is unknown, retired or not open to this account.
    ModelUnavailable,
    /// The provider refuses the request as it is (400, 413, 422).
    BadRequest,
    /// The conversation does not fit the model's context.
    ContextLength,
    /// The provider's filter refused the question or stopped the answer.
    ContentFilter,
    /// The stream ended without the provider's word that the answer is whole.
    Truncated,
    /// The provider sent something that is not its own wire format.
    Malformed,
    /// The provider answered with an HTML page or another foreign body.
    Foreign,
    /// The answer came without any text.
    Empty,
    /// The caller's own time was over before anything could be said of the provider.
    Deadline,
    /// Asked to go on with an answer, the provider began another one.
    Diverged,
    /// The caller went away.
    Cancelled,
    /// No provider is configured for what was asked; nothing was sent.
    NotConfigured,
    /// Every provider that could answer is down or blocked; nothing was sent.
    Unavailable,
    /// A limit of our own (calls in flight, attempts a minute) left no room in time; nothing was sent.
    Limit,
}

impl Outcome {
    /// The outcome's word in JSON, logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Connect => "connect",
            Self::Reset => "reset",
            Self::FirstTokenTimeout => "first_token_timeout",
            Self::IdleTimeout => "idle_timeout",
            Self::TotalTimeout => "total_timeout",
            Self::TooSlow => "too_slow",
            Self::Repetitive => "repetitive",
            Self::RateLimited => "rate_limited",
            Self::ServerError => "server_error",
            Self::Auth => "auth",
            Self::Billing => "billing",
            Self::ModelUnavailable => "model_unavailable",
            Self::BadRequest => "bad_request",
            Self::ContextLength => "context_length",
            Self::ContentFilter => "content_filter",
            Self::Truncated => "truncated",
            Self::Malformed => "malformed",
            Self::Foreign => "foreign",
            Self::Empty => "empty",
            Self::Deadline => "deadline",
            Self::Diverged => "diverged",
            Self::Cancelled => "cancelled",
            Self::NotConfigured => "not_configured",
            Self::Unavailable => "unavailable",
            Self::Limit => "limit",
        }
    }
}

/// An attempt that gave no whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Which of the closed list it is.
    pub outcome: Outcome,
    /// The HTTP status, when one arrived (a status inside a stream's comment counts).
    pub status: Option<u16>,
    /// The provider's own code, cleaned of control characters, at most 80 characters; that of an [`Obstacle`](super::Obstacle)
    /// where no connection came about.
    pub code: Option<String>,
    /// One line for people, cleaned of control characters and keys, at most 300 characters.
    pub message: String,
    /// How long the provider asks to be left alone.
    pub retry_after: Option<Duration>,
    /// Whether the provider itself says (`x-should-retry`) that the same request may succeed there.
    pub should_retry: Option<bool>,
    /// The provider's own name for the request, for its support.
    pub request_id: Option<String>,
}

impl Failure {
    /// A failure known by its outcome and one line for people alone.
    pub fn new(outcome: Outcome, message: impl Into<String>) -> Self {
        Self {
            outcome,
            status: None,
            code: None,
            message: message.into(),
            retry_after: None,
            should_retry: None,
            request_id: None,
        }
    }
}
