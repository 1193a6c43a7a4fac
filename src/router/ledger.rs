//! Where the router's records go: the store in a real run, memory in the demo and in simulations under paused time.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::NaiveDate;

use super::counters::{self, Counters};
use super::snapshot::SWITCHES_SHOWN;
use crate::store::{CounterRow, Store, StoreError, SwitchEntry};

/// What a ledger gives back.
pub type LedgerFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// What is known of a day and of the time before.
#[derive(Clone, Debug, Default)]
pub struct Remembered {
    /// The day's counters.
    pub counters: Counters,
    /// The latest switches, newest first.
    pub switches: Vec<SwitchEntry>,
    /// How many of the day.
    pub switches_today: u64,
    /// Values by name.
    pub values: Vec<(String, String)>,
}

/// Something to be written.
#[derive(Clone, Debug)]
pub enum Entry {
    /// Add to the counters of a day.
    Counters(NaiveDate, Vec<CounterRow>),
    /// Append to the switch log of a day.
    Switch(NaiveDate, SwitchEntry),
    /// Remember a value under a name.
    Value(String, String),
}

/// Keeps what must outlive a process.
pub trait Ledger: Send + Sync {
    /// Reads what is known.
    fn load(&self, day: NaiveDate) -> LedgerFuture<'_, Remembered>;

    /// Writes one entry.
    fn write(&self, entry: Entry) -> LedgerFuture<'_, ()>;
}

impl Ledger for Store {
    fn load(&self, day: NaiveDate) -> LedgerFuture<'_, Remembered> {
        Box::pin(async move {
            Ok(Remembered {
                counters: counters::from_rows(self.counters(day).await?),
                switches: self.switches(SWITCHES_SHOWN).await?,
                switches_today: self.switches_of(day).await?,
                values: self.router_state().await?,
            })
        })
    }

    fn write(&self, entry: Entry) -> LedgerFuture<'_, ()> {
        Box::pin(async move {
            match entry {
                Entry::Counters(day, rows) => self.add_counters(day, &rows).await,
                Entry::Switch(day, entry) => self.append_switch(day, &entry).await,
                Entry::Value(name, value) => self.remember(&name, &value).await,
            }
        })
    }
}

/// A ledger that is forgotten with the process. It keeps sums and latest values, so it does not grow with use.
#[derive(Debug, Default)]
pub struct MemoryLedger(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    counters: BTreeMap<NaiveDate, BTreeMap<(String, String, String), u64>>,
    switches: Vec<(NaiveDate, SwitchEntry)>,
    values: BTreeMap<String, String>,
}

impl MemoryLedger {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ledger for MemoryLedger {
    fn load(&self, day: NaiveDate) -> LedgerFuture<'_, Remembered> {
        let kept = self.kept();
        let rows = kept.counters.get(&day).into_iter().flatten().map(|((provider, model, name), value)| CounterRow {
            provider: provider.clone(),
            model: model.clone(),
            name: name.clone(),
            value: *value,
        });
        let remembered = Remembered {
            counters: counters::from_rows(rows.collect()),
            switches: kept.switches.iter().rev().take(SWITCHES_SHOWN).map(|(_, entry)| entry.clone()).collect(),
            switches_today: kept.switches.iter().filter(|(of, _)| *of == day).count() as u64,
            values: kept.values.clone().into_iter().collect(),
        };
        Box::pin(async move { Ok(remembered) })
    }

    fn write(&self, entry: Entry) -> LedgerFuture<'_, ()> {
        let mut kept = self.kept();
        match entry {
            Entry::Counters(day, rows) => {
                let counters = kept.counters.entry(day).or_default();
                for row in rows {
                    *counters.entry((row.provider, row.model, row.name)).or_default() += row.value;
                }
            }
            Entry::Switch(day, entry) => kept.switches.push((day, entry)),
            Entry::Value(name, value) => {
                kept.values.insert(name, value);
            }
        }
        Box::pin(async { Ok(()) })
    }
}
