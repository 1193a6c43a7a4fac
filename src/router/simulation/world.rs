//! The world outside the router: scripted providers, each with its weather, and the books of what they were asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use tokio::time::{Instant, sleep};

use super::books::{Books, Visit};
use super::log::Log;
use super::plan::{Continues, NAMES, Plan};
use super::raw::KEYS;
use super::script::{Asked, Script};
use super::weather::Weather;
use super::{promises, text};
use crate::provider::{DeltaStream, Provider, ProviderFuture};
use crate::router::StatusSnapshot;
use crate::wire::{ChatRequest, Content, Delta, Failure, FinishReason, Role};

/// How a user's question begins; its number follows. A health check asks something else.
pub(super) const QUESTION: &str = "question ";

/// A `Retry-After` longer than this is honoured this long.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// The world of one run.
pub(super) struct World {
    pub plan: Plan,
    pub log: Log,
    pub began: Instant,
    inner: Mutex<(Books, Vec<Host>)>,
    /// Every snapshot with Debug, where they are kept.
    snapshots: Option<Mutex<Vec<String>>>,
}

/// The changing part of a provider.
struct Host {
    rng: ChaCha8Rng,
    /// When it was asked in the last minute.
    asked: VecDeque<Instant>,
}

/// A provider as one process reaches it.
pub(super) struct Line {
    pub world: Arc<World>,
    pub process: usize,
    pub site: usize,
}

/// One request under way; dropping it hangs up.
struct Visiting {
    world: Arc<World>,
    visit: usize,
}

impl World {
    pub fn new(plan: Plan, keep_snapshots: bool) -> Self {
        let host =
            |site| Host { rng: ChaCha8Rng::seed_from_u64(plan.seed ^ (site as u64 + 1) << 56), asked: VecDeque::new() };
        let hosts = (0..plan.sites.len()).map(host).collect();
        Self {
            log: Log::new(),
            began: Instant::now(),
            inner: Mutex::new((Books::default(), hosts)),
            snapshots: keep_snapshots.then(Mutex::default),
            plan,
        }
    }

    /// The books, briefly.
    pub fn books<T>(&self, f: impl FnOnce(&mut Books) -> T) -> T {
        f(&mut self.inner().0)
    }

    fn inner(&self) -> MutexGuard<'_, (Books, Vec<Host>)> {
        self.inner.lock().expect("no panic in the world")
    }

    /// The present truth of a process, checked by itself.
    pub fn look(&self, process: usize) -> Option<StatusSnapshot> {
        let core = self.books(|books| books.processes[process].core.clone());
        let snapshot = crate::router::snapshot::take(&*core.upgrade()?);
        self.log.judge(self.books(|books| promises::of_snapshot(books, &self.plan, process, &snapshot)));
        if let Some(kept) = &self.snapshots {
            kept.lock().expect("no panic in the world").push(format!("{snapshot:?}"));
        }
        Some(snapshot)
    }

    /// The snapshots that were kept.
    pub fn take_snapshots(&self) -> Vec<String> {
        let kept =
            self.snapshots.as_ref().map(|kept| std::mem::take(&mut *kept.lock().expect("no panic in the world")));
        kept.unwrap_or_default()
    }

    /// What a provider is like now.
    fn weather(&self, site: usize) -> Weather {
        let passed = self.began.elapsed();
        let so_far = self.plan.sites[site].weather.iter().take_while(|(from, _)| *from <= passed);
        so_far.last().map_or(Weather::Up, |(_, weather)| *weather)
    }

    /// Takes a request into the books, checks that it may be made, and decides what comes of it.
    fn arrival(&self, process: usize, site: usize, request: &ChatRequest) -> (usize, Script) {
        let snapshot = self.look(process);
        let visit = visit(process, site, request);
        let weather = self.weather(site);
        self.log.note(format_args!(
            "process {process} asks {}/{} {} in {weather:?}",
            NAMES[site],
            visit.model,
            visit.call.map_or("whether it is well".to_owned(), |call| format!(
                "question {call}{}",
                if visit.partial.is_some() { " from the middle" } else { "" }
            ))
        ));
        let (books, hosts) = &mut *self.inner();
        self.log.judge(promises::of_request(books, &self.plan, &visit, snapshot.as_ref(), &request.messages));
        let (number, script) = (books.visits.len(), self.script(books, &mut hosts[site], &visit, weather));
        promises::enter(books, visit, script.strange, snapshot.as_ref());
        (number, script)
    }

    /// A health check begins with the list of models.
    fn list_asked(&self, process: usize, site: usize) -> (usize, Weather) {
        self.look(process);
        let weather = self.weather(site);
        self.log.note(format_args!("process {process} asks {} for its models in {weather:?}", NAMES[site]));
        let visit = Visit::new(process, site, "");
        let number = self.books(|books| {
            self.log.judge(promises::of_health_check(books, &visit));
            books.visits.push(visit);
            books.visits.len() - 1
        });
        (number, weather)
    }

    fn script(&self, books: &Books, host: &mut Host, visit: &Visit, weather: Weather) -> Script {
        let plan = &self.plan.sites[visit.site];
        let whole = visit.call.map_or_else(|| "Hello".to_owned(), |call| self.said(books, visit, call));
        let text = match &visit.partial {
            None => whole,
            Some(partial) => self.rest(&whole, partial, &mut host.rng),
        };
        let asked = Asked { key: KEYS[visit.site], text: &text, latency: plan.latency, probe: visit.call.is_none() };
        let now = Instant::now();
        host.asked.retain(|at| now < *at + Duration::from_secs(60));
        let is_over = |quota: &usize| host.asked.len() >= *quota && self.began.elapsed() < self.plan.length;
        if let Some(quota) = plan.quota.filter(is_over) {
            let free_at = host.asked[host.asked.len() - quota] + Duration::from_secs(60);
            return Script::over_quota(&asked, free_at - now, &mut host.rng);
        }
        host.asked.push_back(now);
        if visit.partial.is_some() && plan.continues == Continues::Refuses {
            return Script::cannot_continue(&asked, &mut host.rng);
        }
        Script::of(weather, &asked, &mut host.rng)
    }

    /// The whole answer that a request asks for: the provider's own, or the one whose beginning it is given.
    fn said(&self, books: &Books, visit: &Visit, call: usize) -> String {
        let own = text::whole(call, promises::voice(books, call, visit.site));
        match &visit.partial {
            Some(partial) if !own.starts_with(partial.as_str()) => {
                let others = (0..self.plan.sites.len()).map(|site| text::whole(call, site));
                others.into_iter().find(|other| other.starts_with(partial.as_str())).unwrap_or(own)
            }
            _ => own,
        }
    }

    /// How a provider goes on with an answer: where it ends, or a few words before. What it can't make sense of it begins anew.
    fn rest(&self, whole: &str, partial: &str, rng: &mut ChaCha8Rng) -> String {
        let Some(rest) = whole.strip_prefix(partial) else { return whole.to_owned() };
        let again = if rng.random_ratio(1, 3) { text::last_words(partial, rng.random_range(2..6)) } else { "" };
        format!("{again}{rest}")
    }
}

