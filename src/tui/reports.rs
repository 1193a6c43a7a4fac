//! Reports as files.

use std::io;
use std::path::{Path, PathBuf};

use tokio::fs::{DirBuilder, OpenOptions};
use tokio::io::AsyncWriteExt;

use crate::app::Event;
use crate::config::Places;
use crate::interview::Report;

/// The folder of one session's report.
pub(super) fn folder(places: &Places, session: &str) -> PathBuf {
    places.data.join("reports").join(session)
}

/// Writes a report as `report.json` and `report.md`, for its owner's eyes only; an older copy of the same report is replaced.
pub(super) async fn save(folder: &Path, report: &Report) -> Event {
    let written = async {
        DirBuilder::new().recursive(true).mode(0o700).create(folder).await?;
        write(&folder.join("report.json"), &report.to_json()).await?;
        write(&folder.join("report.md"), &report.to_markdown()).await
    };
    match written.await {
        Ok(()) => Event::ReportSaved(folder.to_owned()),
        Err(error) => Event::ReportNotSaved(format!("{}: {error}", folder.display())),
    }
}

async fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.create(true).write(true).truncate(true).mode(0o600);
    let mut file = options.open(path).await?;
    file.write_all(text.as_bytes()).await?;
    file.flush().await
}
