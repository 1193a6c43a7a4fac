//! Answers that are none, and yet come with a good status.

use tokio::sync::mpsc;

use super::*;

/// A fault that comes before any word: the other provider answers and the reader notices nothing. Says the first outcome.
async fn is_hidden(fault: Fault) -> Outcome {
    let rig = Rig::failing("llama", fault.clone()).await;
    let heard = rig.hear(say(&words(20))).await;
    heard.is_whole(&words(20));
    assert_eq!((heard.answer().provider.as_str(), heard.answer().seam.clone()), ("qwen", None), "{fault:?}");
    let failed: Vec<_> = heard.attempts().iter().filter(|attempt| attempt.outcome != Outcome::Ok).collect();
    assert!(failed.iter().all(|attempt| attempt.provider == "llama" && attempt.outcome == failed[0].outcome));
    assert_eq!(rig.received("llama").len(), failed.len(), "{fault:?}");
    failed[0].outcome
}

#[tokio::test]
async fn an_answer_without_words_is_none_and_the_other_provider_answers() {
    for (fault, outcome) in [
        (Fault::Empty, Outcome::Empty),
        (Fault::DoneOnly, Outcome::Empty),
        (Fault::EmptyChoices, Outcome::Empty),
        (Fault::Finish { reason: "stop".to_owned(), tokens: Some(0) }, Outcome::Empty),
        (Fault::RoleOnly, Outcome::Truncated),
    ] {
        assert_eq!(is_hidden(fault.clone()).await, outcome, "{fault:?}");
    }
}

#[tokio::test]
async fn with_nobody_else_to_ask_an_answer_without_words_is_an_error_with_a_hint_at_its_cause() {
    let rig = Build::default().without("qwen").rig().await;
    rig.fault("llama", Fault::Empty);
    let heard = rig.hear(say("Fine.")).await;
    assert_eq!(heard.error().kind, Outcome::Empty);
    assert!(heard.error().message.contains("conversation too long"), "{}", heard.error().message);
}

#[tokio::test]
async fn a_web_page_is_no_answer_and_is_not_shown() {
    assert_eq!(is_hidden(Fault::Html).await, Outcome::Foreign);
    let rig = Build::default().without("qwen").rig().await;
    rig.fault("llama", Fault::Html);
    let heard = rig.hear(say("Fine.")).await;
    assert_eq!(heard.error().kind, Outcome::Foreign);
    assert!(heard.error().message.contains("web page"), "{}", heard.error().message);
}

#[tokio::test]
async fn an_error_in_a_stream_with_a_good_status_is_what_it_says_in_every_form() {
    use BodyKind::*;
    for (status, outcome) in [(500, Outcome::ServerError), (429, Outcome::RateLimited), (401, Outcome::Auth)] {
        for body in [Json, Native, Problem, Object] {
            let frame = Fault::ErrorFrame { tokens: 0, status, code: None, message: None, body };
            assert_eq!(is_hidden(frame).await, outcome, "{status} {body:?}");
        }
    }
    let words = Fault::ErrorFrame { tokens: 0, status: 500, code: None, message: None, body: Text };
    assert_eq!(is_hidden(words).await, Outcome::ServerError);
}

#[tokio::test]
async fn an_error_as_the_whole_body_under_a_good_status_is_what_it_says_in_every_form() {
    use BodyKind::*;
    for (code, outcome) in [
        ("internal_error", Outcome::ServerError),
        ("Throttling", Outcome::RateLimited),
        ("Arrearage", Outcome::Billing),
    ] {
        for body in [Json, Native, Object] {
            assert_eq!(is_hidden(refusal(200, code, body)).await, outcome, "{code} {body:?}");
        }
    }
    assert_eq!(is_hidden(refusal(200, "x", Text)).await, Outcome::ServerError);
}

#[tokio::test]
async fn a_compression_that_is_none_is_a_broken_answer() {
    assert_eq!(is_hidden(Fault::Gzip).await, Outcome::Malformed);
}

#[tokio::test]
async fn what_breaks_before_the_first_word_is_never_seen() {
    for (fault, outcome) in [
        (Fault::Cut { tokens: 0 }, Outcome::Truncated),
        (Fault::Short { tokens: 0 }, Outcome::Truncated),
        (Fault::Truncate { tokens: 0 }, Outcome::Truncated),
        (Fault::Malformed { tokens: 0 }, Outcome::Malformed),
        (Fault::Flood, Outcome::Malformed),
        (Fault::Finish { reason: "error_finish".to_owned(), tokens: Some(0) }, Outcome::ServerError),
    ] {
        assert_eq!(is_hidden(fault.clone()).await, outcome, "{fault:?}");
    }
}

/// What comes of a provider that answers every request with these bytes: the other one answers, and this was the outcome.
async fn is_none(bytes: Vec<u8>) -> Outcome {
    let provider = Raw::answering(bytes).await;
    let rig = Build::default().at("llama", provider.base_url()).rig().await;
    let heard = rig.hear(say("From qwen.")).await;
    heard.is_whole("From qwen.");
    let outcome = heard.attempts()[0].outcome;
    let before = heard.attempts().len() - 1;
    assert_eq!(provider.requests(), before, "{:?} {:?}", heard.trail(), heard.answer().why);
    outcome
}

