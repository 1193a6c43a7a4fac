//! Addresses that are wrong, and places where nobody is.

use super::*;

#[tokio::test]
async fn a_base_url_works_as_people_write_it() {
    let rig = Rig::new().await;
    let base = rig.simulator.base_url("llama");
    let bare = base.trim_end_matches("/v1");
    for written in [
        base.clone(),
        format!("{base}/"),
        format!(" {base}// "),
        format!("{base}/chat/completions"),
        format!("{base}/chat/completions/"),
        bare.to_owned(),
        format!("{bare}/"),
    ] {
        let other = Build::default().at("llama", written.clone()).rig().await;
        let before = rig.counts().0;
        let heard = other.hear(say("Fine.")).await;
        assert_eq!((heard.trail(), rig.counts().0), (vec!["llama ok yes".to_owned()], before + 1), "{written:?}");
    }
}

#[tokio::test]
async fn a_path_that_is_wrong_is_told_and_the_other_provider_answers() {
    let rig = Rig::new().await;
    let wrong = rig.simulator.base_url("llama").replace("/v1", "/v7");
    let rig = Build::default().at("llama", wrong).rig().await;
    let heard = rig.hear(say("Fine.")).await;
    heard.is_whole("Fine.");
    assert_eq!(heard.trail(), ["llama foreign maybe", "qwen ok yes"]);
    let seen = rig.router.snapshot();
    let error = seen.provider("llama").and_then(|llama| llama.last_error.clone()).expect("an error");
    assert!(error.message.contains("base URL"), "{}", error.message);
}

/// A provider at this address can't be connected to: the other one answers, nothing is charged, and three calls are enough to
/// know it of all its models.
async fn is_no_connection(base_url: String) {
    let rig = Build::default().at("llama", base_url.clone()).rig().await;
    let began = tokio::time::Instant::now();
    let heard = rig.hear(say("Fine.")).await;
    heard.is_whole("Fine.");
    assert_eq!(heard.trail(), ["llama connect no", "qwen ok yes"], "{base_url}");
    assert!(began.elapsed() < ms(5_000), "nobody waits longer for a connection");
    for _ in 0..3 {
        rig.hear(say("Fine.")).await.is_whole("Fine.");
    }
    let seen = rig.router.snapshot();
    let llama = seen.provider("llama").expect("llama");
    assert_eq!((llama.requests_today, seen.primary.as_str()), (3, "qwen"), "{base_url}");
    assert!(llama.routes.iter().all(|route| route.breaker == BreakerState::Open), "one host, all its models");
    assert_eq!(llama.cost_today.to_string(), "0.000000");
}

#[tokio::test]
async fn nobody_listening_is_told_from_the_first_call_and_the_other_provider_answers() {
    is_no_connection(format!("http://{}/v1", raw::nobody().await)).await;
}

#[tokio::test]
async fn a_host_that_does_not_exist_is_told_and_the_other_provider_answers() {
    is_no_connection("https://no-such-host.invalid/v1".to_owned()).await;
}

#[tokio::test]
async fn a_port_without_tls_behind_an_https_address_is_told_and_the_other_provider_answers() {
    let plain = Raw::answering(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()).await;
    is_no_connection(format!("https://{}/v1", plain.addr())).await;
}

#[tokio::test]
async fn a_host_that_swallows_every_packet_is_given_up_and_the_other_provider_answers() {
    let (addr, _guard) = raw::black_hole().await;
    is_no_connection(format!("http://{addr}/v1")).await;
}
