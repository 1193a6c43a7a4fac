//! What outlives a process, and what is seen from outside.

use super::*;

#[tokio::test(start_paused = true)]
async fn counters_cost_and_an_outage_survive_a_restart() {
    let rig = Rig::new(failing(Outcome::ServerError), Script::default(), &[]).await;
    rig.trail().await;
    rig.trail().await;
    let before = rig.router.snapshot();
    let rig = rig.restarted().await;
    let after = rig.router.snapshot();
    for (old, new) in before.providers.iter().zip(&after.providers) {
        assert_eq!(
            (old.requests_today, old.succeeded_today, old.cost_today),
            (new.requests_today, new.succeeded_today, new.cost_today)
        );
        assert_eq!(old.response_time_ms, new.response_time_ms);
        assert_eq!(old.last_error, new.last_error);
    }
    assert_eq!(rig.breaker("llama"), BreakerState::Open);
    assert_eq!(rig.trail().await, ["qwen:ok"], "the new process does not try what the old one knew to be down");
}

#[tokio::test(start_paused = true)]
async fn a_new_day_starts_at_zero_and_keeps_the_primary() {
    let rig = Rig::new(Script::default(), Script::default(), &[]).await;
    rig.ask().await.expect("an answer");
    advance(Duration::from_secs(13 * 3600)).await;
    let snapshot = rig.router.snapshot();
    assert_eq!((snapshot.day.to_string().as_str(), snapshot.providers[0].requests_today), ("2026-11-23", 0));
    rig.ask().await.expect("an answer");
    rig.router.flush().await.expect("flushed");
    let yesterday = rig.ledger.load("2026-11-22".parse().expect("a day")).await.expect("counters").counters;
    assert_eq!(yesterday[&("llama".to_owned(), "70B".to_owned())].attempts, 1);
}

#[tokio::test(start_paused = true)]
async fn the_snapshot_that_is_watched_follows() {
    let rig = Rig::new(Script::default(), Script::default(), &[]).await;
    let mut watch = rig.router.watch();
    rig.ask().await.expect("an answer");
    watch.wait_for(|snapshot| snapshot.providers[0].requests_today == 1).await.expect("published");
}
