//! What an outcome says about a route's health (`router.md` R2).

use crate::wire::Outcome;

/// What an outcome says about the route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It works.
    Good,
    /// It failed: counts for the breaker. When it says when to come back, it is set aside until then too.
    Bad,
    /// It asks for less: set aside for a while, no failure.
    Throttled,
    /// Its key, account or model is refused: set aside for long.
    Refused,
    /// Nothing: the request itself was at fault, or the caller left.
    Silent,
}

/// What an outcome says.
pub fn verdict(outcome: Outcome) -> Verdict {
    match outcome {
        Outcome::Ok => Verdict::Good,
        Outcome::Connect
        | Outcome::Reset
        | Outcome::FirstTokenTimeout
        | Outcome::IdleTimeout
        | Outcome::TotalTimeout
        | Outcome::TooSlow
        | Outcome::Repetitive
        | Outcome::ServerError
        | Outcome::Truncated
        | Outcome::Malformed
        | Outcome::Foreign
        | Outcome::Empty => Verdict::Bad,
        Outcome::RateLimited => Verdict::Throttled,
        Outcome::Auth | Outcome::Billing | Outcome::ModelUnavailable => Verdict::Refused,
        Outcome::BadRequest
        | Outcome::ContextLength
        | Outcome::ContentFilter
        | Outcome::Deadline
        | Outcome::Diverged
        | Outcome::Cancelled
        | Outcome::NotConfigured
        | Outcome::Unavailable
        | Outcome::Limit => Verdict::Silent,
    }
}

/// Whether an outcome speaks of the whole provider and not of one model.
pub fn is_provider_wide(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Connect | Outcome::Auth | Outcome::Billing)
}
