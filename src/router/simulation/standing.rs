//! What must hold of the primary, and of a router after the faults: it comes back, it holds nothing, it has counted everything.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::{Instant, sleep};

use super::books::{Books, Process};
use super::house::{Desk, House};
use super::log::{Verdict, hold};
use super::plan::{Errand, NAMES};
use super::users;
use super::world::World;
use crate::config::Task;
use crate::router::{BreakerState, Ledger, Priority, StatusSnapshot};
use crate::store::{SwitchEntry, SwitchKind};

/// The least time between automatic switches, doubled for each that comes within `SOON` of the one before it, up to the longest,
/// and the least again after a long quiet (`router.md` R2).
const DWELL: TimeDelta = TimeDelta::seconds(60);
const LONGEST_DWELL: TimeDelta = TimeDelta::seconds(1800);
const SOON: TimeDelta = TimeDelta::minutes(30);
const QUIET: TimeDelta = TimeDelta::minutes(60);

/// An open route is asked again within this: 300 s and a fifth, the health check's own time, and a user's call.
const OPEN_CAP: Duration = Duration::from_secs(360 + 10 + 60);

/// Between two calls after the faults.
const TRAFFIC: Duration = Duration::from_secs(5);

/// Of every switch of the primary.
pub(super) fn of_switch(process: &mut Process, entry: &SwitchEntry) -> Verdict {
    process.switches_seen += 1;
    if entry.kind == SwitchKind::Manual {
        return Ok(());
    }
    let dwell = dwell(&process.switches);
    let since = process.switches.last().map(|last| entry.at - *last);
    process.switches.push(entry.at);
    let is_due = since.is_none_or(|since| since >= dwell || since >= QUIET);
    hold(is_due, "I6", || format!("{since:?} after the last one, where {dwell} are due: {entry:?}"))
}

/// How long the primary stays after the last of these automatic switches.
fn dwell(switches: &[DateTime<Utc>]) -> TimeDelta {
    switches.windows(2).map(|pair| pair[1] - pair[0]).fold(DWELL, |dwell, gap| match gap {
        gap if gap >= QUIET => DWELL,
        gap if gap <= SOON => (dwell * 2).min(LONGEST_DWELL),
        _ => dwell,
    })
}

/// After the faults: the primary returns, given traffic.
pub(super) async fn returns(world: &Arc<World>, house: &Arc<House>) {
    house.set_auto_switch(true);
    let Some(desk) = house.desk(false) else { return };
    let due = is_free_at(&desk) + OPEN_CAP;
    loop {
        let Some(snapshot) = world.look(desk.process) else { return };
        let now = Instant::now();
        if has_returned(&snapshot) {
            return;
        }
        let dwells = snapshot.dwell_until.is_some_and(|until| until + TimeDelta::seconds(20) > snapshot.at);
        let is_late = now > due && !dwells || now > due + 2 * LONGEST_DWELL.to_std().unwrap_or_default();
        world.log.judge(hold(!is_late, "I12", || {
            let leader = snapshot.provider(&snapshot.preferred);
            format!("{:?} after the faults {} leads; the preferred: {leader:#?}", now - world.began, snapshot.primary)
        }));
        if is_late {
            return;
        }
        users::come(world.clone(), house.clone(), plain()).await;
        // Far from its time there is nothing to see.
        let left = is_free_at(&desk).saturating_duration_since(now);
        sleep(TRAFFIC.max(left.saturating_sub(Duration::from_secs(30)))).await;
    }
}

/// When the preferred provider is no longer set aside beside its breaker.
fn is_free_at(desk: &Desk) -> Instant {
    let snapshot = desk.router.snapshot();
    let aside = leading(&snapshot).and_then(|route| route.unavailable.as_ref());
    Instant::now() + aside.and_then(|aside| (aside.until - snapshot.at).to_std().ok()).unwrap_or_default()
}

fn leading(snapshot: &StatusSnapshot) -> Option<&crate::router::RouteStatus> {
    let provider = snapshot.provider(&snapshot.preferred)?;
    provider.routes.iter().find(|route| route.tasks.contains(&Task::Chat))
}

