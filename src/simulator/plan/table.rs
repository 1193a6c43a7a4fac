//! Every fault a plan can name: one table for reading plans, for the command's help and for the README.

use super::{BodyKind, Form, Target};

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
pub const FAULTS: [FaultEntry; 35] = [
    entry(
        "status",
        &["status", "code", "message", "body", "retry_after", "retry_after_date"],
        "an error of this `status`, `code` and `message` in this form of `body`, with a Retry-After: `retry_after` as it stands, or \
         `retry_after_date` seconds ahead as an HTTP date (of a provider whose clock is slow); 3xx redirects",
    ),
    entry("refuse", &[], "closes the connection without an answer"),
    entry("reset", &[], "resets the connection"),
    entry("silence", &[], "never answers"),
    entry("html", &[], "200 with a login page"),
    entry("retired", &[], "the step's `model` (needed) is gone: 404, and absent from the list"),
    entry("no_prefill", &[], "refuses to go on with an answer that was begun"),
    entry("slow", &["ms"], "the first token after `ms`"),
    entry("reasoning", &["ms"], "only reasoning for `ms`, then the answer"),
    entry("drip", &["ms"], "a token every `ms`"),
    entry("keep_alive", &["ms", "tokens"], "a comment every `ms` for ever, after `tokens` (0)"),
    entry("empty", &[], "the role, then [DONE]"),
    entry("role_only", &[], "the role, then the end"),
    entry("done_only", &[], "[DONE] and nothing else"),
    entry("empty_choices", &[], "an answer whose choices are empty"),
    entry("cut", TOKENS, "breaks the connection after `tokens`"),
    entry("abort", TOKENS, "resets the connection after `tokens`"),
    entry("short", TOKENS, "ends after `tokens` though Content-Length promised more"),
    entry("truncate", TOKENS, "ends after `tokens`, without finish reason and [DONE]"),
    entry("stall", TOKENS, "sends nothing more after `tokens`"),
    entry("malformed", TOKENS, "a chunk that is not JSON after `tokens`"),
    entry(
        "error_frame",
        &["tokens", "status", "code", "message", "body"],
        "an error inside a good stream, after `tokens` (0): `status` (500), `code`, `message`, `body` (native)",
    ),
    entry("finish", &["reason", "tokens"], "ends with the finish reason `reason` after `tokens` (all)"),
    entry("repeat", TOKENS, "says its first `tokens` again and again, for ever"),
    entry("flood", &[], "one chunk that never ends"),
    entry("no_done", &[], "whole, but without [DONE]"),
    entry("linger", &[], "whole, but without [DONE], and the connection stays open"),
    entry("no_finish", &[], "whole, but without finish reason"),
    entry("no_usage", &[], "whole, but without token counts"),
    entry("usage_each", &[], "whole, with the token counts so far in every chunk"),
    entry("plain_json", &[], "JSON where a stream was asked for"),
    entry("framing", &["form"], "whole, in an unusual `form`"),
    entry("gzip", &[], "says that the body is compressed, which it is not"),
    entry("overlap", TOKENS, "going on with an answer, says its last `tokens` once more"),
    entry("restart", &[], "asked to go on with an answer, begins anew"),
];

/// What a step can strike (`on`).
pub const TARGETS: [(&str, Target); 5] = [
    ("any", Target::Any),
    ("chat", Target::Chat),
    ("turns", Target::Turns),
    ("probes", Target::Probes),
    ("models", Target::Models),
];

/// The forms of an error (`body`).
pub const BODIES: [(&str, BodyKind); 8] = [
    ("json", BodyKind::Json),
    ("native", BodyKind::Native),
    ("problem", BodyKind::Problem),
    ("text", BodyKind::Text),
    ("object", BodyKind::Object),
    ("plain", BodyKind::Plain),
    ("html", BodyKind::Html),
    ("empty", BodyKind::Empty),
];

/// The unusual forms of an answer (`form`).
pub const FORMS: [(&str, Form); 12] = [
    ("crlf", Form::CrLf),
    ("cr", Form::Cr),
    ("bom", Form::Bom),
    ("no_space", Form::NoSpace),
    ("comments", Form::Comments),
    ("fields", Form::Fields),
    ("lines", Form::Lines),
    ("pieces", Form::Pieces),
    ("burst", Form::Burst),
    ("no_end", Form::NoEnd),
    ("nulls", Form::Nulls),
    ("llama", Form::Llama),
];

/// Tokens that come first, or are repeated, where a step doesn't say.
pub(super) const TOKENS_FIRST: u64 = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_a_fault_names_every_field_it_takes() {
        for entry in FAULTS {
            for field in entry.fields {
                assert!(entry.says.contains(&format!("`{field}`")), "{} takes {field}", entry.name);
            }
        }
    }
}
