//! The sources as text.

use std::fs;
use std::path::{Path, PathBuf};

/// One source file.
pub struct Source {
    /// Its path below `src`.
    pub path: String,
    /// All of it.
    pub text: String,
}

impl Source {
    /// The top-level module it belongs to.
    pub fn module(&self) -> &str {
        self.path.split('/').next().unwrap_or_default().trim_end_matches(".rs")
    }

    /// How many modules deep it is; 1 for a top-level module.
    pub fn depth(&self) -> usize {
        let components = self.path.split('/').count();
        if self.path.ends_with("/mod.rs") { components - 1 } else { components }
    }

    /// Whether it is compiled for tests only.
    pub fn is_test(&self) -> bool {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        self.path.contains("/tests/") || ["tests.rs", "testing.rs"].contains(&name)
    }

    /// The code that ships: without comments, and without the tests at the end of a file.
    pub fn code(&self) -> String {
        let shipped = self.text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let code = shipped.lines().filter(|line| !line.trim_start().starts_with("//"));
        code.map(|line| format!("{line}\n")).collect()
    }
}

/// Every file of `src`, sorted by path.
pub fn all() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    files
        .into_iter()
        .map(|file| Source {
            text: fs::read_to_string(&file).expect("a source file"),
            path: file.strip_prefix(&root).expect("a path below src").display().to_string(),
        })
        .collect()
}

/// Every file whose code ships.
pub fn shipped() -> Vec<Source> {
    all().into_iter().filter(|source| !source.is_test()).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}
