//! The file form of a fault plan.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;
use toml::de::DeTable;

use super::table::TARGETS;
use super::{Fault, Flap, Plan, PlanError, Quota, Step, Target};
use crate::config;
use crate::wire::text;

mod fields;

use fields::{fault, one_of};

/// Headers that the connection itself needs.
const FRAMING_HEADERS: [&str; 3] = ["connection", "content-length", "transfer-encoding"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    step: Vec<Spanned<Fields>>,
}

/// Everything a step can say.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    provider: String,
    fault: String,
    on: Option<String>,
    model: Option<String>,
    #[serde(default)]
    after: u64,
    count: Option<u64>,
    longer_than: Option<u64>,
    percent: Option<f64>,
    up_ms: Option<u64>,
    down_ms: Option<u64>,
    limit: Option<u64>,
    per_ms: Option<u64>,
    #[serde(default)]
    headers: BTreeMap<String, Scalar>,
    status: Option<u16>,
    code: Option<String>,
    message: Option<String>,
    retry_after: Option<Scalar>,
    retry_after_date: Option<u64>,
    body: Option<String>,
    ms: Option<u64>,
    tokens: Option<u64>,
    reason: Option<String>,
    form: Option<String>,
}

/// A header's value: providers send numbers, dates and nonsense.
#[derive(Deserialize)]
#[serde(untagged)]
enum Scalar {
    Whole(i64),
    Decimal(f64),
    Truth(bool),
    Text(String),
}

/// Reads a plan; `providers` are those there are, when that is known.
pub(super) fn parse(source: &str, providers: Option<&[&str]>) -> Result<Plan, PlanError> {
    let file: File = toml::from_str(source).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        plan_error(source, start, &config::plain_words(error.message()))
    })?;
    let steps = file.step.into_iter().enumerate().map(|(index, fields)| {
        let start = fields.span().start;
        step(fields.into_inner(), providers).map_err(|problem| {
            let start = place(source, index, &problem).unwrap_or(start);
            plan_error(source, start, &problem)
        })
    });
    Ok(Plan { steps: steps.collect::<Result<_, _>>()? })
}

/// Where the field stands that a problem of a step is about: the first one it names, or else the fault.
fn place(source: &str, index: usize, problem: &str) -> Option<usize> {
    let document = DeTable::parse(source).ok()?;
    let fields = document.get_ref().get("step")?.get_ref().get(index)?.get_ref().as_table()?;
    let start = |name: &str| fields.keys().find(|key| key.get_ref().as_ref() == name).map(|key| key.span().start);
    problem.split('`').skip(1).step_by(2).find_map(start).or_else(|| start("fault"))
}

fn plan_error(source: &str, start: usize, problem: &str) -> PlanError {
    let before = source.as_bytes().iter().take(start);
    PlanError { line: 1 + before.filter(|byte| **byte == b'\n').count(), problem: text::line(problem, 600) }
}

fn step(fields: Fields, providers: Option<&[&str]>) -> Result<Step, String> {
    if !is_provider_name(&fields.provider) {
        return Err("`provider` must be 1 to 32 small letters, digits, `-` or `_`, such as llama".to_owned());
    }
    if let Some(known) = providers.filter(|known| !known.contains(&fields.provider.as_str())) {
        let known = known.join(", ");
        return Err(format!("`provider` is \"{}\", which is none of those in the settings: {known}", fields.provider));
    }
    if fields.count == Some(0) {
        return Err("`count` must be at least 1; leave it out for every later call".to_owned());
    }
    let fault = fault(&fields)?;
    let on = fields.on.as_deref().map(|name| one_of("on", name, &TARGETS)).transpose()?.unwrap_or_default();
    refuse_idle_conditions(&fields, &fault, on)?;
    Ok(Step {
        percent: fields.percent.map(percent).transpose()?,
        flap: pair("up_ms", fields.up_ms, "down_ms", fields.down_ms)?
            .map(|(up, down)| Flap { up: Duration::from_millis(up), down: Duration::from_millis(down) }),
        quota: pair("limit", fields.limit, "per_ms", fields.per_ms)?
            .map(|(limit, per)| Quota { limit, per: Duration::from_millis(per) }),
        headers: fields.headers.iter().map(header).collect::<Result<_, _>>()?,
        provider: fields.provider,
        fault,
        on,
        model: fields.model,
        after: fields.after,
        count: fields.count,
        longer_than: fields.longer_than,
        retry_after_date: fields.retry_after_date,
    })
}

