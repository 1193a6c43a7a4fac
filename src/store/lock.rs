//! One process at a time writes a session. The operating system frees the lock when the process dies, however it dies.

use std::fs::{File, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::{Store, StoreError, place};

/// The right to write one session; given back when dropped.
#[derive(Debug)]
pub struct SessionLock {
    _file: File,
}

impl Store {
    /// Takes the right to write a session.
    ///
    /// # Errors
    /// [`StoreError::SessionInUse`] when another process (or another part of this one) has it.
    pub fn lock_session(&self, id: &str) -> Result<SessionLock, StoreError> {
        // The id comes from users too: it must not name a path.
        if !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err(StoreError::NoSession(id.to_owned()));
        }
        let path = self.locks.join(format!("{id}.lock"));
        let file = open(&path)?;
        match file.try_lock() {
            Ok(()) => Ok(SessionLock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::SessionInUse(id.to_owned())),
            Err(TryLockError::Error(source)) => Err(place(&path, source)),
        }
    }

    /// Removes the lock's file of a session that is over: nobody will ask for it again.
    pub fn forget_lock(&self, id: &str) {
        let _ = std::fs::remove_file(self.locks.join(format!("{id}.lock")));
    }
}

/// Waits until no other process holds this lock: two first starts at once must not both make the tables.
pub(super) async fn wait_for(path: &Path) -> Result<File, StoreError> {
    let file = open(path)?;
    let locked = tokio::task::spawn_blocking(move || file.lock().map(|()| file)).await;
    locked.unwrap_or_else(|error| Err(std::io::Error::other(error))).map_err(|source| place(path, source))
}

fn open(path: &Path) -> Result<File, StoreError> {
    let file = File::options().create(true).append(true).mode(0o600).open(path);
    file.map_err(|source| place(path, source))
}
