//! What outlives a process: sessions, counters, the switch log. The only place with SQL.

mod ledger;
mod lock;
mod sessions;
mod switch_log;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

pub use ledger::CounterRow;
pub use lock::SessionLock;
pub use sessions::{SessionHead, SessionRecord};
pub use switch_log::{Evidence, Policy, SwitchDetails, SwitchEntry, SwitchKind};

/// Longest wait for another process's write.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Why the store could not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A folder or file could not be made or opened.
    #[error("{path}: {source} (check that the folder exists and may be written, or set VITA_HOME)")]
    Place {
        /// The file or folder.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The database refused.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// The database is of a newer or damaged kind.
    #[error("database: {0}; it may have been written by a newer version")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// No such session.
    #[error("there is no session {0} (see `vita sessions list`)")]
    NoSession(String),
    /// A beginning of an id that fits several.
    #[error("several sessions begin with {0}: give more of the id (see `vita sessions list`)")]
    SeveralSessions(String),
    /// Somebody else has the session open.
    #[error("session {0} is open in another running copy of vita")]
    SessionInUse(String),
    /// A row that this version can't read.
    #[error("stored {what} can't be read: {why}")]
    Unreadable {
        /// What kind of row.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
}

/// A handle to the database; clones share one pool.
#[derive(Clone, Debug)]
pub struct Store {
    pool: SqlitePool,
    locks: std::sync::Arc<std::path::PathBuf>,
}

impl Store {
    /// Opens the database at `sqlite:PATH`, making it (readable by its owner alone) and bringing its tables up to date.
    /// `state` is the folder for the locks of open sessions.
    ///
    /// # Errors
    /// When a folder can't be made, or the file is no database of this version or an older one.
    pub async fn open(url: &str, state: &Path) -> Result<Self, StoreError> {
        // Not parsed as a URL: a folder's name may hold any character.
        let file = Path::new(url.strip_prefix("sqlite:").unwrap_or(url));
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            // In WAL mode a committed row survives the death of the process; only a power cut may lose the last ones.
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(BUSY_TIMEOUT);
        if let Some(folder) = file.parent() {
            private_folder(folder)?;
        }
        private_folder(state)?;
        private_file(file)?;
        let _alone = lock::wait_for(&state.join("migrations.lock")).await?;
        let pool = SqlitePoolOptions::new().max_connections(2).connect_with(options).await?;
        sqlx::migrate!("src/store/migrations").run(&pool).await?;
        Ok(Self { pool, locks: std::sync::Arc::new(state.to_owned()) })
    }

    /// Waits for running statements and closes the file.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// Makes a folder only its owner may enter; one that exists is left as it is.
fn private_folder(path: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::DirBuilderExt;
    if path.as_os_str().is_empty() {
        return Ok(());
    }
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|source| place(path, source))
}

/// Makes a file only its owner may read, or takes the rights of others from one that exists: SQLite's side files copy them.
fn private_file(path: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    let file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
        .map_err(|source| place(path, source))?;
    file.set_permissions(std::fs::Permissions::from_mode(0o600)).map_err(|source| place(path, source))
}

fn place(path: &Path, source: std::io::Error) -> StoreError {
    StoreError::Place { path: path.display().to_string(), source }
}
