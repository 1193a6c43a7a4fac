//! Today's numbers of one route: additive, so that processes and restarts sum up to the same as one long run.

use std::collections::BTreeMap;
use std::ops::AddAssign;
use std::time::Duration;

use chrono::NaiveDate;

use super::core::millis;
use super::histogram::Histogram;
use crate::config::{Micro, Task};
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
    /// Milliseconds from the start to the end of answers.
    pub duration: Histogram,
    /// Milliseconds between two tokens of an answer, on its average.
    pub inter_token: Histogram,
    /// Attempts whose tokens nobody counted.
    pub estimated: u64,
    /// Attempts by what they were: `first`, `retry`, `failover`, `continuation`.
    pub reasons: BTreeMap<String, u64>,
    /// Calls that ended here, by `task:outcome`.
    pub requests: BTreeMap<String, u64>,
    /// Answers that broke off here after their first words, by what became of them: `continued`, `replaced`, `abandoned`.
    pub midstream: BTreeMap<String, u64>,
}

/// The end of an attempt or a probe, as far as it is counted.
#[derive(Clone, Copy, Debug)]
pub struct Counted {
    /// What kind of attempt; none for a probe.
    pub reason: Option<Reason>,
    pub outcome: Outcome,
    pub usage: Usage,
    /// Nobody counted the tokens.
    pub estimated: bool,
    pub cost: Micro,
    pub first_token: Option<Duration>,
    pub took: Duration,
}

/// What an attempt is within its call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The call's first one.
    First,
    /// At the same provider again.
    Retry,
    /// At another provider, before any text.
    Failover,
    /// Goes on with an answer that broke off.
    Continuation,
}

impl Reason {
    /// The reason's word in counters and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Retry => "retry",
            Self::Failover => "failover",
            Self::Continuation => "continuation",
        }
    }
}

impl RouteCounters {
    /// Counts the end of an attempt or of a probe.
    pub fn count(&mut self, ended: Counted) {
        let Counted { reason, outcome, usage, estimated, cost, first_token, took } = ended;
        self.prompt_tokens = self.prompt_tokens.saturating_add(usage.prompt_tokens);
        self.completion_tokens = self.completion_tokens.saturating_add(usage.completion_tokens);
        self.cost += cost;
        let Some(reason) = reason else {
            self.probes += 1;
            return;
        };
        self.attempts += 1;
        self.ok += u64::from(outcome == Outcome::Ok);
        self.estimated += u64::from(estimated && usage != Usage::default());
        one_more(&mut self.outcomes, outcome.as_str());
        one_more(&mut self.reasons, reason.as_str());
        if let Some(first_token) = first_token.filter(|_| outcome == Outcome::Ok) {
            self.first_token.add(millis(first_token));
            self.duration.add(millis(took));
            if let Some(gaps) = u32::try_from(usage.completion_tokens).ok().filter(|tokens| *tokens > 1) {
                self.inter_token.add(millis(took.saturating_sub(first_token) / (gaps - 1)));
            }
        }
    }

    /// Counts the end of a call.
    pub fn count_request(&mut self, task: Task, outcome: Outcome) {
        one_more(&mut self.requests, &format!("{task}:{}", outcome.as_str()));
    }

    /// Counts an answer that broke off after its first words.
    pub fn count_midstream(&mut self, result: &str) {
        one_more(&mut self.midstream, result);
    }

