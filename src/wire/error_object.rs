//! What a provider says went wrong, in whichever of the many forms it says it.

use serde_json::Value;

/// The parts of an error that a provider named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ErrorObject {
    /// `code`, text or number.
    pub code: Option<String>,
    /// `type`.
    pub kind: Option<String>,
    /// The sentence for people.
    pub message: Option<String>,
    /// A status named inside the body.
    pub status: Option<u16>,
    /// The provider's name for the request.
    pub request_id: Option<String>,
}

impl ErrorObject {
    /// Reads a body that is known to be an error: OpenAI's `{"error":{…}}`, `{"error":"text"}`, vLLM's `{"object":"error"}`,
    /// DashScope's flat form, the Llama API's problem form, and what gateways write.
    pub fn of(body: &Value) -> Self {
        // Some services put it into a list of one.
        let body = body.get(0).unwrap_or(body);
        let inner = body.get("error").filter(|error| says_something(error)).unwrap_or(body);
        let words = ["message", "detail", "title", "msg", "error_msg"].iter().find_map(|name| text(&inner[*name]));
        let message = words.or_else(|| text(inner)).or_else(|| text(&inner["detail"][0]["msg"]));
        let named = [&inner["status"], &inner["status_code"], &inner["code"], &body["status"]];
        Self {
            code: text(&inner["code"]).or_else(|| inner["code"].as_u64().map(|code| code.to_string())),
            kind: text(&inner["type"]),
            status: named.into_iter().find_map(status).or_else(|| message.as_deref().and_then(bracketed)),
            message,
            request_id: ["request_id", "requestId"]
                .iter()
                .find_map(|name| text(&body[*name]).or_else(|| text(&inner[*name])))
                .or_else(|| text(&body["id"]).filter(|id| id.starts_with("chatcmpl-"))),
        }
    }

    /// An error of words alone.
    pub fn words(words: &str) -> Self {
        Self { message: Some(words.to_owned()), ..Self::default() }
    }

    /// Reads a body or frame that came with a good status, if it is an error all the same.
    pub fn within(body: &Value) -> Option<Self> {
        let body = body.get(0).unwrap_or(body);
        let answer = ["choices", "event", "completion_message"].iter().any(|name| !body[*name].is_null());
        let flat = !body["code"].is_null() && text(&body["message"]).is_some();
        let problem = text(&body["title"]).is_some() && status(&body["status"]).is_some();
        let is_error = says_something(&body["error"]) || body["object"] == "error" || (!answer && (flat || problem));
        is_error.then(|| Self::of(body))
    }
}

/// Services fill the field of an error that is none with null, false, or nothing.
fn says_something(error: &Value) -> bool {
    match error {
        Value::Object(fields) => !fields.is_empty(),
        Value::String(text) => !text.is_empty(),
        _ => false,
    }
}

fn text(value: &Value) -> Option<String> {
    let text = value.as_str()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// An error status written as a number or as digits.
fn status(value: &Value) -> Option<u16> {
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok())?;
    u16::try_from(number).ok().filter(|status| (400..600).contains(status))
}

/// The status in a message such as `[503] request queue is full` or `<400> InternalError.Algo…`.
fn bracketed(message: &str) -> Option<u16> {
    let rest = message.strip_prefix(['[', '<'])?;
    let (digits, _) = rest.split_once([']', '>'])?;
    status(&Value::from(digits))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_forms_that_services_use_are_all_read() {
        let error = |code: &str, message: &str| ErrorObject {
            code: Some(code.to_owned()),
            message: Some(message.to_owned()),
            ..ErrorObject::default()
        };
        let words = ErrorObject::words;
        for (body, expected) in [
            (
                json!({"error": {"message": "m", "type": "t", "param": null, "code": "c"}, "request_id": "r"}),
                ErrorObject { kind: Some("t".to_owned()), request_id: Some("r".to_owned()), ..error("c", "m") },
            ),
            (json!({"error": "text"}), words("text")),
            (
                json!({"object": "error", "message": "m", "type": "BadRequestError", "code": 400}),
                ErrorObject { kind: Some("BadRequestError".to_owned()), status: Some(400), ..error("400", "m") },
            ),
            (
                json!({"code": "Throttling", "message": "m", "request_id": "r"}),
                ErrorObject { request_id: Some("r".to_owned()), ..error("Throttling", "m") },
            ),
            (
                json!({"title": "Too Many Requests", "detail": "slow down", "status": 429}),
                ErrorObject { status: Some(429), ..words("slow down") },
            ),
            (json!([{"error": {"code": "c", "message": "m"}}]), error("c", "m")),
            (
                json!({"error": {"message": "m", "code": "c"}, "id": "chatcmpl-1"}),
                ErrorObject { request_id: Some("chatcmpl-1".to_owned()), ..error("c", "m") },
            ),
            (
                json!({"error": {"message": "[503] request queue is full"}}),
                ErrorObject { status: Some(503), ..words("[503] request queue is full") },
            ),
        ] {
            assert_eq!(ErrorObject::within(&body), Some(expected), "{body}");
        }
    }

    #[test]
    fn answers_are_no_errors() {
        for body in [
            json!({"choices": [], "usage": null}),
            json!({"error": null, "choices": [{"delta": {"content": "x"}}]}),
            json!({"event": {"event_type": "progress"}}),
            json!({"choices": [], "code": "x", "message": "y"}),
            json!({"error": "", "choices": []}),
            json!({"error": {}, "code": null}),
            json!({}),
        ] {
            assert_eq!(ErrorObject::within(&body), None, "{body}");
        }
    }
}
