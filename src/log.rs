//! The log file: warnings, and what VITA itself did, in the state folder. It never holds a prompt, an answer or a key.

use std::fs::{File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::Mutex;

use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::Places;

/// The file's name in the state folder.
const NAME: &str = "vita.log";
/// The name of the one before it.
const BEFORE: &str = "vita.log.1";
/// A file larger than this, in bytes, is put aside at the next start.
const LARGEST: u64 = 1 << 20;

/// Sends the log of this process to its file, readable by its owner alone. A second call changes nothing.
///
/// # Errors
/// When the file can't be opened. Nothing depends on the log: a caller may go on without.
pub fn start(places: &Places) -> io::Result<()> {
    let file = open(&places.state)?;
    // VITA's own steps, and from its libraries only what went wrong.
    let filter = Targets::new().with_default(Level::WARN).with_target("vita", Level::INFO);
    let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(Mutex::new(file));
    // Fails only where a log is already set up.
    let _ = tracing_subscriber::registry().with(filter).with(lines).try_init();
    Ok(())
}

fn open(folder: &Path) -> io::Result<File> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let path = folder.join(NAME);
    if std::fs::metadata(&path).is_ok_and(|file| file.len() > LARGEST) {
        std::fs::rename(&path, folder.join(BEFORE))?;
    }
    let file = OpenOptions::new().create(true).append(true).mode(0o600).open(&path)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn a_log_that_has_grown_large_is_put_aside_and_only_its_owner_may_read_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let old = "x".repeat(usize::try_from(LARGEST).expect("a size") + 1);
        std::fs::write(folder.path().join(NAME), &old).expect("an old log");
        open(folder.path()).expect("a log").write_all(b"new").expect("a line");
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("a file");
        assert_eq!((read(NAME).as_str(), read(BEFORE).len()), ("new", old.len()));
        let mode = std::fs::metadata(folder.path().join(NAME)).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
