//! Runs seeds: one by itself, or many over all cores, and says which promise was broken and how to see it again.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::time::{sleep_until, timeout};

use super::house::House;
use super::log::{Broken, hold};
use super::plan::Plan;
use super::world::World;
use super::{standing, users};

/// No schedule lasts longer, by the virtual clock.
const LONGEST: Duration = Duration::from_secs(20 * 3600);

/// A seed that takes this long by the real clock hangs; that is reported by name.
const HANGS: Duration = Duration::from_secs(120);

/// Lines of the trace shown with a broken promise.
const TAIL: usize = 40;

/// What came of a seed.
pub(super) struct Run {
    pub seed: u64,
    pub plan: Plan,
    pub lines: Vec<String>,
    pub broken: Option<Broken>,
    /// Snapshots and log lines, where they are kept.
    pub logged: Vec<String>,
}

impl Run {
    /// The schedule and the whole trace.
    pub fn whole(&self) -> String {
        format!("{:#?}\n{}", self.plan, self.lines.join("\n"))
    }

    /// The broken promise, the last of the trace, and how to see it again.
    pub fn verdict(&self) -> String {
        let Some(Broken { invariant, what }) = &self.broken else { return "every promise was kept".to_owned() };
        let mut words = format!("seed {} breaks {invariant}: {what}\n", self.seed);
        let shown = self.lines.iter().skip(self.lines.len().saturating_sub(TAIL));
        shown.for_each(|line| {
            let _ = writeln!(words, "{line}");
        });
        let replay = "cargo test --lib simulation::whatever -- --nocapture";
        let _ = write!(words, "to see it again: VITA_SIMULATION_SEED={} {replay}", self.seed);
        words
    }
}

/// Runs one seed.
pub(super) fn run(seed: u64) -> Run {
    play(seed, false)
}

/// Runs one seed and keeps snapshots and log lines.
pub(super) fn run_logged(seed: u64) -> Run {
    let written = Written::default();
    let writer = written.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let mut run = tracing::subscriber::with_default(subscriber, || play(seed, true));
    let bytes = std::mem::take(&mut *written.0.lock().expect("no panic while it is written"));
    run.logged.extend(String::from_utf8_lossy(&bytes).lines().map(str::to_owned));
    run
}

fn play(seed: u64, keep_snapshots: bool) -> Run {
    let plan = Plan::of(seed);
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
    let (lines, broken, logged) = runtime.block_on(async {
        let world = Arc::new(World::new(plan.clone(), keep_snapshots));
        let log = &world.log;
        tokio::select! {
            biased;
            () = log.broken() => {}
            ended = timeout(LONGEST, schedule(&world)) => {
                log.judge(hold(ended.is_ok(), "I10", || "the schedule has no end".to_owned()));
            }
        }
        let (lines, broken) = log.take();
        (lines, broken, world.take_snapshots())
    });
    Run { seed, plan, lines, broken, logged }
}

/// The whole of a schedule: the faults, and what comes after them.
async fn schedule(world: &Arc<World>) {
    let house = Arc::new(House::new(world.clone()));
    house.start(0, None).await;
    let calls =
        world.plan.calls.iter().map(|errand| tokio::spawn(users::come(world.clone(), house.clone(), errand.clone())));
    let calls: Vec<_> = calls.collect();
    house.operate().await;
    sleep_until(world.began + world.plan.length).await;
    for call in calls {
        let ended = call.await;
        world.log.judge(hold(ended.is_ok(), "I4", || format!("a user was shaken: {ended:?}")));
    }
    standing::returns(world, &house).await;
    standing::rests(world, &house).await;
    standing::counts(world, &house).await;
}

/// Runs seeds from zero over all cores.
///
/// # Panics
/// When a promise is broken, with the first seed that breaks each, or when a seed hangs.
pub(super) fn run_all(seeds: u64) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let next = Arc::new(AtomicU64::new(0));
    let (told, news) = mpsc::channel();
    for thread in 0..threads {
        let (next, told) = (next.clone(), told.clone());
        std::thread::spawn(move || {
            while let Some(seed) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|seed| *seed < seeds) {
                let _ = told.send((thread, seed, None));
                let run = run(seed);
                let _ = told.send((thread, seed, run.broken.is_some().then_some(run)));
            }
        });
    }
    drop(told);
    let mut running = vec![None; threads];
    let (mut ended, mut broken) = (0, BTreeMap::<&str, BTreeMap<u64, Run>>::new());
    loop {
        match news.recv_timeout(HANGS) {
            Ok((thread, seed, run)) => {
                ended += u64::from(running[thread].replace(seed) == Some(seed));
                let kind = run.as_ref().and_then(|run| run.broken.as_ref()).map(|broken| broken.invariant);
                kind.zip(run).map(|(kind, run)| broken.entry(kind).or_default().insert(seed, run));
            }
            Err(mpsc::RecvTimeoutError::Timeout) => panic!("one of the seeds {running:?} hangs"),
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
        }
    }
    assert!(broken.is_empty(), "{}", summary(seeds, &broken));
    assert_eq!(ended, seeds, "a schedule panicked, one of the seeds {running:?}");
}

/// How often each promise was broken, and the first seed of each.
fn summary(seeds: u64, broken: &BTreeMap<&str, BTreeMap<u64, Run>>) -> String {
    let mut words = String::new();
    for (invariant, runs) in broken {
        let first = runs.values().next().map(Run::verdict).unwrap_or_default();
        let _ = writeln!(words, "{first}\n{invariant} is broken by {} of {seeds} seeds\n", runs.len());
    }
    words
}

/// Where the log of a run is written.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic while it is written").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
