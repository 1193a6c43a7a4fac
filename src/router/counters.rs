//! Today's numbers of one route: additive, so that processes and restarts sum up to the same as one long run.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use chrono::NaiveDate;

use super::histogram::Histogram;
use crate::config::Micro;
use crate::store::CounterRow;
use crate::wire::{Outcome, Usage};

/// Counts of one route on one day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouteCounters {
    /// Attempts, without probes.
    pub attempts: u64,
    /// Those that succeeded.
    pub ok: u64,
    /// Attempts by the word of their outcome.
    pub outcomes: BTreeMap<String, u64>,
    /// Health checks of our own that asked for a token.
    pub probes: u64,
    /// The steps of health checks, free ones too, by level and outcome: `list:ok`, `token:server_error`.
    pub probe_results: BTreeMap<String, u64>,
    /// Tokens sent, probes included.
    pub prompt_tokens: u64,
    /// Tokens received, probes included.
    pub completion_tokens: u64,
    /// Cost, probes included.
    pub cost: Micro,
    /// Milliseconds to the first token of answers.
    pub first_token: Histogram,
}

impl RouteCounters {
    /// Counts the end of an attempt.
    pub fn count(&mut self, probe: bool, outcome: Outcome, usage: Usage, cost: Micro, first_token_ms: Option<u64>) {
        self.prompt_tokens = self.prompt_tokens.saturating_add(usage.prompt_tokens);
        self.completion_tokens = self.completion_tokens.saturating_add(usage.completion_tokens);
        self.cost += cost;
        if probe {
            self.probes += 1;
            return;
        }
        self.attempts += 1;
        self.ok += u64::from(outcome == Outcome::Ok);
        *self.outcomes.entry(outcome.as_str().to_owned()).or_default() += 1;
        if let Some(ms) = first_token_ms {
            self.first_token.add(ms);
        }
    }

    /// Counts a step of a health check.
    pub fn count_probe(&mut self, level: &str, outcome: Outcome) {
        *self.probe_results.entry(format!("{level}:{}", outcome.as_str())).or_default() += 1;
    }

    /// As rows of the store: name and value, without zeros.
    fn rows(&self) -> Vec<(String, u64)> {
        let mut rows = vec![
            ("attempts".to_owned(), self.attempts),
            ("ok".to_owned(), self.ok),
            ("probes".to_owned(), self.probes),
            ("prompt_tokens".to_owned(), self.prompt_tokens),
            ("completion_tokens".to_owned(), self.completion_tokens),
            ("cost_micro".to_owned(), self.cost.0),
        ];
        rows.extend(self.outcomes.iter().map(|(outcome, count)| (format!("outcome:{outcome}"), *count)));
        rows.extend(self.probe_results.iter().map(|(result, count)| (format!("probe:{result}"), *count)));
        rows.extend(self.first_token.buckets().map(|(bucket, count)| (format!("first_token:{bucket}"), count)));
        rows.retain(|(_, value)| *value > 0);
        rows
    }

    /// Takes a row of the store; a name this version does not know is left out.
    fn take(&mut self, name: &str, value: u64) {
        match name.split_once(':').unwrap_or((name, "")) {
            ("attempts", _) => self.attempts += value,
            ("ok", _) => self.ok += value,
            ("probes", _) => self.probes += value,
            ("prompt_tokens", _) => self.prompt_tokens = self.prompt_tokens.saturating_add(value),
            ("completion_tokens", _) => self.completion_tokens = self.completion_tokens.saturating_add(value),
            ("cost_micro", _) => self.cost += Micro(value),
            ("outcome", word) => *self.outcomes.entry(word.to_owned()).or_default() += value,
            ("probe", result) => *self.probe_results.entry(result.to_owned()).or_default() += value,
            ("first_token", bucket) => {
                if let Ok(bucket) = bucket.parse() {
                    self.first_token.add_to_bucket(bucket, value);
                }
            }
            _ => {}
        }
    }
}

impl AddAssign<&Self> for RouteCounters {
    fn add_assign(&mut self, other: &Self) {
        for (name, value) in other.rows() {
            self.take(&name, value);
        }
    }
}

/// Counts of every route, by provider and model.
pub type Counters = BTreeMap<(String, String), RouteCounters>;

/// Today's counters: what the store held when last read, what is on its way there, and what is newer.
#[derive(Debug)]
pub struct DayBook {
    day: NaiveDate,
    stored: Counters,
    sending: Counters,
    fresh: Counters,
}

