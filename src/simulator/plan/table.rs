//! Every fault a plan can name: one table for reading plans, for the command's help and for the README.

/// A fault as plans name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultEntry {
    /// The value of `fault`.
    pub name: &'static str,
    /// The fields it takes beside those that every step takes.
    pub fields: &'static [&'static str],
    /// What the provider does.
    pub says: &'static str,
}

const fn entry(name: &'static str, fields: &'static [&'static str], says: &'static str) -> FaultEntry {
    FaultEntry { name, fields, says }
}

const TOKENS: &[&str] = &["tokens"];

/// Every fault.
pub const FAULTS: [FaultEntry; 33] = [
    entry(
        "status",
        &["status", "code", "message", "retry_after", "retry_after_date", "body"],
        "an error, or a redirect, instead of an answer",
    ),
    entry("refuse", &[], "closes the connection without an answer"),
    entry("reset", &[], "resets the connection"),
    entry("silence", &[], "never answers"),
    entry("html", &[], "200 with a login page"),
    entry("retired", &[], "the `model` is gone: 404, and absent from the list"),
    entry("no_prefill", &[], "refuses to go on with a partial answer"),
    entry("slow", &["ms"], "the first token after `ms`"),
    entry("reasoning", &["ms"], "thinks aloud for `ms`, then answers"),
    entry("drip", &["ms"], "a token every `ms`"),
    entry("keep_alive", &["ms", "tokens"], "a comment every `ms`, and no more text"),
    entry("empty", &[], "the role, then [DONE]"),
    entry("role_only", &[], "the role, then the end"),
    entry("done_only", &[], "[DONE] and nothing else"),
    entry("empty_choices", &[], "an answer whose choices are empty"),
    entry("cut", TOKENS, "breaks the connection after `tokens`"),
    entry("abort", TOKENS, "resets the connection after `tokens`"),
    entry("short", TOKENS, "ends after `tokens` though Content-Length promised more"),
    entry("truncate", TOKENS, "ends after `tokens` without finish reason and [DONE]"),
    entry("stall", TOKENS, "sends nothing more after `tokens`"),
    entry("malformed", TOKENS, "a chunk that is not JSON after `tokens`"),
    entry("error_frame", &["tokens", "status", "code", "message", "body"], "an error inside a good stream"),
    entry("finish", &["reason", "tokens"], "ends with this finish reason"),
    entry("repeat", TOKENS, "says its first `tokens` again for ever"),
    entry("no_done", &[], "a whole answer without [DONE]"),
    entry("no_finish", &[], "a whole answer without finish reason"),
    entry("no_usage", &[], "a whole answer without token counts"),
    entry("usage_each", &[], "token counts so far in every chunk"),
    entry("plain_json", &[], "JSON where a stream was asked for"),
    entry("framing", &["form"], "a whole answer in an unusual form"),
    entry("gzip", &[], "says that the body is compressed, which it is not"),
    entry("overlap", TOKENS, "going on, says the last `tokens` once more"),
    entry("restart", &[], "asked to go on, begins anew"),
];
