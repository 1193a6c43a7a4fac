//! The router's terms in words for people: how an attempt ended, and what moved the primary. JSON and logs keep the terms.

use std::borrow::Cow;

use rust_i18n::t;

use crate::config::Language;
use crate::router::CallError;
use crate::wire::Outcome;
use crate::wire::text;

/// Longest trigger shown that is none of ours, in characters.
const TRIGGER: usize = 40;

/// How an attempt, an answer or a call ended, as a short phrase that stands in parentheses or in a column.
pub fn outcome(outcome: Outcome, language: Language) -> Cow<'static, str> {
    let key = match outcome {
        Outcome::Ok => "outcome.ok",
        Outcome::Connect => "outcome.connect",
        Outcome::Reset => "outcome.reset",
        Outcome::FirstTokenTimeout => "outcome.first_token_timeout",
        Outcome::IdleTimeout => "outcome.idle_timeout",
        Outcome::TotalTimeout => "outcome.total_timeout",
        Outcome::TooSlow => "outcome.too_slow",
        Outcome::Repetitive => "outcome.repetitive",
        Outcome::RateLimited => "outcome.rate_limited",
        Outcome::ServerError => "outcome.server_error",
        Outcome::Auth => "outcome.auth",
        Outcome::Billing => "outcome.billing",
        Outcome::ModelUnavailable => "outcome.model_unavailable",
        Outcome::BadRequest => "outcome.bad_request",
        Outcome::ContextLength => "outcome.context_length",
        Outcome::ContentFilter => "outcome.content_filter",
        Outcome::Truncated => "outcome.truncated",
        Outcome::Malformed => "outcome.malformed",
        Outcome::Foreign => "outcome.foreign",
        Outcome::Empty => "outcome.empty",
        Outcome::Deadline => "outcome.deadline",
        Outcome::Diverged => "outcome.diverged",
        Outcome::Cancelled => "outcome.cancelled",
        Outcome::NotConfigured => "outcome.not_configured",
        Outcome::Unavailable => "outcome.unavailable",
        Outcome::Limit => "outcome.limit",
    };
    t!(key, locale = language.code())
}

/// What set a switch of the primary off. A word that is none of the switch log's own stays as it is.
pub fn trigger(trigger: &str, language: Language) -> Cow<'static, str> {
    let key = match trigger {
        "api_failure" => "trigger.api_failure",
        "slow" => "trigger.slow",
        "error_rate" => "trigger.error_rate",
        "rate_limited" => "outcome.rate_limited",
        "model_unavailable" => "outcome.model_unavailable",
        "manual" => "trigger.manual",
        "recovery" => "trigger.recovery",
        other => return text::line(other, TRIGGER).into(),
    };
    t!(key, locale = language.code())
}

/// Why a call gave no text, as the beginning of a sentence without its full stop. What a filter refused is not worth another
/// try with the same words.
pub fn failure(error: &CallError, language: Language) -> String {
    let message = text::plain(&error.message);
    let message = message.trim_end_matches(['.', '。']);
    if error.kind != Outcome::ContentFilter {
        return message.to_owned();
    }
    let refusals = error.attempts.iter().filter(|attempt| attempt.outcome == Outcome::ContentFilter);
    // Where a second provider was asked, the setting lets it.
    let key = if refusals.count() > 1 { "filter.refused_everywhere" } else { "filter.refused" };
    t!(key, locale = language.code(), message = message).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_trigger_of_the_switch_log_has_words_in_both_languages_and_a_strange_one_is_made_safe() {
        let known = ["api_failure", "slow", "error_rate", "rate_limited", "model_unavailable", "manual", "recovery"];
        let told = |language| known.map(|word| trigger(word, language).into_owned());
        let en = [
            "calls failed",
            "too slow",
            "error rate",
            "too many requests",
            "model not available",
            "by hand",
            "healthy again",
        ];
        assert_eq!(told(Language::En), en);
        let zh = ["请求失败", "响应过慢", "错误率过高", "请求过多", "模型不可用", "人工操作", "已恢复正常"];
        assert_eq!(told(Language::Zh), zh);
        assert_eq!(trigger("a\u{1b}[1mb", Language::Zh), "ab");
    }

    #[test]
    fn an_outcome_is_told_in_words_and_not_by_its_term() {
        for (ended, en, zh) in [
            (Outcome::Foreign, "not a model's answer", "返回的不是模型回答"),
            (Outcome::Auth, "key refused", "密钥被拒"),
            (Outcome::IdleTimeout, "the answer stood still", "输出停顿过久"),
        ] {
            assert_eq!(Language::ALL.map(|language| outcome(ended, language)), [en, zh]);
        }
    }
}
