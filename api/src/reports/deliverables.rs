//! The files of reports: a CSV and a page for each report, and once the files that the pages load.

use std::borrow::Cow;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::{Report, Year};
use crate::pages::Place;
use crate::pages::assets;

/// How long a file that is being written is spared.
const STALE: Duration = Duration::from_secs(60);

/// Writes the files of a report, where they differ from it. A failure is only a warning, because the report itself is
/// answered.
pub async fn refresh(folder: &Path, report: &Arc<Report>) {
    let (folder, report) = (folder.to_owned(), Arc::clone(report));
    let name = report.file_name();
    let written = tokio::task::spawn_blocking(move || write(&folder, &report)).await;
    match written.map_err(io::Error::other) {
        Ok(Ok(())) => {}
        Ok(Err(error)) | Err(error) => {
            tracing::warn!("the files of {name} cannot be written; see DELIVERABLES_DIR: {error}");
        }
    }
}

fn write(folder: &Path, report: &Report) -> io::Result<()> {
    let path = |extension: &str| folder.join(format!("{}.{extension}", report.file_name()));
    // There are thousands of years without hires. Requests for all of them must not fill a disk.
    if !report.has_hires() && report.year != Year::DEFAULT && !path("csv").exists() {
        return Ok(());
    }
    let assets = folder.join(Place::Saved.assets());
    fs::create_dir_all(&assets)?;
    remove_stale(folder);
    for asset in assets::all() {
        let path = assets.join(&asset.name);
        // Its name says what it holds, so that its length is enough to see that it is there whole.
        if fs::metadata(&path).map_or(true, |there| there.len() != asset.bytes.len() as u64) {
            replace(&path, &asset.bytes)?;
        }
    }
    for (extension, content) in [("csv", &report.csv), ("html", &report.saved_page)] {
        let path = path(extension);
        let is_file = fs::metadata(&path).is_ok_and(|there| there.is_file());
        if !is_file || fs::read(&path).map_or(true, |there| there != *content) {
            replace(&path, content)?;
        }
    }
    Ok(())
}

/// Removes what killed processes left of [`replace`].
fn remove_stale(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_new = name
            .rsplit_once('.')
            .is_some_and(|(name, id)| name.starts_with(".req") && uuid::Uuid::try_parse(id).is_ok());
        let modified = entry.metadata().and_then(|found| found.modified());
        let age = modified.ok().and_then(|at| SystemTime::now().duration_since(at).ok());
        if is_new && age.is_some_and(|age| age > STALE) {
            let _somebody_else_did = fs::remove_file(entry.path());
        }
    }
}

/// Replaces a file at once: a program that reads it meanwhile gets the old content or the new one.
fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or(Cow::Borrowed("file"));
    let new = path.with_file_name(format!(".{name}.{}", uuid::Uuid::now_v7()));
    let written = fs::File::create_new(&new).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&new, path)
    });
    if written.is_err() {
        let _not_made = fs::remove_file(&new);
    }
    written
}
