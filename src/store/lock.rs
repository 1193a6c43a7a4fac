//! One process at a time writes a session. The operating system frees the lock when the process dies, however it dies.

use std::fs::{File, TryLockError};
use std::os::unix::fs::OpenOptionsExt;

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
        let open = File::options().create(true).append(true).mode(0o600).open(&path);
        let file = open.map_err(|source| place(&path, source))?;
        match file.try_lock() {
            Ok(()) => Ok(SessionLock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::SessionInUse(id.to_owned())),
            Err(TryLockError::Error(source)) => Err(place(&path, source)),
        }
    }

    /// Removes the lock's file of a session that is over.
    pub(super) fn forget_lock(&self, id: &str) {
        let _ = std::fs::remove_file(self.locks.join(format!("{id}.lock")));
    }
}
