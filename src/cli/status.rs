//! `vita status`: the specification's key-metrics document, or the same for people.

use clap::Args;
use rust_i18n::t;

use super::context::Context;
use super::exit::Failure;
use super::table;
use crate::app::terms;
use crate::clock::Clock;
use crate::config::Language;
use crate::router::{BreakerState, Health, KeyMetrics, ProviderStatus, RouteStatus, StatusSnapshot, Unavailable};
use crate::store::{SwitchEntry, SwitchKind};
use crate::wire::text;

/// Longest error shown in the table, in characters.
const ERROR_SHOWN: usize = 60;
/// Longest reason of a switch, in characters.
const REASON_SHOWN: usize = 80;
/// Switches listed.
const SWITCHES_SHOWN: usize = 5;

const MORE: &str = "\
The figures are today's, of every process that used the same database. --json
prints the key-metrics document: response_time_ms is the median time to first
token (null before the first), success_rate a percentage.";

/// How the providers are doing today
#[derive(Debug, Args)]
#[command(after_help = MORE)]
pub struct Status {
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Status {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let settings = context.load()?.settings;
        let work = context.with_backend(settings, async |backend| {
            let snapshot = backend.router.snapshot();
            if self.json {
                context.output.json(&KeyMetrics::from(&*snapshot))
            } else {
                context.output.result(&for_people(&snapshot, &backend.clock, backend.settings.language))
            }
        });
        work.await
    }
}

/// The present truth in words: the providers, the primary, what is set aside and until when, and how the primary moved.
fn for_people(snapshot: &StatusSnapshot, clock: &Clock, language: Language) -> String {
    let say = |key: &str| t!(format!("cli.status.{key}"), locale = language.code()).into_owned();
    let mut rows = vec![["provider", "state", "first_token", "success", "requests", "cost", "last_error"].map(say)];
    rows.extend(snapshot.providers.iter().map(|provider| row(provider, &snapshot.currency, language)));
    let mut words = table::lines(&rows) + &primary(snapshot, clock, language);
    for (heading, rows) in [
        ("troubles", table::lines(&troubles(snapshot, clock, language))),
        ("last_switches", table::lines(&switches(snapshot, clock, language))),
    ] {
        if !rows.is_empty() {
            words += &format!("\n{}\n{rows}", say(heading));
        }
    }
    words
}

fn primary(snapshot: &StatusSnapshot, clock: &Clock, language: Language) -> String {
    let locale = language.code();
    let auto = t!(format!("cli.status.{}", if snapshot.auto_switch { "on" } else { "off" }), locale = locale);
    let (primary, preferred) = (&snapshot.primary, &snapshot.preferred);
    let switches = snapshot.switches_today;
    let key = if primary == preferred { "cli.status.summary" } else { "cli.status.summary_preferred" };
    let mut words =
        t!(key, locale = locale, primary = primary, preferred = preferred, auto = auto, switches = switches)
            .into_owned();
    if let Some(until) = snapshot.dwell_until {
        words += &t!("cli.status.dwell", locale = locale, time = clock.time_of_day(until));
    }
    words + "\n"
}

/// Each model that takes no traffic, or little: why, and when it is tried again.
fn troubles(snapshot: &StatusSnapshot, clock: &Clock, language: Language) -> Vec<[String; 4]> {
    let locale = language.code();
    let row = |provider: &ProviderStatus, route: &RouteStatus| {
        let breaker = match route.breaker {
            BreakerState::Closed => None,
            BreakerState::Open => Some(t!("cli.status.open", locale = locale)),
            BreakerState::HalfOpen => Some(t!("cli.status.half_open", locale = locale)),
        };
        let reason = route.unavailable.as_ref().map(|aside| terms::outcome(aside.reason, language));
        let next = match (&route.unavailable, route.probe_at, route.breaker) {
            (Some(Unavailable { until, .. }), _, _) => {
                t!("cli.status.set_aside", locale = locale, time = clock.time_of_day(*until))
            }
            (None, Some(probe_at), _) => {
                t!("cli.status.probe", locale = locale, time = clock.time_of_day(probe_at))
            }
            (None, None, BreakerState::HalfOpen) => t!("cli.status.trial", locale = locale),
            (None, None, _) => t!("cli.status.unprobed", locale = locale),
        };
        let state: Vec<_> = breaker.into_iter().chain(reason).collect();
        let state = state.join(&t!("cli.status.and", locale = locale));
        [provider.name.clone(), route.model.clone(), state, next.into_owned()]
    };
    let in_trouble = |route: &&RouteStatus| route.breaker != BreakerState::Closed || route.unavailable.is_some();
    let configured = snapshot.providers.iter().filter(|provider| provider.configured);
    configured
        .flat_map(|provider| provider.routes.iter().filter(in_trouble).map(move |route| row(provider, route)))
        .collect()
}

