//! What a provider has too much of when it throttles.

use super::Failure;

/// Which of its limits a provider says was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Throttle {
    /// Requests in a second or a minute, or at once; also where it does not say which.
    Requests,
    /// Tokens in a minute.
    Tokens,
    /// The number of requests grew too fast.
    Burst,
}

/// How codes and messages speak of each limit, in small letters. Source: DashScope's page on limits (`Throttling.AllocationQuota`
/// is `insufficient_quota` in compatible mode), OpenAI's guide.
const WORDS: &[(&str, Throttle)] = &[
    ("burst", Throttle::Burst),
    ("increased too quickly", Throttle::Burst),
    ("allocationquota", Throttle::Tokens),
    ("allocated quota", Throttle::Tokens),
    ("insufficient_quota", Throttle::Tokens),
    ("tokens per", Throttle::Tokens),
    ("tokens_per", Throttle::Tokens),
    ("token-limit", Throttle::Tokens),
    ("(tpm)", Throttle::Tokens),
    ("limit_tokens", Throttle::Tokens),
];

impl Throttle {
    /// The limit that a throttle speaks of.
    pub fn of(failure: &Failure) -> Self {
        let said = [failure.code.as_deref(), Some(failure.message.as_str())].into_iter().flatten();
        let said: Vec<_> = said.map(str::to_lowercase).collect();
        let named = WORDS.iter().find(|(words, _)| said.iter().any(|said| said.contains(words)));
        named.map_or(Self::Requests, |(_, throttle)| *throttle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Outcome;

    #[test]
    fn both_spellings_of_dashscope_and_openais_words_name_the_limit() {
        for (code, message, throttle) in [
            ("limit_burst_rate", "Request rate increased too quickly.", Throttle::Burst),
            ("Throttling.BurstRate", "x", Throttle::Burst),
            ("insufficient_quota", "You exceeded your current quota", Throttle::Tokens),
            ("Throttling.AllocationQuota", "Allocated quota exceeded", Throttle::Tokens),
            ("rate_limit_exceeded", "Rate limit reached on tokens per min (TPM): Limit 30000", Throttle::Tokens),
            ("rate_limit_exceeded", "Rate limit reached on requests per min (RPM)", Throttle::Requests),
            ("limit_requests", "You exceeded your current requests list.", Throttle::Requests),
            ("Throttling", "x", Throttle::Requests),
        ] {
            let failure = Failure { code: Some(code.to_owned()), ..Failure::new(Outcome::RateLimited, message) };
            assert_eq!(Throttle::of(&failure), throttle, "{code}: {message}");
        }
        assert_eq!(Throttle::of(&Failure::new(Outcome::RateLimited, "")), Throttle::Requests);
    }
}
