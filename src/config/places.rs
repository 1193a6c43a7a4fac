//! The folders VITA keeps its files in.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

/// Where files live: under `VITA_HOME` when it is set, else in the XDG folders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// `config.toml`.
    pub config_file: PathBuf,
    /// The database.
    pub data: PathBuf,
    /// Logs and locks.
    pub state: PathBuf,
}

impl Places {
    /// The places under one folder.
    pub fn under(home: &Path) -> Self {
        Self { config_file: home.join("config.toml"), data: home.join("data"), state: home.join("state") }
    }

    /// The XDG places of this user; `None` when the user has no home folder.
    pub fn of_user() -> Option<Self> {
        let base = etcetera::choose_base_strategy().ok()?;
        Some(Self {
            config_file: base.config_dir().join("vita").join("config.toml"),
            data: base.data_dir().join("vita"),
            state: base.state_dir().unwrap_or_else(|| base.data_dir()).join("vita"),
        })
    }
}
