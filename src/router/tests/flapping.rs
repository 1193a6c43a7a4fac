//! A primary that comes and goes: every turn is answered, and nobody runs after it.

use super::*;

/// What twenty minutes of coming and going did.
#[derive(Debug, Default)]
struct Course {
    unanswered: usize,
    /// Attempts at the primary that failed while its breaker was closed.
    failed: usize,
    switches: u64,
    /// Tokens that health checks asked the primary for.
    probes: usize,
}

/// llama answers for a minute and fails for a minute, for twenty minutes; somebody asks every ten seconds.
async fn flapping(seed: u64, trouble: Outcome) -> Course {
    let rig = Build { probing: true, seed, ..Build::default() }.rig().await;
    let mut course = Course::default();
    wait_for(|| rig.llama.probed().len() == 1).await;
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(1200) {
        let is_up = started.elapsed().as_secs() % 120 < 60;
        rig.llama.set(if is_up { Act::Say("fine") } else { Act::Fail(trouble) });
        let is_trial = rig.breaker("llama") != BreakerState::Closed;
        let answer = rig.ask().await;
        course.unanswered += usize::from(answer.is_err());
        let attempts = answer.map_or_else(|error| error.attempts, |answer| answer.attempts);
        let failed = |attempt: &&Attempt| attempt.provider == "llama" && attempt.outcome != Outcome::Ok;
        course.failed += if is_trial { 0 } else { attempts.iter().filter(failed).count() };
        tokio::time::sleep(Duration::from_secs(10)).await;
    }
    course.switches = rig.router.snapshot().switches_today;
    course.probes = rig.llama.probed().len() - 1;
    course
}

#[tokio::test(start_paused = true)]
async fn a_primary_that_comes_and_goes_each_minute_costs_no_turn_and_moves_the_primary_twice_at_most() {
    for seed in 0..4 {
        for trouble in [Outcome::ServerError, Outcome::Connect, Outcome::FirstTokenTimeout] {
            let course = flapping(seed, trouble).await;
            let is_calm = course.unanswered == 0 && course.failed <= 4 && course.switches <= 2 && course.probes <= 8;
            assert!(is_calm, "seed {seed}, {trouble:?}: {course:?}");
        }
    }
}