    /// Counts a step of a health check.
    pub fn count_probe(&mut self, level: &str, outcome: Outcome) {
        one_more(&mut self.probe_results, &format!("{level}:{}", outcome.as_str()));
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
        rows.push(("estimated".to_owned(), self.estimated));
        for (name, counts) in [
            ("outcome", &self.outcomes),
            ("reason", &self.reasons),
            ("request", &self.requests),
            ("midstream", &self.midstream),
            ("probe", &self.probe_results),
        ] {
            rows.extend(counts.iter().map(|(word, count)| (format!("{name}:{word}"), *count)));
        }
        for (name, histogram) in
            [("first_token", &self.first_token), ("duration", &self.duration), ("inter_token", &self.inter_token)]
        {
            rows.extend(histogram.buckets().map(|(bucket, count)| (format!("{name}:{bucket}"), count)));
        }
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
            ("estimated", _) => self.estimated += value,
            ("outcome", word) => *self.outcomes.entry(word.to_owned()).or_default() += value,
            ("reason", word) => *self.reasons.entry(word.to_owned()).or_default() += value,
            ("request", word) => *self.requests.entry(word.to_owned()).or_default() += value,
            ("midstream", word) => *self.midstream.entry(word.to_owned()).or_default() += value,
            ("probe", result) => *self.probe_results.entry(result.to_owned()).or_default() += value,
            ("first_token", bucket) => add_bucket(&mut self.first_token, bucket, value),
            ("duration", bucket) => add_bucket(&mut self.duration, bucket, value),
            ("inter_token", bucket) => add_bucket(&mut self.inter_token, bucket, value),
            _ => {}
        }
    }
}

fn one_more(counts: &mut BTreeMap<String, u64>, word: &str) {
    match counts.get_mut(word) {
        Some(count) => *count += 1,
        None => {
            counts.insert(word.to_owned(), 1);
        }
    }
}

fn add_bucket(histogram: &mut Histogram, bucket: &str, count: u64) {
    if let Ok(bucket) = bucket.parse() {
        histogram.add_to_bucket(bucket, count);
    }
}

impl AddAssign<&Self> for RouteCounters {
    fn add_assign(&mut self, other: &Self) {
        self.attempts += other.attempts;
        self.ok += other.ok;
        self.probes += other.probes;
        self.prompt_tokens = self.prompt_tokens.saturating_add(other.prompt_tokens);
        self.completion_tokens = self.completion_tokens.saturating_add(other.completion_tokens);
        self.cost += other.cost;
        self.estimated += other.estimated;
        for (own, theirs) in [
            (&mut self.outcomes, &other.outcomes),
            (&mut self.reasons, &other.reasons),
            (&mut self.requests, &other.requests),
            (&mut self.midstream, &other.midstream),
            (&mut self.probe_results, &other.probe_results),
        ] {
            theirs.iter().for_each(|(word, count)| *own.entry(word.clone()).or_default() += count);
        }
        self.first_token.merge(&other.first_token);
        self.duration.merge(&other.duration);
        self.inter_token.merge(&other.inter_token);
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
        let answer = Counted {
            reason: Some(Reason::First),
            outcome: Outcome::Ok,
            usage,
            estimated: false,
            cost: Micro(140),
            first_token: Some(Duration::from_millis(812)),
            took: Duration::from_millis(1_992),
        };
        let counters = book.route("llama", "m");
        counters.count(answer);
        let reset = Counted { outcome: Outcome::Reset, usage: Usage::default(), cost: Micro(2), ..answer };
        counters.count(Counted { reason: Some(Reason::Retry), first_token: None, ..reset });
        counters.count(Counted { reason: None, cost: Micro(1), ..answer });
        counters.count_request(Task::Chat, Outcome::Ok);
        counters.count_midstream("continued");
        book
    }

    #[test]
    fn an_answer_is_counted_with_its_times_and_a_retry_as_one() {
        let total = counted().total("llama", "m");
        assert_eq!(total.inter_token.percentile(50), Some(20), "sixty tokens after 1,180 ms");
        assert_eq!(total.reasons, BTreeMap::from([("first".to_owned(), 1), ("retry".to_owned(), 1)]));
        assert_eq!(total.requests, BTreeMap::from([("chat:ok".to_owned(), 1)]));
    }

    #[test]
    fn adding_is_the_same_as_adding_the_rows_of_the_store() {
        let counted = counted().total("llama", "m");
        let mut sum = counted.clone();
        sum += &counted;
        let mut by_rows = RouteCounters::default();
        counted.rows().into_iter().for_each(|(name, value)| by_rows.take(&name, 2 * value));
        assert_eq!(sum, by_rows);
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