impl DayBook {
    /// The book of a day, as stored.
    pub fn new(day: NaiveDate, stored: Counters) -> Self {
        Self { day, stored, sending: Counters::new(), fresh: Counters::new() }
    }

    /// The day it is about.
    pub fn day(&self) -> NaiveDate {
        self.day
    }

    /// The counters of a route that are not on their way to the store yet.
    pub fn route(&mut self, provider: &str, model: &str) -> &mut RouteCounters {
        self.fresh.entry((provider.to_owned(), model.to_owned())).or_default()
    }

    /// A route's numbers of the day.
    pub fn total(&self, provider: &str, model: &str) -> RouteCounters {
        let key = (provider.to_owned(), model.to_owned());
        let mut total = RouteCounters::default();
        for part in [&self.stored, &self.sending, &self.fresh] {
            if let Some(counters) = part.get(&key) {
                total += counters;
            }
        }
        total
    }

    /// Everything of one provider, also of models that the table no longer names.
    pub fn provider_total(&self, provider: &str) -> RouteCounters {
        let mut total = RouteCounters::default();
        for part in [&self.stored, &self.sending, &self.fresh] {
            part.iter().filter(|((name, _), _)| name == provider).for_each(|(_, counters)| total += counters);
        }
        total
    }

    /// What the store has not seen; from now on it is on its way. Ended by [`DayBook::sent`] or [`DayBook::not_sent`].
    pub fn send(&mut self) -> Vec<CounterRow> {
        add(&mut self.sending, std::mem::take(&mut self.fresh));
        rows(&self.sending)
    }

    /// What the store has not been sent; the book forgets it. For a book that is about to be closed.
    pub fn take_fresh(&mut self) -> Vec<CounterRow> {
        rows(&std::mem::take(&mut self.fresh))
    }

    /// The store has taken what was on its way.
    pub fn sent(&mut self) {
        let sending = std::mem::take(&mut self.sending);
        add(&mut self.stored, sending);
    }

    /// The store has refused: it stays ours, for the next try.
    pub fn not_sent(&mut self) {
        let sending = std::mem::take(&mut self.sending);
        add(&mut self.fresh, sending);
    }

    /// The store was read again: it also holds what other processes counted.
    pub fn refresh(&mut self, stored: Counters) {
        self.stored = stored;
    }
}

fn add(to: &mut Counters, from: Counters) {
    for (key, counters) in from {
        *to.entry(key).or_default() += &counters;
    }
}

fn rows(counters: &Counters) -> Vec<CounterRow> {
    counters
        .iter()
        .flat_map(|((provider, model), counters)| {
            let row = move |(name, value)| CounterRow { provider: provider.clone(), model: model.clone(), name, value };
            counters.rows().into_iter().map(row)
        })
        .collect()
}

/// Counters from rows of the store.
pub fn from_rows(rows: Vec<CounterRow>) -> Counters {
    let mut counters = Counters::new();
    for row in rows {
        counters.entry((row.provider, row.model)).or_default().take(&row.name, row.value);
    }
    counters
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted() -> DayBook {
        let mut book = DayBook::new(NaiveDate::default(), Counters::new());
        let usage = Usage { prompt_tokens: 12, completion_tokens: 60, cached_tokens: 0 };
        book.route("llama", "m").count(false, Outcome::Ok, usage, Micro(140), Some(812));
        book.route("llama", "m").count(false, Outcome::Reset, Usage::default(), Micro(2), None);
        book.route("llama", "m").count(true, Outcome::Ok, usage, Micro(1), Some(5));
        book
    }

    #[test]
    fn a_probe_costs_but_is_no_request() {
        let total = counted().total("llama", "m");
        assert_eq!((total.attempts, total.ok, total.probes, total.cost), (2, 1, 1, Micro(143)));
        assert_eq!(total.first_token.count(), 1);
    }

    #[test]
    fn numbers_are_the_same_before_during_and_after_the_store_took_them() {
        let mut book = counted();
        let before = book.total("llama", "m");
        let rows = book.send();
        assert_eq!(book.total("llama", "m"), before);
        book.sent();
        assert_eq!(book.total("llama", "m"), before);
        assert_eq!(from_rows(rows)[&("llama".to_owned(), "m".to_owned())], before);
        assert!(book.send().is_empty(), "nothing is sent twice");
    }

    #[test]
    fn what_the_store_refused_is_sent_again() {
        let mut book = counted();
        let rows = book.send();
        book.not_sent();
        assert_eq!(book.send(), rows);
    }
}
