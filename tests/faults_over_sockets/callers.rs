//! What callers do in the middle of it: leave, switch, come all at once.

use super::*;

/// Sends a call, drops it when this has been heard, and checks that nothing is left of it.
async fn leaves(rig: &Rig, call: Call, when: impl Fn(&ReplyEvent) -> bool) {
    let mut reply = rig.router.send(call);
    let heard = async {
        while let Some(event) = reply.recv().await {
            if when(&event) {
                return;
            }
        }
        panic!("it ended before");
    };
    tokio::time::timeout(SOON, heard).await.expect("the moment to leave");
    drop(reply);
    rig.until(|seen| seen.in_flight == 0 && seen.queued == 0 && seen.providers.iter().all(|p| p.in_flight == 0)).await;
}

#[tokio::test]
async fn a_caller_may_leave_at_any_moment_and_leaves_no_mark() {
    let trying = |event: &ReplyEvent| matches!(event, ReplyEvent::Trying { .. });
    let waiting = |event: &ReplyEvent| matches!(event, ReplyEvent::Waiting { .. });
    let text = |event: &ReplyEvent| matches!(event, ReplyEvent::Text(_));
    let rig = Rig::failing("llama", Fault::Silence).await;
    leaves(&rig, say("Fine."), trying).await;
    rig.fault("llama", Fault::Stall { tokens: 5 });
    leaves(&rig, say(&words(20)), text).await;
    let calls = rig.simulator.wait_for("llama", |calls| calls.iter().all(|call| call.end != CallEnd::Running)).await;
    assert!(calls.iter().all(|call| call.end == CallEnd::Abandoned), "{calls:?}");
    rig.fault("llama", throttle("2"));
    leaves(&rig, say("Fine."), waiting).await;
    assert_eq!(
        (rig.breaker("llama"), rig.primary(), rig.received("qwen").len()),
        (BreakerState::Closed, "llama".to_owned(), 0,)
    );
}

#[tokio::test]
async fn a_caller_may_leave_while_the_connection_is_made() {
    let (addr, _guard) = raw::black_hole().await;
    let rig = Build::default().at("llama", format!("http://{addr}/v1")).rig().await;
    leaves(&rig, say("Fine."), |event| matches!(event, ReplyEvent::Trying { .. })).await;
    rig.thinks_well_of("llama");
}

#[tokio::test]
async fn a_caller_may_leave_the_line() {
    let rig = Build::default().set(&[("MAX_CONCURRENT_REQUESTS", "1")]).rig().await;
    rig.fault("llama", Fault::Stall { tokens: 1 });
    let first = rig.router.send(say("Fine."));
    rig.until(|seen| seen.in_flight == 1).await;
    let mut second = rig.router.send(say("Fine."));
    assert!(matches!(second.recv().await, Some(ReplyEvent::Queued { place: 1, .. })));
    drop(second);
    rig.until(|seen| seen.queued == 0).await;
    drop(first);
    rig.until(|seen| seen.in_flight == 0).await;
    rig.thinks_well_of("llama");
}

#[tokio::test]
async fn one_call_too_many_sees_its_place_in_the_line_and_has_its_turn() {
    let rig = Build::default().set(&[("MAX_CONCURRENT_REQUESTS", "2")]).rig().await;
    rig.fault("llama", Fault::Slow { first_token: ms(300) });
    let ask = || async { Heard::of(rig.router.send(say("Fine."))).await };
    let (one, two, three) = tokio::join!(ask(), ask(), ask());
    for heard in [&one, &two, &three] {
        heard.is_whole("Fine.");
    }
    let queued = [one, two, three].iter().filter(|heard| heard.events[0] == "place 1").count();
    assert_eq!((queued, rig.counts()), (1, (3, 0)));
    rig.thinks_well_of("llama");
}

