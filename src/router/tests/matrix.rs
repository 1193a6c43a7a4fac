//! Who answers under each combination of the three switches, while the preferred provider is well and while it is down.

use super::*;

/// Providers that answered ten calls in a row, shortened to what changes; `-` where nobody did.
async fn answered_by(rig: &Rig) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for _ in 0..10 {
        let name = rig.ask().await.map_or_else(|_| "-".to_owned(), |answer| answer.provider);
        if names.last() != Some(&name) {
            names.push(name);
        }
        advance(Duration::from_secs(20)).await;
    }
    names
}

#[tokio::test(start_paused = true)]
async fn every_combination_of_the_three_switches_does_what_it_says() {
    for (fallback, llama_first, auto_switch) in (0..8).map(|bits| (bits & 4 != 0, bits & 2 != 0, bits & 1 != 0)) {
        let word = |on: bool| if on { "true" } else { "false" };
        let values = [
            ("USE_QWEN_FALLBACK", word(fallback)),
            ("PREFER_LLAMA", word(llama_first)),
            ("ENABLE_AUTO_SWITCH", word(auto_switch)),
        ];
        let (first, second) = if llama_first { ("llama", "qwen") } else { ("qwen", "llama") };
        let well = Rig::new(Script::default(), Script::default(), &values).await;
        assert_eq!(answered_by(&well).await, [first], "{values:?}, all well");

        let rig = Rig::new(Script::default(), Script::default(), &values).await;
        let broken = if llama_first { &rig.llama } else { &rig.qwen };
        broken.set(Act::Fail(Outcome::ServerError));
        let expected = if fallback { second } else { "-" };
        assert_eq!(answered_by(&rig).await, [expected], "{values:?}, {first} down");
        let moved = if fallback && auto_switch { second } else { first };
        assert_eq!(rig.primary(), moved, "{values:?}, {first} down");
        assert_eq!(rig.router.snapshot().switches_today, u64::from(moved != first), "{values:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_that_only_the_other_provider_can_do_goes_there_and_is_no_switch() {
    for fallback in ["true", "false"] {
        let rig = Rig::new(Script::default(), Script::default(), &[("USE_QWEN_FALLBACK", fallback)]).await;
        let call = Call::new(Task::Audio, hello().messages);
        let answer = rig.router.ask(call).await.expect("an answer");
        assert_eq!((answer.provider.as_str(), answer.model.as_str()), ("qwen", "audio"));
        assert_eq!(answer.why, ["task audio", "llama has no model for audio, so qwen"]);
        assert_eq!((rig.primary().as_str(), rig.router.snapshot().switches_today), ("llama", 0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_third_provider_that_is_only_in_the_configuration_answers_when_both_others_are_down() {
    let third = Arc::new(Script::default());
    let settings = settings(&[]);
    let down = || Arc::new(failing(Outcome::Connect));
    let chat = [(Task::Chat, "its-own")];
    let parts = Parts {
        endpoints: vec![
            endpoint("llama", Some(&down()), &chat, ""),
            endpoint("qwen", Some(&down()), &chat, ""),
            endpoint("another", Some(&third), &chat, ""),
        ],
        timings: Timings::of(&settings),
        ledger: Arc::<MemoryLedger>::default(),
        clock: Clock::starting_at("2026-11-22T12:00:00Z".parse().expect("a moment"), Zone::Named(chrono_tz::UTC)),
        simulated: false,
        probing: false,
        seed: 7,
    };
    let router = Router::start(&settings, parts).await.expect("a router");
    let answer = router.ask(hello()).await.expect("an answer");
    let asked: Vec<_> = answer.attempts.iter().map(|attempt| attempt.provider.as_str()).collect();
    assert_eq!(asked, ["llama", "qwen", "another"]);
    router.switch_primary("another", "tried out", "test").expect("it is configured");
    assert_eq!(router.ask(hello()).await.expect("an answer").attempts.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn every_step_says_why() {
    let rig = Rig::new(Script::always(Act::Throttle(Duration::from_secs(40))), Script::default(), &[]).await;
    let first = rig.ask().await.expect("an answer");
    assert_eq!(first.why, ["task chat", "llama is primary", "llama: scripted", "qwen stands by"]);
    rig.router.set_auto_switch(false);
    rig.router.switch_primary("llama", "back", "test").expect("configured");
    let second = rig.ask().await.expect("an answer");
    assert_eq!(second.why, ["task chat", "llama: left alone for 40 s (rate_limited)", "qwen stands by"]);
    let shown = &rig.router.snapshot().calls;
    assert_eq!((shown.len(), &shown[0].why, &shown[1].why), (2, &second.why, &first.why));
}
