//! A schedule: who calls when and leaves when, what each provider is like at each moment, what the operator does. All of it
//! follows from one seed.

use std::time::Duration;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::weather::{Down, Weather, one_of};
use crate::config::Task;
use crate::router::Priority;

/// Names of the providers, in the order of the table.
pub(super) const NAMES: [&str; 3] = ["llama", "qwen", "third"];

/// One schedule.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub seed: u64,
    /// How long the faults last.
    pub length: Duration,
    pub knobs: Knobs,
    pub sites: Vec<Site>,
    pub calls: Vec<Errand>,
    /// What the operator does, in order.
    pub acts: Vec<(Duration, Act)>,
}

/// The settings that matter here.
#[derive(Clone, Debug)]
pub(super) struct Knobs {
    pub max_retries: u32,
    pub max_concurrent: Option<u32>,
    pub rate_per_minute: Option<u32>,
    pub use_fallback: bool,
    pub auto_switch: bool,
    pub probing: bool,
    pub request_timeout: Duration,
    pub health_check_interval: Duration,
}

/// One provider.
#[derive(Clone, Debug)]
pub(super) struct Site {
    pub continues: Continues,
    /// Wait for the first piece, and between pieces, at most.
    pub latency: (Duration, Duration),
    /// From when what it is like; the first begins at zero.
    pub weather: Vec<(Duration, Weather)>,
    /// Requests a minute; 429 beyond.
    pub quota: Option<usize>,
}

/// Whether a provider goes on with an answer whose beginning it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Continues {
    No,
    Yes,
    /// It is said to, and refuses the request.
    Refuses,
}

/// One user's call.
#[derive(Clone, Debug)]
pub(super) struct Errand {
    pub at: Duration,
    /// Of the second router, once there is one.
    pub second: bool,
    pub task: Task,
    pub priority: Priority,
    pub takes_words_back: bool,
    /// Latest end, from its start.
    pub deadline: Option<Duration>,
    pub pin: Option<&'static str>,
    /// Whether all providers would answer it in the same words.
    pub same_words: bool,
    pub leaves: Option<Leaves>,
}

/// When a user goes away: so long after a moment.
#[derive(Clone, Copy, Debug)]
pub(super) enum Leaves {
    /// After the call was made.
    Start(Duration),
    /// After it was told to stand in line.
    InLine(Duration),
    /// After an attempt began.
    Trying(Duration),
    /// After a backoff or another wait began.
    Waiting(Duration),
    /// After so many pieces of text.
    Pieces(usize, Duration),
}

/// What the operator does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Act {
    Switch(&'static str),
    AutoSwitch(bool),
    /// The process ends in order, and a new one starts on the same ledger.
    Restart,
    /// A second process starts on the same ledger.
    Second,
}

fn millis(rng: &mut ChaCha8Rng, from: u64, to: u64) -> Duration {
    Duration::from_millis(rng.random_range(from..to))
}

impl Plan {
    pub fn of(seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let rng = &mut rng;
        let length = millis(rng, 20_000, 200_000);
        let knobs = Knobs::draw(rng);
        let sites: Vec<_> = (0..one_of(&[2, 2, 3], rng)).map(|_| Site::draw(length, rng)).collect();
        let names = &NAMES[..sites.len()];
        let mut calls: Vec<Errand> = Vec::new();
        for _ in 0..rng.random_range(3..22) {
            let with_the_last = rng.random_ratio(1, 3);
            let at = calls.last().filter(|_| with_the_last).map_or_else(|| millis(rng, 0, 1000), |last| last.at);
            let at = if with_the_last { at } else { length.mul_f64(rng.random()) + at };
            calls.push(Errand::draw(at, names, rng));
        }
        let mut acts = Vec::new();
        for _ in 0..rng.random_range(0..4) {
            acts.push((length.mul_f64(rng.random()), Act::draw(names, rng)));
        }
        acts.sort_by_key(|(at, _)| *at);
        let mut plan = Self { seed, length, knobs, sites, calls, acts };
        if rng.random_ratio(1, 12) {
            plan.storm(rng);
        }
        plan
    }

