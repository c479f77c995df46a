//! The files of staging tables.

use std::path::{Path, PathBuf};

use uuid::Uuid;

const SUFFIX: &str = "-staging-";

/// A second database file for staging tables, so that the main file does not grow. It is removed when dropped.
pub(super) struct StagingFile(PathBuf);

impl StagingFile {
    /// A new one in the folder of a database.
    pub(super) fn new(database: &Path) -> StagingFile {
        let mut path = database.as_os_str().to_owned();
        path.push(format!("{SUFFIX}{}", Uuid::now_v7()));
        StagingFile(path.into())
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for StagingFile {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.0)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!("a staging file stays until the next start: {error}");
        }
    }
}

/// Removes the files of processes that were killed.
pub(super) fn remove_staging_files(database: &Path) {
    let folder = database.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    let Some(name) = database.file_name().and_then(|name| name.to_str()) else { return };
    let prefix = format!("{name}{SUFFIX}");
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(|name| name.starts_with(&prefix)) {
            drop(StagingFile(entry.path()));
        }
    }
}
