//! What the world itself knows of a run: every request that a provider got, every call as its user saw it, every process. The
//! promises are checked against these books and never against the router's own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Weak;

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use super::plan::Errand;
use crate::router::Seam;
use crate::router::core::Core;
use crate::wire::FinishReason;

/// One request that a provider got.
#[derive(Debug)]
pub(super) struct Visit {
    /// The call it is for; none for a health check.
    pub call: Option<usize>,
    pub process: usize,
    pub site: usize,
    pub model: String,
    /// The beginning of the answer that the provider is to go on with.
    pub partial: Option<String>,
    /// It came while the route's breaker was not closed.
    pub on_trial: bool,
    /// What was handed over so far.
    pub text: String,
    /// The provider's word that the answer ends, once it was handed over.
    pub finish: Option<FinishReason>,
    /// A failure was handed over.
    pub failed: bool,
    /// The provider said something else than it should.
    pub strange: bool,
    pub over: Option<Instant>,
    /// Its process ended before it did.
    pub abandoned: bool,
}

/// One call as its user sees it.
#[derive(Debug)]
pub(super) struct Case {
    pub errand: Errand,
    pub process: usize,
    pub sent: Instant,
    /// Nobody else was there and a route was free: nothing may make it wait.
    pub unhindered: bool,
    /// Requests that providers got for it, in order.
    pub visits: Vec<usize>,
    /// The text since the last replacement.
    pub text: String,
    pub seams: Vec<Seam>,
    /// Text or thinking has come.
    pub has_begun: bool,
    pub over: bool,
}

/// One process: a router on the ledger that all share.
pub(super) struct Process {
    pub core: Weak<Core>,
    pub began: Instant,
    /// Routes that asked to be left alone until a moment.
    pub not_before: BTreeMap<(usize, String), Instant>,
    /// Automatic switches of it and of those it follows.
    pub switches: Vec<DateTime<Utc>>,
    /// All switches of its own.
    pub switches_seen: u64,
    /// Calls under way, and the most of them at one moment.
    pub active: BTreeSet<usize>,
    pub most: (Instant, usize),
    pub last_sent: Option<Instant>,
    /// Attempts that cost a token of the retry budget.
    pub retries: u32,
    pub successes: u32,
}

/// All of it.
#[derive(Default)]
pub(super) struct Books {
    pub visits: Vec<Visit>,
    pub cases: Vec<Case>,
    pub processes: Vec<Process>,
}

impl Visit {
    pub fn new(process: usize, site: usize, model: &str) -> Self {
        Self {
            call: None,
            process,
            site,
            model: model.to_owned(),
            partial: None,
            on_trial: false,
            text: String::new(),
            finish: None,
            failed: false,
            strange: false,
            over: None,
            abandoned: false,
        }
    }
}

impl Process {
    pub fn new() -> Self {
        let now = Instant::now();
        Self {
            core: Weak::new(),
            began: now,
            not_before: BTreeMap::new(),
            switches: Vec::new(),
            switches_seen: 0,
            active: BTreeSet::new(),
            most: (now, 0),
            last_sent: None,
            retries: 0,
            successes: 0,
        }
    }

    /// A process that starts with what another one left in the ledger.
    pub fn following(other: &Self) -> Self {
        let (not_before, switches) = (other.not_before.clone(), other.switches.clone());
        Self { not_before, switches, ..Self::new() }
    }

    /// Most calls that were under way at the present moment.
    pub fn most_now(&self) -> usize {
        if self.most.0 == Instant::now() { self.most.1 } else { self.active.len() }
    }

    pub fn enter(&mut self, call: usize) {
        self.active.insert(call);
        self.most = (Instant::now(), self.active.len().max(self.most_now()));
        self.last_sent = Some(Instant::now());
    }

    pub fn leave(&mut self, call: usize) {
        self.most = (Instant::now(), self.most_now());
        self.active.remove(&call);
    }
}

impl Case {
    pub fn new(errand: Errand, process: usize, unhindered: bool) -> Self {
        Self {
            errand,
            process,
            sent: Instant::now(),
            unhindered,
            visits: Vec::new(),
            text: String::new(),
            seams: Vec::new(),
            has_begun: false,
            over: false,
        }
    }
}

impl Books {
    /// Requests under way at a route of a process.
    pub fn under_way(&self, process: usize, site: usize) -> impl Iterator<Item = &Visit> {
        let is_here = move |visit: &&Visit| visit.process == process && visit.site == site;
        self.visits.iter().filter(|visit| visit.over.is_none()).filter(is_here)
    }
}
