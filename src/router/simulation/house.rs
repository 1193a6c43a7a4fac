//! The processes of a run: routers on one ledger, ended and started anew as the operator wants.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{Receiver, Sender, channel};
use tokio::time::{sleep, sleep_until};

use super::books::Process;
use super::log::hold;
use super::plan::{Act, Continues, NAMES};
use super::standing;
use super::world::{Line, World};
use crate::clock::{Clock, Zone};
use crate::config::{Layers, ModelFacts, Price, Prices, Settings, Task, load};
use crate::router::{Endpoint, MemoryLedger, Parts, Router, RouterEvent, Timings};

/// The processes, and what they share.
pub(super) struct House {
    pub world: Arc<World>,
    pub ledger: Arc<MemoryLedger>,
    clock: Clock,
    settings: Settings,
    /// The first process, and the second once there is one; none while one is started anew.
    desks: Mutex<[Option<Desk>; 2]>,
}

/// A process as its users reach it.
#[derive(Clone)]
pub(super) struct Desk {
    pub process: usize,
    pub router: Router,
    /// Says so when the process ends. (A `watch` would wake its listeners in a random order.)
    pub close: Sender<()>,
}

impl House {
    pub fn new(world: Arc<World>) -> Self {
        let start = "2026-11-23T01:00:00Z".parse().expect("a moment");
        let settings = settings(&world);
        let clock = Clock::starting_at(start, Zone::Named(chrono_tz::UTC));
        Self { world, ledger: Arc::default(), clock, settings, desks: Mutex::default() }
    }

    fn desks(&self) -> MutexGuard<'_, [Option<Desk>; 2]> {
        self.desks.lock().expect("no panic in the house")
    }

    /// The process that a user turns to.
    pub fn desk(&self, second: bool) -> Option<Desk> {
        let desks = self.desks();
        desks[usize::from(second)].clone().or_else(|| desks[0].clone())
    }

    /// All processes that run.
    pub fn open(&self) -> Vec<Desk> {
        self.desks().iter().flatten().cloned().collect()
    }

    /// Starts a process in the place of what was there.
    pub async fn start(&self, place: usize, follows: Option<usize>) {
        let process = self.world.books(|books| {
            let process = follows.map_or_else(Process::new, |other| Process::following(&books.processes[other]));
            books.processes.push(process);
            books.processes.len() - 1
        });
        let parts = Parts {
            endpoints: self.endpoints(process),
            timings: Timings::of(&self.settings),
            ledger: self.ledger.clone(),
            clock: self.clock.clone(),
            simulated: false,
            probing: self.world.plan.knobs.probing,
            seed: self.world.plan.seed.wrapping_add(process as u64),
        };
        let before = self.clock.now();
        let router = Router::start(&self.settings, parts).await.expect("a ledger in memory can be read");
        self.world.log.note(format_args!("process {process} starts"));
        self.world.books(|books| books.processes[process].core = Arc::downgrade(&router.core));
        // What it did before anybody could listen.
        let at_start =
            router.snapshot().switches.iter().filter(|entry| entry.at >= before).cloned().collect::<Vec<_>>();
        for entry in at_start {
            self.world.log.judge(self.world.books(|books| standing::of_switch(&mut books.processes[process], &entry)));
        }
        tokio::spawn(watch_events(self.world.clone(), process, router.events()));
        let (close, _) = channel(1);
        self.desks()[place] = Some(Desk { process, router, close });
    }

    /// Ends a process in order: its users go, its records are written.
    pub async fn stop(&self, place: usize) -> Option<usize> {
        let desk = self.desks()[place].take()?;
        self.world.log.note(format_args!("process {} ends", desk.process));
        let _ = desk.close.send(());
        sleep(Duration::from_millis(100)).await;
        self.world.books(|books| {
            let unfinished =
                books.visits.iter_mut().filter(|visit| visit.process == desk.process && visit.over.is_none());
            unfinished.for_each(|visit| visit.abandoned = true);
        });
        desk.router.flush().await.expect("a ledger in memory can be written");
        Some(desk.process)
    }

    /// Does what the operator does, each at its time.
    pub async fn operate(&self) {
        for (at, act) in &self.world.plan.acts {
            sleep_until(self.world.began + *at).await;
            self.world.log.note(format_args!("operator: {act:?}"));
            match act {
                Act::Restart => {
                    let ended = self.stop(0).await;
                    self.start(0, ended).await;
                }
                Act::Second if self.desks()[1].is_none() => self.start(1, None).await,
                Act::Second => {}
                Act::Switch(name) => {
                    if let Some(desk) = self.desk(false) {
                        let _ = desk.router.switch_primary(name, "wanted", "key");
                    }
                }
                Act::AutoSwitch(enabled) => self.set_auto_switch(*enabled),
            }
        }
    }

    pub fn set_auto_switch(&self, enabled: bool) {
        self.open().iter().for_each(|desk| desk.router.set_auto_switch(enabled));
    }

    fn endpoints(&self, process: usize) -> Vec<Endpoint> {
        let world = &self.world;
        let price = |text| Price::per_thousand(text).expect("a price");
        let endpoint = |(site, plan): (usize, &super::plan::Site)| {
            let strong = format!("{}-strong", NAMES[site]);
            let light = format!("{}-light", NAMES[site]);
            let facts = |model: &String| {
                let continues = plan.continues != Continues::No;
                (model.clone(), ModelFacts { continues, ..ModelFacts::default() })
            };
            Endpoint {
                name: NAMES[site].to_owned(),
                fingerprint: "an address and a key".to_owned(),
                provider: Some(Arc::new(Line { world: world.clone(), process, site })),
                facts: [&strong, &light].map(facts).into(),
                models: BTreeMap::from([
                    (Task::Chat, strong.clone()),
                    (Task::Analysis, strong),
                    (Task::Fallback, light),
                ]),
                prices: Prices { input: price("0.001"), output: price("0.002"), ..Prices::default() },
                tokens_per_minute: None,
            }
        };
        world.plan.sites.iter().enumerate().map(endpoint).collect()
    }
}

/// The settings of a run. What they don't name is read once for all runs.
fn settings(world: &World) -> Settings {
    static DEFAULTS: OnceLock<Settings> = OnceLock::new();
    let defaults = DEFAULTS.get_or_init(|| {
        let environment = [("VITA_HOME", "/nonexistent/vita"), ("BUDGET_TIME_ZONE", "UTC")];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        load(Layers { environment, ..Layers::default() }).expect("settings").settings
    });
    let knobs = &world.plan.knobs;
    Settings {
        preferred: NAMES[0].to_owned(),
        max_retries: knobs.max_retries,
        max_concurrent: knobs.max_concurrent,
        rate_per_minute: knobs.rate_per_minute,
        use_fallback: knobs.use_fallback,
        auto_switch: knobs.auto_switch,
        request_timeout: knobs.request_timeout,
        health_check_interval: knobs.health_check_interval,
        ..defaults.clone()
    }
}

/// Tells the books what a router says of itself.
async fn watch_events(world: Arc<World>, process: usize, mut events: Receiver<RouterEvent>) {
    loop {
        match events.recv().await {
            Ok(event) => {
                world.log.note(format_args!("process {process}: {event:?}"));
                if let RouterEvent::Switched(entry) = &event {
                    world.log.judge(world.books(|books| standing::of_switch(&mut books.processes[process], entry)));
                }
                world.look(process);
            }
            Err(RecvError::Lagged(missed)) => {
                world.log.judge(hold(false, "I13", || format!("{missed} events of process {process} were missed")));
            }
            Err(RecvError::Closed) => return,
        }
    }
}
