//! The words that providers use, and what they mean. Written without case, separators and prefixes, since DashScope's native
//! and compatible spellings differ in nothing else. Source: DashScope's error code page and captured answers, OpenAI's error guide.

use super::Outcome;
use Outcome::{Auth, BadRequest, Billing, ContentFilter, ContextLength, ModelUnavailable, RateLimited, ServerError};

/// Codes and types. A code ending in one of them (`InternalError.Algo.DataInspectionFailed`) means the same.
const CODES: [(&str, Outcome); 63] = [
    // DashScope throttles. `insufficient_quota` is its tokens per minute, not money.
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
    // The model.
    ("modelnotfound", ModelUnavailable),
    ("modelnotexist", ModelUnavailable),
    ("modelnotsupported", ModelUnavailable),
    ("unsupportedmodel", ModelUnavailable),
    ("modelaccessdenied", ModelUnavailable),
    ("accessdeniedunpurchased", ModelUnavailable),
    ("modeldecommissioned", ModelUnavailable),
    ("modeldeprecated", ModelUnavailable),
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

/// Phrases of messages that come without a telling code.
const PHRASES: [(&str, Outcome); 22] = [
    ("free allocated quota exceeded", Billing),
    ("free tier of the model has been exhausted", Billing),
    ("insufficient balance", Billing),
    ("overdue-payment", Billing),
    ("inappropriate content", ContentFilter),
    ("datainspectionfailed", ContentFilter),
    ("content management policy", ContentFilter),
    ("context length", ContextLength),
    ("maximum context", ContextLength),
    ("context window", ContextLength),
    ("range of input length", ContextLength),
    ("prompt is too long", ContextLength),
    ("unsupported model", ModelUnavailable),
    ("model not exist", ModelUnavailable),
    ("model does not exist", ModelUnavailable),
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
    let said = PHRASES.iter().find(|(phrase, _)| lower.contains(phrase)).map(|(_, outcome)| *outcome);
    said.filter(|outcome| match status {
        Some(401 | 408 | 500..) => false,
        Some(429) => *outcome == Billing,
        _ => true,
    })
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