#[tokio::test]
async fn bodies_that_are_no_answer_are_none() {
    let thought = r#"{"choices":[{"index":0,"delta":{"reasoning_content":"Hm."}}]}"#;
    let error_after_text =
        r#"{"choices":[{"index":0,"message":{"content":"Half an"}}],"error":{"message":"engine died","code":500}}"#;
    let tool =
        r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"name":"f","arguments":"{}"}}]}}]}"#;
    let json = "Content-Type: application/json\r\n";
    let events = "Content-Type: text/event-stream\r\n";
    for (name, bytes, outcome) in [
        ("nothing at all", raw::response("200 OK", events, ""), Outcome::Truncated),
        ("no content", b"HTTP/1.1 204 No Content\r\n\r\n".to_vec(), Outcome::Truncated),
        ("blank lines", raw::response("200 OK", json, "\n\n\n"), Outcome::Truncated),
        ("half a JSON value", raw::response("200 OK", json, r#"{"choices":[{"mess"#), Outcome::Truncated),
        ("no JSON", raw::response("200 OK", json, "{nonsense}"), Outcome::Malformed),
        ("a list", raw::response("200 OK", json, "[1, 2, 3]"), Outcome::Malformed),
        ("an object of another kind", raw::response("200 OK", json, r#"{"ok":true}"#), Outcome::Malformed),
        ("plain words", raw::response("200 OK", "Content-Type: text/plain\r\n", "It works!"), Outcome::Foreign),
        ("text and an error beside it", raw::response("200 OK", json, error_after_text), Outcome::ServerError),
        ("thoughts and then the end", raw::stream(&format!("data: {thought}\n\n{}", raw::END)), Outcome::Empty),
        (
            "blanks and then the end",
            raw::stream(&format!("{}{}{}", raw::event("\n"), raw::event("  \n"), raw::END)),
            Outcome::Empty,
        ),
        (
            "a call of a tool that nobody offered",
            raw::stream(&format!("data: {tool}\n\n{}", raw::END.replace("stop", "tool_calls"))),
            Outcome::Empty,
        ),
        (
            "a head too large to read",
            raw::response("200 OK", &format!("X: {}\r\n", "x".repeat(1 << 20)), ""),
            Outcome::Reset,
        ),
        ("thoughts and no end", raw::stream(&format!("data: {thought}\n\n")), Outcome::Truncated),
        ("no HTTP", b"SSH-2.0-OpenSSH_9.9\r\n".to_vec(), Outcome::Foreign),
        (
            "garbage as gzip",
            raw::response("200 OK", "Content-Encoding: gzip\r\nContent-Type: application/json\r\n", "\x1f\u{8b}xyz"),
            Outcome::Malformed,
        ),
        (
            "a chunk without its length",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\ndata\r\n".to_vec(),
            Outcome::Malformed,
        ),
    ] {
        assert_eq!(is_none(bytes).await, outcome, "{name}");
    }
}

/// A provider that serves the first request of each connection and then drops the connection, as proxies do: at once, or only
/// when the next request comes.
async fn dropping(reset: bool, dropped: Option<mpsc::UnboundedSender<()>>) -> Raw {
    let fine = format!("{}{}", raw::event("Fine."), raw::END);
    let fine = raw::response("200 OK", "Content-Type: text/event-stream\r\nConnection: keep-alive\r\n", &fine);
    Raw::serving(move |mut connection| {
        let (fine, dropped) = (fine.clone(), dropped.clone());
        async move {
            connection.request().await?;
            connection.write(&fine).await?;
            if dropped.is_none() {
                connection.request().await?;
            }
            if reset {
                connection.reset();
            } else {
                drop(connection);
            }
            dropped?.send(()).ok()
        }
    })
    .await
}

#[tokio::test]
async fn a_connection_that_died_while_nobody_used_it_is_not_noticed() {
    // Not so for a reset: its news may come before the last words, which are lost with it.
    let (sender, mut dropped) = mpsc::unbounded_channel();
    let provider = dropping(false, Some(sender)).await;
    let rig = Build::default().at("llama", provider.base_url()).rig().await;
    for _ in 0..10 {
        let heard = rig.hear(say("From qwen.")).await;
        heard.is_whole("Fine.");
        assert_eq!(heard.trail(), ["llama ok yes"]);
        dropped.recv().await;
    }
    assert_eq!(provider.requests(), 10);
}

#[tokio::test]
async fn a_connection_that_dies_under_a_request_is_replaced_by_another_one() {
    for reset in [false, true] {
        let provider = dropping(reset, None).await;
        let rig = Build::default().at("llama", provider.base_url()).rig().await;
        rig.hear(say("From qwen.")).await.is_whole("Fine.");
        let heard = rig.hear(say("From qwen.")).await;
        heard.is_whole("Fine.");
        assert_eq!(heard.attempts().last().map(|last| last.provider.as_str()), Some("llama"), "{:?}", heard.trail());
        rig.thinks_well_of("llama");
    }
}

#[tokio::test]
async fn a_provider_that_closes_its_side_before_it_has_answered_is_a_broken_connection() {
    let provider = Raw::serving(|mut connection| async move {
        connection.request().await?;
        connection.shut_down().await?;
        connection.gone().await
    })
    .await;
    let rig = Build::default().at("llama", provider.base_url()).rig().await;
    let heard = rig.hear(say("From qwen.")).await;
    heard.is_whole("From qwen.");
    assert_eq!(heard.attempts()[0].outcome, Outcome::Reset);
    assert_eq!(heard.trail().last().map(String::as_str), Some("qwen ok yes"));
}

#[tokio::test]
async fn the_end_of_an_answer_is_taken_for_it_though_the_connection_stays_open() {
    let provider = Raw::serving(|mut connection| async move {
        connection.request().await?;
        connection.write(&raw::stream(&format!("{}{}", raw::event("Fine."), raw::END))).await?;
        connection.gone().await
    })
    .await;
    let rig = Build::default().at("llama", provider.base_url()).rig().await;
    let heard = rig.hear(say("From qwen.")).await;
    heard.is_whole("Fine.");
    assert_eq!(heard.trail(), ["llama ok yes"]);
}
