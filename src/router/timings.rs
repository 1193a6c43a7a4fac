//! Every duration the router waits, in one place, so that tests over real sockets can shrink them all.

use std::time::Duration;

use crate::config::Settings;

/// How long the router waits, and for what. Figures from `router.md` R2, R3 and R9 unless a setting gives them.
#[derive(Clone, Debug)]
pub struct Timings {
    /// Longest wait for a first token over all attempts of a call (`REQUEST_TIMEOUT`).
    pub request: Duration,
    /// Longest wait for one route's first token while another route can take over; `None` = adaptive.
    pub first_token: Option<Duration>,
    /// Bounds of the adaptive wait: four times the 95th percentile, kept between these.
    pub first_token_bounds: (Duration, Duration),
    /// The adaptive wait before enough samples.
    pub first_token_start: Duration,
    /// Longest silence inside an answer.
    pub idle: Duration,
    /// Longest answer, from its first token to its end.
    pub total: Duration,
    /// A first token later than this is reported as slow.
    pub slow: Duration,
    /// Longest wait for a place among the calls in flight.
    pub queue: Duration,
    /// Another provider is used when our own limit would make the preferred one wait longer than this.
    pub rate_patience: Duration,
    /// The least speed of an answer while another provider could go on with it: so many tokens within a time.
    pub floor: (u64, Duration),
    /// Least time left in which an answer that broke off is gone on with.
    pub rescue: Duration,
    /// Wait before the first retry on the same route; doubles each time.
    pub retry_base: Duration,
    /// Longest wait between retries.
    pub retry_cap: Duration,
    /// A `Retry-After` up to this is waited for instead of going to another provider.
    pub retry_after_patience: Duration,
    /// A route with a failure in this time is not retried on the spot.
    pub clean: Duration,
    /// Outcomes of a route that are older than this no longer count for its health.
    pub window: Duration,
    /// An open breaker lets a trial through after this even without a good probe.
    pub open_cooldown: Duration,
    /// After this long without a failure, a route that fails again is probed as often as if it had never failed.
    pub quiet: Duration,
    /// First and longest time a throttled route is left alone when it does not say how long.
    pub throttle: (Duration, Duration),
    /// How long a route is left alone whose key, account or model is refused.
    pub blocked: Duration,
    /// Automatic switches of the primary are at least this far apart.
    pub dwell: Duration,
    /// The dwell doubles up to this with each automatic switch that follows another one soon.
    pub dwell_longest: Duration,
    /// What soon means, and after how long without an automatic switch the dwell is as short as at first.
    pub dwell_memory: (Duration, Duration),
    /// A throttle longer than this moves the primary.
    pub throttle_moves_primary: Duration,
    /// The third throttle within this moves it too.
    pub throttles_move_primary: Duration,
    /// Time without traffic after which a provider is probed (`HEALTH_CHECK_INTERVAL`).
    pub probe_interval: Duration,
    /// Time between two probes of an open or failing route, at first.
    pub open_probe_interval: Duration,
    /// How long an open route is probed that often.
    pub open_probes_often: Duration,
    /// After that the time between two probes doubles from the first to the second.
    pub open_probe_late: (Duration, Duration),
    /// Without a call for so long, probes that cost money become as rare as the second.
    pub dormant: (Duration, Duration),
    /// Longest wait for a probe's answer.
    pub probe_timeout: Duration,
}

impl Timings {
    /// The durations that the settings ask for.
    pub fn of(settings: &Settings) -> Self {
        let seconds = Duration::from_secs;
        Self {
            request: settings.request_timeout,
            first_token: settings.first_token_timeout,
            first_token_bounds: (seconds(5), seconds(12)),
            first_token_start: seconds(10),
            idle: settings.stream_idle_timeout,
            total: seconds(120),
            slow: seconds(3),
            queue: seconds(5),
            rate_patience: seconds(3),
            floor: (20, seconds(10)),
            rescue: seconds(8),
            retry_base: settings.retry_base_delay,
            retry_cap: seconds(20),
            retry_after_patience: seconds(3),
            clean: seconds(60),
            window: seconds(1800),
            open_cooldown: seconds(300),
            quiet: seconds(1800),
            throttle: (seconds(1), seconds(60)),
            blocked: seconds(3600),
            dwell: seconds(60),
            dwell_longest: seconds(1800),
            dwell_memory: (seconds(1800), seconds(3600)),
            throttle_moves_primary: seconds(10),
            throttles_move_primary: seconds(300),
            probe_interval: settings.health_check_interval,
            open_probe_interval: seconds(15),
            open_probes_often: seconds(120),
            open_probe_late: (seconds(30), seconds(300)),
            dormant: (seconds(1800), seconds(300)),
            probe_timeout: seconds(10),
        }
    }

    /// The longest a trial may hold its lease: no attempt lasts longer.
    pub fn lease(&self) -> Duration {
        self.request + self.total
    }

    /// For the demo: a newcomer takes a provider down and up and watches the switch and the return within seconds.
    pub fn for_demo(settings: &Settings) -> Self {
        let seconds = Duration::from_secs;
        Self {
            open_probe_interval: seconds(2),
            open_probe_late: (seconds(4), seconds(15)),
            dwell: seconds(5),
            dwell_longest: seconds(20),
            retry_base: settings.retry_base_delay.min(Duration::from_millis(300)),
            ..Self::of(settings)
        }
    }
}
