//! `vita switch`: another primary provider, by hand.

use clap::Args;
use rust_i18n::t;

use super::context::Context;
use super::exit::{Exit, Failure};
use crate::app::terms;
use crate::clock::Clock;
use crate::config::{Language, Task};
use crate::router::{BreakerState, ProviderStatus};
use crate::wire::text;

/// Longest reason kept in the switch log, in characters.
const REASON: usize = 200;

const MORE: &str = "\
Example:
  vita switch qwen --reason \"cheaper today\"

The choice outlives restarts: while the provider is healthy it is asked first,
and after a failure the primary returns to it. It is written to the switch log
with the reason. Changing PREFER_LLAMA afterwards takes precedence over it.";

/// Make a provider the primary one, until it is switched again
#[derive(Debug, Args)]
#[command(after_help = MORE)]
pub struct Switch {
    /// Name of a configured provider, such as llama or qwen
    provider: String,
    /// Why, for the switch log
    #[arg(long, value_name = "TEXT", default_value = "by hand")]
    reason: String,
}

impl Switch {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let settings = context.load()?.settings;
        if settings.is_demo() {
            // The demo's records live and die with a process: there is no primary to change.
            let message = t!("cli.switch.demo", locale = settings.language.code());
            return Err(Failure::new(Exit::Configuration, message));
        }
        let work = context.with_backend(settings, async |backend| {
            let before = backend.router.snapshot().primary.clone();
            let reason = text::line(&self.reason, REASON);
            backend
                .router
                .switch_primary(&self.provider, &reason, "command")
                .map_err(|unknown| Failure::new(Exit::Configuration, unknown.to_string()))?;
            backend.router.flush().await?;
            let key = if before == self.provider { "cli.switch.already" } else { "cli.switch.done" };
            let language = backend.settings.language;
            let said = t!(key, locale = language.code(), before = before, provider = self.provider);
            context.output.result(&format!("{said}\n"))?;
            let snapshot = backend.router.snapshot();
            if let Some(doubt) = snapshot.provider(&self.provider).and_then(|it| doubt(it, &backend.clock, language)) {
                context.output.result(&format!("{doubt}\n"))?;
            }
            Ok(())
        });
        work.await
    }
}

/// What is to be said of a provider that does not take every call now: whether its chat model is in trouble, which stands for it.
fn doubt(provider: &ProviderStatus, clock: &Clock, language: Language) -> Option<String> {
    let (locale, name) = (language.code(), &provider.name);
    let route = provider.routes.iter().find(|route| route.tasks.contains(&Task::Chat)).or(provider.routes.first())?;
    let why = match (&route.unavailable, route.breaker) {
        (Some(aside), _) => {
            let (why, time) = (terms::outcome(aside.reason, language), clock.time_of_day(aside.until));
            t!("cli.switch.until", locale = locale, why = why, time = time)
        }
        (None, BreakerState::Open) => t!("cli.switch.open", locale = locale),
        (None, BreakerState::HalfOpen) => {
            return Some(t!("cli.switch.half_open", locale = locale, provider = name).into_owned());
        }
        (None, BreakerState::Closed) => return None,
    };
    Some(t!("cli.switch.not_now", locale = locale, provider = name, why = why).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::tests::fixtures;
    use crate::clock::Zone;
    use crate::router::Unavailable;
    use crate::wire::Outcome;

    #[test]
    fn a_provider_that_takes_no_calls_now_is_told_with_the_reason_and_one_that_does_is_not() {
        let clock = Clock::system(Zone::Named(chrono_tz::Asia::Shanghai));
        let [mut llama, qwen] = ["llama", "qwen"].map(|name| fixtures::status().provider(name).cloned().expect(name));
        let told = |provider: &ProviderStatus| Language::ALL.map(|language| doubt(provider, &clock, language));
        let both = |en: &str, zh: &str| [Some(en.to_owned()), Some(zh.to_owned())];
        assert_eq!(told(&qwen), [None, None]);
        assert_eq!(
            told(&llama),
            both(
                "llama takes no requests now (breaker open): until it is back, calls go to whoever can answer.",
                "llama 现在不接受请求（熔断器断开），恢复之前由其他可用的服务来回答。",
            )
        );
        let until = "2026-11-22T04:01:30Z".parse().expect("a moment");
        llama.routes[0].unavailable = Some(Unavailable { until, reason: Outcome::Auth });
        assert_eq!(
            told(&llama),
            both(
                "llama takes no requests now (key refused, until 12:01:30): until it is back, calls go to whoever can answer.",
                "llama 现在不接受请求（密钥被拒，至 12:01:30），恢复之前由其他可用的服务来回答。",
            )
        );
        (llama.routes[0].unavailable, llama.routes[0].breaker) = (None, BreakerState::HalfOpen);
        assert_eq!(
            told(&llama),
            both(
                "llama is on trial: the next calls decide whether it stays.",
                "llama 正在试用，由接下来的请求决定是否留用。",
            )
        );
    }
}
