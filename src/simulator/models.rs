//! The models the simulated providers list.

use serde_json::{Value, json};

/// Per provider, the models of VITA's task table. Chat calls may name any model at all.
const MODELS: [(&str, &[&str]); 2] = [
    ("llama", &["Llama-3.3-70B-Instruct", "Llama-3.3-8B-Instruct", "Llama-4-Maverick-17B-128E-Instruct-FP8"]),
    (
        "qwen",
        &[
            "qwen-plus",
            "qwen-turbo",
            "qwen-long",
            "Qwen/Qwen2.5-Coder-32B-Instruct",
            "Qwen/Qwen2.5-Math-72B-Instruct",
            "Qwen/Qwen2-Audio-7B-Instruct",
            "Qwen/Qwen2-VL-72B-Instruct",
        ],
    ),
];

/// The body of `GET /models`, with the models that are offered.
pub(super) fn list(provider: &str, is_offered: impl Fn(&str) -> bool) -> String {
    let known = MODELS.iter().find(|(name, _)| *name == provider);
    let ids = known.map_or(&["demo"][..], |(_, ids)| ids);
    let model = |id: &&str| json!({"id": id, "object": "model", "created": 0, "owned_by": provider});
    let data: Vec<Value> = ids.iter().filter(|id| is_offered(id)).map(model).collect();
    json!({"object": "list", "data": data}).to_string()
}
