//! The router: answers a call from whichever provider can, remembers what it saw, and says truthfully what happened.
//!
//! ```text
//! Router::send ─> dispatch: place ─> candidate (policy) ─> permit (health, limit) ─> attempt ─> booking ─┐
//!                    ^  retry, next candidate                                                             │
//!                    └────────────────────────────────────────────────────────────────────────────────────┘
//! core    what all parts share; every change goes through it      probe   health checks on the interval
//! keeper  publishes snapshots, writes records to the ledger        memory  what earlier runs and other processes knew
//! ```

mod attempt;
mod backoff;
mod booking;
mod breaker;
mod call;
mod core;
mod cost;
mod counters;
mod dispatch;
mod event;
mod health;
mod histogram;
mod keeper;
mod key_metrics;
mod ledger;
mod limit;
mod memory;
mod policy;
mod primary;
mod probe;
mod pulse;
mod seam;
#[cfg(test)]
mod simulation;
mod snapshot;
mod state;
mod switch;
mod table;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod timings;
mod window;

use std::sync::{Arc, Mutex};

use tokio::sync::{Notify, broadcast, mpsc, watch};
use tokio::task::AbortHandle;

use crate::clock::Clock;
use crate::config::Settings;
use crate::store::StoreError;
use crate::wire::Outcome;

pub use breaker::BreakerState;
pub use call::{Answer, AnswerUsage, Attempt, Billed, Call, CallError, Cost, Priority, ReplyEvent, Seam};
pub use event::RouterEvent;
pub use key_metrics::{ApiStatus, KeyMetrics};
pub use ledger::{Ledger, MemoryLedger};
pub use snapshot::{CallRecord, Health, LastError, ProviderStatus, RouteStatus, StatusSnapshot, Unavailable};
pub use table::Endpoint;
pub use timings::Timings;
pub use window::Recent;

use self::core::Core;
use keeper::Keeper;
use limit::Gate;
use memory::Configured;
use state::State;
use table::{EndpointId, Table};

/// Events a slow listener may lag behind.
const EVENTS_KEPT: usize = 256;

/// What a router is made of.
pub struct Parts {
    /// Providers, in the order of the settings.
    pub endpoints: Vec<Endpoint>,
    /// How long it waits.
    pub timings: Timings,
    /// Where its records go.
    pub ledger: Arc<dyn Ledger>,
    /// The calendar.
    pub clock: Clock,
    /// Whether demo providers stand in.
    pub simulated: bool,
    /// Whether it checks the providers' health by itself; a one-shot command does not.
    pub probing: bool,
    /// Of its jitter.
    pub seed: u64,
}

/// The handle to all providers; clones share one router.
#[derive(Clone)]
pub struct Router {
    core: Arc<Core>,
    keeper: Arc<Keeper>,
    _background: Arc<Vec<AbortOnDrop>>,
}

/// A background task that ends with its last owner.
struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// There is no such provider, or it is not configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} is not a configured provider; configured are: {known}")]
pub struct UnknownProvider {
    /// What was asked for.
    pub name: String,
    /// The configured ones, comma-separated; `none` when there are none.
    pub known: String,
}

