use std::time::Duration;

use super::*;

const CALL: Asked = Asked::Chat { model: "m", probe: false, continues: false, tokens: 10 };
const PROBE: Asked = Asked::Chat { model: "m", probe: true, continues: false, tokens: 1 };

fn step() -> Step {
    Step::always("llama", Fault::status(503))
}

/// Which of the requests, one each so many milliseconds, are struck.
fn struck(step: Step, asked: &[Asked], apart: u64) -> Vec<usize> {
    let since = Instant::now();
    let mut schedule = Schedule::new(vec![step], since, 1);
    let at = |place: usize| since + Duration::from_millis(apart * place as u64);
    let struck = asked.iter().enumerate().filter(|(place, asked)| schedule.strike(**asked, at(*place)).is_some());
    struck.map(|(place, _)| place).collect()
}

#[tokio::test]
async fn a_step_applies_to_the_calls_it_counts() {
    let late = Step { after: 2, ..step().times(2) };
    assert_eq!(struck(late.clone(), &[CALL; 6], 0), [2, 3]);
    let mixed = [PROBE, CALL, PROBE, CALL, PROBE, CALL, Asked::Models, CALL];
    assert_eq!(struck(late.clone(), &mixed, 0), [2, 3]);
    assert_eq!(struck(Step { on: Target::Turns, ..late.clone() }, &mixed, 0), [5, 7]);
    assert_eq!(struck(Step { on: Target::Probes, ..late }, &mixed, 0), [4]);
    assert_eq!(struck(Step { on: Target::Models, ..step() }, &mixed, 0), [6]);
}

#[tokio::test]
async fn a_step_with_a_model_leaves_other_models_alone() {
    let other = Asked::Chat { model: "other", probe: false, continues: false, tokens: 10 };
    let only = Step { model: Some("m".to_owned()), ..step() };
    assert_eq!(struck(only, &[CALL, other, Asked::Models, CALL], 0), [0, 3]);
}

#[tokio::test]
async fn a_provider_that_flaps_is_up_first_and_then_down() {
    let (up, down) = (Duration::from_millis(300), Duration::from_millis(200));
    let flaps = Step { flap: Some(Flap { up, down }), ..step() };
    assert_eq!(struck(flaps, &[CALL; 12], 100), [3, 4, 8, 9]);
}

#[tokio::test]
async fn a_quota_lets_so_many_calls_of_each_window_pass() {
    let quota = Some(Quota { limit: 2, per: Duration::from_millis(400) });
    let limited = Step { quota, ..step() };
    let asked = [CALL, Asked::Models, CALL, CALL, CALL, CALL, CALL, CALL];
    assert_eq!(struck(limited.clone(), &asked, 100), [3, 6, 7]);
    let lists = Step { on: Target::Models, ..limited };
    assert_eq!(struck(lists, &[Asked::Models; 4], 100), [2, 3]);
}

#[tokio::test]
async fn a_share_of_the_calls_is_struck_and_the_seed_says_which() {
    let often = Step { percent: Some(30.0), ..step() };
    let which = struck(often.clone(), &[CALL; 2000], 0);
    assert!((520..=680).contains(&which.len()), "{}", which.len());
    assert_eq!(which, struck(often.clone(), &[CALL; 2000], 0));
    let other = Step { provider: "qwen".to_owned(), ..often };
    assert_ne!(which, struck(other, &[CALL; 2000], 0), "providers fail on their own");
    assert_eq!(struck(Step { percent: Some(100.0), ..step() }, &[CALL; 5], 0).len(), 5);
}

#[tokio::test]
async fn faults_of_going_on_leave_other_calls_to_the_next_step() {
    let onward = Asked::Chat { model: "m", probe: false, continues: true, tokens: 10 };
    let steps = vec![Step::always("llama", Fault::NoPrefill), step()];
    let now = Instant::now();
    let mut schedule = Schedule::new(steps, now, 1);
    let mut fault = |asked| schedule.strike(asked, now).map(|step| step.fault);
    assert_eq!(fault(CALL), Some(Fault::status(503)));
    assert_eq!(fault(onward), Some(Fault::NoPrefill));
}
