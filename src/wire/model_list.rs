//! The answer to `GET /models`.

use serde_json::Value;

use super::classify::{Dialect, ErrorReply, classify, classify_error};
use super::error_object::ErrorObject;
use super::{Failure, Mask, Outcome};

/// Longest id kept, in characters.
const LONGEST_ID: usize = 200;

/// The ids in a list of models: `{"data":[{"id"}]}`, or the bare array of some services.
pub fn read_models(content_type: Option<&str>, body: &[u8], mask: &Mask) -> Result<Vec<String>, Failure> {
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        let reply = ErrorReply { status: 200, content_type, body, ..ErrorReply::default() };
        let outcome = match classify(&reply, mask).outcome {
            Outcome::Foreign => Outcome::Foreign,
            _ => Outcome::Malformed,
        };
        return Err(Failure::new(outcome, "the list of models is not the JSON it should be"));
    };
    if let Some(error) = ErrorObject::within(&value) {
        return Err(classify_error(&error, None, Dialect::default(), mask));
    }
    let list = value["data"].as_array().or_else(|| value.as_array());
    let list = list.ok_or_else(|| Failure::new(Outcome::Malformed, "a list of models without its \"data\""))?;
    let ids = list.iter().filter_map(|model| model["id"].as_str());
    // An id is shown and compared, and may be hostile.
    Ok(ids.map(|id| mask.line(id, LONGEST_ID)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<Vec<String>, Outcome> {
        let ids = read_models(None, body.as_bytes(), &Mask::default());
        ids.map_err(|failure| failure.outcome)
    }

    #[test]
    fn ids_are_read_from_both_forms_of_a_list() {
        let ids = Ok(vec!["a".to_owned(), "b/c".to_owned()]);
        assert_eq!(read(r#"{"object":"list","data":[{"id":"a"},{"id":"b/c"},{"name":"x"}]}"#), ids);
        assert_eq!(read(r#"[{"id":"a"},{"id":"b/c"}]"#), ids);
    }

    #[test]
    fn an_id_is_fit_to_be_shown() {
        assert_eq!(read(r#"[{"id":"a\u001b[31m sk-test-key"}]"#), Ok(vec!["a sk-***".to_owned()]));
    }

    #[test]
    fn what_is_no_list_says_why() {
        assert_eq!(read("<html>Sign in</html>"), Err(Outcome::Foreign));
        assert_eq!(read(r#"{"error":{"code":"invalid_api_key"}}"#), Err(Outcome::Auth));
        assert_eq!(read("{}"), Err(Outcome::Malformed));
        assert_eq!(read("{\"data\":["), Err(Outcome::Malformed));
    }
}
