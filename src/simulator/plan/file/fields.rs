//! The fault that a step's fields name.

use std::time::Duration;

use super::super::table::{BODIES, FAULTS, FORMS, TOKENS_FIRST};
use super::super::{BodyKind, Fault};
use super::Fields;

pub(super) fn fault(fields: &Fields) -> Result<Fault, String> {
    refuse_strangers(fields)?;
    let tokens = fields.tokens.unwrap_or(TOKENS_FIRST);
    Ok(match fields.fault.as_str() {
        "refuse" => Fault::Refuse,
        "reset" => Fault::Reset,
        "silence" => Fault::Silence,
        "html" => Fault::Html,
        "retired" => Fault::Retired,
        "no_prefill" => Fault::NoPrefill,
        "slow" => Fault::Slow { first_token: Duration::from_millis(ms(fields)?) },
        "reasoning" => Fault::Reasoning { lasts: at_least_one(fields)? },
        "drip" => Fault::Drip { every: at_least_one(fields)? },
        "keep_alive" => Fault::KeepAlive { every: at_least_one(fields)?, tokens: fields.tokens.unwrap_or(0) },
        "empty" => Fault::Empty,
        "role_only" => Fault::RoleOnly,
        "done_only" => Fault::DoneOnly,
        "empty_choices" => Fault::EmptyChoices,
        "cut" => Fault::Cut { tokens },
        "abort" => Fault::Abort { tokens },
        "short" => Fault::Short { tokens },
        "truncate" => Fault::Truncate { tokens },
        "stall" => Fault::Stall { tokens },
        "malformed" => Fault::Malformed { tokens },
        "error_frame" => error_frame(fields)?,
        "finish" => Fault::Finish {
            reason: fields.reason.clone().ok_or("`finish` needs `reason`, such as \"length\"")?,
            tokens: fields.tokens,
        },
        "repeat" if tokens == 0 => return Err("`tokens` must be at least 1 for the fault repeat".to_owned()),
        "repeat" => Fault::Repeat { tokens },
        "flood" => Fault::Flood,
        "no_done" => Fault::NoDone,
        "linger" => Fault::Linger,
        "no_finish" => Fault::NoFinish,
        "no_usage" => Fault::NoUsage,
        "usage_each" => Fault::UsageEach,
        "plain_json" => Fault::PlainJson,
        "framing" => {
            let form = fields.form.as_deref().ok_or("`framing` needs `form`, such as \"crlf\"")?;
            Fault::Framing { form: one_of("form", form, &FORMS)? }
        }
        "gzip" => Fault::Gzip,
        "overlap" if tokens == 0 => return Err("`tokens` must be at least 1 for the fault overlap".to_owned()),
        "overlap" => Fault::Overlap { tokens },
        "restart" => Fault::Restart,
        _ => error_status(fields)?,
    })
}

/// A field that the fault doesn't take would be accepted without effect.
fn refuse_strangers(fields: &Fields) -> Result<(), String> {
    let Some(entry) = FAULTS.iter().find(|entry| entry.name == fields.fault) else {
        let names = FAULTS.map(|entry| entry.name).join(", ");
        return Err(format!("`fault` is \"{}\", it must be one of {names}", fields.fault));
    };
    let given = [
        ("status", fields.status.is_some()),
        ("code", fields.code.is_some()),
        ("message", fields.message.is_some()),
        ("retry_after", fields.retry_after.is_some()),
        ("retry_after_date", fields.retry_after_date.is_some()),
        ("body", fields.body.is_some()),
        ("ms", fields.ms.is_some()),
        ("tokens", fields.tokens.is_some()),
        ("reason", fields.reason.is_some()),
        ("form", fields.form.is_some()),
    ];
    match given.iter().find(|(field, given)| *given && !entry.fields.contains(field)) {
        Some((field, _)) => Err(format!("`{field}` has no meaning for the fault {}", entry.name)),
        None => Ok(()),
    }
}

fn error_frame(fields: &Fields) -> Result<Fault, String> {
    Ok(Fault::ErrorFrame {
        tokens: fields.tokens.unwrap_or(0),
        status: status(fields.status.unwrap_or(500))?,
        code: fields.code.clone(),
        message: fields.message.clone(),
        body: fields.body.as_deref().map_or(Ok(BodyKind::Native), body)?,
    })
}

fn error_status(fields: &Fields) -> Result<Fault, String> {
    if fields.retry_after.is_some() && fields.retry_after_date.is_some() {
        return Err("`retry_after` and `retry_after_date` are the same header: give one of them".to_owned());
    }
    Ok(Fault::Status {
        status: status(fields.status.ok_or("`status` needs `status`, such as 503")?)?,
        code: fields.code.clone(),
        message: fields.message.clone(),
        retry_after: fields.retry_after.as_ref().map(|value| value.header("retry_after")).transpose()?,
        body: fields.body.as_deref().map_or(Ok(BodyKind::Json), body)?,
    })
}

fn body(name: &str) -> Result<BodyKind, String> {
    one_of("body", name, &BODIES)
}

fn status(status: u16) -> Result<u16, String> {
    if (200..=599).contains(&status) {
        Ok(status)
    } else {
        Err(format!("`status` is {status}, it must be from 200 to 599"))
    }
}

fn ms(fields: &Fields) -> Result<u64, String> {
    fields.ms.ok_or_else(|| format!("`{}` needs `ms`, a time in milliseconds", fields.fault))
}

fn at_least_one(fields: &Fields) -> Result<Duration, String> {
    match ms(fields)? {
        0 => Err(format!("`ms` must be at least 1 for the fault {}", fields.fault)),
        ms => Ok(Duration::from_millis(ms)),
    }
}

/// The value that a field's word stands for.
pub(super) fn one_of<T: Copy>(field: &str, name: &str, known: &[(&str, T)]) -> Result<T, String> {
    known.iter().find(|(known, _)| *known == name).map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<_> = known.iter().map(|(name, _)| *name).collect();
        format!("`{field}` is \"{name}\", it must be one of {}", names.join(", "))
    })
}
