//! Calls in flight, and the line of those that wait for a place.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, futures::Notified};
use tokio::time::Instant;

use crate::router::call::Priority;

/// Calls that may wait (`router.md` R6).
const LONGEST: usize = 32;

/// A call of lower rank stands in the line as if it had come this much later: it goes behind the others, and not for ever.
const HANDICAP: Duration = Duration::from_secs(2);

/// Lets at most so many calls be in flight.
#[derive(Debug)]
pub struct Gate(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    places: Option<usize>,
    line: Mutex<Line>,
    /// Wakes those who wait.
    moved: Notify,
    /// Rings whenever a number changes, since the screen shows it.
    changed: Arc<Notify>,
}

#[derive(Debug, Default)]
struct Line {
    in_flight: usize,
    /// Who waits, first the one that goes first.
    waiting: Vec<Ticket>,
    tickets: u64,
    /// How long a place is held, smoothed over the latest calls.
    held: Option<Duration>,
}

/// A place in the line: the moment counted for it, and its number among those of one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Ticket(Instant, u64);

/// The line is full.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{LONGEST} calls wait already")]
pub struct Refused;

impl Gate {
    /// A gate for `limit` calls; `None` lets everything through. `changed` rings when its numbers change.
    pub fn new(limit: Option<u32>, changed: &Arc<Notify>) -> Self {
        Self(Arc::new(Inner {
            places: limit.map(|limit| limit as usize),
            line: Mutex::default(),
            moved: Notify::new(),
            changed: changed.clone(),
        }))
    }

    /// Calls that hold a place.
    pub fn in_flight(&self) -> usize {
        self.0.line().in_flight
    }

    /// Calls that wait for one.
    pub fn queued(&self) -> usize {
        self.0.line().waiting.len()
    }

    /// Stands in the line; whoever is first and finds a place goes in by [`Standing::enter`].
    ///
    /// # Errors
    /// When the line is full.
    pub fn stand(&self, priority: Priority, now: Instant) -> Result<Standing, Refused> {
        let mut line = self.0.line();
        let has_place = self.0.places.is_none_or(|places| line.in_flight < places);
        line.tickets += 1;
        let ticket = Ticket(now + HANDICAP * priority as u32, line.tickets);
        if line.waiting.len() >= LONGEST && !has_place {
            // Whoever would stand behind everybody is refused; the last one of lower rank makes room for a person.
            if line.waiting.last().is_none_or(|last| *last < ticket) {
                return Err(Refused);
            }
            line.waiting.pop();
        }
        let at = line.waiting.partition_point(|other| *other < ticket);
        line.waiting.insert(at, ticket);
        drop(line);
        self.0.tell();
        Ok(Standing { gate: self.0.clone(), ticket })
    }
}

impl Inner {
    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self) {
        self.moved.notify_waiters();
        self.changed.notify_one();
    }
}

/// A call in the line. Dropped, it has left.
#[derive(Debug)]
pub struct Standing {
    gate: Arc<Inner>,
    ticket: Ticket,
}

impl Standing {
    /// Goes in, when it is first and there is a place.
    pub fn enter(&self, now: Instant) -> Option<Place> {
        let mut line = self.gate.line();
        let has_place = self.gate.places.is_none_or(|places| line.in_flight < places);
        if !has_place || line.waiting.first() != Some(&self.ticket) {
            return None;
        }
        line.waiting.remove(0);
        line.in_flight += 1;
        drop(line);
        self.gate.tell();
        Some(Place { gate: self.gate.clone(), since: now })
    }

    /// Whether it still stands in the line: the last one makes room for a higher rank when the line is full.
    pub fn is_in_line(&self) -> bool {
        self.gate.line().waiting.contains(&self.ticket)
    }

    /// Its place in the line, from 1, and how long that takes by what calls took lately.
    pub fn outlook(&self) -> (usize, Option<Duration>) {
        let line = self.gate.line();
        let place = line.waiting.partition_point(|other| *other <= self.ticket).max(1);
        let places = self.gate.places.unwrap_or(usize::MAX).max(1);
        let rounds = u32::try_from(place.div_ceil(places)).unwrap_or(u32::MAX);
        (place, line.held.map(|held| held.saturating_mul(rounds)))
    }

