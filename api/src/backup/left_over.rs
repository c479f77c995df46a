//! Removes the parts of a backup that a killed process left.

use std::collections::HashSet;
use std::time::Duration;

use chrono::{DateTime, Utc};
use dictionary::Table;
use dictionary::wire::Backup;

use super::container::Container;
use super::object::{self, Object};
use super::{Backups, Error, name, objects, read};

/// How long a part of a backup may wait for the rest of it: an empty object for its file, a file for its manifest.
const LONGEST_UPLOAD: Duration = Duration::from_secs(24 * 3600);

/// Bytes at the start of a file that hold its header. The schema is the largest part of it.
const HEADER: u64 = 1 << 20;

/// A part of a backup that waits for the rest of it.
enum Part {
    /// The name of a large file, taken before it is there.
    Empty,
    /// A manifest; with the name of its file.
    Manifest(String),
    /// A file; with the name of its manifest. Another program may have written it.
    File(String),
}

impl Backups {
    /// Removes parts of backups that were never completed, among the objects of a table. `made` is the backup that
    /// was made last.
    ///
    /// A file is removed only if this program wrote it under this name, and if it is not being read: its name has the form
    /// `TABLE-TIME.avro`, and its header has an entry that only this program writes.
    pub(super) async fn remove_left_over(
        &self,
        table: &Table,
        objects: &[Object],
        made: &Backup,
    ) -> Result<(), Error> {
        // By the clock of the store: that of this process may be wrong.
        let Some(now) = objects.iter().find(|object| object.name == made.name).map(|made| made.modified)
        else {
            return Ok(());
        };
        let names = object::names(objects);
        for object in objects.iter().filter(|object| is_old(object, now)) {
            let is_left_over = match part(table, object) {
                None => false,
                Some(Part::Empty) => true,
                Some(Part::Manifest(file)) => self.is_missing(table, &file, &names).await?,
                Some(Part::File(manifest)) => {
                    self.is_missing(table, &manifest, &names).await? && self.is_own(table, object).await?
                }
            };
            if is_left_over && let Some(_removed) = self.in_use.remove(&table.name, &object.name) {
                self.objects.delete(&table.name, &object.name).await?;
                tracing::info!(
                    table = table.name,
                    object = object.name,
                    "a part of a backup that was never completed was removed"
                );
            }
        }
        Ok(())
    }

    /// Whether nothing has a name, not even a link, neither when the objects were listed nor now.
    async fn is_missing(&self, table: &Table, name: &str, names: &HashSet<&str>) -> Result<bool, Error> {
        let was_missing = !names.contains(name);
        Ok(was_missing && !self.objects.is_taken(&table.name, name).await?)
    }

    /// Whether this program wrote a file.
    async fn is_own(&self, table: &Table, object: &Object) -> Result<bool, Error> {
        let length = object.bytes.min(HEADER);
        let start = match self.objects.get_start(&table.name, &object.name, length).await {
            // Another process has removed it.
            Err(objects::Error::NotFound) => return Ok(false),
            start => start?,
        };
        // A header that cannot be read is not one of this program.
        let container = Container::open(start.as_slice(), self.body_limit);
        Ok(container.is_ok_and(|container| container.metadata(read::ROWS).is_some()))
    }
}

/// Which part of a backup an object may be, if it has a name that this program gives.
fn part(table: &Table, object: &Object) -> Option<Part> {
    if let Some(file) = name::of_manifest(&object.name) {
        return name::time(&table.name, &file).map(|_| Part::Manifest(file));
    }
    name::time(&table.name, &object.name)?;
    Some(if object.bytes == 0 { Part::Empty } else { Part::File(name::manifest(&object.name)) })
}

fn is_old(object: &Object, now: DateTime<Utc>) -> bool {
    (now - object.modified).to_std().is_ok_and(|age| age > LONGEST_UPLOAD)
}
