//! Everything the simulator can get wrong, and how an attempt that meets it ends.

use std::time::Duration;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use vita::simulator::{BodyKind, Fault, Flap, Form, Step, Target};
use vita::wire::Outcome;

pub const PROVIDERS: [&str; 2] = ["llama", "qwen"];

/// How long the router waits for a first token, and for the next one.
pub const FIRST_TOKEN: Duration = Duration::from_millis(1_500);
pub const IDLE: Duration = Duration::from_millis(1_500);

/// Every fault with a share of the calls of each provider, and the first one down for a moment now and then.
pub fn random_plan(seed: u64) -> Vec<Step> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut steps = Vec::new();
    let flap = Flap { up: Duration::from_secs(4), down: Duration::from_millis(400) };
    steps.push(Step { flap: Some(flap), ..Step::always(PROVIDERS[0], Fault::Refuse) });
    for (provider, most) in PROVIDERS.into_iter().zip([1.2, 0.6]) {
        for fault in all() {
            // Silence costs a place for a long time.
            let share = if ends(&fault).iter().any(is_timeout) { 0.2 } else { 1.0 };
            let percent = Some(share * random.random_range(0.1..most));
            steps.push(Step { on: Target::Turns, percent, ..Step::always(provider, fault) });
        }
        steps.push(Step { on: Target::Probes, percent: Some(5.0), ..Step::always(provider, Fault::status(500)) });
    }
    steps
}

/// The outcomes of giving up on a route that says nothing.
pub fn is_timeout(outcome: &Outcome) -> bool {
    use Outcome::{Deadline, FirstTokenTimeout, IdleTimeout, TooSlow, TotalTimeout};
    matches!(outcome, FirstTokenTimeout | IdleTimeout | TotalTimeout | TooSlow | Deadline)
}

fn status(status: u16, code: &str) -> Fault {
    Fault::Status {
        status,
        code: (!code.is_empty()).then(|| code.to_owned()),
        message: None,
        retry_after: None,
        body: BodyKind::Json,
    }
}

fn later(after: &str, body: BodyKind) -> Fault {
    Fault::Status { status: 429, code: None, message: None, retry_after: Some(after.to_owned()), body }
}

fn frame(tokens: u64, status: u16, code: &str, body: BodyKind) -> Fault {
    Fault::ErrorFrame { tokens, status, code: Some(code.to_owned()), message: None, body }
}

fn all() -> Vec<Fault> {
    let ms = Duration::from_millis;
    let finish = |reason: &str, tokens| Fault::Finish { reason: reason.to_owned(), tokens };
    let mut faults = vec![
        status(500, ""),
        status(503, ""),
        status(502, ""),
        status(408, ""),
        status(400, ""),
        status(307, ""),
        status(401, "invalid_api_key"),
        status(403, "AllocationQuota.FreeTierOnly"),
        status(400, "Arrearage"),
        status(400, "data_inspection_failed"),
        status(400, "context_length_exceeded"),
        status(429, "limit_burst_rate"),
        later("0.03", BodyKind::Json),
        later("0.2", BodyKind::Html),
        later("-5", BodyKind::Problem),
        later("soon", BodyKind::Empty),
        Fault::Refuse,
        Fault::Reset,
        Fault::Silence,
        Fault::Html,
        Fault::Retired,
        Fault::NoPrefill,
        Fault::Slow { first_token: ms(60) },
        Fault::Slow { first_token: ms(4_000) },
        Fault::Reasoning { lasts: ms(60) },
        Fault::Drip { every: ms(8) },
        Fault::KeepAlive { every: ms(40), tokens: 0 },
        Fault::KeepAlive { every: ms(40), tokens: 12 },
        Fault::Empty,
        Fault::RoleOnly,
        Fault::DoneOnly,
        Fault::EmptyChoices,
        frame(0, 429, "Throttling.AllocationQuota", BodyKind::Native),
        frame(0, 500, "InternalError", BodyKind::Json),
        frame(9, 500, "InternalError", BodyKind::Text),
        frame(9, 500, "internal_error", BodyKind::Object),
        finish("length", Some(7)),
        finish("error_finish", Some(7)),
        finish("stop", None),
        Fault::Repeat { tokens: 6 },
        Fault::Flood,
        Fault::NoDone,
        Fault::Linger,
        Fault::NoFinish,
        Fault::NoUsage,
        Fault::UsageEach,
        Fault::PlainJson,
        Fault::Gzip,
        Fault::Overlap { tokens: 4 },
        Fault::Restart,
    ];
    for tokens in [1, 15] {
        faults.extend([
            Fault::Cut { tokens },
            Fault::Abort { tokens },
            Fault::Short { tokens },
            Fault::Truncate { tokens },
            Fault::Stall { tokens },
            Fault::Malformed { tokens },
        ]);
    }
    let forms = [
        Form::CrLf,
        Form::Cr,
        Form::Bom,
        Form::NoSpace,
        Form::Comments,
        Form::Fields,
        Form::Lines,
        Form::Pieces,
        Form::Burst,
        Form::NoEnd,
        Form::Nulls,
        Form::Llama,
    ];
    faults.extend(forms.map(|form| Fault::Framing { form }));
    faults
}

/// The outcomes an attempt can have that meets this fault, if its caller stays and the machine keeps up.
pub fn ends(fault: &Fault) -> &'static [Outcome] {
    use Outcome::*;
    match fault {
        Fault::Status { status, code, .. } | Fault::ErrorFrame { status, code, .. } => {
            match (status, code.as_deref()) {
                (_, Some("AllocationQuota.FreeTierOnly" | "Arrearage")) => &[Billing],
                (_, Some("data_inspection_failed")) => &[ContentFilter],
                (_, Some("context_length_exceeded")) => &[ContextLength],
                (401, _) => &[Auth],
                (429, _) => &[RateLimited],
                (307, _) => &[Foreign],
                (408 | 500.., _) => &[ServerError],
                _ => &[BadRequest],
            }
        }
        Fault::Refuse | Fault::Reset => &[Reset],
        Fault::Silence | Fault::KeepAlive { tokens: 0, .. } => &[FirstTokenTimeout],
        Fault::Slow { first_token } if *first_token > FIRST_TOKEN => &[FirstTokenTimeout, Ok],
        Fault::Html => &[Foreign],
        Fault::Retired => &[ModelUnavailable],
        Fault::NoPrefill => &[BadRequest],
        Fault::KeepAlive { .. } | Fault::Stall { .. } => &[IdleTimeout],
        Fault::Empty | Fault::DoneOnly | Fault::EmptyChoices => &[Empty],
        Fault::RoleOnly | Fault::Truncate { .. } => &[Truncated],
        Fault::Cut { .. } | Fault::Abort { .. } | Fault::Short { .. } => &[Truncated, Reset],
        Fault::Malformed { .. } | Fault::Flood | Fault::Gzip => &[Malformed],
        Fault::Finish { reason, .. } if reason == "error_finish" => &[ServerError],
        Fault::Repeat { .. } => &[Repetitive],
        // The words it begins with are not those that were given.
        Fault::Restart => &[Ok, Diverged],
        _ => &[Ok],
    }
}

/// Whether the attempt's tokens are counted when it is whole.
pub fn is_counted(fault: &Fault) -> bool {
    *fault != Fault::NoUsage
}