#[tokio::test]
async fn a_line_that_does_not_move_ends_in_an_error_of_our_own_and_no_provider_is_blamed() {
    let rig =
        Build::default().set(&[("MAX_CONCURRENT_REQUESTS", "1")]).timed(|timings| timings.queue = ms(200)).rig().await;
    rig.fault("llama", Fault::Stall { tokens: 1 });
    let first = rig.router.send(say("Fine."));
    rig.until(|seen| seen.in_flight == 1).await;
    let heard = Heard::of(rig.router.send(say("Fine."))).await;
    assert_eq!(
        (heard.error().kind, heard.events, heard.end.is_err()),
        (Outcome::Limit, vec!["place 1".to_owned()], true,)
    );
    drop(first);
    rig.until(|seen| seen.in_flight == 0).await;
    assert_eq!(rig.received("llama").len(), 1);
    rig.thinks_well_of("llama");
}

#[tokio::test]
async fn more_than_the_limit_of_a_minute_goes_to_the_other_provider_and_nobody_is_blamed() {
    let rig = Build::default().set(&[("RATE_LIMIT_PER_MINUTE", "12")]).rig().await;
    for _ in 0..7 {
        rig.hear(say("Fine.")).await.is_whole("Fine.");
    }
    assert_eq!(rig.counts(), (5, 2));
    rig.thinks_well_of("llama");
}

#[tokio::test]
async fn a_switch_by_hand_leaves_the_running_answer_where_it_is_and_takes_the_next_one() {
    let rig = Rig::new().await;
    rig.fault("llama", Fault::Drip { every: ms(10) });
    let running = tokio::spawn(Heard::of(rig.router.send(say(&words(40)))));
    rig.until(|seen| seen.providers[0].in_flight == 1).await;
    rig.router.switch_primary("qwen", "a better voice", "key S").expect("a provider");
    let next = Heard::of(rig.router.send(say("Fine."))).await;
    assert_eq!((next.screen.as_str(), next.trail()), ("Fine.", vec!["qwen ok yes".to_owned()]));
    let heard = running.await.expect("an end");
    heard.is_whole(&words(40));
    assert_eq!(heard.trail(), ["llama ok yes"]);
    let seen = rig.router.snapshot();
    assert_eq!(
        (rig.switches(), seen.switches[0].reason.as_str(), seen.switches[0].actor.as_str()),
        (vec!["llama to qwen: manual, manual".to_owned()], "a better voice", "key S",)
    );
}

#[tokio::test]
async fn a_pin_on_a_provider_that_is_down_is_still_answered_by_the_other() {
    let rig = Rig::new().await;
    rig.simulator.set_down("qwen", true);
    let heard = rig.hear(Call { provider: Some("qwen".to_owned()), ..say("Fine.") }).await;
    heard.is_whole("Fine.");
    assert_eq!(heard.answer().provider, "llama");
    assert!(heard.events.contains(&"over to llama: reset".to_owned()), "it is said: {:?}", heard.events);
}

#[tokio::test]
async fn twenty_questions_at_the_start_of_an_outage_are_all_answered() {
    let rig = Rig::new().await;
    rig.simulator.set_down("llama", true);
    let asked: Vec<_> = (0..20).map(|_| tokio::spawn(Heard::of(rig.router.send(say("Fine."))))).collect();
    for heard in asked {
        let heard = heard.await.expect("an end");
        heard.is_whole("Fine.");
        assert_eq!(heard.answer().provider, "qwen");
    }
    assert!(rig.counts().0 <= 30, "one try each, and no more retries than all calls share: {:?}", rig.counts());
    assert_eq!(rig.switches(), ["llama to qwen: auto, api_failure"]);
}

#[tokio::test]
async fn a_call_with_a_deadline_of_its_own_ends_by_then_whatever_providers_do() {
    for fault in [Fault::Silence, Fault::Stall { tokens: 3 }, throttle("1")] {
        let rig = Rig::new().await;
        rig.fault("llama", fault.clone());
        rig.fault("qwen", fault.clone());
        let began = tokio::time::Instant::now();
        let heard = rig.hear(Call { deadline: Some(began + ms(400)), ..say(&words(20)) }).await;
        assert!(heard.end.as_ref().map_or(true, |answer| !answer.complete), "{fault:?}");
        assert!(began.elapsed() < ms(3_000), "{fault:?}: {:?}", began.elapsed());
    }
}
