//! Which step strikes which call.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tokio::time::Instant;

use super::{Fault, Flap, Quota, Step, Target};

/// A request as the conditions of a step see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::simulator) enum Asked<'a> {
    /// The list of models.
    Models,
    /// A chat call.
    Chat {
        model: &'a str,
        /// Whether it is a health check.
        probe: bool,
        /// Whether it goes on with a message of the assistant's.
        continues: bool,
        /// Tokens of the request.
        tokens: u64,
    },
}

impl Asked<'_> {
    fn is_of(self, target: Target) -> bool {
        match self {
            Self::Models => matches!(target, Target::Any | Target::Models),
            Self::Chat { probe, .. } => match target {
                Target::Any | Target::Chat => true,
                Target::Turns => !probe,
                Target::Probes => probe,
                Target::Models => false,
            },
        }
    }
}

/// The steps of one provider in force, and what has come to it since they are.
#[derive(Debug)]
pub(in crate::simulator) struct Schedule {
    steps: Vec<Armed>,
    since: Instant,
    seed: u64,
    chats: u64,
    probes: u64,
    listings: u64,
}

#[derive(Debug)]
struct Armed {
    step: Step,
    /// The window of the quota, and the calls in it so far.
    window: (u128, u64),
    /// Draws who is struck; one stream of numbers for each step.
    stream: u64,
}

impl Schedule {
    /// Steps in force since then.
    pub fn new(steps: Vec<Step>, since: Instant, seed: u64) -> Self {
        let armed = |(place, step): (usize, Step)| {
            let letters = step.provider.bytes().fold(place as u64, |sum, byte| sum.wrapping_mul(257) + u64::from(byte));
            Armed { stream: letters, step, window: (0, 0) }
        };
        let steps = steps.into_iter().enumerate().map(armed).collect();
        Self { steps, since, seed, chats: 0, probes: 0, listings: 0 }
    }

    /// Enters a request, and gives the first step that applies to it.
    pub fn strike(&mut self, asked: Asked, now: Instant) -> Option<Step> {
        let numbers = self.numbers();
        let (since, seed) = (self.since, self.seed);
        let mut steps = self.steps.iter_mut();
        let struck = steps.find_map(|armed| {
            let number = numbers(armed.step.on);
            let applies = armed.concerns(asked, number) && armed.strikes(number, since, now, seed);
            applies.then(|| armed.step.clone())
        });
        match asked {
            Asked::Models => self.listings += 1,
            Asked::Chat { probe, .. } => {
                self.chats += 1;
                self.probes += u64::from(probe);
            }
        }
        struck
    }

    /// Whether the list of models leaves this one out.
    pub fn lacks(&self, model: &str, now: Instant) -> bool {
        let numbers = self.numbers();
        self.steps.iter().any(|armed| {
            let step = &armed.step;
            let retired = step.fault == Fault::Retired && step.model.as_deref() == Some(model);
            retired && Asked::Models.is_of(step.on) && armed.counts(numbers(step.on)) && armed.is_down(self.since, now)
        })
    }

    /// How many requests of a target there have been.
    fn numbers(&self) -> impl Fn(Target) -> u64 + use<> {
        let (chats, probes, listings) = (self.chats, self.probes, self.listings);
        move |target| match target {
            Target::Any | Target::Chat => chats,
            Target::Turns => chats - probes,
            Target::Probes => probes,
            Target::Models => listings,
        }
    }
}

impl Armed {
    /// Whether the step is about this request: what is asked for, and which one it is.
    fn concerns(&self, asked: Asked, number: u64) -> bool {
        let step = &self.step;
        let fits = match asked {
            // A list has no model, no length and no quota of chat calls.
            Asked::Models => {
                let of_chats = step.longer_than.is_some() || step.quota.is_some() && step.on == Target::Any;
                step.fault.strikes_lists() && step.model.is_none() && !of_chats
            }
            Asked::Chat { model, continues, tokens, .. } => {
                step.model.as_deref().is_none_or(|only| only == model)
                    && step.longer_than.is_none_or(|most| tokens > most)
                    && (continues || !step.fault.is_of_continuing())
            }
        };
        asked.is_of(step.on) && fits && self.counts(number)
    }

    fn counts(&self, number: u64) -> bool {
        let begun = number.checked_sub(self.step.after);
        begun.is_some_and(|begun| self.step.count.is_none_or(|count| begun < count))
    }

    /// Whether time, quota and luck let it strike.
    fn strikes(&mut self, number: u64, since: Instant, now: Instant, seed: u64) -> bool {
        self.is_down(since, now) && self.is_over_quota(since, now) && self.draw(number, seed)
    }

    fn is_down(&self, since: Instant, now: Instant) -> bool {
        self.step.flap.is_none_or(|Flap { up, down }| {
            let cycle = (up + down).as_nanos().max(1);
            now.duration_since(since).as_nanos() % cycle >= up.as_nanos()
        })
    }

    fn is_over_quota(&mut self, since: Instant, now: Instant) -> bool {
        let Some(Quota { limit, per }) = self.step.quota else {
            return true;
        };
        let window = now.duration_since(since).as_nanos() / per.as_nanos().max(1);
        if self.window.0 != window {
            self.window = (window, 0);
        }
        self.window.1 += 1;
        self.window.1 > limit
    }

    fn draw(&self, number: u64, seed: u64) -> bool {
        self.step.percent.is_none_or(|percent| {
            let mut random = ChaCha8Rng::seed_from_u64(seed.wrapping_add(number));
            random.set_stream(self.stream);
            random.random_range(0.0..100.0) < percent
        })
    }
}

#[cfg(test)]
mod tests;
