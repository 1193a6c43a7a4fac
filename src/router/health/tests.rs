use chrono::DateTime;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::*;

/// One route and the clock it lives by.
struct Rig {
    health: RouteHealth,
    timings: Timings,
    rng: ChaCha8Rng,
    began: Instant,
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

impl Rig {
    fn new(trip: Trip) -> Self {
        let flags = [("VITA_HOME".to_owned(), "/nonexistent/vita".to_owned())].into();
        let layers = crate::config::Layers { flags, ..crate::config::Layers::default() };
        let timings = Timings::of(&crate::config::load(layers).expect("settings").settings);
        let health = RouteHealth::new(&timings, trip);
        Self { health, timings, rng: ChaCha8Rng::seed_from_u64(7), began: Instant::now() }
    }

    /// So many seconds after the start.
    fn at(&self, after: u64) -> Now {
        (self.began + seconds(after), DateTime::UNIX_EPOCH + seconds(after))
    }

    fn book(&mut self, permit: Option<Permit>, result: Result<(), &Failure>, after: u64) {
        let now = self.at(after);
        let seen = Seen { result, first_token: Some(seconds(1)), began: now.0, now, apart: seconds(60) };
        self.health.book(permit, seen, &self.timings, &mut self.rng);
    }

    fn attempt(&mut self, outcome: Outcome, after: u64) {
        let now = self.at(after).0;
        let permit = self.health.breaker.admit(now).expect("a permit");
        let failure = Failure::new(outcome, "scripted");
        self.book(Some(permit), if outcome == Outcome::Ok { Ok(()) } else { Err(&failure) }, after);
    }

    fn throttle(&mut self, asked: Option<u64>, after: u64) {
        let failure = Failure { retry_after: asked.map(seconds), ..Failure::new(Outcome::RateLimited, "scripted") };
        self.book(Some(Permit::Ordinary), Err(&failure), after);
    }

    /// The end of an attempt that began before it ended.
    fn ends(&mut self, began: u64, failure: &Failure, after: u64) {
        let (began, now) = (self.at(began).0, self.at(after));
        let seen = Seen { result: Err(failure), first_token: None, began, now, apart: seconds(60) };
        self.health.book(Some(Permit::Ordinary), seen, &self.timings, &mut self.rng);
    }

    /// How long it is still left alone, in seconds.
    fn aside(&self, after: u64) -> Option<f64> {
        let now = self.at(after).0;
        self.health.set_aside(now).map(|aside| (aside.until - now).as_secs_f64())
    }

    fn is_usable(&self, after: u64) -> bool {
        self.health.is_usable(self.at(after).0, &self.timings)
    }