fn has_returned(snapshot: &StatusSnapshot) -> bool {
    let is_well =
        |route: &crate::router::RouteStatus| route.breaker == BreakerState::Closed && route.unavailable.is_none();
    snapshot.primary == snapshot.preferred && leading(snapshot).is_some_and(is_well)
}

/// A call as anybody makes it.
fn plain() -> Errand {
    Errand {
        at: Duration::ZERO,
        second: false,
        task: Task::Chat,
        priority: Priority::Interactive,
        takes_words_back: true,
        deadline: None,
        pin: None,
        same_words: false,
        leaves: None,
    }
}

/// With nobody there, nothing is held.
pub(super) async fn rests(world: &Arc<World>, house: &Arc<House>) {
    let under_way = || world.books(|books| books.visits.iter().filter(|visit| visit.over.is_none()).count());
    // A health check may be under way.
    for _ in 0..200 {
        sleep(Duration::from_millis(100)).await;
        if under_way() == 0 {
            break;
        }
    }
    for desk in house.open() {
        let snapshot = desk.router.snapshot();
        let attempts: Vec<_> = snapshot.providers.iter().map(|provider| provider.in_flight).collect();
        let is_idle = snapshot.in_flight == 0 && snapshot.queued == 0 && attempts.iter().all(|number| *number == 0);
        world.log.judge(hold(is_idle && under_way() == 0, "I7", || {
            let (in_flight, queued) = (snapshot.in_flight, snapshot.queued);
            format!("at rest {in_flight} in flight, {queued} in line, attempts {attempts:?}, requests {}", under_way())
        }));
    }
}

/// Everything was counted, once: by the ledger that all processes share, and by each process that reads it again.
pub(super) async fn counts(world: &Arc<World>, house: &Arc<House>) {
    for desk in house.open() {
        desk.router.flush().await.expect("a ledger in memory can be written");
    }
    let (made, switched) = world
        .books(|books| (requests(books), books.processes.iter().map(|process| process.switches_seen).sum::<u64>()));
    let snapshots: Vec<_> = house.open().iter().map(|desk| desk.router.snapshot()).collect();
    let Some(day) = snapshots.first().map(|snapshot| snapshot.day) else { return };
    let remembered = house.ledger.load(day).await.expect("a ledger in memory can be read");
    let counted = remembered.counters.iter().map(|(route, counts)| (route.clone(), counts.attempts));
    let counted = counted.filter(|(_, attempts)| *attempts > 0).collect::<BTreeMap<_, _>>();
    world.log.judge(hold(counted == made, "I8", || format!("requests {made:?} are counted as {counted:?}")));
    let checked = remembered.counters.values().flat_map(|counts| counts.probe_results.values()).sum::<u64>();
    let checks = world.books(|books| health_checks(books));
    world.log.judge(hold(checked == checks, "I8", || format!("{checks} health checks are counted as {checked}")));
    let written = remembered.switches_today;
    world.log.judge(hold(written == switched, "I8", || format!("{switched} switches are counted as {written}")));
    for desk in house.open() {
        desk.router.keeper.refresh().await.expect("a ledger in memory can be read");
        let snapshot = desk.router.snapshot();
        let shown: u64 = snapshot.providers.iter().map(|provider| provider.requests_today).sum();
        let asked: u64 = made.values().sum();
        world.log.judge(hold(shown == asked, "I8", || format!("{asked} attempts are shown as {shown}")));
    }
}

/// Requests that users' calls made, by provider and model.
fn requests(books: &Books) -> BTreeMap<(String, String), u64> {
    let mut made = BTreeMap::new();
    for visit in books.visits.iter().filter(|visit| visit.call.is_some()) {
        *made.entry((NAMES[visit.site].to_owned(), visit.model.clone())).or_default() += 1;
    }
    made
}

/// Health checks that came to an end.
fn health_checks(books: &Books) -> u64 {
    books.visits.iter().filter(|visit| visit.call.is_none() && !visit.abandoned).count() as u64
}
