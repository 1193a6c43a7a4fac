//! What each fault of a service becomes.

use std::time::Duration;

use vita::simulator::BodyKind;

use super::*;

fn status(status: u16, code: &str, body: BodyKind) -> Fault {
    Fault::Status { status, code: Some(code.to_owned()), message: None, retry_after: None, body }
}

#[tokio::test]
async fn every_fault_becomes_its_outcome() {
    use Outcome::*;
    // The fault, the outcome of a stream and the text before it, the outcome of a call that is not streamed.
    let table = [
        (Fault::status(400), BadRequest, "", BadRequest),
        (Fault::status(401), Auth, "", Auth),
        (Fault::status(404), ModelUnavailable, "", ModelUnavailable),
        (Fault::status(408), ServerError, "", ServerError),
        (Fault::status(429), RateLimited, "", RateLimited),
        (Fault::status(500), ServerError, "", ServerError),
        (Fault::status(503), ServerError, "", ServerError),
        (Fault::status(307), Foreign, "", Foreign),
        (status(429, "", BodyKind::Html), RateLimited, "", RateLimited),
        (status(429, "", BodyKind::Empty), RateLimited, "", RateLimited),
        (status(429, "x", BodyKind::Problem), RateLimited, "", RateLimited),
        (status(429, "insufficient_quota", BodyKind::Json), RateLimited, "", RateLimited),
        (status(429, "PostpaidBillOverdue", BodyKind::Native), Billing, "", Billing),
        (status(400, "Arrearage", BodyKind::Native), Billing, "", Billing),
        (status(400, "data_inspection_failed", BodyKind::Json), ContentFilter, "", ContentFilter),
        (status(400, "context_length_exceeded", BodyKind::Json), ContextLength, "", ContextLength),
        (status(404, "", BodyKind::Empty), Foreign, "", Foreign),
        (status(200, "Throttling", BodyKind::Native), RateLimited, "", RateLimited),
        (Fault::Refuse, Reset, "", Reset),
        (Fault::Reset, Reset, "", Reset),
        (Fault::Cut { tokens: 3 }, Truncated, "Tell me about ", Truncated),
        (Fault::Truncate { tokens: 3 }, Truncated, "Tell me about ", Truncated),
        (Fault::Malformed { tokens: 3 }, Malformed, "Tell me about ", Malformed),
        (Fault::Empty, Empty, "", Empty),
        (Fault::Html, Foreign, "", Foreign),
        (Fault::Slow { first_token: Duration::from_millis(5) }, Ok, SAID, Ok),
        (Fault::error_frame(429, "Throttling.AllocationQuota"), RateLimited, "", RateLimited),
    ];
    let simulator = simulator().await;
    let provider = llama(&simulator);
    for (fault, streamed, before, whole) in table {
        simulator.set_plan("llama", vec![Step::always("llama", fault.clone())]);
        let (deltas, end) = ask(&provider, true).await;
        assert_eq!((outcome(end), text(&deltas).as_str()), (streamed, before), "{fault:?}");
        let (_, end) = ask(&provider, false).await;
        assert_eq!(outcome(end), whole, "{fault:?}, not streamed");
    }
}

#[tokio::test]
async fn a_failure_carries_status_code_and_the_wait_asked_for() {
    let simulator = failing(Fault::Status {
        status: 429,
        code: Some("limit_requests".to_owned()),
        message: Some("Slow \u{1b}[31mdown".to_owned()),
        retry_after: Some("1.5".to_owned()),
        body: BodyKind::Json,
    })
    .await;
    let (_, end) = ask(&llama(&simulator), true).await;
    let failure = Failure {
        outcome: Outcome::RateLimited,
        status: Some(429),
        code: Some("limit_requests".to_owned()),
        message: "Slow down".to_owned(),
        retry_after: Some(Duration::from_millis(1500)),
        should_retry: None,
        request_id: None,
    };
    assert_eq!(end, Err(failure));
}

#[tokio::test]
async fn a_silent_provider_gives_nothing_and_leaving_closes_the_connection() {
    let simulator = failing(Fault::Silence).await;
    let provider = llama(&simulator);
    for stream in [true, false] {
        let mut call = provider.chat(request(stream));
        let arrived = simulator.wait_for("llama", |calls| calls.iter().any(|call| call.end == CallEnd::Running));
        tokio::select! {
            _ = &mut call => panic!("a silent provider answered"),
            _ = arrived => {}
        }
        assert!((&mut call).now_or_never().is_none());
        drop(call);
        simulator.wait_for("llama", |calls| calls.iter().all(|call| call.end == CallEnd::Abandoned)).await;
    }
}

#[tokio::test]
async fn a_key_that_the_service_echoes_is_nowhere_in_the_failure() {
    for (key, body) in [
        (KEY, BodyKind::Json),
        ("sk-test-key", BodyKind::Native),
        ("no-known-form", BodyKind::Problem),
        ("no-known-form", BodyKind::Html),
    ] {
        let simulator =
            failing(Fault::Status { status: 401, code: None, message: None, retry_after: None, body }).await;
        let settings = HttpSettings { key: Some(key.into()), ..HttpSettings::new(simulator.base_url("llama")) };
        let provider = HttpProvider::new(settings).unwrap();
        let chat = ask(&provider, true).await.1.unwrap_err();
        let models = provider.models().await.unwrap_err();
        for failure in [chat, models] {
            assert_eq!(failure.outcome, Outcome::Auth);
            let printed = format!("{failure:?}");
            assert!(!printed.contains(key) && !printed.contains("test-key"), "{printed}");
        }
    }
}
