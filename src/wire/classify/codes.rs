//! The words that providers use, and what they mean. Written without case, separators and prefixes, since DashScope's native
//! and compatible spellings differ in nothing else. Source: DashScope's error code page and captured answers, OpenAI's error guide.

use super::{ErrorObject, Outcome};
use Outcome::{Auth, BadRequest, Billing, ContentFilter, ContextLength, ModelUnavailable, RateLimited, ServerError};

/// Codes and types. A code ending in one of them (`InternalError.Algo.DataInspectionFailed`) means the same.
const CODES: &[(&str, Outcome)] = &[
    // DashScope throttles. `insufficient_quota` is its tokens per minute, not money; elsewhere see `is_unpaid`.
    ("throttling", RateLimited),
    ("limitrequests", RateLimited),
    ("limitburstrate", RateLimited),
    ("insufficientquota", RateLimited),
    ("serviceoverloaded", RateLimited),
    // Others' throttles.
    ("ratelimitexceeded", RateLimited),
    ("ratelimitreached", RateLimited),
    ("ratelimiterror", RateLimited),
    ("ratelimited", RateLimited),
    ("toomanyrequests", RateLimited),
    ("resourceexhausted", RateLimited),
    // Money.
    ("arrearage", Billing),
    ("prepaidbilloverdue", Billing),
    ("postpaidbilloverdue", Billing),
    ("commoditynotpurchased", Billing),
    ("freetieronly", Billing),
    ("billinghardlimitreached", Billing),
    ("billingnotactive", Billing),
    ("insufficientbalance", Billing),
    ("insufficientcredits", Billing),
    ("paymentrequired", Billing),
    ("exceededcurrentquotaerror", Billing),
    // The key.
    ("invalidapikey", Auth),
    ("incorrectapikey", Auth),
    ("invalidauthentication", Auth),
    ("authenticationerror", Auth),
    ("autherror", Auth),
    ("unauthorized", Auth),
    ("unauthenticated", Auth),
    ("accessdenied", Auth),
    ("permissiondenied", Auth),
    ("permissionerror", Auth),
    ("accountdeactivated", Auth),
    // The model.
    ("modelnotfound", ModelUnavailable),
    ("modelnotexist", ModelUnavailable),
    ("modelnotsupported", ModelUnavailable),
    ("unsupportedmodel", ModelUnavailable),
    ("modelaccessdenied", ModelUnavailable),
    ("accessdeniedunpurchased", ModelUnavailable),
    ("modeldecommissioned", ModelUnavailable),
    ("modeldeprecated", ModelUnavailable),
    ("deploymentnotfound", ModelUnavailable),
    // The conversation.
    ("contextlengthexceeded", ContextLength),
    ("contextwindowexceeded", ContextLength),
    ("stringabovemaxlength", ContextLength),
    ("datainspectionfailed", ContentFilter),
    ("contentfilter", ContentFilter),
    ("contentpolicyviolation", ContentFilter),
    ("responsibleaipolicyviolation", ContentFilter),
    ("requesttoolarge", BadRequest),
    // The server.
    ("internalerror", ServerError),
    ("internalerroralgo", ServerError),
    ("internalservererror", ServerError),
    ("servererror", ServerError),
    ("apierror", ServerError),
    ("systemerror", ServerError),
    ("modelservicefailed", ServerError),
    ("modelunavailable", ServerError),
    ("serviceunavailable", ServerError),
    ("overloadederror", ServerError),
    ("overloaded", ServerError),
    ("timeout", ServerError),
    ("timeouterror", ServerError),
    ("badgateway", ServerError),
    ("enginedead", ServerError),
    ("insufficientsystemresource", ServerError),
];

