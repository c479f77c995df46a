//! The entries of a local folder of backups.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use chrono::DateTime;

use super::object::Object;

/// How old an unfinished file is when it is removed: another process may be writing a younger one.
const STALE: Duration = Duration::from_secs(60);

/// The entries of a folder.
#[derive(Debug, Default)]
pub struct Entries {
    pub objects: Vec<Object>,
    /// The entries that cannot be objects, and why.
    pub odd: Vec<(PathBuf, &'static str)>,
}

/// Lists a folder. A folder that is missing has no entries, and neither has a link to one. Blocks the thread.
///
/// # Errors
/// When the folder or one of its entries cannot be read.
pub fn entries(folder: &Path) -> io::Result<Entries> {
    let mut entries = Entries::default();
    let found = match fs::symlink_metadata(folder) {
        Ok(found) if found.is_dir() => fs::read_dir(folder)?,
        Ok(_) => return Ok(entries),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(entries);
        }
        Err(error) => return Err(error),
    };
    for entry in found {
        let entry = entry?;
        // For a link, these describe the link itself.
        let facts = match entry.metadata() {
            // It was removed meanwhile.
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            facts => facts?,
        };
        match entry.file_name().into_string() {
            Ok(name) if facts.is_file() => entries.objects.push(object(name, &facts)),
            Ok(_) if facts.is_symlink() => entries.odd.push((entry.path(), "it is a link")),
            Ok(_) if facts.is_dir() => entries.odd.push((entry.path(), "it is a folder")),
            Ok(_) => entries.odd.push((entry.path(), "it is not a plain file")),
            Err(_) => entries.odd.push((entry.path(), "its name is not UTF-8")),
        }
    }
    Ok(entries)
}

/// Accepts any time that a file system can hold, also one outside the range of dates.
fn object(name: String, facts: &fs::Metadata) -> Object {
    let nanoseconds = u32::try_from(facts.mtime_nsec()).unwrap_or_default();
    let modified = DateTime::from_timestamp(facts.mtime(), nanoseconds).unwrap_or_default();
    Object { name, bytes: facts.len(), modified }
}

/// Removes files that a killed process did not complete: while they are written, their names end with `#` and digits.
/// Blocks the thread.
pub fn remove_stale_files(root: &Path) {
    let files = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten();
    for folder in files(root).filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
        for entry in files(&folder.path()) {
            let name = entry.file_name().to_string_lossy().into_owned();
            let unfinished = name.rsplit_once('#').is_some_and(|(file, digits)| {
                (file.ends_with(".avro") || file.ends_with(".json"))
                    && !digits.is_empty()
                    && digits.bytes().all(|b| b.is_ascii_digit())
            });
            let modified = entry.metadata().and_then(|found| found.modified());
            let stale =
                modified.is_ok_and(|at| SystemTime::now().duration_since(at).is_ok_and(|age| age >= STALE));
            if unfinished && stale && fs::remove_file(entry.path()).is_ok() {
                tracing::info!(file = name, "removed what a killed process left of a backup");
            }
        }
    }
}