/// The providers' names that fit into a path and a plan.
fn is_provider_name(name: &str) -> bool {
    let letters = name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'));
    letters && (1..=32).contains(&name.len())
}

/// A condition that can't make a difference would be accepted without effect.
fn refuse_idle_conditions(fields: &Fields, fault: &Fault, on: Target) -> Result<(), String> {
    let name = &fields.fault;
    if *fault == Fault::Retired && fields.model.is_none() {
        return Err("`retired` needs `model`, the model that is gone".to_owned());
    }
    if !fault.has_response() && !fields.headers.is_empty() {
        return Err(format!("`headers` has no meaning for the fault {name}: nothing is sent"));
    }
    if fault.is_of_continuing() && on == Target::Probes {
        return Err(format!("the fault {name} strikes calls that go on with an answer: health checks never do"));
    }
    if on != Target::Models {
        return Ok(());
    }
    if !fault.strikes_lists() {
        return Err(format!("the fault {name} is of chat calls and can't strike the list of models"));
    }
    if fields.longer_than.is_some() {
        return Err("`longer_than` has no meaning for a list of models".to_owned());
    }
    if *fault == Fault::Retired {
        let more = [fields.percent.is_some(), fields.limit.is_some(), !fields.headers.is_empty()];
        return match more.contains(&true) {
            true => Err("`percent`, `limit` and `headers` have no meaning for a model absent from the list".to_owned()),
            false => Ok(()),
        };
    }
    match fields.model {
        Some(_) => Err("`model` has no meaning for a list of models, but for the fault retired".to_owned()),
        None => Ok(()),
    }
}

fn percent(percent: f64) -> Result<f64, String> {
    if percent > 0.0 && percent <= 100.0 {
        Ok(percent)
    } else {
        Err(format!("`percent` is {percent}, it must be above 0 and at most 100"))
    }
}

/// Two fields that only together make sense.
fn pair(first: &str, one: Option<u64>, second: &str, other: Option<u64>) -> Result<Option<(u64, u64)>, String> {
    match (one, other) {
        (None, None) => Ok(None),
        (Some(one), Some(other)) if one > 0 && other > 0 => Ok(Some((one, other))),
        (Some(_), Some(_)) => Err(format!("`{first}` and `{second}` must be at least 1")),
        (Some(_), None) => Err(format!("`{first}` needs `{second}`")),
        (None, Some(_)) => Err(format!("`{second}` needs `{first}`")),
    }
}

fn header((name, value): (&String, &Scalar)) -> Result<(String, String), String> {
    let lower = name.to_ascii_lowercase();
    let letters = lower.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if lower.is_empty() || !letters || FRAMING_HEADERS.contains(&lower.as_str()) {
        return Err(format!(
            "`headers` can't set {name}; names have letters, digits, `-` and `_`, and are not of framing"
        ));
    }
    Ok((lower, value.header("headers")?))
}

impl Scalar {
    /// The value as a header carries it.
    fn header(&self, field: &str) -> Result<String, String> {
        let text = match self {
            Self::Whole(number) => number.to_string(),
            Self::Decimal(number) => number.to_string(),
            Self::Truth(truth) => truth.to_string(),
            Self::Text(text) => text.clone(),
        };
        if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            Ok(text)
        } else {
            Err(format!("`{field}` must be printable ASCII"))
        }
    }
}