    fn state(&self, after: u64) -> BreakerState {
        self.health.breaker.state(self.at(after).0)
    }
}

/// Ends of attempts of which never two in a row failed: the first ones every third time, the others well.
fn spread(attempts: usize, failures: usize) -> impl Iterator<Item = Outcome> {
    (0..attempts).map(move |i| if i % 3 == 0 && i / 3 < failures { Outcome::Reset } else { Outcome::Ok })
}

#[test]
fn three_failures_among_the_first_ten_attempts_open_it_though_they_never_come_in_a_row() {
    let mut rig = Rig::new(Trip::Wilson);
    spread(9, 3).for_each(|end| rig.attempt(end, 0));
    assert_eq!(rig.state(0), BreakerState::Closed, "nine attempts say too little");
    rig.attempt(Outcome::Ok, 0);
    assert_eq!((rig.state(0), rig.health.is_down_by_share(rig.at(0).0)), (BreakerState::Open, true));
    let mut rig = Rig::new(Trip::Wilson);
    spread(50, 2).for_each(|end| rig.attempt(end, 0));
    assert_eq!(rig.state(0), BreakerState::Closed, "two of ten and more may be chance");
}

#[test]
fn a_run_of_failures_is_no_share() {
    let mut rig = Rig::new(Trip::Wilson);
    (0..3).for_each(|_| rig.attempt(Outcome::Reset, 0));
    assert_eq!((rig.state(0), rig.health.is_down_by_share(rig.at(0).0)), (BreakerState::Open, false));
}

#[test]
fn by_the_letter_three_of_twenty_open_it_and_three_of_nineteen_do_not() {
    let mut rig = Rig::new(Trip::Literal);
    spread(19, 3).for_each(|end| rig.attempt(end, 0));
    assert_eq!(rig.state(0), BreakerState::Closed);
    rig.attempt(Outcome::Ok, 0);
    assert_eq!(rig.state(0), BreakerState::Open);
}

#[test]
fn a_route_that_has_closed_again_does_not_open_on_what_led_to_the_outage() {
    let mut rig = Rig::new(Trip::Wilson);
    spread(10, 3).for_each(|end| rig.attempt(end, 0));
    rig.book(None, Ok(()), 15);
    rig.attempt(Outcome::Ok, 20);
    rig.attempt(Outcome::Ok, 80);
    assert_eq!((rig.state(80), rig.health.recent(rig.at(80).0).attempts), (BreakerState::Closed, 1));
    rig.attempt(Outcome::Reset, 81);
    assert_eq!(rig.state(81), BreakerState::Closed);
}

#[test]
fn an_attempt_from_before_it_closed_says_nothing_of_it_now() {
    let mut rig = Rig::new(Trip::Wilson);
    (0..3).for_each(|_| rig.attempt(Outcome::Reset, 10));
    rig.book(None, Ok(()), 25);
    rig.attempt(Outcome::Ok, 30);
    rig.attempt(Outcome::Ok, 90);
    let failure = Failure::new(Outcome::IdleTimeout, "scripted");
    let seen =
        Seen { result: Err(&failure), first_token: None, began: rig.at(5).0, now: rig.at(95), apart: seconds(0) };
    (0..3).for_each(|_| rig.health.book(Some(Permit::Ordinary), seen, &rig.timings, &mut rig.rng));
    assert_eq!((rig.state(95), rig.health.breaker.is_failing()), (BreakerState::Closed, false));
}

#[test]
fn a_warning_comes_with_more_than_a_tenth_and_goes_with_less_than_a_twentieth() {
    let mut rig = Rig::new(Trip::Wilson);
    let is_degraded = |rig: &Rig| rig.health.is_degraded(rig.at(0).0);
    spread(22, 2).for_each(|end| rig.attempt(end, 0));
    assert!(!is_degraded(&rig));
    rig.attempt(Outcome::Ok, 0);
    rig.attempt(Outcome::Reset, 0);
    assert!(is_degraded(&rig), "three of 24");
    assert_eq!(rig.state(0), BreakerState::Closed, "traffic flows");
    (0..26).for_each(|_| rig.attempt(Outcome::Ok, 0));
    assert!(is_degraded(&rig), "three of fifty: in between it stays");
    (0..21).for_each(|_| rig.attempt(Outcome::Ok, 0));
    assert!(!is_degraded(&rig), "two of fifty");
}

#[test]
fn a_route_whose_last_attempt_failed_is_not_shown_as_well() {
    let mut rig = Rig::new(Trip::Wilson);
    let is_degraded = |rig: &Rig| rig.health.is_degraded(rig.at(0).0);
    rig.attempt(Outcome::Truncated, 0);
    assert_eq!((is_degraded(&rig), rig.is_usable(0)), (true, true), "traffic flows");
    rig.attempt(Outcome::Ok, 0);
    assert!(!is_degraded(&rig));
}

#[test]
fn a_throttle_is_left_alone_as_long_as_it_asks_but_no_longer_than_an_hour() {
    let mut rig = Rig::new(Trip::Wilson);
    rig.throttle(Some(40), 0);
    assert_eq!(rig.aside(0), Some(40.0));
    rig.throttle(Some(5), 10);
    assert_eq!(rig.aside(10), Some(30.0), "the longer of both");
    rig.throttle(Some(86_400), 10);
    assert_eq!(rig.aside(10), Some(3600.0));
    assert_eq!(rig.state(10), BreakerState::Closed);
    (0..20).for_each(|_| rig.throttle(Some(1), 10));
    assert_eq!((rig.state(10), rig.health.recent(rig.at(10).0).attempts), (BreakerState::Closed, 0), "no failure");
}

#[test]
fn a_throttle_that_does_not_say_how_long_doubles_from_one_second_to_a_minute_until_an_answer_comes() {
    let mut rig = Rig::new(Trip::Wilson);
    let mut after = 0;
    for middle in [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0] {
        rig.throttle(None, after);
        let wait = rig.aside(after).expect("a pause");
        assert!((middle * 0.8..=middle * 1.2).contains(&wait), "{wait} for {middle}");
        after += 100;
    }
    rig.book(Some(Permit::Ordinary), Ok(()), after);
    rig.throttle(None, after);
    assert!(rig.aside(after).expect("a pause") <= 1.2);
}

#[test]
fn a_throttle_that_asks_for_no_time_at_all_gets_a_little_and_not_the_same_each_time() {
    let waits = [0, 100, 200].map(|after| {
        let mut rig = Rig::new(Trip::Wilson);
        rig.rng = ChaCha8Rng::seed_from_u64(after);
        rig.throttle(Some(0), after);
        rig.aside(after).expect("a moment")
    });
    assert!(waits.iter().all(|wait| (0.0..=0.1).contains(wait)), "{waits:?}");
    assert!(waits[0] != waits[1] && waits[1] != waits[2], "{waits:?}");
}

#[test]
fn the_primary_is_not_usable_under_a_long_throttle_or_the_third_in_five_minutes() {
    let mut rig = Rig::new(Trip::Wilson);
    rig.throttle(Some(10), 0);
    assert!(rig.is_usable(0), "ten seconds can be waited for");
    rig.throttle(Some(11), 20);
    assert!(!rig.is_usable(20) && rig.is_usable(21));
    rig.throttle(Some(1), 299);
    assert!(!rig.is_usable(299), "the third in five minutes");
    assert!(rig.is_usable(300), "five minutes after the first");
    rig.book(Some(Permit::Ordinary), Ok(()), 301);
    rig.throttle(Some(1), 310);
    assert!(!rig.is_usable(310), "an answer in between does not make the third one the first");
}

#[test]
fn the_good_end_of_an_older_attempt_does_not_lift_a_throttle() {
    let mut rig = Rig::new(Trip::Wilson);
    rig.throttle(Some(40), 10);
    let seen = Seen { result: Ok(()), first_token: None, began: rig.at(9).0, now: rig.at(12), apart: seconds(0) };
    rig.health.book(Some(Permit::Ordinary), seen, &rig.timings, &mut rig.rng);
    assert_eq!(rig.aside(12), Some(38.0));
}

#[test]
fn throttles_of_calls_that_were_sent_together_are_one_throttle() {
    let mut rig = Rig::new(Trip::Wilson);
    let throttle = |asked: Option<u64>| Failure {
        retry_after: asked.map(seconds),
        ..Failure::new(Outcome::RateLimited, "scripted")
    };
    for _ in 0..7 {
        rig.ends(0, &throttle(None), 2);
    }
    assert!(rig.aside(2).expect("a pause") <= 1.2 && rig.is_usable(2), "one second, and the primary stays");
    rig.ends(0, &throttle(Some(8)), 3);
    assert_eq!((rig.aside(3), rig.is_usable(3)), (Some(8.0), true), "unless one of them asks for longer");
    rig.ends(20, &throttle(None), 21);
    assert!((1.6..=2.4).contains(&rig.aside(21).expect("a pause")), "the second in a row");
}

#[test]
fn a_server_in_trouble_that_says_when_to_come_back_is_left_alone_until_then_and_has_failed() {
    let mut rig = Rig::new(Trip::Wilson);
    let busy = |asked| Failure { retry_after: Some(seconds(asked)), ..Failure::new(Outcome::ServerError, "scripted") };
    rig.ends(0, &busy(40), 0);
    let aside = rig.health.set_aside(rig.at(0).0).map(|aside| aside.reason);
    assert_eq!((rig.aside(0), aside), (Some(40.0), Some(Outcome::ServerError)));
    assert!(rig.health.breaker.is_failing() && !rig.is_usable(0) && !rig.health.is_eligible(rig.at(39).0));
    assert_eq!(rig.health.recent(rig.at(0).0).failures, 1);
    assert!(rig.health.is_eligible(rig.at(40).0) && rig.is_usable(40));
    let memory = rig.health.memory("a key", rig.at(1));
    let mut other = Rig::new(Trip::Wilson);
    other.health.adopt(&memory, other.at(1), &other.timings, &mut other.rng);
    assert_eq!(other.aside(1), Some(39.0), "other processes heed it too");
    rig.ends(50, &busy(86_400), 50);
    assert_eq!(rig.aside(50), Some(3600.0));
    rig.book(Some(Permit::Ordinary), Ok(()), 60);
    rig.throttle(None, 70);
    assert!(rig.aside(70).expect("a pause") <= 1.2, "it was no throttle");
}

#[test]
fn a_busy_server_does_not_take_a_refusal_back() {
    let mut rig = Rig::new(Trip::Wilson);
    rig.attempt(Outcome::Auth, 0);
    let busy = Failure { retry_after: Some(seconds(40)), ..Failure::new(Outcome::ServerError, "scripted") };
    rig.ends(10, &busy, 10);
    assert!(!rig.health.is_refused(rig.at(49).0), "not even the last resort may ask it before its time");
    assert!(rig.health.is_refused(rig.at(50).0));
    rig.ends(3600, &busy, 3600);
    assert!(rig.health.was_refused().is_some() && !rig.is_usable(3640));
}

#[test]
fn a_refusal_stands_until_something_good_is_seen_however_long_that_takes() {
    let mut rig = Rig::new(Trip::Wilson);
    rig.attempt(Outcome::Auth, 0);
    assert!(rig.health.is_refused(rig.at(3599).0) && !rig.health.is_refused(rig.at(3600).0));
    assert!(
        !rig.is_usable(7200) && rig.health.is_eligible(rig.at(7200).0),
        "it may be tried, but is not taken for well"
    );
    assert_eq!(rig.health.probe_due(rig.at(10).0), Some(rig.at(3600).0), "the hourly probe");
    rig.book(None, Ok(()), 7200);
    assert!(rig.is_usable(7200));
}

#[test]
fn what_is_remembered_is_the_same_in_another_process_and_on_another_clock() {
    let mut rig = Rig::new(Trip::Wilson);
    (0..3).for_each(|_| rig.attempt(Outcome::Reset, 0));
    rig.health.plan_probe(rig.at(130).0, &rig.timings, &mut rig.rng);
    rig.book(None, Ok(()), 130);
    rig.attempt(Outcome::Ok, 140);
    rig.throttle(Some(100), 150);
    let memory = rig.health.memory("a key", rig.at(160));
    let text = serde_json::to_string(&memory).expect("JSON");
    let mut other = Rig::new(Trip::Wilson);
    other.health.adopt(&serde_json::from_str(&text).expect("a memory"), other.at(160), &other.timings, &mut other.rng);
    assert_eq!(other.health.memory("a key", other.at(160)), memory);
    assert_eq!((other.state(160), other.aside(160)), (BreakerState::HalfOpen, Some(90.0)));
    assert_eq!(other.health.breaker.outage().map(|outage| outage.steps), Some(1));
    other.health.try_again(other.at(170));
    other.attempt(Outcome::Ok, 200);
    assert_eq!(other.state(200), BreakerState::Closed, "the good trial of the other process counts");
}

#[test]
fn another_processes_good_news_does_not_shorten_a_pause_that_was_asked_of_this_one() {
    let remembered = |rig: &Rig, after| rig.health.memory("a key", rig.at(after));
    let (mut throttled, mut other) = (Rig::new(Trip::Wilson), Rig::new(Trip::Wilson));
    other.began = throttled.began;
    throttled.throttle(Some(100), 10);
    let failure = Failure::new(Outcome::Reset, "scripted");
    let mut end = |began, after, result| {
        let seen =
            Seen { result, first_token: None, began: other.at(began).0, now: other.at(after), apart: seconds(0) };
        other.health.book(Some(Permit::Ordinary), seen, &other.timings, &mut other.rng);
        remembered(&other, after)
    };
    let (older, newer) = (end(5, 20, Ok(())), end(25, 30, Ok(())));
    assert!(end(31, 32, Err(&failure)).aside.is_none());
    throttled.health.adopt(&older, throttled.at(21), &throttled.timings, &mut throttled.rng);
    assert_eq!(throttled.aside(21), Some(89.0), "it was sent before the throttle");
    let told = remembered(&throttled, 21);
    throttled.health.adopt(&newer, throttled.at(31), &throttled.timings, &mut throttled.rng);
    assert_eq!(throttled.aside(31), Some(79.0), "what was asked of this process is kept");

    let mut late = Rig::new(Trip::Wilson);
    late.began = throttled.began;
    late.attempt(Outcome::Reset, 40);
    late.health.adopt(&told, late.at(41), &late.timings, &mut late.rng);
    assert_eq!(late.aside(41), Some(69.0), "a failure that this process saw later does not hide a throttle");
}

#[test]
fn a_route_that_another_process_has_closed_does_not_open_on_what_led_to_the_outage() {
    let mut rig = Rig::new(Trip::Wilson);
    spread(10, 3).for_each(|end| rig.attempt(end, 0));
    let mut other = Rig::new(Trip::Wilson);
    other.health.adopt(&rig.health.memory("a key", rig.at(1)), other.at(1), &other.timings, &mut other.rng);
    other.book(None, Ok(()), 15);
    other.attempt(Outcome::Ok, 20);
    other.attempt(Outcome::Ok, 80);
    rig.health.adopt(&other.health.memory("a key", other.at(81)), rig.at(81), &rig.timings, &mut rig.rng);
    assert_eq!((rig.state(81), rig.health.recent(rig.at(81).0).attempts), (BreakerState::Closed, 0));
    (0..3).for_each(|_| rig.ends(0, &Failure::new(Outcome::Reset, "scripted"), 82));
    assert_eq!(rig.state(82), BreakerState::Closed, "what was sent before says nothing");
    rig.attempt(Outcome::Ok, 83);
    assert_eq!(rig.state(83), BreakerState::Closed);
}

#[test]
fn an_older_versions_memory_still_reads() {
    let old = r#"{"of":"k","at":"1970-01-01T00:00:10Z","failures":3,"open_until":"1970-01-01T00:05:00Z","aside":null}"#;
    let mut rig = Rig::new(Trip::Wilson);
    rig.health.adopt(&serde_json::from_str(old).expect("a memory"), rig.at(20), &rig.timings, &mut rig.rng);
    assert_eq!((rig.state(20), rig.state(300)), (BreakerState::Open, BreakerState::HalfOpen));
    assert_eq!(rig.health.probe_due(rig.at(20).0), Some(rig.at(20).0), "checked at once");
}

#[test]
fn somebody_who_wants_it_tried_again_gets_a_trial_at_once() {
    let mut rig = Rig::new(Trip::Wilson);
    (0..3).for_each(|_| rig.attempt(Outcome::Reset, 0));
    rig.throttle(Some(100), 0);
    rig.health.try_again(rig.at(1));
    assert_eq!((rig.state(1), rig.aside(1), rig.health.is_eligible(rig.at(1).0)), (BreakerState::HalfOpen, None, true));
}
