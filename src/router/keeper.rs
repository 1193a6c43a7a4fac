//! Publishes snapshots and writes records: whatever changed is on the screen and in the store soon after, and neither callers
//! nor the screen wait for the disk.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use super::core::Core;
use super::ledger::Ledger;
use super::memory;
use super::snapshot::{self, StatusSnapshot};
use crate::store::StoreError;

/// Changes closer together than this become one snapshot and one write.
const GATHER: Duration = Duration::from_millis(20);

/// Wait before a refused write is tried again.
const RETRY: Duration = Duration::from_secs(5);

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

    /// Shows whatever changes, for ever.
    pub async fn show(self: Arc<Self>) {
        loop {
            self.core.changed.notified().await;
            self.publish();
            sleep(GATHER).await;
        }
    }

    /// Writes whatever is to be kept, for ever. What the ledger refuses is tried again without anything new having to happen.
    pub async fn write(self: Arc<Self>) {
        loop {
            self.core.recorded.notified().await;
            while let Err(error) = self.flush().await {
                tracing::warn!(%error, "records could not be written; they are kept for the next try");
                sleep(RETRY).await;
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
        let mut batch = self.core.state().take_batch();
        for done in 0..batch.len() {
            if let Err(error) = self.ledger.write(batch[done].clone()).await {
                self.core.state().not_written(batch.split_off(done));
                return Err(error);
            }
            self.core.state().written(&batch[done]);
        }
        Ok(())
    }

    /// Reads what other processes have written, and today's book when the day has changed.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        self.flush().await?;
        let _one_at_a_time = self.writing.lock().await;
        let today = self.core.clock.today();
        self.core.state().turn_to(today);
        let remembered = self.ledger.load(today).await?;
        memory::adopt(&self.core, today, remembered);
        self.core.changed.notify_one();
        Ok(())
    }
}
