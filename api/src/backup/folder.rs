//! The entries of a local folder of backups.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use chrono::DateTime;

use super::object::Object;

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