    /// Resolves when the line moves after this was called and enabled.
    pub fn moved(&self) -> Notified<'_> {
        self.gate.moved.notified()
    }
}

impl Drop for Standing {
    fn drop(&mut self) {
        self.gate.line().waiting.retain(|other| *other != self.ticket);
        self.gate.tell();
    }
}

/// A place among the calls in flight; free again when dropped.
#[derive(Debug)]
pub struct Place {
    gate: Arc<Inner>,
    since: Instant,
}

impl Drop for Place {
    fn drop(&mut self) {
        let took = self.since.elapsed();
        let mut line = self.gate.line();
        line.in_flight -= 1;
        line.held = Some(line.held.map_or(took, |held| (held * 3 + took) / 4));
        drop(line);
        self.gate.tell();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Priority::{Analysis, Gateway, Interactive};

    fn gate(limit: Option<u32>) -> Gate {
        Gate::new(limit, &Arc::default())
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_goes_in_when_another_leaves() {
        let (gate, now) = (gate(Some(1)), Instant::now());
        let first = gate.stand(Interactive, now).expect("room").enter(now).expect("a place");
        let second = gate.stand(Interactive, now).expect("room");
        assert!(second.enter(now).is_none());
        assert_eq!((gate.in_flight(), gate.queued(), second.outlook().0), (1, 1, 1));
        drop(first);
        let place = second.enter(now).expect("a place");
        assert_eq!((gate.in_flight(), gate.queued()), (1, 0));
        drop(place);
        assert_eq!(gate.in_flight(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn people_go_before_programs_and_those_before_reports_but_nobody_waits_for_ever() {
        let (gate, now) = (gate(Some(1)), Instant::now());
        let _held = gate.stand(Interactive, now).expect("room").enter(now).expect("a place");
        let report = gate.stand(Analysis, now).expect("room");
        let program = gate.stand(Gateway, now).expect("room");
        let person = gate.stand(Interactive, now + Duration::from_secs(1)).expect("room");
        let late = gate.stand(Interactive, now + Duration::from_secs(5)).expect("room");
        let places = [&person, &program, &report, &late].map(|standing| standing.outlook().0);
        assert_eq!(places, [1, 2, 3, 4]);
        drop(program);
        assert_eq!(report.outlook().0, 2, "who leaves the line makes room");
    }

    #[tokio::test(start_paused = true)]
    async fn the_line_is_bounded() {
        let (gate, now) = (gate(Some(1)), Instant::now());
        let held = gate.stand(Interactive, now).expect("room").enter(now).expect("a place");
        let line: Vec<_> = (0..LONGEST).map(|_| gate.stand(Interactive, now).expect("room")).collect();
        assert_eq!(gate.stand(Interactive, now).err(), Some(Refused));
        drop(line);
        let reports: Vec<_> = (0..LONGEST).map(|_| gate.stand(Analysis, now).expect("room")).collect();
        let person = gate.stand(Interactive, now).expect("a report makes room");
        assert_eq!((person.outlook().0, gate.queued()), (1, LONGEST));
        assert_eq!(reports.iter().filter(|report| !report.is_in_line()).count(), 1);
        drop(held);
    }

    #[tokio::test(start_paused = true)]
    async fn the_outlook_rests_on_how_long_calls_took() {
        let gate = gate(Some(2));
        let enter = || gate.stand(Interactive, Instant::now()).expect("room").enter(Instant::now()).expect("a place");
        let (first, _second) = (enter(), enter());
        tokio::time::advance(Duration::from_secs(4)).await;
        drop(first);
        let _third = enter();
        let line: Vec<_> = (0..3).map(|_| gate.stand(Interactive, Instant::now()).expect("room")).collect();
        let seconds = |s| Some(Duration::from_secs(s));
        assert_eq!(
            line.iter().map(Standing::outlook).collect::<Vec<_>>(),
            [(1, seconds(4)), (2, seconds(4)), (3, seconds(8))]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_limit_everybody_goes_in() {
        let (gate, now) = (gate(None), Instant::now());
        let places: Vec<_> =
            (0..100).map(|_| gate.stand(Interactive, now).expect("room").enter(now).expect("a place")).collect();
        assert_eq!(gate.in_flight(), places.len());
    }
}