impl Router {
    /// Starts a router on the running tokio runtime, with what the ledger remembers.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub async fn start(settings: &Settings, parts: Parts) -> Result<Self, StoreError> {
        let Parts { endpoints, timings, ledger, clock, simulated, probing, seed } = parts;
        let configured = Configured {
            preferred: settings.preferred.clone(),
            auto_switch: settings.auto_switch,
            use_fallback: settings.use_fallback,
        };
        let table = Table::new(endpoints);
        let state =
            State::new(&table, &timings, configured, clock.today(), (settings.rate_per_minute, settings.trip), seed);
        let changed = Arc::new(Notify::new());
        let core = Arc::new(Core {
            table,
            use_fallback: settings.use_fallback,
            max_retries: settings.max_retries,
            ask_others_when_filtered: settings.ask_others_when_filtered,
            max_tokens: settings.max_tokens.clone(),
            currency: settings.currency.clone(),
            simulated,
            timings,
            clock,
            gate: Gate::new(settings.max_concurrent, &changed),
            events: broadcast::channel(EVENTS_KEPT).0,
            changed,
            recorded: Notify::new(),
            attempt_ended: Notify::new(),
            health_changed: Notify::new(),
            state: Mutex::new(state),
        });
        let keeper = Arc::new(Keeper::new(core.clone(), ledger));
        keeper.refresh().await?;
        keeper.publish();
        let mut background = vec![
            AbortOnDrop(tokio::spawn(keeper.clone().show()).abort_handle()),
            AbortOnDrop(tokio::spawn(keeper.clone().write()).abort_handle()),
        ];
        if probing {
            let probing = tokio::spawn(probe::run(core.clone(), keeper.clone()));
            background.push(AbortOnDrop(probing.abort_handle()));
        }
        Ok(Self { core, keeper, _background: Arc::new(background) })
    }

    /// Sends a call. Dropping the reply cancels it.
    pub fn send(&self, call: Call) -> Reply {
        let (sender, events) = mpsc::unbounded_channel();
        let task = tokio::spawn(dispatch::serve(self.core.clone(), call, sender));
        Reply { events, _task: AbortOnDrop(task.abort_handle()) }
    }

    /// Sends a call and waits for its end.
    ///
    /// # Errors
    /// When no text was given; a cut answer is an [`Answer`] that says so.
    pub async fn ask(&self, call: Call) -> Result<Answer, CallError> {
        let mut reply = self.send(call);
        while let Some(event) = reply.recv().await {
            match event {
                ReplyEvent::Finished(answer) => return Ok(*answer),
                ReplyEvent::Failed(error) => return Err(*error),
                _ => {}
            }
        }
        let message = "the call was ended from inside; please report this".to_owned();
        Err(CallError { kind: Outcome::Cancelled, message, retry_at: None, attempts: Vec::new() })
    }

    /// The present truth.
    pub fn snapshot(&self) -> Arc<StatusSnapshot> {
        Arc::new(snapshot::take(&self.core))
    }

    /// The present truth as it changes.
    pub fn watch(&self) -> watch::Receiver<Arc<StatusSnapshot>> {
        self.keeper.watch()
    }

    /// Moments; a listener that lags takes the snapshot instead.
    pub fn events(&self) -> broadcast::Receiver<RouterEvent> {
        self.core.events.subscribe()
    }

    /// Makes a provider the primary and the preferred one, across restarts.
    ///
    /// # Errors
    /// When it is not a configured provider.
    pub fn switch_primary(&self, provider: &str, reason: &str, actor: &str) -> Result<(), UnknownProvider> {
        self.configured(provider)?;
        self.core.switch_by_hand(provider, reason, actor);
        Ok(())
    }

    fn configured(&self, provider: &str) -> Result<EndpointId, UnknownProvider> {
        let table = &self.core.table;
        table.endpoint_named(provider).filter(|endpoint| table.is_configured(*endpoint)).ok_or_else(|| {
            let configured = table.endpoints.iter().filter(|endpoint| endpoint.provider.is_some());
            let known: Vec<_> = configured.map(|endpoint| endpoint.name.as_str()).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            UnknownProvider { name: provider.to_owned(), known }
        })
    }

    /// Lets the primary move by itself, or not.
    pub fn set_auto_switch(&self, enabled: bool) {
        self.core.set_auto_switch(enabled);
    }

    /// Tries a provider again (all of them when none is named) though it was refused, throttled or found to be down: somebody
    /// has mended something. It is checked at once, and the next calls may be trials.
    ///
    /// # Errors
    /// When it is not a configured provider.
    pub fn try_again(&self, provider: Option<&str>) -> Result<(), UnknownProvider> {
        let core = &self.core;
        let wanted = provider.map(|name| self.configured(name)).transpose()?;
        let endpoints = (0..core.table.endpoints.len()).filter(|id| core.table.is_configured(*id));
        let now = core.now();
        core.state().try_again(core, endpoints.filter(|id| wanted.is_none_or(|wanted| wanted == *id)), now);
        core.changed.notify_one();
        core.recorded.notify_one();
        Ok(())
    }

    /// Waits until no attempt is under way.
    pub async fn idle(&self) {
        let mut watch = self.watch();
        while self.snapshot().providers.iter().any(|provider| provider.in_flight > 0) {
            if watch.changed().await.is_err() {
                return;
            }
        }
    }

    /// Writes every record that is not in the ledger yet. Calls under way go on.
    ///
    /// # Errors
    /// When the ledger refuses; the records stay for the next try.
    pub async fn flush(&self) -> Result<(), StoreError> {
        self.keeper.flush().await
    }
}

/// The answer to a call as it comes. Dropping it cancels the call.
pub struct Reply {
    events: mpsc::UnboundedReceiver<ReplyEvent>,
    _task: AbortOnDrop,
}

impl Reply {
    /// The next event; `None` after the last one.
    pub async fn recv(&mut self) -> Option<ReplyEvent> {
        self.events.recv().await
    }
}
