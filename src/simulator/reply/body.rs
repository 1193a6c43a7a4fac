//! The bodies of errors, in the forms that services use.

use serde_json::json;

use super::super::plan::BodyKind;

/// What a captive portal answers.
pub(super) const LOGIN_PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><h1>Please sign in to the network</h1></body></html>\n";

/// DashScope's words for a message it won't go on with.
pub(super) const NO_PREFILL: &str =
    "<400> InternalError.Algo.InvalidParameter: The model does not support the partial mode.";

/// Per status: the code and the message of a usual body.
const USUAL: [(u16, &str, &str); 9] = [
    (400, "invalid_request_error", "The request is not valid."),
    (401, "invalid_api_key", "Incorrect API key provided."),
    (403, "access_denied", "Access denied."),
    (404, "model_not_found", "The model does not exist or you do not have access to it."),
    (408, "request_timeout", "The request timed out."),
    (413, "request_too_large", "The request is too large."),
    (429, "rate_limit_exceeded", "Too many requests."),
    (500, "internal_error", "Internal error."),
    (503, "service_unavailable", "The service is overloaded, try again later."),
];

/// The Content-Type of an error's body.
pub(super) fn content_type(kind: BodyKind) -> &'static str {
    match kind {
        BodyKind::Html => "text/html; charset=utf-8",
        BodyKind::Plain => "text/plain; charset=utf-8",
        _ => super::JSON,
    }
}

/// The body of an error with this status. A 401 without a message of its own names the key, as real services have done.
pub(in crate::simulator) fn error_body(
    kind: BodyKind,
    status: u16,
    code: Option<&str>,
    message: Option<&str>,
    key: &str,
) -> String {
    let usual = USUAL.iter().find(|(known, ..)| *known == status);
    let code = code.or(usual.map(|(_, code, _)| *code)).unwrap_or("error");
    let mut text = message.or(usual.map(|(_, _, text)| *text)).unwrap_or("Simulated error.").to_owned();
    if status == 401 && message.is_none() {
        text = format!("{text} You sent: {key}");
    }
    match kind {
        BodyKind::Json => json!({"error": {"message": text, "type": code, "param": null, "code": code}}).to_string(),
        BodyKind::Native => json!({"code": code, "message": text, "request_id": "simulated"}).to_string(),
        BodyKind::Problem => json!({"title": code, "detail": text, "status": status}).to_string(),
        BodyKind::Text => json!({"error": text}).to_string(),
        BodyKind::Object => {
            json!({"object": "error", "message": text, "type": code, "param": null, "code": code}).to_string()
        }
        BodyKind::Plain => text,
        BodyKind::Html => {
            format!("<html><head><title>{status}</title></head><body><h1>{status} {text}</h1></body></html>\n")
        }
        BodyKind::Empty => String::new(),
    }
}
