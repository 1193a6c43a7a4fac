//! Going on with an answer that another provider began.

use serde_json::{Value, json};

use super::exchange::{exchange, exchange_with_qwen};
use super::*;

/// A call to go on with these words.
fn onward(beginning: &str) -> Value {
    json!({
        "model": "m", "stream": true, "stream_options": {"include_usage": true},
        "messages": [
            {"role": "user", "content": "{\"say\":\"one two three\"}"},
            {"role": "assistant", "content": beginning, "partial": true},
        ],
    })
}

async fn events(step: &str, beginning: &str) -> Vec<String> {
    let simulator = start(step).await;
    let events = exchange(&simulator, &onward(beginning), None).await.events();
    assert!(simulator.calls("llama")[0].continues);
    events
}

#[tokio::test]
async fn an_answer_goes_on_after_the_words_already_said() {
    assert_eq!(events("", "one t").await, ["role", "wo ", "three", "finish stop", "usage 5+2", "done"]);
}

#[tokio::test]
async fn an_answer_said_in_full_has_nothing_more_to_say() {
    assert_eq!(events("", "one two three").await, ["role", "finish stop", "usage 6+0", "done"]);
}

#[tokio::test]
async fn other_words_are_gone_on_with_too() {
    let said = events("", "something else").await;
    assert_eq!(said[1..4], [" ", "and ", "that "]);
}

#[tokio::test]
async fn one_provider_goes_on_where_the_other_was_cut_off() {
    let simulator = start("[[step]]\nprovider='llama'\nfault='cut'\ntokens=4\n").await;
    let question = json!({"role": "user", "content": "How do I describe my work experience?"});
    let call = json!({"model": "m", "messages": [question], "stream": true});
    let begun: String = exchange(&simulator, &call, None).await.events().split_off(1).concat();
    let begun_message = json!({"role": "assistant", "content": begun, "partial": true});
    let onward = json!({"model": "m", "messages": [question, begun_message]});
    let rest: Value = serde_json::from_str(&exchange_with_qwen(&simulator, &onward).await.body).unwrap();
    let whole = begun + rest["choices"][0]["message"]["content"].as_str().unwrap();
    assert_eq!(whole, answers::answer("How do I describe my work experience?"));
}

#[tokio::test]
async fn a_provider_may_refuse_to_go_on_say_words_twice_or_begin_anew() {
    let llama = |fault: &str| format!("[[step]]\nprovider='llama'\n{fault}");
    let refusal = &events(&llama("fault='no_prefill'"), "one ").await[0];
    assert!(refusal.contains("invalid_parameter_error") && refusal.contains("partial mode"), "{refusal}");
    let said = events(&llama("fault='overlap'\ntokens=1"), "one two ").await;
    assert_eq!(said[1..3], ["two ", "three"]);
    let said = events(&llama("fault='restart'"), "one two ").await;
    assert_eq!(said[1..4], ["one ", "two ", "three"]);
}
