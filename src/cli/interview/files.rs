//! The report as files, readable by their owner alone.

use std::fs::{DirBuilder, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::cli::exit::{Exit, Failure};
use crate::interview::Report;

/// A folder that can be written.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// The folder, made when it is not there yet.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn make(path: &Path) -> Result<Self, Failure> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.map_err(|error| failure(path, &error))?;
        Ok(Self(path.to_owned()))
    }

    /// Writes `report.json` and `report.md`, in place of older ones.
    ///
    /// # Errors
    /// When one of them can't be written.
    pub fn write(&self, report: &Report) -> Result<(), Failure> {
        for (name, text) in [("report.json", report.to_json()), ("report.md", report.to_markdown())] {
            let path = self.0.join(name);
            write(&path, &text).map_err(|error| failure(&path, &error))?;
        }
        Ok(())
    }
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options.create(true).write(true).truncate(true).mode(0o600).open(path)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.write_all(text.as_bytes())
}

fn failure(path: &Path, error: &io::Error) -> Failure {
    Failure::new(Exit::Failure, format!("{} can't be written: {error}", path.display()))
}
