//! A report as files, readable by their owner alone.

use std::fs::{DirBuilder, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::interview::Report;

/// A report could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{} can't be written: {source}", path.display())]
pub struct ReportError {
    /// What was to be written.
    pub path: PathBuf,
    /// Why it could not be.
    pub source: io::Error,
}

/// A folder for one report.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// The folder, made when it is not there yet.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn make(path: &Path) -> Result<Self, ReportError> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.map_err(|source| ReportError { path: path.to_owned(), source })?;
        Ok(Self(path.to_owned()))
    }

    /// Writes `report.json` and `report.md`, in place of older ones.
    ///
    /// # Errors
    /// When one of them can't be written.
    pub fn write(&self, report: &Report) -> Result<(), ReportError> {
        for (name, text) in [("report.json", report.to_json()), ("report.md", report.to_markdown())] {
            let path = self.0.join(name);
            write(&path, &text).map_err(|source| ReportError { path, source })?;
        }
        Ok(())
    }
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options.create(true).write(true).truncate(true).mode(0o600).open(path)?;
    // An older file keeps the mode it has.
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::app::tests::fixtures;
    use crate::config::Language;

    #[test]
    fn a_report_is_for_its_owner_s_eyes_only_also_in_place_of_an_older_file() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("reports").join("s1");
        fs::create_dir_all(&path).expect("a folder");
        fs::write(path.join("report.md"), "older").expect("a file");
        fs::set_permissions(path.join("report.md"), Permissions::from_mode(0o644)).expect("a mode");
        let report = fixtures::report(Language::En);
        Folder::make(&path).and_then(|folder| folder.write(&report)).expect("written");
        for (name, text) in [("report.json", report.to_json()), ("report.md", report.to_markdown())] {
            let file = path.join(name);
            let mode = fs::metadata(&file).expect("a file").permissions().mode() & 0o777;
            assert_eq!((fs::read_to_string(&file).expect("text"), mode), (text, 0o600), "{name}");
        }
    }

    #[test]
    fn what_can_t_be_written_is_named() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("file");
        fs::write(&path, "").expect("a file");
        let error = Folder::make(&path.join("s1")).expect_err("a file is no folder");
        assert!(error.to_string().starts_with(&format!("{}/s1 can't be written: ", path.display())), "{error}");
    }
}
