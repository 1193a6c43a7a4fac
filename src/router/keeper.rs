//! The one task that publishes snapshots and writes records: whatever changed is on the screen and in the store soon after,
//! and nobody waits for the disk.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use super::core::Core;
use super::ledger::{Entry, Ledger};
use super::memory;
use super::snapshot::{self, StatusSnapshot};
use crate::store::StoreError;

/// Changes closer together than this become one snapshot and one write.
const GATHER: Duration = Duration::from_millis(20);

/// Writes records one batch at a time.
pub(super) struct Keeper {
    core: Arc<Core>,
    ledger: Arc<dyn Ledger>,
    snapshots: watch::Sender<Arc<StatusSnapshot>>,
    writing: tokio::sync::Mutex<()>,
}

impl Keeper {
    pub fn new(core: Arc<Core>, ledger: Arc<dyn Ledger>) -> Self {
        let (snapshots, _) = watch::channel(Arc::new(snapshot::take(&core)));
        Self { core, ledger, snapshots, writing: tokio::sync::Mutex::new(()) }
    }

    pub fn watch(&self) -> watch::Receiver<Arc<StatusSnapshot>> {
        self.snapshots.subscribe()
    }

    /// Publishes and writes whenever something changed, for ever.
    pub async fn run(self: Arc<Self>) {
        loop {
            self.core.changed.notified().await;
            self.publish();
            if let Err(error) = self.flush().await {
                tracing::warn!(%error, "records could not be written; they are kept for the next try");
            }
            sleep(GATHER).await;
        }
    }

    /// Shows the present truth to everybody who watches.
    pub fn publish(&self) {
        self.snapshots.send_replace(Arc::new(snapshot::take(&self.core)));
    }

    /// Writes everything that is not in the ledger yet.
    pub async fn flush(&self) -> Result<(), StoreError> {
        let _one_at_a_time = self.writing.lock().await;
        let (day, rows, entries) = {
            let mut state = self.core.state();
            (state.book.day(), state.book.send(), std::mem::take(&mut state.outbox))
        };
        let mut entries = entries.into_iter();
        while let Some(entry) = entries.next() {
            if let Err(error) = self.ledger.write(entry.clone()).await {
                let mut state = self.core.state();
                let newer = std::mem::take(&mut state.outbox);
                state.outbox = std::iter::once(entry).chain(entries).chain(newer).collect();
                state.book.not_sent();
                return Err(error);
            }
        }
        if rows.is_empty() {
            return Ok(());
        }
        let entry = Entry::Counters(day, rows);
        let written = self.ledger.write(entry.clone()).await;
        let mut state = self.core.state();
        match (&written, state.book.day() == day) {
            (Ok(()), true) => state.book.sent(),
            (Err(_), true) => state.book.not_sent(),
            // Midnight has opened a new book meanwhile.
            (Ok(()), false) => {}
            (Err(_), false) => state.outbox.push(entry),
        }
        written
    }

    /// Reads what other processes have written, and today's book when the day has changed.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        self.flush().await?;
        let _one_at_a_time = self.writing.lock().await;
        let today = self.core.clock.today();
        self.core.state().turn_to(today);
        let remembered = self.ledger.load(today).await?;
        memory::adopt(&self.core, remembered);
        self.core.changed.notify_one();
        Ok(())
    }
}
