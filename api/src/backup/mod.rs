//! Backups of tables as Avro files, and restores that can be trusted.
//!
//! A backup is made from one consistent snapshot, streamed into an object that is complete or absent; its
//! manifest comes after it. A restore reads and judges the whole file into a staging table before it
//! touches the table, and proves by the content hash what it did.

mod address;
mod codec;
mod connect;
mod container;
mod folder;
mod hash;
mod in_use;
mod left_over;
mod list;
mod load;
mod locks;
mod make;
mod name;
mod object;
mod objects;
mod read;
mod resolve;
mod restore;
pub mod schema;
mod verify;
mod write;

use std::num::NonZeroUsize;

use anyhow::anyhow;
use dictionary::wire::Backup;

pub use codec::Codec;
pub use container::limit_blocks;
pub use hash::hash;
use in_use::{Guard, InUse};
use locks::Locks;
pub use objects::Error as StoreError;
use objects::Objects;

use crate::store::{self, Orphans};
use crate::tasks;

/// The backups of all tables.
pub struct Backups {
    objects: Objects,
    /// How many of each table retention leaves.
    keep: NonZeroUsize,
    codec: Codec,
    body_limit: usize,
    in_use: InUse,
    locks: Locks,
}

/// Why there is no backup or restore. The table is as it was.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is none to restore.
    #[error("there is no backup of {0} yet; make one with POST /backup/{0}")]
    None(String),
    /// There is none of this name.
    #[error("{table} has no backup {name:?}; GET /backup/{table} lists them")]
    Unknown {
        /// The table's name.
        table: String,
        /// The name that was asked for.
        name: String,
    },
    /// Another one of the table takes too long.
    #[error("another backup of {0} is being made; try again when it has ended")]
    Busy(String),
    /// The file is not what it should be.
    #[error("the backup {name} cannot be restored: {why}")]
    Damaged {
        /// The backup's name.
        name: String,
        /// What is wrong with it, and where.
        why: String,
    },
    /// Rows would reference nothing.
    #[error("{}", orphans(.0))]
    Orphans(Orphans),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The backup store failed.
    #[error(transparent)]
    Objects(#[from] objects::Error),
    /// A fault of this program, or of what the database holds.
    #[error("{0}")]
    Fault(String),
}

impl From<tokio::task::JoinError> for Error {
    fn from(error: tokio::task::JoinError) -> Self {
        Error::Fault(tasks::failure(&error).to_owned())
    }
}

impl From<dictionary::OutOfOrder> for Error {
    fn from(error: dictionary::OutOfOrder) -> Self {
        Error::Fault(error.to_string())
    }
}

impl Backups {
    /// Backups in the store at a URL.
    ///
    /// # Errors
    /// When the URL or its settings are refused; the text holds no secret.
    pub fn open(url: &str, keep: NonZeroUsize, codec: Codec, body_limit: usize) -> anyhow::Result<Backups> {
        limit_blocks(body_limit);
        let objects = Objects::open(url).map_err(|error| {
            let why = address::refusal(&format!("{error:#}"), url, connect::settings());
            let shown = address::shown(url);
            anyhow!("BACKUP_URL is refused: {shown:?} cannot be used as a store of backups: {why}")
        })?;
        let (in_use, locks) = (InUse::default(), Locks::default());
        Ok(Backups { objects, keep, codec, body_limit, in_use, locks })
    }

    /// Logs at the start if the store cannot be used: otherwise the first backup would be what shows it.
    pub async fn check(&self) {
        if let Err(error) = self.objects.check().await {
            tracing::warn!("backups cannot be made: {error}; see BACKUP_URL");
        }
    }

    /// Takes a backup to read it.
    fn take(&self, table: &str, name: &str) -> Result<Guard, Error> {
        let unknown = || Error::Unknown { table: table.to_owned(), name: name.to_owned() };
        if !name::is_valid(name) {
            return Err(unknown());
        }
        self.in_use.read(table, name).ok_or_else(unknown)
    }

    /// The manifest of a backup, if it has one.
    ///
    /// # Errors
    /// [`Error::Damaged`] when it is not the manifest of this backup: then nothing proves that the file is whole.
    async fn manifest(&self, table: &str, name: &str) -> Result<Option<Backup>, Error> {
        let json = match self.objects.get_small(table, &name::manifest(name)).await {
            Ok(json) => json,
            Err(objects::Error::NotFound) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let manifest = json.and_then(|json| serde_json::from_slice::<Backup>(&json).ok());
        match manifest.filter(|manifest| manifest.name == name && manifest.table == table) {
            Some(manifest) => Ok(Some(manifest)),
            None => Err(Error::Damaged {
                name: name.to_owned(),
                why: format!(
                    "{} exists, but is not its manifest; remove it to restore the file without that check",
                    name::manifest(name)
                ),
            }),
        }
    }

    async fn keep_manifest(&self, manifest: &Backup) -> Result<(), Error> {
        let json = serde_json::to_vec_pretty(manifest).map_err(|error| Error::Fault(error.to_string()))?;
        Ok(self.objects.put_small(&manifest.table, &name::manifest(&manifest.name), json).await?)
    }
}

fn orphans(orphans: &Orphans) -> String {
    let Orphans { table, column, parent, rows: count, example } = orphans;
    format!(
        "{} of {table} would have a {column} that {parent} does not have, for example {}; \
         restore or load the parents first, or remove those rows",
        rows(*count),
        example
    )
}

/// A number of rows in words.
fn rows(rows: u64) -> String {
    if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") }
}
