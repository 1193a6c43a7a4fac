//! Our own limits: attempts a minute at one provider, and calls in flight.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// Attempts that may start at once before the even spacing begins: protects per-second quotas (`router.md` R6).
const BURST: u32 = 5;

/// Spaces attempts evenly (generic cell rate algorithm): `burst` at once, then one each `interval`.
#[derive(Debug)]
pub struct RateLimit {
    interval: Duration,
    /// When the attempts let through so far would have been due at an even pace.
    due: Option<Instant>,
}

impl RateLimit {
    /// A limit per minute; `None` lets everything through.
    pub fn per_minute(limit: Option<u32>) -> Self {
        Self { interval: limit.map_or(Duration::ZERO, |limit| Duration::from_secs(60) / limit.max(1)), due: None }
    }

    /// The earliest moment an attempt may start.
    pub fn next(&self, now: Instant) -> Instant {
        let tolerance = self.interval * (BURST - 1);
        self.due.and_then(|due| due.checked_sub(tolerance)).map_or(now, |earliest| earliest.max(now))
    }

    /// Takes that moment's place.
    pub fn take(&mut self, now: Instant) -> Instant {
        let start = self.next(now);
        self.due = Some(self.due.map_or(start, |due| due.max(start)) + self.interval);
        start
    }
}

/// Lets at most so many calls be in flight.
#[derive(Debug)]
pub struct Gate {
    places: Option<Arc<Semaphore>>,
    in_flight: Arc<Count>,
    queued: Arc<Count>,
}

/// How many hold or wait for a place; rings whenever that changes, since the screen shows it.
#[derive(Debug)]
struct Count {
    number: AtomicUsize,
    changed: Arc<Notify>,
}

impl Count {
    fn new(changed: &Arc<Notify>) -> Arc<Self> {
        Arc::new(Self { number: AtomicUsize::new(0), changed: changed.clone() })
    }

    fn get(&self) -> usize {
        self.number.load(Ordering::Relaxed)
    }

    fn one_more(self: &Arc<Self>) -> One {
        self.number.fetch_add(1, Ordering::Relaxed);
        self.changed.notify_one();
        One(self.clone())
    }
}

/// One of a [`Count`], until it is dropped.
#[derive(Debug)]
struct One(Arc<Count>);

impl Drop for One {
    fn drop(&mut self) {
        self.0.number.fetch_sub(1, Ordering::Relaxed);
        self.0.changed.notify_one();
    }
}

/// A place among the calls in flight; free again when dropped.
#[derive(Debug)]
pub struct Place {
    _permit: Option<OwnedSemaphorePermit>,
    _counted: One,
}

impl Gate {
    /// A gate for `limit` calls; `None` lets everything through. `changed` rings when its numbers change.
    pub fn new(limit: Option<u32>, changed: &Arc<Notify>) -> Self {
        let places = limit.map(|limit| Arc::new(Semaphore::new(limit as usize)));
        Self { places, in_flight: Count::new(changed), queued: Count::new(changed) }
    }

    /// Calls that hold a place.
    pub fn in_flight(&self) -> usize {
        self.in_flight.get()
    }

    /// Calls that wait for one.
    pub fn queued(&self) -> usize {
        self.queued.get()
    }

    /// A place, if there is one at once.
    pub fn try_enter(&self) -> Option<Place> {
        let permit = match &self.places {
            None => None,
            Some(places) => Some(places.clone().try_acquire_owned().ok()?),
        };
        Some(self.place(permit))
    }

    /// Waits for a place, first come first served, until the deadline.
    pub async fn enter(&self, deadline: Instant) -> Option<Place> {
        let Some(places) = &self.places else { return Some(self.place(None)) };
        let waiting = self.queued.one_more();
        let permit = tokio::time::timeout_at(deadline, places.clone().acquire_owned()).await.ok()?.ok()?;
        drop(waiting);
        Some(self.place(Some(permit)))
    }

    fn place(&self, permit: Option<OwnedSemaphorePermit>) -> Place {
        Place { _permit: permit, _counted: self.in_flight.one_more() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixty_a_minute_lets_five_through_at_once_and_then_one_a_second() {
        let now = Instant::now();
        let mut limit = RateLimit::per_minute(Some(60));
        let starts: Vec<_> = (0..8).map(|_| limit.take(now) - now).collect();
        let seconds = |s| Duration::from_secs(s);
        assert_eq!(starts, [0, 0, 0, 0, 0, 1, 2, 3].map(seconds));
    }

    #[test]
    fn no_limit_never_waits() {
        let now = Instant::now();
        let mut limit = RateLimit::per_minute(None);
        assert!((0..1000).all(|_| limit.take(now) == now));
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_gate_lets_a_waiting_call_in_when_another_leaves() {
        let gate = Gate::new(Some(1), &Arc::default());
        let first = gate.try_enter().expect("a place");
        assert!(gate.try_enter().is_none());
        let deadline = Instant::now() + Duration::from_secs(5);
        assert!(gate.enter(deadline).await.is_none(), "nobody left in time");
        assert_eq!((gate.in_flight(), gate.queued()), (1, 0));
        drop(first);
        assert!(gate.enter(deadline).await.is_some());
        assert_eq!(gate.in_flight(), 0);
    }
}
