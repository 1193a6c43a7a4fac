//! What the router thinks of a provider after more than one question: when it leaves it, and when it comes back.

use vita::router::Timings;

use super::*;

/// A minute of the world passes in a third of a second.
fn scaled(timings: &mut Timings) {
    let real = timings.clone();
    let scale = |duration: Duration| duration / 180;
    let both = |(one, other): (Duration, Duration)| (scale(one), scale(other));
    *timings = Timings {
        clean: scale(real.clean),
        window: scale(real.window),
        open_cooldown: scale(real.open_cooldown),
        quiet: scale(real.quiet),
        dwell: scale(real.dwell),
        dwell_longest: scale(real.dwell_longest),
        dwell_memory: both(real.dwell_memory),
        probe_interval: scale(real.probe_interval),
        open_probe_interval: scale(real.open_probe_interval),
        open_probes_often: scale(real.open_probes_often),
        open_probe_late: both(real.open_probe_late),
        ..real
    };
}

/// A minute of that world.
const MINUTE: Duration = Duration::from_nanos(60_000_000_000 / 180);

#[tokio::test]
async fn a_primary_that_comes_and_goes_every_minute_for_twenty_is_hidden_from_the_reader() {
    let rig = Build::default().probing().timed(scaled).rig().await;
    let flap = Flap { up: MINUTE, down: MINUTE };
    rig.plan("llama", [Step { flap: Some(flap), ..Step::always("llama", Fault::status(503)) }]);
    let failed = |rig: &Rig| rig.received("llama").iter().filter(|call| call.status != Some(200)).count();
    let began = tokio::time::Instant::now();
    let (mut asked, mut before_it_moved) = (tokio::time::interval(MINUTE / 2), 0);
    while began.elapsed() < MINUTE * 20 {
        asked.tick().await;
        rig.hear(say("Fine.")).await.is_whole("Fine.");
        if rig.switches().is_empty() {
            before_it_moved = failed(&rig);
        }
    }
    let checks = rig.simulator.calls("llama").iter().filter(|call| call.probe).count();
    assert!(rig.switches().len() <= 2, "away, and not back and forth: {:?}", rig.switches());
    assert!(before_it_moved <= 4 && failed(&rig) <= 8, "lost: {before_it_moved}, then {}", failed(&rig));
    assert!(checks <= 8, "{checks} health checks that cost something");
}

#[tokio::test]
async fn an_outage_moves_the_primary_and_its_end_brings_it_back() {
    let rig = Build::default()
        .probing()
        .timed(|timings| {
            (timings.dwell, timings.probe_interval, timings.open_probe_interval) = (ms(300), ms(100), ms(50));
        })
        .rig()
        .await;
    assert_eq!(rig.hear(say("Fine.")).await.trail(), ["llama ok yes"]);
    rig.simulator.set_down("llama", true);
    rig.until(|snapshot| snapshot.primary == "qwen").await;
    assert_eq!(rig.hear(say("Fine.")).await.trail(), ["qwen ok yes"]);
    rig.simulator.set_down("llama", false);
    let back = async {
        while rig.primary() != "llama" {
            rig.hear(say("Fine.")).await.is_whole("Fine.");
        }
    };
    tokio::time::timeout(SOON, back).await.expect("the primary is back");
    assert_eq!(rig.switches(), ["llama to qwen: auto, api_failure", "qwen to llama: recovery, recovery"]);
    assert_eq!(rig.hear(say("Fine.")).await.trail(), ["llama ok yes"]);
}

#[tokio::test]
async fn a_trial_that_fails_is_not_seen_by_the_reader_and_the_provider_stays_away() {
    let rig = Build::default()
        .probing()
        .timed(|timings| (timings.probe_interval, timings.open_probe_interval) = (ms(100), ms(50)))
        .rig()
        .await;
    // Health checks are answered, real questions are not.
    rig.plan("llama", [Step { on: Target::Turns, ..Step::always("llama", Fault::status(503)) }]);
    while rig.breaker("llama") == BreakerState::Closed {
        rig.hear(say("Fine.")).await.is_whole("Fine.");
    }
    rig.until(|snapshot| snapshot.providers[0].routes.iter().any(|route| route.breaker == BreakerState::HalfOpen))
        .await;
    let before = rig.counts().0;
    let heard = rig.hear(say("Fine.")).await;
    heard.is_whole("Fine.");
    assert_eq!(heard.trail(), ["llama server_error no", "qwen ok yes"], "the trial, and who answers");
    assert_eq!(rig.counts().0, before + 1, "a trial is not retried");
    assert_eq!(rig.primary(), "qwen");
}

#[tokio::test]
async fn a_pause_of_no_length_costs_one_more_try_and_not_one_with_every_question() {
    let rig = Rig::failing("llama", throttle("0")).await;
    let heard = rig.hear(say("Fine.")).await;
    heard.is_whole("Fine.");
    assert_eq!(heard.trail(), ["llama rate_limited no", "llama rate_limited no", "qwen ok yes"]);
    rig.hear(say("Fine.")).await.is_whole("Fine.");
    assert_eq!(rig.counts(), (2, 2), "after two throttles in a row it is left alone for a while");
}

#[tokio::test]
async fn an_overloaded_provider_that_names_a_pause_is_not_asked_before() {
    for status in [503, 529] {
        let overloaded = Fault::Status {
            status,
            code: None,
            message: None,
            retry_after: Some("40".to_owned()),
            body: BodyKind::Json,
        };
        let rig = Rig::failing("llama", overloaded).await;
        let heard = rig.hear(say("Fine.")).await;
        heard.is_whole("Fine.");
        assert_eq!(heard.trail(), ["llama server_error no", "qwen ok yes"], "{status}");
        rig.hear(say("Fine.")).await.is_whole("Fine.");
        assert_eq!(rig.counts(), (1, 2), "{status}");
    }
}
