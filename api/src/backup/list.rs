//! Lists of backups.

use chrono::{DateTime, Utc};
use dictionary::Table;
use dictionary::wire::Backup;
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};

use super::object::Object;
use super::verify::DAMAGED;
use super::{Backups, Error, Guard, name, objects};
use crate::store::Page;

/// Manifests that are read at once.
const AT_ONCE: usize = 8;

/// A backup being read. Retention spares it meanwhile.
pub struct Opened {
    /// Its length.
    pub bytes: u64,
    /// Its content, piece by piece.
    pub pieces: BoxStream<'static, Result<Vec<u8>, objects::Error>>,
    /// Held while it is read.
    pub guard: Guard,
}

impl Backups {
    /// Backups of a table, newest first: those after one, at most `limit`. That one may be removed meanwhile: the
    /// time in its name gives its place.
    ///
    /// # Errors
    /// When the backup store fails; [`Error::Unknown`] when there is no backup `after`, and its name holds no time.
    pub async fn list(&self, table: &Table, after: Option<&str>, limit: u32) -> Result<Page<Backup>, Error> {
        let mut listed = self.newest_first(table).await?;
        if let Some(after) = after {
            let known = listed.iter().find(|(_, object)| object.name == after).map(|(time, _)| *time);
            let time = known.or_else(|| name::time(&table.name, after));
            let place = (time.ok_or_else(|| unknown(table, after))?, after);
            listed.retain(|(time, object)| (*time, object.name.as_str()) < place);
        }
        let more = listed.len() > limit as usize;
        let page =
            listed.into_iter().take(limit as usize).map(|(time, object)| self.show(table, time, object));
        let items: Result<_, Error> = stream::iter(page).buffered(AT_ONCE).try_collect().await;
        Ok(Page { items: items?, more })
    }

    /// What the manifest says, or the file itself.
    async fn show(&self, table: &Table, time: DateTime<Utc>, object: Object) -> Result<Backup, Error> {
        let (name, bytes) = (object.name, object.bytes);
        let verified = match self.manifest(&table.name, &name).await {
            Ok(Some(manifest)) => return Ok(Backup { bytes, ..manifest }),
            Ok(None) => None,
            Err(Error::Damaged { .. }) => Some(DAMAGED.to_owned()),
            Err(error) => return Err(error),
        };
        let (table, created_at) = (table.name.clone(), name::text(time));
        Ok(Backup { name, table, created_at, bytes, verified, ..Backup::default() })
    }

    /// The newest backup that has a manifest.
    pub(super) async fn newest(&self, table: &Table) -> Result<Backup, Error> {
        for (_, object) in self.newest_first(table).await? {
            if let Some(manifest) = self.manifest(&table.name, &object.name).await? {
                return Ok(manifest);
            }
        }
        Err(Error::None(table.name.clone()))
    }

    /// Opens a backup to read it.
    ///
    /// # Errors
    /// [`Error::Unknown`] when there is none of the name.
    pub async fn read(&self, table: &Table, name: &str) -> Result<Opened, Error> {
        let guard = self.take(&table.name, name)?;
        let (bytes, pieces) = self.objects.get(&table.name, name).await.map_err(|error| match error {
            objects::Error::NotFound => unknown(table, name),
            objects::Error::Taken
            | objects::Error::Full
            | objects::Error::Away(_)
            | objects::Error::Abandoned => error.into(),
        })?;
        Ok(Opened { bytes, pieces, guard })
    }

    /// Whole backups with the time in their name, or else that of the file.
    async fn newest_first(&self, table: &Table) -> Result<Vec<(DateTime<Utc>, Object)>, Error> {
        let objects = self.objects.list(&table.name).await?;
        let whole = objects.into_iter().filter(|object| object.bytes > 0 && name::is_valid(&object.name));
        let mut backups: Vec<_> = whole
            .map(|object| (name::time(&table.name, &object.name).unwrap_or(object.modified), object))
            .collect();
        backups.sort_by(|(a, one), (b, other)| (b, &other.name).cmp(&(a, &one.name)));
        Ok(backups)
    }
}

fn unknown(table: &Table, name: &str) -> Error {
    Error::Unknown { table: table.name.clone(), name: name.to_owned() }
}
