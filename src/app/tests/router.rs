//! Switching providers, and what the router tells.

use std::sync::Arc;
use std::time::Duration;

use super::{Console, fixtures};
use crate::app::{Backend, Effect, Event};
use crate::config::Language;
use crate::router::{BreakerState, RouterEvent};
use crate::store::SwitchKind;
use crate::wire::Outcome;

fn down(provider: &str, down: bool) -> Effect {
    Effect::SetDemoDown { provider: provider.into(), down }
}

#[test]
fn a_leader_key_switches_to_the_next_provider_from_every_view() {
    let switch = [Effect::SwitchPrimary { provider: "llama".into() }];
    assert_eq!(Console::ready(Language::En).press("Ctrl-x p"), switch);
    assert_eq!(Console::interviewing(Language::En).press("Ctrl-x p"), switch);
    assert_eq!(Console::chatting(Language::En).press("F4 Ctrl-x p"), switch);
}

#[test]
fn there_is_nothing_to_switch_to_when_one_provider_is_configured() {
    let mut console = Console::ready(Language::En);
    let mut status = fixtures::status();
    status.providers[0].configured = false;
    console.hear(Event::StatusChanged(Arc::new(status)));
    assert_eq!(console.press("Ctrl-x p"), []);
    assert_eq!(console.notice(), "qwen is the only provider that is configured.");
}

#[test]
fn a_leader_key_turns_automatic_switching_off_and_on() {
    let mut console = Console::ready(Language::En);
    assert_eq!(console.press("Ctrl-x a"), [Effect::SetAutoSwitch(false)]);
    let mut status = fixtures::status();
    status.auto_switch = false;
    console.hear(Event::StatusChanged(Arc::new(status)));
    assert_eq!(console.press("Ctrl-x a"), [Effect::SetAutoSwitch(true)]);
}

#[test]
fn in_the_demo_a_key_takes_the_primary_down_and_up_again_whoever_is_primary_then() {
    let mut console = Console::ready(Language::En);
    let mut status = fixtures::status();
    status.primary = "llama".into();
    console.hear(Event::StatusChanged(Arc::new(status)));
    assert_eq!(console.press("Ctrl-x d"), [down("llama", true)]);
    console.hear(Event::DemoChanged { provider: "llama".into(), down: true });
    console.hear(Event::StatusChanged(Arc::new(fixtures::status())));
    assert_eq!(console.press("Ctrl-x d"), [down("llama", false)]);
    console.hear(Event::DemoChanged { provider: "llama".into(), down: false });
    assert_eq!(console.press("Ctrl-x d"), [down("qwen", true)]);
}

#[test]
fn real_providers_can_t_be_taken_down() {
    let mut console = Console::ready(Language::En);
    let mut status = fixtures::status();
    status.simulated = false;
    console.hear(Event::StatusChanged(Arc::new(status)));
    assert_eq!(console.press("Ctrl-x d"), []);
    assert_eq!(console.notice(), "Only demo providers can be taken down.");
}

#[test]
fn a_failover_and_a_switch_are_told_and_go_away() {
    let mut console = Console::ready(Language::En);
    console.hear(Event::Router(RouterEvent::FailedOver {
        from: "llama".into(),
        to: "qwen".into(),
        outcome: Outcome::ServerError,
    }));
    assert_eq!(console.notice(), "llama failed (server error); qwen answers");
    let entry =
        fixtures::switch("2026-11-22T04:00:02Z", "llama", "qwen", SwitchKind::Auto, "server_error", "3 failures");
    console.hear(Event::Router(RouterEvent::Switched(entry)));
    assert_eq!(console.notice(), "Primary is now qwen: 3 failures");
    let until = console.state.wakes_at(console.now).expect("the notice's end");
    console.wait(until - console.now);
    assert_eq!((console.notice(), console.state.wakes_at(console.now)), ("", None));
}

#[test]
fn what_is_set_aside_is_tried_again_by_key() {
    let again = |provider: &str| Effect::TryAgain { provider: provider.into() };
    let mut console = Console::ready(Language::En);
    assert_eq!(console.press("3 t"), [again("llama"), again("qwen")]);
    assert_eq!(console.notice(), "llama, qwen: checked now; whoever answers is used again");
    let mut chinese = Console::ready(Language::Zh);
    chinese.press("3 t");
    assert_eq!(chinese.notice(), "正在检查 llama、qwen，能回答的会重新启用");
    console.press("2 Down");
    assert_eq!(console.press("Ctrl-x t"), [again("qwen")], "of the chosen model's provider alone");
    let mut well = fixtures::status();
    for route in well.providers.iter_mut().flat_map(|provider| &mut provider.routes) {
        (route.breaker, route.unavailable) = (BreakerState::Closed, None);
    }
    console.hear(Event::StatusChanged(Arc::new(well)));
    assert_eq!(console.press("t"), []);
    assert_eq!(console.notice(), "Nothing is set aside; every provider is asked as usual.");
}

#[test]
fn an_idle_console_sleeps() {
    let mut console = Console::ready(Language::En);
    for keys in ["Down", "F3", "F4", "F2"] {
        console.press(keys);
        assert_eq!(console.state.wakes_at(console.now), None, "after {keys}");
    }
    console.wait(Duration::from_secs(3600));
    assert_eq!(console.state.wakes_at(console.now), None);
}

#[test]
fn a_backend_that_fails_leaves_a_way_out() {
    let mut console = Console::starting(Language::En);
    console.hear(Event::BackendFailed("bad\u{1b}[2J value".into()));
    assert_eq!(console.state.backend, Backend::Failed("bad value".into()));
    assert_eq!(console.press("Ctrl-d"), [Effect::Quit]);
}

#[test]
fn every_warning_of_the_configuration_is_told() {
    let mut console = Console::starting(Language::En);
    let mut ready = fixtures::ready(Language::En);
    ready.warnings = vec!["one is odd".into(), "two is odd".into()];
    console.hear(Event::BackendReady(Box::new(ready)));
    assert_eq!(console.notice(), "one is odd; two is odd");
}
