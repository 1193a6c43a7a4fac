//! What the simulator served, so that others can compare their own counts with it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::plan::{Asked, Fault, Plan, Schedule, Step};
use super::request::ChatCall;

/// Calls remembered per provider.
const REMEMBERED: usize = 10_000;

/// The providers that are always served.
const BUILT_IN: [&str; 2] = ["llama", "qwen"];

/// One chat call as the provider saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRecord {
    /// When it came, from the simulator's start.
    pub at: Duration,
    /// The model asked for.
    pub model: String,
    /// Whether the answer was wanted as a stream.
    pub stream: bool,
    /// Whether it was a health check: "Hi" with at most sixteen tokens to answer.
    pub probe: bool,
    /// Whether it was to go on with a message of the assistant's.
    pub continues: bool,
    /// Most tokens the caller wanted.
    pub max_tokens: Option<u64>,
    /// What the plan made of it; none when it was served well.
    pub fault: Option<Fault>,
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
    seed: u64,
    started: Instant,
    providers: Mutex<BTreeMap<String, Provider>>,
    changes: watch::Sender<()>,
}

#[derive(Debug)]
struct Provider {
    down: bool,
    schedule: Schedule,
    /// Chat calls received in all; the number of the next one.
    total: u64,
    listings: u64,
    recent: VecDeque<CallRecord>,
}

impl Provider {
    fn new(schedule: Schedule) -> Self {
        Self { down: false, schedule, total: 0, listings: 0, recent: VecDeque::new() }
    }

    /// What becomes of a request.
    fn strike(&mut self, name: &str, asked: Asked) -> Option<Step> {
        let struck = self.schedule.strike(asked, Instant::now());
        if self.down { Some(Step::always(name, Fault::Refuse)) } else { struck }
    }

    fn record(&mut self, number: u64) -> Option<&mut CallRecord> {
        let oldest = self.total - self.recent.len() as u64;
        let place = usize::try_from(number.checked_sub(oldest)?).ok()?;
        self.recent.get_mut(place)
    }
}

impl Calls {
    pub fn new(plan: Plan, seed: u64) -> Self {
        let named: Vec<_> = plan.steps.iter().map(|step| step.provider.clone()).collect();
        let calls =
            Self { plan, seed, started: Instant::now(), providers: Mutex::default(), changes: watch::Sender::new(()) };
        BUILT_IN.into_iter().chain(named.iter().map(String::as_str)).for_each(|provider| calls.serve(provider));
        calls
    }

    /// Serves a provider from now on, if it was not served already.
    pub fn serve(&self, provider: &str) {
        self.lock()
            .entry(provider.to_owned())
            .or_insert_with(|| Provider::new(Schedule::new(self.plan.of(provider), self.started, self.seed)));
    }

    /// Enters a chat call, and says what the plan has in store for it. None when no such provider is served.
    pub fn begin(self: &Arc<Self>, provider: &str, call: &ChatCall) -> Option<(Running, Option<Step>)> {
        let begun = self.change(provider, |state| {
            let step = state.strike(provider, call.asked());
            if state.recent.len() == REMEMBERED {
                state.recent.pop_front();
            }
            state.recent.push_back(self.record(call, step.as_ref()));
            state.total += 1;
            (state.total - 1, step)
        });
        let (number, step) = begun?;
        let running = Running { calls: Arc::clone(self), provider: provider.to_owned(), number, ended: false };
        Some((running, step))
    }

    fn record(&self, call: &ChatCall, step: Option<&Step>) -> CallRecord {
        CallRecord {
            at: self.started.elapsed(),
            model: call.model.clone(),
            stream: call.stream,
            probe: call.is_probe(),
            continues: call.prefix().is_some(),
            max_tokens: call.max_tokens,
            fault: step.map(|step| step.fault.clone()),
            status: None,
            prompt_tokens: call.prompt_tokens(),
            completion_tokens: 0,
            end: CallEnd::Running,
        }
    }

    /// Enters a request for the list of models, and says what stands in its way. None when no such provider is served.
    pub fn list(&self, provider: &str) -> Option<Option<Step>> {
        self.change(provider, |state| {
            state.listings += 1;
            state.strike(provider, Asked::Models)
        })
    }

    /// Whether a provider's list leaves the model out.
    pub fn lacks(&self, provider: &str, model: &str) -> bool {
        self.lock().get(provider).is_some_and(|state| state.schedule.lacks(model, Instant::now()))
    }

    pub fn set_down(&self, provider: &str, down: bool) {
        self.serve(provider);
        self.change(provider, |state| state.down = down);
    }

    pub fn is_down(&self, provider: &str) -> bool {
        self.lock().get(provider).is_some_and(|state| state.down)
    }

    pub fn set_steps(&self, provider: &str, steps: Vec<Step>) {
        self.serve(provider);
        self.change(provider, |state| {
            state.schedule = Schedule::new(steps, Instant::now(), self.seed);
        });
    }

    pub fn of(&self, provider: &str) -> Vec<CallRecord> {
        let providers = self.lock();
        let recent = providers.get(provider).map(|state| state.recent.iter().cloned().collect());
        recent.unwrap_or_default()
    }

    /// Takes out the oldest calls, as far as they have ended.
    pub fn take_ended(&self, provider: &str) -> Vec<CallRecord> {
        let mut providers = self.lock();
        let Some(recent) = providers.get_mut(provider).map(|state| &mut state.recent) else {
            return Vec::new();
        };
        let ended = recent.iter().take_while(|call| call.end != CallEnd::Running).count();
        recent.drain(..ended).collect()
    }

    pub fn listings(&self, provider: &str) -> u64 {
        self.lock().get(provider).map_or(0, |state| state.listings)
    }

    /// Tells when anything changes.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    fn change<T>(&self, provider: &str, change: impl FnOnce(&mut Provider) -> T) -> Option<T> {
        let changed = self.lock().get_mut(provider).map(change);
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