    /// Everything goes down at once, and everybody calls: what a budget of retries is for.
    fn storm(&mut self, rng: &mut ChaCha8Rng) {
        let at = self.length / 2;
        let how =
            Weather::Down(one_of(&[Down::Reset, Down::Status { status: 503, says: None, should_retry: None }], rng));
        self.sites.iter_mut().for_each(|site| {
            site.weather = vec![(Duration::ZERO, Weather::Up), (at, how), (self.length, Weather::Up)];
            site.quota = None;
        });
        (self.knobs.max_retries, self.knobs.max_concurrent, self.knobs.rate_per_minute) = (3, None, None);
        self.calls.resize_with(24, || Errand::draw(at, &NAMES[..self.sites.len()], rng));
        for call in &mut self.calls {
            (call.at, call.pin, call.leaves) = (at + millis(rng, 0, 50), None, None);
        }
        self.acts.clear();
    }
}

impl Knobs {
    fn draw(rng: &mut ChaCha8Rng) -> Self {
        Self {
            max_retries: one_of(&[3, 3, 3, 3, 0, 1, 2], rng),
            max_concurrent: one_of(&[Some(10), Some(10), Some(3), Some(2), Some(1), None], rng),
            rate_per_minute: one_of(&[None, None, Some(60), Some(60), Some(12)], rng),
            use_fallback: rng.random_ratio(9, 10),
            auto_switch: rng.random_ratio(9, 10),
            probing: rng.random_ratio(5, 6),
            request_timeout: Duration::from_secs(one_of(&[30, 30, 30, 15, 8], rng)),
            health_check_interval: Duration::from_secs(one_of(&[60, 60, 20], rng)),
        }
    }
}

impl Site {
    fn draw(length: Duration, rng: &mut ChaCha8Rng) -> Self {
        let first = if rng.random_ratio(1, 2) { Weather::Up } else { Weather::draw(rng) };
        let mut weather = vec![(Duration::ZERO, first)];
        let mut at = millis(rng, 1000, 60_000);
        while at < length {
            weather.push((at, Weather::draw(rng)));
            at += millis(rng, 3000, 90_000);
        }
        weather.push((length, Weather::Up));
        Self {
            continues: one_of(&[Continues::No, Continues::Yes, Continues::Yes, Continues::Refuses], rng),
            latency: (millis(rng, 50, 2500), millis(rng, 5, 300)),
            weather,
            quota: one_of(&[None, None, Some(6), Some(20)], rng),
        }
    }
}

impl Errand {
    fn draw(at: Duration, names: &[&'static str], rng: &mut ChaCha8Rng) -> Self {
        let priority =
            one_of(&[Priority::Interactive, Priority::Interactive, Priority::Gateway, Priority::Analysis], rng);
        Self {
            at,
            second: rng.random_ratio(1, 3),
            task: if priority == Priority::Analysis { Task::Analysis } else { Task::Chat },
            priority,
            takes_words_back: rng.random_ratio(1, 2),
            deadline: rng.random_ratio(1, 5).then(|| millis(rng, 200, 60_000)),
            pin: rng.random_ratio(1, 8).then(|| one_of(names, rng)),
            same_words: rng.random_ratio(1, 2),
            leaves: rng.random_ratio(1, 4).then(|| Leaves::draw(rng)),
        }
    }
}

impl Leaves {
    fn draw(rng: &mut ChaCha8Rng) -> Self {
        let after = if rng.random_ratio(1, 4) { Duration::ZERO } else { millis(rng, 0, 3000) };
        match rng.random_range(0..6) {
            0 => Self::Start(after),
            1 => Self::InLine(after),
            2 => Self::Trying(after),
            3 => Self::Waiting(after),
            _ => Self::Pieces(rng.random_range(1..8), after),
        }
    }
}

impl Act {
    fn draw(names: &[&'static str], rng: &mut ChaCha8Rng) -> Self {
        match rng.random_range(0..8) {
            0..3 => Self::Switch(one_of(names, rng)),
            3 => Self::AutoSwitch(false),
            4 => Self::AutoSwitch(true),
            5 | 6 => Self::Restart,
            _ => Self::Second,
        }
    }
}