fn visit(process: usize, site: usize, request: &ChatRequest) -> Visit {
    let text = |content: &Content| match content {
        Content::Text(text) => text.clone(),
        Content::Parts(_) => String::new(),
    };
    let asked =
        request.messages.iter().find(|message| message.role == Role::User).map(|message| text(&message.content));
    let call = asked.and_then(|asked| asked.strip_prefix(QUESTION)?.parse().ok());
    let partial = request.messages.last().filter(|last| last.partial).map(|last| text(&last.content));
    Visit { call, partial, ..Visit::new(process, site, &request.model) }
}

impl Provider for Line {
    fn chat(&self, request: ChatRequest) -> ProviderFuture<DeltaStream> {
        let (visit, script) = self.world.arrival(self.process, self.site, &request);
        let visiting = Visiting { world: self.world.clone(), visit };
        Box::pin(async move {
            sleep(script.opens_after).await;
            match script.refuses {
                Some(failure) => Err(visiting.fail(failure, script.pause)),
                None => Ok(answer(visiting, script.pieces.into(), script.ends)),
            }
        })
    }

    fn models(&self) -> ProviderFuture<Vec<String>> {
        let (world, process, site) = (self.world.clone(), self.process, self.site);
        let (visit, weather) = world.list_asked(process, site);
        let visiting = Visiting { world, visit };
        Box::pin(async move {
            match Script::list(weather, KEYS[site]).await {
                Ok(()) => Ok(Vec::new()),
                Err(failure) => Err(visiting.fail(failure, None)),
            }
        })
    }
}

fn answer(visiting: Visiting, pieces: VecDeque<(Duration, Delta)>, ends: Option<Failure>) -> DeltaStream {
    let state = (visiting, pieces, ends);
    let next = |(visiting, mut pieces, mut ends): (Visiting, VecDeque<(Duration, Delta)>, Option<Failure>)| async move {
        let given = match pieces.pop_front() {
            Some((wait, delta)) => {
                sleep(wait).await;
                visiting.give(&delta);
                Ok(delta)
            }
            None => Err(visiting.fail(ends.take()?, None)),
        };
        Some((given, (visiting, pieces, ends)))
    };
    stream::unfold(state, next).boxed()
}

impl Visiting {
    fn with(&self, f: impl FnOnce(&mut Visit)) {
        self.world.books(|books| f(&mut books.visits[self.visit]));
    }

    fn give(&self, delta: &Delta) {
        self.with(|visit| match delta {
            Delta::Text(text) => visit.text.push_str(text),
            Delta::Finish(reason) => visit.finish = Some(FinishReason::clone(reason)),
            _ => {}
        });
    }

    /// Hands a failure over, and keeps until when the route asks to be left alone.
    fn fail(&self, failure: Failure, pause: Option<Duration>) -> Failure {
        self.world.books(|books| {
            let visit = &mut books.visits[self.visit];
            visit.failed = true;
            if let Some(pause) = pause {
                let route = (visit.site, visit.model.clone());
                let until = Instant::now() + pause.min(LONGEST_PAUSE);
                let known = books.processes[visit.process].not_before.entry(route).or_insert(until);
                *known = until.max(*known);
            }
        });
        failure
    }
}

impl Drop for Visiting {
    fn drop(&mut self) {
        self.with(|visit| visit.over = Some(Instant::now()));
    }
}