/// The latest switches, newest first.
fn switches(snapshot: &StatusSnapshot, clock: &Clock, language: Language) -> Vec<[String; 4]> {
    let row = |entry: &SwitchEntry| {
        let kind = t!(format!("cli.status.{}", entry.kind.as_str()), locale = language.code());
        [
            format!("{} {}", clock.day_of(entry.at), clock.time_of_day(entry.at)),
            format!("{} -> {}", entry.from, entry.to),
            match entry.kind {
                SwitchKind::Auto => {
                    let trigger = terms::trigger(&entry.trigger, language);
                    t!("cli.status.switched_by", locale = language.code(), kind = kind, trigger = trigger).into_owned()
                }
                // What set these off is in the word itself.
                SwitchKind::Manual | SwitchKind::Recovery => kind.into_owned(),
            },
            text::line(&entry.reason, REASON_SHOWN),
        ]
    };
    snapshot.switches.iter().take(SWITCHES_SHOWN).map(row).collect()
}

fn row(provider: &ProviderStatus, currency: &str, language: Language) -> [String; 7] {
    let say = |key: &str| t!(format!("cli.status.{key}"), locale = language.code()).into_owned();
    let state = match (provider.configured, provider.health) {
        (false, _) => "not_configured",
        (true, Health::Healthy) => "healthy",
        (true, Health::Degraded) => "degraded",
        (true, Health::Unavailable) => "unavailable",
    };
    let first_token = provider.response_time_ms.map(|ms| format!("{ms} ms"));
    let error = provider.last_error.as_ref();
    [
        provider.name.clone(),
        say(state),
        first_token.unwrap_or_else(|| "-".to_owned()),
        format!("{:.1} %", provider.success_rate()),
        provider.requests_today.to_string(),
        format!("{} {currency}", provider.cost_today),
        error.map_or_else(|| "-".to_owned(), |error| text::line(&error.message, ERROR_SHOWN)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::tests::fixtures;
    use crate::clock::Zone;

    fn told(snapshot: &StatusSnapshot, language: Language) -> Vec<String> {
        let clock = Clock::system(Zone::Named(chrono_tz::Asia::Shanghai));
        for_people(snapshot, &clock, language).lines().map(str::to_owned).collect()
    }

    #[test]
    fn trouble_is_told_with_its_reason_and_its_end_and_the_last_switches_with_theirs() {
        assert_eq!(
            told(&fixtures::status(), Language::En),
            [
                "Provider  State        First token  Success  Requests  Cost           Last error",
                "llama     unavailable  812 ms       99.5 %   1250      15.600000 CNY  the provider answered 500: internal error",
                "qwen      healthy      600 ms       100.0 %  340       4.200000 CNY   -",
                "Primary: qwen (preferred: llama). Automatic switching: on. Switches today: 3. No automatic switch before 12:01:02.",
                "",
                "Set aside",
                "llama  Llama-3.3-70B-Instruct  breaker open       next health check 12:01:17",
                "qwen   qwen-turbo              too many requests  not asked before 12:01:30",
                "",
                "Last switches",
                "2026-11-22 12:00:02  llama -> qwen  automatic (calls failed)  three failures in a row",
                "2026-11-22 10:30:00  qwen -> llama  recovery                  llama answers again",
                "2026-11-22 10:00:00  llama -> qwen  manual                    cost_optimization",
            ]
        );
        assert_eq!(
            told(&fixtures::status(), Language::Zh)[3..8],
            [
                "当前主服务：qwen（首选 llama）。自动切换：开。今日切换：3 次。12:01:02 前不自动切换。",
                "",
                "停用中",
                "llama  Llama-3.3-70B-Instruct  熔断器断开  12:01:17 健康检查",
                "qwen   qwen-turbo              请求过多    12:01:30 前不再请求",
            ]
        );
    }

    #[test]
    fn a_breaker_without_a_time_says_what_it_waits_for() {
        let mut status = fixtures::status();
        for route in status.providers.iter_mut().flat_map(|provider| &mut provider.routes) {
            (route.breaker, route.unavailable, route.probe_at) = (BreakerState::Closed, None, None);
        }
        status.providers[0].routes[0].breaker = BreakerState::Open;
        status.providers[1].routes[0].breaker = BreakerState::HalfOpen;
        let lines = |language| told(&status, language)[6..8].to_vec();
        assert_eq!(
            lines(Language::En),
            [
                "llama  Llama-3.3-70B-Instruct  breaker open       asked only when nobody else can answer",
                "qwen   qwen-plus               breaker half-open  next calls decide",
            ]
        );
        assert_eq!(
            lines(Language::Zh),
            [
                "llama  Llama-3.3-70B-Instruct  熔断器断开  其他服务都不行时才会请求",
                "qwen   qwen-plus               熔断器半开  由接下来的请求决定",
            ]
        );
    }

    #[test]
    fn where_all_is_well_there_is_nothing_below_the_primary() {
        let mut well = fixtures::status();
        (well.primary, well.dwell_until, well.switches) = ("llama".into(), None, Vec::new());
        for route in well.providers.iter_mut().flat_map(|provider| &mut provider.routes) {
            (route.breaker, route.unavailable) = (BreakerState::Closed, None);
        }
        assert_eq!(told(&well, Language::En)[3..], ["Primary: llama. Automatic switching: on. Switches today: 3."]);
    }
}
