//! What a provider's throttle is about.

use super::Failure;

/// What there was too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Throttle {
    /// Requests, or the provider does not say.
    Requests,
    /// Tokens a minute.
    Tokens,
    /// Growth: requests came too suddenly.
    Burst,
}

impl Throttle {
    /// What the code of a throttle speaks of, in DashScope's native and compatible spellings.
    pub fn of(failure: &Failure) -> Self {
        let code = failure.code.as_deref().unwrap_or_default().to_ascii_lowercase();
        if code.contains("burst") {
            Self::Burst
        } else if code.contains("allocationquota") || code.contains("insufficient_quota") || code.contains("tokens") {
            Self::Tokens
        } else {
            Self::Requests
        }
    }
}
