//! Where the router's records go: the store in a real run, memory in the demo and in simulations under paused time.

use std::future::Future;
use std::pin::Pin;
use std::sync::Mutex;

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

/// A ledger that is forgotten with the process.
#[derive(Debug, Default)]
pub struct MemoryLedger(Mutex<Vec<Entry>>);

impl MemoryLedger {
    fn entries(&self) -> std::sync::MutexGuard<'_, Vec<Entry>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn remembered(&self, day: NaiveDate) -> Remembered {
        let mut remembered = Remembered::default();
        let mut rows = Vec::new();
        for entry in self.entries().iter().cloned() {
            match entry {
                Entry::Counters(of, added) if of == day => rows.extend(added),
                Entry::Counters(..) => {}
                Entry::Switch(of, entry) => {
                    remembered.switches.insert(0, entry);
                    remembered.switches_today += u64::from(of == day);
                }
                Entry::Value(name, value) => {
                    remembered.values.retain(|(known, _)| *known != name);
                    remembered.values.push((name, value));
                }
            }
        }
        remembered.switches.truncate(SWITCHES_SHOWN);
        remembered.counters = counters::from_rows(rows);
        remembered
    }
}

impl Ledger for MemoryLedger {
    fn load(&self, day: NaiveDate) -> LedgerFuture<'_, Remembered> {
        let remembered = self.remembered(day);
        Box::pin(async move { Ok(remembered) })
    }

    fn write(&self, entry: Entry) -> LedgerFuture<'_, ()> {
        self.entries().push(entry);
        Box::pin(async { Ok(()) })
    }
}
