use std::time::Duration;

use super::*;
use Outcome::{
    Auth, BadRequest, Billing, ContentFilter, ContextLength, Foreign, ModelUnavailable, RateLimited, ServerError,
};

const PAGE: &str = "<!DOCTYPE html><html><body><script>alert('x')</script>Sorry</body></html>";

fn failure_of(status: u16, body: &str) -> Failure {
    let reply = ErrorReply { status, body: body.as_bytes(), ..ErrorReply::default() };
    classify(&reply, &Mask::default())
}

#[test]
fn every_known_error_has_its_outcome() {
    for (status, body, outcome) in [
        // OpenAI's form.
        (401, r#"{"error":{"message":"no","type":"invalid_request_error","code":"invalid_api_key"}}"#, Auth),
        (400, r#"{"error":{"message":"no","type":"invalid_request_error","code":null}}"#, BadRequest),
        (
            400,
            r#"{"error":{"message":"This model's maximum context length is 8192 tokens","type":"invalid_request_error"}}"#,
            ContextLength,
        ),
        (400, r#"{"error":{"message":"long","code":"context_length_exceeded"}}"#, ContextLength),
        (
            404,
            r#"{"error":{"message":"The model `x` does not exist","type":"invalid_request_error","code":"model_not_found"}}"#,
            ModelUnavailable,
        ),
        (429, r#"{"error":{"message":"slow","type":"tokens","code":"rate_limit_exceeded"}}"#, RateLimited),
        (429, r#"{"error":{"message":"pay","type":"x","code":"billing_hard_limit_reached"}}"#, Billing),
        (500, r#"{"error":{"message":"oops","type":"server_error"}}"#, ServerError),
        (529, r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#, ServerError),
        // DashScope, compatible and native.
        (
            400,
            r#"{"error":{"message":"Access denied, please make sure your account is in good standing.","code":"Arrearage"}}"#,
            Billing,
        ),
        (400, r#"{"code":"Arrearage","message":"Access denied"}"#, Billing),
        (
            400,
            r#"{"error":{"message":"x","type":"data_inspection_failed","code":"data_inspection_failed"}}"#,
            ContentFilter,
        ),
        (
            400,
            r#"{"error":{"message":"<400> InternalError.Algo.DataInspectionFailed: Input data may contain inappropriate content.","code":null}}"#,
            ContentFilter,
        ),
        (
            400,
            r#"{"error":{"message":"<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 30720]","code":"invalid_parameter_error"}}"#,
            ContextLength,
        ),
        (
            400,
            r#"{"error":{"message":"parameter.enable_thinking must be set to false","code":"invalid_parameter_error"}}"#,
            BadRequest,
        ),
        (403, r#"{"error":{"message":"x","code":"AllocationQuota.FreeTierOnly"}}"#, Billing),
        (403, r#"{"error":{"message":"x","code":"Model.AccessDenied"}}"#, ModelUnavailable),
        (403, r#"{"error":{"message":"x","code":"access_denied"}}"#, Auth),
        (404, r#"{"error":{"message":"Unsupported model for OpenAI compatibility mode"}}"#, ModelUnavailable),
        (408, r#"{"code":"RequestTimeOut","message":"Request timed out"}"#, ServerError),
        (413, "", BadRequest),
        (429, r#"{"error":{"message":"Allocated quota exceeded.","code":"insufficient_quota"}}"#, RateLimited),
        (429, r#"{"code":"Throttling.Concurrency","message":"x"}"#, RateLimited),
        (429, r#"{"error":{"message":"x","code":"limit_burst_rate"}}"#, RateLimited),
        (429, r#"{"error":{"message":"x","code":"ServiceOverloaded"}}"#, RateLimited),
        (429, r#"{"error":{"message":"x","code":"PrepaidBillOverdue"}}"#, Billing),
        (429, r#"{"error":{"message":"x","code":"CommodityNotPurchased"}}"#, Billing),
        (403, r#"{"error":{"message":"x","code":"Workspace.AccessDenied"}}"#, Auth),
        (
            403,
            r#"{"error":{"message":"Access to model denied. Please make sure you are eligible."}}"#,
            ModelUnavailable,
        ),
        (404, r#"{"code":"ModelNotFound","message":"Model can not be found."}"#, ModelUnavailable),
        (400, r#"{"error":{"message":"Access denied, please make sure your account is in good standing."}}"#, Billing),
        (500, r#"{"error":{"message":"x","code":"InternalError.Algo"}}"#, ServerError),
        (500, r#"{"error":{"message":"x","code":"ModelServiceFailed"}}"#, ServerError),
        (
            400,
            r#"{"error":{"message":"Total message token length exceed model limit (10000000 tokens)."}}"#,
            ContextLength,
        ),
        (429, r#"{"error":{"message":"Free allocated quota exceeded.","code":null}}"#, Billing),
        (429, r#"{"code":"PostpaidBillOverdue","message":"x"}"#, Billing),
        (429, r#"{"code":"Throttling.BurstRate","message":"x"}"#, RateLimited),
        (400, r#"{"error":{"message":"[503] request queue is full","code":null}}"#, ServerError),
        (503, r#"{"code":"ModelUnavailable","message":"Model is unavailable, please try again later."}"#, ServerError),
        // The Llama API's problem form, vLLM, gateways.
        (429, r#"{"title":"Too Many Requests","detail":"x","status":429}"#, RateLimited),
        (400, r#"{"object":"error","message":"x","type":"BadRequestError","code":400}"#, BadRequest),
        (502, "upstream connect error", ServerError),
        (500, r#"{"error":{"message":"the rate limit store is gone"}}"#, ServerError),
        (402, "", Billing),
        (400, r#"{"error":{"message":"The model `x` does not exist."}}"#, ModelUnavailable),
        (400, r#"{"error":{"message":"This model does not support images"}}"#, BadRequest),
        (422, r#"{"detail":[{"loc":["body"],"msg":"field required"}]}"#, BadRequest),
        (429, r#"[{"error":{"code":429,"message":"x","status":"RESOURCE_EXHAUSTED"}}]"#, RateLimited),
        // Pages, redirects, and addresses that are not the API's.
        (429, PAGE, RateLimited),
        (503, PAGE, ServerError),
        (401, PAGE, Auth),
        (403, PAGE, Foreign),
        (200, PAGE, Foreign),
        (404, PAGE, Foreign),
        (400, PAGE, Foreign),
        (407, "", Foreign),
        (511, PAGE, Foreign),
        (413, PAGE, BadRequest),
        (405, r#"{"detail":"Method Not Allowed"}"#, Foreign),
        (404, "", Foreign),
        (404, r#"{"detail":"Not Found"}"#, Foreign),
        (307, "", Foreign),
        // Nothing but a status.
        (429, "", RateLimited),
        (401, "", Auth),
        (503, "", ServerError),
        (422, "", BadRequest),
    ] {
        assert_eq!(failure_of(status, body).outcome, outcome, "{status} {body}");
    }
}

#[test]
fn a_quota_is_tokens_at_dashscope_and_may_be_money_elsewhere() {
    let outcome = |dialect, body: &str| {
        let reply = ErrorReply { status: 429, body: body.as_bytes(), dialect, ..ErrorReply::default() };
        classify(&reply, &Mask::default()).outcome
    };
    let money = "You exceeded your current quota, please check your plan and billing details.";
    let error = |message: &str, rest: &str| {
        format!(
            r#"{{"error":{{"message":"{message}","type":"insufficient_quota","code":"insufficient_quota"}}{rest}}}"#
        )
    };
    assert_eq!(outcome(Dialect::DashScope, &error(money, "")), RateLimited);
    assert_eq!(outcome(Dialect::OpenAi, &error(money, "")), Billing);
    assert_eq!(outcome(Dialect::OpenAi, &error("slow down", "")), RateLimited);
    // DashScope behind another name gives itself away.
    assert_eq!(outcome(Dialect::OpenAi, &error(money, r#","request_id":"r""#)), RateLimited);
    let linked = format!("{money} See https://help.aliyun.com/zh/model-studio/error-code#token-limit");
    assert_eq!(outcome(Dialect::OpenAi, &error(&linked, "")), RateLimited);
}

#[test]
fn a_failure_keeps_what_the_provider_said() {
    let reply = ErrorReply {
        status: 429,
        content_type: Some("application/json"),
        retry: RetryHeaders {
            retry_after: Some("2"),
            should_retry: Some("false"),
            ..RetryHeaders::default()
        },
        request_id: Some("from-header"),
        dialect: Dialect::default(),
        body: br#"{"error":{"message":"Slow\ndown \u001b[31mplease","type":"t","code":"limit_requests"},"request_id":"from-body"}"#,
    };
    let failure = Failure {
        outcome: RateLimited,
        status: Some(429),
        code: Some("limit_requests".to_owned()),
        message: "Slow down please".to_owned(),
        retry_after: Some(Duration::from_secs(2)),
        should_retry: Some(false),
        request_id: Some("from-body".to_owned()),
    };
    assert_eq!(classify(&reply, &Mask::default()), failure);
}

#[test]
fn words_of_control_characters_alone_are_none() {
    let body = r#"{"error":{"message":"\u001b[2J","type":"t","code":"\u0007"},"request_id":"\u0000"}"#;
    let failure = failure_of(400, body);
    let expected = Failure {
        status: Some(400),
        code: Some("t".to_owned()),
        ..Failure::new(BadRequest, "an error without a message")
    };
    assert_eq!(failure, expected);
}

#[test]
fn a_page_is_never_shown() {
    let failure = failure_of(429, PAGE);
    assert_eq!(failure.message, "HTTP 429 with a web page instead of an answer");
    assert_eq!(failure.code, None);
}

#[test]
fn a_wrong_address_is_said_to_be_one() {
    let message = |status| failure_of(status, "").message;
    assert_eq!(message(307), "HTTP 307: the address leads elsewhere; check the base URL");
    assert_eq!(message(404), "HTTP 404: no such path at this host; check the base URL");
}

#[test]
fn the_own_key_is_masked_however_the_service_writes_it() {
    let key = "LLM|123|s3cret/Key+part";
    for body in [
        r#"{"error":{"message":"no LLM|123|s3cret\/Key+part"}}"#,
        r#"{"error":{"message":"no LLM\u007c123\u007cs3cret\u002fKey+part"}}"#,
        r#"{"error":{"message":"{\"key\":\"LLM\\u007c123\\u007cs3cret\\/Key+part\"}"}}"#,
        r#"{"error":{"message":"no","code":"LLM%7C123%7Cs3cret%2FKey%2Bpart"}}"#,
        r#"{"error":{"message":"no","type":"Bearer LLM|123|s3cret/Key+part"},"request_id":"LLM|123|s3cret/Key+part"}"#,
        r#"{"title":"LLM|123|s3cret/Key+part","detail":"...ret/Key+part is wrong","status":401}"#,
        "no LLM|123|s3cret\n/Key+part",
        "no LLM|123|s3cr\u{1b}[0met/Key+part",
        "{\"broken\": \"LLM\\u007c123\\u007cs3cret\\/Key+part",
    ] {
        let reply = ErrorReply {
            status: 401,
            body: body.as_bytes(),
            request_id: Some("LLM|123|s3cret/Key+part"),
            ..ErrorReply::default()
        };
        let failure = classify(&reply, &Mask::of(Some(key.into())));
        let printed = format!("{failure:?}").to_lowercase();
        assert!(!printed.contains("s3cret") && !printed.contains("ey+part"), "{body}: {printed}");
    }
}

#[test]
fn a_key_in_any_part_of_an_error_is_masked() {
    let body = r#"{"error":{"message":"bad key LLM|1|test-key","type":"sk-test-key","code":"own-secret-key"},"request_id":"Bearer abcdefgh"}"#;
    let reply = ErrorReply { status: 401, body: body.as_bytes(), ..ErrorReply::default() };
    let failure = classify(&reply, &Mask::of(Some("own-secret-key".into())));
    assert_eq!(failure.message, "bad key LLM|***");
    assert_eq!(failure.code.as_deref(), Some("***"));
    assert_eq!(failure.request_id.as_deref(), Some("Bearer ***"));
}
