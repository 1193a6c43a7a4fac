//! The file form of a fault plan.

use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use super::{BodyKind, Fault, Plan, PlanError, Step};
use crate::wire::text;

/// The faults a step can name, each with the fields it takes.
const FAULTS: [(&str, &[&str]); 12] = [
    ("status", &["status", "code", "message", "retry_after", "body"]),
    ("refuse", &[]),
    ("reset", &[]),
    ("silence", &[]),
    ("slow", &["ms"]),
    ("cut", &["tokens"]),
    ("truncate", &["tokens"]),
    ("stall", &["tokens"]),
    ("malformed", &["tokens"]),
    ("empty", &[]),
    ("html", &[]),
    ("error_frame", &["status", "code", "message"]),
];

const BODIES: [(&str, BodyKind); 5] = [
    ("json", BodyKind::Json),
    ("native", BodyKind::Native),
    ("problem", BodyKind::Problem),
    ("html", BodyKind::Html),
    ("empty", BodyKind::Empty),
];

/// Tokens a fault lets through when the plan doesn't say.
const TOKENS: u64 = 5;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    step: Vec<Spanned<Fields>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    provider: String,
    model: Option<String>,
    #[serde(default)]
    after: u64,
    count: Option<u64>,
    fault: String,
    status: Option<u16>,
    code: Option<String>,
    message: Option<String>,
    retry_after: Option<RetryAfter>,
    body: Option<String>,
    ms: Option<u64>,
    tokens: Option<u64>,
}

/// Seconds, or any text: providers send dates and nonsense too.
#[derive(Deserialize)]
#[serde(untagged)]
enum RetryAfter {
    Whole(i64),
    Decimal(f64),
    Text(String),
}

pub(super) fn parse(source: &str) -> Result<Plan, PlanError> {
    let file: File = toml::from_str(source).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        plan_error(source, start, error.message())
    })?;
    let steps = file.step.into_iter().map(|fields| {
        let start = fields.span().start;
        step(fields.into_inner()).map_err(|problem| plan_error(source, start, &problem))
    });
    Ok(Plan { steps: steps.collect::<Result<_, _>>()? })
}

fn plan_error(source: &str, start: usize, problem: &str) -> PlanError {
    let before = source.as_bytes().iter().take(start);
    PlanError { line: 1 + before.filter(|byte| **byte == b'\n').count(), problem: text::line(problem, 300) }
}

fn step(fields: Fields) -> Result<Step, String> {
    if !is_provider_name(&fields.provider) {
        return Err("`provider` must be 1 to 32 small letters, digits, `-` or `_`, such as llama".to_owned());
    }
    if fields.count == Some(0) {
        return Err("`count` must be at least 1; leave it out for every later call".to_owned());
    }
    refuse_strangers(&fields)?;
    Ok(Step {
        fault: fault(&fields)?,
        provider: fields.provider,
        model: fields.model,
        after: fields.after,
        count: fields.count,
    })
}

/// The providers' names that fit into a path and a plan.
pub(in crate::simulator) fn is_provider_name(name: &str) -> bool {
    let letters = name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'));
    letters && (1..=32).contains(&name.len())
}

/// A field that the fault doesn't take would be accepted without effect.
fn refuse_strangers(fields: &Fields) -> Result<(), String> {
    let Some((name, takes)) = FAULTS.iter().find(|(name, _)| *name == fields.fault) else {
        let names = FAULTS.map(|(name, _)| name).join(", ");
        return Err(format!("`fault` is \"{}\", it must be one of {names}", fields.fault));
    };
    let given = [
        ("status", fields.status.is_some()),
        ("code", fields.code.is_some()),
        ("message", fields.message.is_some()),
        ("retry_after", fields.retry_after.is_some()),
        ("body", fields.body.is_some()),
        ("ms", fields.ms.is_some()),
        ("tokens", fields.tokens.is_some()),
    ];
    match given.iter().find(|(field, given)| *given && !takes.contains(field)) {
        Some((field, _)) => Err(format!("`{field}` has no meaning for the fault {name}")),
        None => Ok(()),
    }
}

fn fault(fields: &Fields) -> Result<Fault, String> {
    let tokens = fields.tokens.unwrap_or(TOKENS);
    Ok(match fields.fault.as_str() {
        "refuse" => Fault::Refuse,
        "reset" => Fault::Reset,
        "silence" => Fault::Silence,
        "slow" => Fault::Slow {
            first_token: Duration::from_millis(fields.ms.ok_or("`slow` needs `ms`, the wait in milliseconds")?),
        },
        "cut" => Fault::Cut { tokens },
        "truncate" => Fault::Truncate { tokens },
        "stall" => Fault::Stall { tokens },
        "malformed" => Fault::Malformed { tokens },
        "empty" => Fault::Empty,
        "html" => Fault::Html,
        "error_frame" => Fault::ErrorFrame {
            status: status(fields.status.unwrap_or(500))?,
            code: fields.code.clone().unwrap_or_else(|| "InternalError".to_owned()),
            message: fields.message.clone().unwrap_or_else(|| "Simulated error inside a stream.".to_owned()),
        },
        _ => Fault::Status {
            status: status(fields.status.ok_or("`status` needs `status`, such as 503")?)?,
            code: fields.code.clone(),
            message: fields.message.clone(),
            retry_after: fields.retry_after.as_ref().map(header).transpose()?,
            body: body(fields.body.as_deref())?,
        },
    })
}

fn status(status: u16) -> Result<u16, String> {
    if (200..=599).contains(&status) {
        Ok(status)
    } else {
        Err(format!("`status` is {status}, it must be from 200 to 599"))
    }
}

fn header(value: &RetryAfter) -> Result<String, String> {
    let text = match value {
        RetryAfter::Whole(seconds) => seconds.to_string(),
        RetryAfter::Decimal(seconds) => seconds.to_string(),
        RetryAfter::Text(text) => text.clone(),
    };
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        Ok(text)
    } else {
        Err("`retry_after` must be printable ASCII".to_owned())
    }
}

fn body(name: Option<&str>) -> Result<BodyKind, String> {
    let Some(name) = name else {
        return Ok(BodyKind::default());
    };
    let known = BODIES.iter().find(|(known, _)| *known == name);
    known.map(|(_, kind)| *kind).ok_or_else(|| {
        let names = BODIES.map(|(name, _)| name).join(", ");
        format!("`body` is \"{name}\", it must be one of {names}")
    })
}
