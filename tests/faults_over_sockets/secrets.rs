//! Providers that say back what they must not.

use super::*;

const KEY: &str = "LLM|1|test-key";

/// A provider that sends these bytes while the other one is well; [`Rig::hear`] sees to it that no key is to be seen anywhere.
async fn heard_of(bytes: Vec<u8>) -> Heard {
    let provider = Raw::answering(bytes).await;
    let rig = Build::default().at("llama", provider.base_url()).rig().await;
    rig.hear(say("From qwen.")).await
}

#[tokio::test]
async fn a_key_that_a_provider_says_back_in_an_error_is_masked_wherever_it_stands() {
    let json = "Content-Type: application/json\r\n";
    let error = |message: &str| format!(r#"{{"error":{{"message":"{message}","code":"{message}"}}}}"#);
    let told = [KEY, "test-key", "LLM%7C1%7Ctest-key", "Bearer LLM|1|test-key", "LLM|1|test-\\u0000key"];
    for words in told {
        let heard = heard_of(raw::response("500 Internal Server Error", json, &error(words))).await;
        heard.is_whole("From qwen.");
        let heard = heard_of(raw::response("200 OK", json, &error(words))).await;
        heard.is_whole("From qwen.");
        let heard = heard_of(raw::stream(&format!("data: {}\n\n", error(words)))).await;
        heard.is_whole("From qwen.");
    }
    let header = format!("{json}x-request-id: {KEY}\r\nWWW-Authenticate: Bearer {KEY}\r\n");
    heard_of(raw::response(&format!("401 {KEY}"), &header, &error("no"))).await.is_whole("From qwen.");
    let page = format!("<!DOCTYPE html><html>{KEY}</html>");
    heard_of(raw::response("403 Forbidden", "Content-Type: text/html\r\n", &page)).await.is_whole("From qwen.");
}

#[tokio::test]
async fn a_key_that_a_provider_says_back_in_an_answer_is_masked_also_where_it_is_cut_in_pieces() {
    let whole = raw::event(&format!("Your key is {KEY}, keep it."));
    let pieces: String = ["Your key is LL", "M|1|te", "st-", "key, keep", " it."].map(raw::event).concat();
    let json = serde_json::json!({"choices": [{"message": {"content": format!("Your key is {KEY}, keep it.")},
        "finish_reason": "stop"}]});
    for bytes in [
        raw::stream(&format!("{whole}{}", raw::END)),
        raw::stream(&format!("{pieces}{}", raw::END)),
        raw::response("200 OK", "Content-Type: application/json\r\n", &json.to_string()),
    ] {
        let heard = heard_of(bytes).await;
        heard.is_whole("Your key is ***, keep it.");
    }
}

#[tokio::test]
async fn a_key_in_a_thought_is_masked_too() {
    let thought = serde_json::json!({"choices": [{"delta": {"reasoning_content": format!("They sent {KEY}.")}}]});
    let heard = heard_of(raw::stream(&format!("data: {thought}\n\n{}{}", raw::event("Fine."), raw::END))).await;
    heard.is_whole("Fine.");
    assert_eq!(heard.thoughts, "They sent ***.");
}
