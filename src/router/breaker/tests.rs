use super::*;

const COOLDOWN: Duration = Duration::from_secs(300);
const APART: Duration = Duration::from_secs(60);

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn timings() -> Timings {
    let layers = crate::config::Layers {
        flags: [("VITA_HOME".to_owned(), "/nonexistent/vita".to_owned())].into(),
        ..crate::config::Layers::default()
    };
    Timings::of(&crate::config::load(layers).expect("settings").settings)
}

fn closed() -> Breaker {
    Breaker::new(&timings())
}

fn attempt(breaker: &mut Breaker, healthy: bool, now: Instant) {
    let permit = breaker.admit(now).expect("a permit");
    breaker.record(permit, healthy, APART, now);
}

fn opened(now: Instant) -> Breaker {
    let mut breaker = closed();
    (0..FAILURES_TO_OPEN).for_each(|_| attempt(&mut breaker, false, now));
    breaker
}

fn half_open(now: Instant) -> Breaker {
    let mut breaker = opened(now);
    breaker.probed(true, now);
    breaker
}

#[test]
fn three_failures_in_a_row_open_it_and_a_success_between_them_does_not() {
    let now = Instant::now();
    let mut breaker = closed();
    for healthy in [false, false, true, false, false] {
        attempt(&mut breaker, healthy, now);
    }
    assert_eq!(breaker.state(now), BreakerState::Closed);
    attempt(&mut breaker, false, now);
    assert_eq!((breaker.state(now), breaker.admit(now)), (BreakerState::Open, None));
}

#[test]
fn a_good_probe_lets_one_trial_through_at_a_time_and_never_closes() {
    let now = Instant::now();
    let mut breaker = half_open(now);
    (0..5).for_each(|_| breaker.probed(true, now));
    assert_eq!(breaker.state(now), BreakerState::HalfOpen);
    assert_eq!((breaker.admit(now), breaker.admit(now)), (Some(Permit::Trial(1)), None));
}

#[test]
fn two_good_trials_in_a_row_that_lie_far_enough_apart_close_it() {
    let now = Instant::now();
    let mut breaker = half_open(now);
    attempt(&mut breaker, true, now);
    attempt(&mut breaker, true, now + APART - seconds(1));
    assert_eq!(breaker.state(now + APART), BreakerState::HalfOpen);
    attempt(&mut breaker, true, now + APART);
    assert_eq!(breaker.state(now + APART), BreakerState::Closed);
}

#[test]
fn where_nobody_stands_in_any_two_good_trials_in_a_row_close_it() {
    let now = Instant::now();
    let mut breaker = half_open(now);
    for _ in 0..2 {
        assert_eq!(breaker.state(now), BreakerState::HalfOpen);
        let trial = breaker.admit(now).expect("the trial");
        breaker.record(trial, true, Duration::ZERO, now);
    }
    assert_eq!(breaker.state(now), BreakerState::Closed);
}

#[test]
fn a_failed_trial_opens_it_again_and_the_good_one_before_it_is_forgotten() {
    let now = Instant::now();
    let mut breaker = half_open(now);
    attempt(&mut breaker, true, now);
    attempt(&mut breaker, false, now + APART);
    assert_eq!(breaker.state(now + APART), BreakerState::Open);
    breaker.probed(true, now + APART);
    attempt(&mut breaker, true, now + APART * 2);
    assert_eq!(breaker.state(now + APART * 2), BreakerState::HalfOpen);
}

#[test]
fn a_cancelled_trial_frees_the_place_without_a_verdict() {
    let now = Instant::now();
    let mut breaker = half_open(now);
    let trial = breaker.admit(now).expect("the trial");
    breaker.release(trial);
    assert_eq!((breaker.state(now), breaker.admit(now)), (BreakerState::HalfOpen, Some(Permit::Trial(2))));
}

#[test]
fn a_trial_that_outlives_its_lease_has_failed_and_its_late_answer_changes_nothing() {
    let now = Instant::now();
    let lease = timings().lease();
    let mut breaker = half_open(now);
    let trial = breaker.admit(now).expect("the trial");
    let just_before = now + lease - Duration::from_millis(1);
    assert_eq!((breaker.state(just_before), breaker.would_admit(just_before)), (BreakerState::HalfOpen, false));
    assert_eq!((breaker.state(now + lease), breaker.changes_at()), (BreakerState::Open, Some(now + lease)));
    breaker.record(trial, true, Duration::ZERO, now + lease);
    breaker.record(trial, true, Duration::ZERO, now + lease);
    assert_eq!(breaker.state(now + lease), BreakerState::Open);
    assert_eq!(breaker.outage().map(|outage| outage.steps), Some(1), "it counts as a failed trial");
    assert_eq!(breaker.admit(now + lease + COOLDOWN), Some(Permit::Trial(2)));
    breaker.record(trial, false, Duration::ZERO, now + lease + COOLDOWN);
    assert!(breaker.is_on_trial(), "the newer trial goes on");
}

#[test]
fn without_a_good_probe_the_cooldown_ends_in_a_trial() {
    let now = Instant::now();
    let mut breaker = opened(now);
    breaker.probed(false, now + seconds(100));
    assert_eq!(breaker.admit(now + COOLDOWN - Duration::from_millis(1)), None);
    assert_eq!(breaker.admit(now + COOLDOWN), Some(Permit::Trial(1)));
}

#[test]
fn the_late_answer_of_an_attempt_from_before_it_opened_changes_nothing() {
    let now = Instant::now();
    let mut breaker = closed();
    let early = breaker.admit(now).expect("a permit");
    (0..FAILURES_TO_OPEN).for_each(|_| attempt(&mut breaker, false, now));
    breaker.record(early, true, APART, now);
    assert_eq!(breaker.state(now), BreakerState::Open);
}

/// Waits between probes of a route that stays dead, in seconds.
fn waits(breaker: &mut Breaker, mut now: Instant, probes: usize) -> Vec<u64> {
    (0..probes)
        .map(|_| {
            let wait = breaker.plan_probe(&timings(), now).expect("it is open");
            now += wait;
            // The cooldown must not let a trial through in between.
            breaker.open(now);
            wait.as_secs()
        })
        .collect()
}

#[test]
fn a_dead_route_is_probed_every_fifteen_seconds_for_two_minutes_and_then_ever_more_rarely() {
    let now = Instant::now();
    let mut breaker = opened(now);
    assert_eq!(waits(&mut breaker, now, 14), [15, 15, 15, 15, 15, 15, 15, 15, 30, 60, 120, 240, 300, 300]);
}

#[test]
fn a_failed_trial_makes_probes_rarer_at_once() {
    let now = Instant::now();
    let mut breaker = half_open(now);
    attempt(&mut breaker, false, now);
    assert_eq!(waits(&mut breaker, now, 4), [60, 120, 240, 300]);
}

#[test]
fn how_rare_probes_were_is_forgotten_after_half_an_hour_without_a_failure() {
    let now = Instant::now();
    for (pause, late) in [(1799, 240), (1800, 30)] {
        let mut breaker = half_open(now);
        breaker.outage = breaker.outage.map(|outage| Outage { steps: 3, ..outage });
        attempt(&mut breaker, true, now);
        attempt(&mut breaker, true, now + APART);
        assert_eq!(breaker.state(now + APART), BreakerState::Closed);
        let again = now + seconds(pause);
        (0..FAILURES_TO_OPEN).for_each(|_| attempt(&mut breaker, false, again));
        let waits = waits(&mut breaker, again, 9);
        assert_eq!((waits[0], waits[7], waits[8]), (15, 15, late), "the first two minutes are always the same");
    }
}
