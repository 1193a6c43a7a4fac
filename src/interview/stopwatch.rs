//! The interview's own time: it runs while the interview does.

use std::time::Duration;

/// Counts while it runs. `now` is a reading of any clock that never goes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stopwatch {
    counted: Duration,
    running_since: Option<Duration>,
}

impl Stopwatch {
    /// Stopped, with `counted` on it.
    pub fn stopped_at(counted: Duration) -> Self {
        Self { counted, running_since: None }
    }

    /// What it shows.
    pub fn read(&self, now: Duration) -> Duration {
        let since = self.running_since.map_or(Duration::ZERO, |since| now.saturating_sub(since));
        self.counted.saturating_add(since)
    }

    /// Runs from `now`; no effect while it runs.
    pub fn start(&mut self, now: Duration) {
        self.running_since.get_or_insert(now);
    }

    /// Stops at `now`.
    pub fn stop(&mut self, now: Duration) {
        *self = Self::stopped_at(self.read(now));
    }
}