/// Phrases of messages that come without a telling code; two dots stand for anything.
const PHRASES: &[(&str, Outcome)] = &[
    ("free allocated quota exceeded", Billing),
    ("free tier of the model has been exhausted", Billing),
    ("insufficient balance", Billing),
    ("overdue-payment", Billing),
    ("is overdue", Billing),
    ("account is in good standing", Billing),
    ("free tier only", Billing),
    ("inappropriate content", ContentFilter),
    ("datainspectionfailed", ContentFilter),
    ("content management policy", ContentFilter),
    ("context length", ContextLength),
    ("maximum context", ContextLength),
    ("context window", ContextLength),
    ("range of input length", ContextLength),
    ("context size", ContextLength),
    ("prompt is too long", ContextLength),
    ("token length exceed", ContextLength),
    ("max_seq_len", ContextLength),
    ("unsupported model", ModelUnavailable),
    ("access to model denied", ModelUnavailable),
    ("model not exist", ModelUnavailable),
    ("model..does not exist", ModelUnavailable),
    ("model..not found", ModelUnavailable),
    ("unknown model", ModelUnavailable),
    ("not a valid model", ModelUnavailable),
    ("has been decommissioned", ModelUnavailable),
    ("incorrect api key", Auth),
    ("invalid api key", Auth),
    ("invalid api-key", Auth),
    ("too many requests", RateLimited),
    ("rate limit", RateLimited),
];

/// What a code or type means; none when it is unknown or says no more than the status.
pub(super) fn of_code(code: &str) -> Option<Outcome> {
    let bare: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    let bare = bare.to_ascii_lowercase();
    if bare.starts_with("throttling") {
        return Some(RateLimited);
    }
    let named = CODES.iter().filter(|(name, _)| bare.ends_with(name));
    named.max_by_key(|(name, _)| name.len()).map(|(_, outcome)| *outcome)
}

/// What the words mean. They are not asked where the status is the better witness.
pub(super) fn of_message(message: &str, status: Option<u16>) -> Option<Outcome> {
    let lower = message.to_lowercase();
    let said = PHRASES.iter().find(|(phrase, _)| says(&lower, phrase)).map(|(_, outcome)| *outcome);
    said.filter(|outcome| match status {
        Some(401 | 408 | 500..) => false,
        Some(429) => *outcome == Billing,
        _ => true,
    })
}

fn says(message: &str, phrase: &str) -> bool {
    let mut rest = Some(message);
    for piece in phrase.split("..") {
        rest = rest.and_then(|rest| rest.split_once(piece)).map(|(_, after)| after);
    }
    rest.is_some()
}

/// Whether OpenAI's `insufficient_quota` speaks of money. Where DashScope has another name in front of it, its own words or its
/// habit to name the request in the body still tell.
pub(super) fn is_unpaid(error: &ErrorObject) -> bool {
    let is_quota = [&error.code, &error.kind].into_iter().flatten().any(|code| code == "insufficient_quota");
    let message = error.message.as_deref().unwrap_or_default().to_lowercase();
    let of_money = ["billing", "plan", "exceeded your current quota", "credit"];
    let of_dashscope = ["aliyun", "alibabacloud", "model-studio", "allocated quota"];
    let says_one = |words: &[&str]| words.iter().any(|word| message.contains(word));
    is_quota && says_one(&of_money) && !says_one(&of_dashscope) && error.request_id.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_of_dashscope_mean_the_same() {
        for (native, compatible, outcome) in [
            ("Throttling.RateQuota", "limit_requests", RateLimited),
            ("Throttling.AllocationQuota", "insufficient_quota", RateLimited),
            ("Throttling.BurstRate", "limit_burst_rate", RateLimited),
            ("InvalidApiKey", "invalid_api_key", Auth),
            ("ModelNotFound", "model_not_found", ModelUnavailable),
            ("DataInspectionFailed", "data_inspection_failed", ContentFilter),
            ("<400> InternalError.Algo.DataInspectionFailed", "content_filter", ContentFilter),
            ("InternalError.Timeout", "RequestTimeOut", ServerError),
        ] {
            assert_eq!((of_code(native), of_code(compatible)), (Some(outcome), Some(outcome)), "{native}");
        }
    }

    #[test]
    fn the_longest_name_wins() {
        assert_eq!(of_code("Workspace.AccessDenied"), Some(Auth));
        assert_eq!(of_code("Model.AccessDenied"), Some(ModelUnavailable));
        assert_eq!(of_code("AccessDenied.Unpurchased"), Some(ModelUnavailable));
        assert_eq!(of_code("AllocationQuota.FreeTierOnly"), Some(Billing));
        assert_eq!(of_code("Throttling.SomethingNew"), Some(RateLimited));
    }

    #[test]
    fn codes_that_say_no_more_than_the_status_are_left_to_it() {
        for code in ["invalid_request_error", "InvalidParameter", "400", "", "tokens"] {
            assert_eq!(of_code(code), None, "{code}");
        }
    }
}
