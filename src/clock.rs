//! The calendar: what time it is, and which day "today" is in the configured zone.

use std::sync::Arc;

use chrono::{DateTime, Local, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use tokio::time::Instant;

/// The zone that decides when a day ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// The machine's own zone.
    Local,
    /// A zone of the IANA database.
    Named(Tz),
}

/// Tells the calendar's time. Durations are measured with tokio's clock instead, which tests can pause.
#[derive(Clone, Debug)]
pub struct Clock {
    zone: Zone,
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    System,
    /// A calendar that starts at a given moment and moves with tokio's clock.
    Running(Arc<(DateTime<Utc>, Instant)>),
}

impl Clock {
    /// The machine's clock.
    pub fn system(zone: Zone) -> Self {
        Self { zone, source: Source::System }
    }

    /// A calendar that reads `start` now and moves with tokio's clock: under paused time a day passes in a test.
    pub fn starting_at(start: DateTime<Utc>, zone: Zone) -> Self {
        Self { zone, source: Source::Running(Arc::new((start, Instant::now()))) }
    }

    /// The present moment.
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the machine's calendar")]
    pub fn now(&self) -> DateTime<Utc> {
        match &self.source {
            Source::System => Utc::now(),
            Source::Running(origin) => {
                let passed = TimeDelta::from_std(origin.1.elapsed()).unwrap_or(TimeDelta::MAX);
                origin.0.checked_add_signed(passed).unwrap_or(DateTime::<Utc>::MAX_UTC)
            }
        }
    }

    /// The day it is in the configured zone.
    pub fn today(&self) -> NaiveDate {
        self.day_of(self.now())
    }

    /// The day of a moment in the configured zone.
    pub fn day_of(&self, moment: DateTime<Utc>) -> NaiveDate {
        match self.zone {
            Zone::Local => moment.with_timezone(&Local).date_naive(),
            Zone::Named(zone) => moment.with_timezone(&zone).date_naive(),
        }
    }

    /// A moment as people read it on a wall clock of the configured zone: `14:05:09`.
    pub fn time_of_day(&self, moment: DateTime<Utc>) -> String {
        match self.zone {
            Zone::Local => moment.with_timezone(&Local).format("%H:%M:%S").to_string(),
            Zone::Named(zone) => moment.with_timezone(&zone).format("%H:%M:%S").to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn the_day_ends_at_midnight_of_the_configured_zone() {
        let evening = "2026-11-22T15:59:59Z".parse().expect("a moment");
        let clock = Clock::starting_at(evening, Zone::Named(chrono_tz::Asia::Shanghai));
        assert_eq!(clock.today().to_string(), "2026-11-22");
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(clock.today().to_string(), "2026-11-23");
    }
}
