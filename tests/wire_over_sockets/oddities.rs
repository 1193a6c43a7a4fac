//! Answers that are broken off in uncommon ways, and whole ones that look broken.

use vita::simulator::{BodyKind, FORMS};

use super::*;

fn frame(tokens: u64, status: u16, code: &str, body: BodyKind) -> Fault {
    Fault::ErrorFrame { tokens, status, code: Some(code.to_owned()), message: None, body }
}

fn finish(reason: &str) -> Fault {
    Fault::Finish { reason: reason.to_owned(), tokens: Some(2) }
}

#[tokio::test]
async fn an_answer_that_is_not_whole_is_never_taken_for_one() {
    use Outcome::*;
    // The fault, the outcome, and the text before it.
    let table = [
        (Fault::RoleOnly, Truncated, ""),
        (Fault::DoneOnly, Empty, ""),
        (Fault::EmptyChoices, Empty, ""),
        (Fault::Cut { tokens: 0 }, Truncated, ""),
        (Fault::Truncate { tokens: 0 }, Truncated, ""),
        (Fault::Abort { tokens: 2 }, Reset, "Tell me "),
        (Fault::Short { tokens: 2 }, Truncated, "Tell me "),
        (Fault::Malformed { tokens: 0 }, Malformed, ""),
        (Fault::Flood, Malformed, ""),
        (frame(2, 429, "limit_requests", BodyKind::Native), RateLimited, "Tell me "),
        (frame(2, 500, "server_error", BodyKind::Json), ServerError, "Tell me "),
        (frame(2, 500, "internal_error", BodyKind::Text), ServerError, "Tell me "),
        (frame(2, 500, "InternalServerError", BodyKind::Object), ServerError, "Tell me "),
        (frame(2, 400, "data_inspection_failed", BodyKind::Json), ContentFilter, "Tell me "),
        (finish("error_finish"), ServerError, "Tell me "),
        (finish("insufficient_system_resource"), ServerError, "Tell me "),
        (Fault::Retired, ModelUnavailable, ""),
    ];
    let simulator = simulator().await;
    let provider = llama(&simulator);
    for (fault, outcome, before) in table {
        simulator.set_plan("llama", vec![Step::always("llama", fault.clone())]);
        let (deltas, end) = ask(&provider, true).await;
        assert_eq!((super::outcome(end), text(&deltas).as_str()), (outcome, before), "{fault:?}");
    }
}

#[tokio::test]
async fn an_answer_that_is_whole_in_another_form_is_whole() {
    let forms = FORMS.iter().map(|(_, form)| Fault::Framing { form: *form });
    let table = [Fault::NoDone, Fault::NoFinish, Fault::NoUsage, Fault::UsageEach, Fault::PlainJson]
        .into_iter()
        .chain([Fault::Reasoning { lasts: std::time::Duration::from_millis(100) }])
        .chain(forms);
    let simulator = simulator().await;
    let provider = llama(&simulator);
    for fault in table {
        simulator.set_plan("llama", vec![Step::always("llama", fault.clone())]);
        let (deltas, end) = ask(&provider, true).await;
        assert_eq!((end, text(&deltas).as_str()), (Ok(()), SAID), "{fault:?}");
        let usage =
            deltas.iter().rev().find_map(|delta| if let Delta::Usage(usage) = delta { Some(*usage) } else { None });
        assert_eq!(usage.is_none(), fault == Fault::NoUsage, "{fault:?}");
        let sent = simulator.calls("llama").last().unwrap().completion_tokens;
        assert!(usage.is_none_or(|usage| usage.completion_tokens == sent), "{fault:?}: {usage:?}, {sent} sent");
    }
}
