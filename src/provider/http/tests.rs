use super::*;
use crate::wire::{Message, Role};

fn refused(settings: HttpSettings) -> ProviderError {
    HttpProvider::new(settings).unwrap_err()
}

#[test]
fn settings_that_cannot_work_or_would_leak_the_key_are_refused() {
    let with = |base_url: &str| refused(HttpSettings::new(base_url));
    assert!(matches!(with("not a url"), ProviderError::NotAUrl(_)));
    assert!(matches!(with("https://"), ProviderError::NotAUrl(_)));
    assert_eq!(with("ftp://host.example/v1"), ProviderError::Scheme("ftp".to_owned()));
    assert_eq!(with("https://me:secret@host.example/v1"), ProviderError::Credentials);
    assert_eq!(with("http://host.example:81/v1"), ProviderError::PlainHttp("host.example:81".to_owned()));
    let key = Some("two\nlines".into());
    assert_eq!(refused(HttpSettings { key, ..HttpSettings::new("http://127.0.0.1/v1") }), ProviderError::Key);
}

#[test]
fn plain_http_is_for_loopback_or_on_request() {
    for base_url in ["http://127.0.0.1:1/v1", "http://localhost/v1", "http://[::1]:8/v1"] {
        assert!(HttpProvider::new(HttpSettings::new(base_url)).is_ok(), "{base_url}");
    }
    let settings = HttpSettings { allow_plain_http: true, ..HttpSettings::new("http://host.example/v1") };
    assert!(HttpProvider::new(settings).is_ok());
}

#[test]
fn a_provider_never_prints_its_key() {
    let settings = HttpSettings { key: Some("LLM|1|test-key".into()), ..HttpSettings::new("http://127.0.0.1/v1") };
    let printed = format!("{settings:?} {:?}", HttpProvider::new(settings.clone()).unwrap());
    assert!(!printed.contains("test-key"), "{printed}");
}

#[test]
fn a_chat_call_carries_the_request_the_usage_wish_and_the_extra_fields() {
    let mut extra = Map::new();
    extra.insert("enable_thinking".to_owned(), false.into());
    let body = ChatBody {
        request: &ChatRequest {
            model: "m".to_owned(),
            messages: vec![Message::text(Role::User, "Hi")],
            max_tokens: Some(1),
            temperature: Some(0.3),
            stream: true,
        },
        stream_options: Some(StreamOptions { include_usage: true }),
        extra: &extra,
    };
    assert_eq!(
        serde_json::to_string(&body).unwrap(),
        concat!(
            r#"{"model":"m","messages":[{"role":"user","content":"Hi"}],"max_tokens":1,"temperature":0.3,"stream":true,"#,
            r#""stream_options":{"include_usage":true},"enable_thinking":false}"#
        )
    );
}

#[test]
fn an_extra_field_never_doubles_one_of_our_own() {
    let mut settings = HttpSettings::new("http://127.0.0.1/v1");
    settings.extra_body.insert("stream".to_owned(), true.into());
    assert_eq!(refused(settings), ProviderError::ExtraField("stream".to_owned()));
}
