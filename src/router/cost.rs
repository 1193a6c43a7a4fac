//! What an attempt costs, in whole micro-units, and how many tokens a text is likely to be.

use super::call::Billed;
use crate::config::{Micro, Price, Prices};
use crate::wire::{Content, Message, Outcome, Part, Usage};

/// Tokens every message costs beyond its text (role and separators), as counted by OpenAI-compatible services.
const TOKENS_PER_MESSAGE: u64 = 4;

/// No attempt costs more than a million: a nonsensical count or price must not overflow the sums of a day.
const DEAREST: Micro = Micro(1_000_000_000_000);

/// Estimates upward: Chinese one token per 1.5 characters, other text one per 4 (`router.md` R7).
pub fn estimate_tokens(text: &str) -> u64 {
    let (wide, narrow) = text.chars().fold((0u64, 0u64), |(wide, narrow), c| {
        if ('\u{2E80}'..='\u{9FFF}').contains(&c) || ('\u{F900}'..='\u{FAFF}').contains(&c) || c > '\u{FFFF}' {
            (wide + 1, narrow)
        } else {
            (wide, narrow + 1)
        }
    });
    (wide * 2).div_ceil(3) + narrow.div_ceil(4)
}

/// Estimated prompt tokens of a conversation.
pub fn estimate_prompt(messages: &[Message]) -> u64 {
    messages.iter().map(|message| TOKENS_PER_MESSAGE + estimate_content(&message.content)).sum()
}

fn estimate_content(content: &Content) -> u64 {
    match content {
        Content::Text(text) => estimate_tokens(text),
        Content::Parts(parts) => parts.iter().map(|Part::Text { text }| estimate_tokens(text)).sum(),
    }
}

/// What these tokens cost, rounded up to a micro-unit once.
pub fn cost(prices: Prices, usage: Usage) -> Micro {
    let cached = usage.cached_tokens.min(usage.prompt_tokens);
    let input = prices.input.of(usage.prompt_tokens - cached) + prices.cached_input.unwrap_or(prices.input).of(cached);
    Price::round_up(input + prices.output.of(usage.completion_tokens)).min(DEAREST)
}

/// Whether a provider charges for an attempt that ended like this. `counted`: it sent token counts; `began`: its answer had begun.
pub fn billed(outcome: Outcome, status: Option<u16>, counted: bool, began: bool) -> Billed {
    match outcome {
        Outcome::Ok => Billed::Yes,
        _ if counted => Billed::Yes,
        _ if began => Billed::Maybe,
        Outcome::Connect
        | Outcome::RateLimited
        | Outcome::Auth
        | Outcome::Billing
        | Outcome::ModelUnavailable
        | Outcome::BadRequest
        | Outcome::ContextLength
        | Outcome::NotConfigured
        | Outcome::Unavailable
        | Outcome::Limit => Billed::No,
        // A gateway in between gave up; the service behind it may have worked.
        Outcome::ServerError if matches!(status, Some(502 | 504)) => Billed::Maybe,
        Outcome::ServerError if status.is_some() => Billed::No,
        Outcome::ServerError
        | Outcome::Reset
        | Outcome::FirstTokenTimeout
        | Outcome::IdleTimeout
        | Outcome::TotalTimeout
        | Outcome::TooSlow
        | Outcome::Repetitive
        | Outcome::ContentFilter
        | Outcome::Truncated
        | Outcome::Malformed
        | Outcome::Foreign
        | Outcome::Empty
        | Outcome::Deadline
        | Outcome::Diverged
        | Outcome::Cancelled => Billed::Maybe,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_costs_two_tokens_for_three_characters_and_english_one_for_four() {
        assert_eq!(estimate_tokens("请介绍一下"), 4);
        assert_eq!(estimate_tokens("Tell me about it"), 4);
        assert_eq!(estimate_tokens(""), 0);
    }

    #[test]
    fn the_sum_is_rounded_up_once() {
        let prices = Prices {
            input: Price::per_thousand("0.0008").expect("a price"),
            output: Price::per_thousand("0.002").expect("a price"),
            cached_input: None,
        };
        let usage = Usage { prompt_tokens: 1, completion_tokens: 1, cached_tokens: 0 };
        assert_eq!(cost(prices, usage), Micro(3));
    }

    #[test]
    fn tokens_that_the_provider_had_in_its_cache_cost_their_own_price() {
        let price = |text| Price::per_thousand(text).expect("a price");
        let dear = Prices { input: price("0.01"), output: price("0"), cached_input: None };
        let usage = Usage { prompt_tokens: 1_000, completion_tokens: 0, cached_tokens: 900 };
        assert_eq!(cost(dear, usage), Micro(10_000));
        assert_eq!(cost(Prices { cached_input: Some(price("0.002")), ..dear }, usage), Micro(2_800));
        // A provider that counts more in its cache than in the whole prompt is charged for no more than the prompt.
        let nonsense = Usage { cached_tokens: 5_000, ..usage };
        assert_eq!(cost(Prices { cached_input: Some(price("0.002")), ..dear }, nonsense), Micro(2_000));
    }
}
