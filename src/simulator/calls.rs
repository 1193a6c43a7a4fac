//! What the simulator served, so that others can compare their own counts with it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::plan::{Fault, Plan, Step};
use super::request::ChatCall;

/// Calls remembered per provider.
const REMEMBERED: usize = 10_000;

/// Providers remembered: names come from the path, which anybody may write.
const PROVIDERS: usize = 64;

/// One chat call as the provider saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRecord {
    /// The model asked for.
    pub model: String,
    /// Whether the answer was wanted as a stream.
    pub stream: bool,
    /// Whether it was a health check: "Hi" with at most sixteen tokens to answer.
    pub probe: bool,
    /// The status sent; none when no answer was sent.
    pub status: Option<u16>,
    /// Tokens of the request.
    pub prompt_tokens: u64,
    /// Tokens of the answer sent so far.
    pub completion_tokens: u64,
    /// How it ended.
    pub end: CallEnd,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallEnd {
    /// Not yet.
    Running,
    /// Everything was sent: a whole answer, or an error as planned.
    Sent,
    /// The simulator broke it off, as planned or because the provider is down.
    Broken,
    /// The caller went away first.
    Abandoned,
}

/// The calls of every provider, and what each provider has been told to do.
#[derive(Debug)]
pub(super) struct Calls {
    plan: Plan,
    providers: Mutex<BTreeMap<String, Provider>>,
    changes: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct Provider {
    down: bool,
    steps: Vec<Step>,
    /// Chat calls received since the steps were set.
    counted: u64,
    /// Chat calls received in all; the number of the next one.
    total: u64,
    listings: u64,
    recent: VecDeque<CallRecord>,
}

impl Provider {
    fn fault(&self, model: &str) -> Option<Fault> {
        if self.down {
            return Some(Fault::Refuse);
        }
        let step = self.steps.iter().find(|step| step.applies(self.counted, model));
        step.map(|step| step.fault.clone())
    }

    fn record(&mut self, number: u64) -> Option<&mut CallRecord> {
        let oldest = self.total - self.recent.len() as u64;
        let place = usize::try_from(number.checked_sub(oldest)?).ok()?;
        self.recent.get_mut(place)
    }
}

impl Calls {
    pub fn new(plan: Plan) -> Self {
        Self { plan, providers: Mutex::default(), changes: watch::Sender::new(()) }
    }

    /// Enters a chat call, and says what the plan has in store for it. None when there are too many providers already.
    pub fn begin(self: &Arc<Self>, provider: &str, call: &ChatCall) -> Option<(Running, Option<Fault>)> {
        let record = CallRecord {
            model: call.model.clone(),
            stream: call.stream,
            probe: call.is_probe(),
            status: None,
            prompt_tokens: call.prompt_tokens(),
            completion_tokens: 0,
            end: CallEnd::Running,
        };
        let begun = self.change(provider, |state| {
            let fault = state.fault(&call.model);
            if state.recent.len() == REMEMBERED {
                state.recent.pop_front();
            }
            state.recent.push_back(record);
            state.counted += 1;
            state.total += 1;
            (state.total - 1, fault)
        });
        let (number, fault) = begun?;
        let running = Running { calls: Arc::clone(self), provider: provider.to_owned(), number, ended: false };
        Some((running, fault))
    }

    /// Enters a request for the list of models, and says what stands in its way.
    pub fn list(&self, provider: &str) -> Option<Option<Fault>> {
        self.change(provider, |state| {
            state.listings += 1;
            state.fault("")
        })
    }

    pub fn set_down(&self, provider: &str, down: bool) {
        self.change(provider, |state| state.down = down);
    }

    pub fn is_down(&self, provider: &str) -> bool {
        self.lock().get(provider).is_some_and(|state| state.down)
    }

    pub fn set_steps(&self, provider: &str, steps: Vec<Step>) {
        self.change(provider, |state| {
            state.steps = steps;
            state.counted = 0;
        });
    }

    pub fn of(&self, provider: &str) -> Vec<CallRecord> {
        let providers = self.lock();
        let recent = providers.get(provider).map(|state| state.recent.iter().cloned().collect());
        recent.unwrap_or_default()
    }

    pub fn listings(&self, provider: &str) -> u64 {
        self.lock().get(provider).map_or(0, |state| state.listings)
    }

    /// Tells when anything changes.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    fn change<T>(&self, provider: &str, change: impl FnOnce(&mut Provider) -> T) -> Option<T> {
        let mut providers = self.lock();
        if !providers.contains_key(provider) {
            if providers.len() == PROVIDERS {
                return None;
            }
            let steps = self.plan.of(provider);
            providers.insert(provider.to_owned(), Provider { steps, ..Provider::default() });
        }
        let changed = providers.get_mut(provider).map(change);
        drop(providers);
        self.changes.send_replace(());
        changed
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Provider>> {
        self.providers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call being served. Dropped before its end, the caller has gone away.
#[derive(Debug)]
pub(super) struct Running {
    calls: Arc<Calls>,
    provider: String,
    number: u64,
    ended: bool,
}

impl Running {
    /// The call's number at its provider, from 0.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The status line is about to be sent.
    pub fn status(&self, status: u16) {
        self.change(|record| record.status = Some(status));
    }

    /// So many tokens of the answer are about to be sent.
    pub fn tokens(&self, count: u64) {
        self.change(|record| record.completion_tokens += count);
    }

    /// Nothing more happens to it.
    pub fn end(&mut self, end: CallEnd) {
        if !std::mem::replace(&mut self.ended, true) {
            self.change(|record| record.end = end);
        }
    }

    fn change(&self, change: impl FnOnce(&mut CallRecord)) {
        self.calls.change(&self.provider, |state| state.record(self.number).map(change));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end(CallEnd::Abandoned);
    }
}
