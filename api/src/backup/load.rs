//! Reads a backup into a staging table. Every restore starts with this trial.

use std::sync::Arc;

use dictionary::Table;
use dictionary::decode::Row;
use dictionary::wire::Backup;
use futures_util::StreamExt;
use futures_util::future::join3;
use tokio::sync::mpsc;

use super::container::Damage;
use super::list::Opened;
use super::read::{Contents, read};
use super::{Backups, Error, hash, objects};
use crate::store::{self, Staging, Store};

/// Pieces and batches that may wait for their receiver.
const AHEAD: usize = 4;

/// A backup that is proven to be whole, in a staging table.
pub struct Loaded<'s> {
    pub staging: Staging<'s>,
    pub rows: u64,
    pub content_hash: String,
    /// Whether the file has a manifest; if it has one, both agree.
    pub has_manifest: bool,
}

impl Backups {
    /// Reads and checks a whole backup into a staging table.
    ///
    /// # Errors
    /// [`Error::Damaged`] when the file is not what it should be.
    pub async fn load<'s>(
        &self,
        store: &'s Store,
        table: &Arc<Table>,
        name: &str,
    ) -> Result<Loaded<'s>, Error> {
        let opened = self.read(table, name).await?;
        let manifest = self.manifest(&table.name, name).await?;
        let damaged = |why: String| Error::Damaged { name: name.to_owned(), why };
        let mut staging = store.staging(table).await?;
        let contents = self.fill(&mut staging, table, opened).await?.map_err(damaged)?;
        if let Some(manifest) = &manifest {
            compare(manifest, &contents).map_err(damaged)?;
        }
        let (rows, content_hash) = hash::of(table, staging.read()).await?;
        // The staging table must have the content hash of the manifest or, without one, of the rows of the file.
        let has_manifest = manifest.is_some();
        let promised = manifest.and_then(|manifest| manifest.content_hash).or(contents.content_hash);
        if rows != contents.rows || promised.is_some_and(|promised| promised != content_hash) {
            return Err(damaged("the staging table has another content hash than the backup".to_owned()));
        }
        Ok(Loaded { staging, rows, content_hash, has_manifest })
    }

    /// Reads the file, judges its rows and inserts them, all at the same time. The inner error is damage.
    async fn fill(
        &self,
        staging: &mut Staging<'_>,
        table: &Arc<Table>,
        opened: Opened,
    ) -> Result<Result<Contents, Damage>, Error> {
        let (piece_sender, pieces) = mpsc::channel(AHEAD);
        let (row_sender, rows) = mpsc::channel(AHEAD);
        let reading = {
            let (table, body_limit) = (Arc::clone(table), self.body_limit);
            tokio::task::spawn_blocking(move || read(&table, pieces, &row_sender, body_limit))
        };
        let (fed, contents, inserted) =
            join3(feed(opened, piece_sender), reading, insert(staging, rows)).await;
        // A file that could not be read to its end looks damaged, but is not.
        fed?;
        Ok(match inserted? {
            Some(twice) => Err(twice),
            None => contents?,
        })
    }
}

/// Sends the file in pieces, as long as the receiver exists.
async fn feed(mut opened: Opened, pieces: mpsc::Sender<Vec<u8>>) -> Result<(), objects::Error> {
    while let Some(piece) = opened.pieces.next().await {
        if pieces.send(piece?).await.is_err() {
            break;
        }
    }
    Ok(())
}

/// Inserts the rows that arrive. If the engine refuses one, returns what is wrong with it.
async fn insert(
    staging: &mut Staging<'_>,
    mut rows: mpsc::Receiver<Vec<Row>>,
) -> Result<Option<Damage>, store::Error> {
    while let Some(rows) = rows.recv().await {
        match staging.insert(&rows).await {
            Ok(()) => {}
            Err(store::Error::Lost) => {
                let number = |row: Option<&Row>| row.map_or(0, |row| row.number);
                return Ok(Some(format!(
                    "one of the rows {} to {} has the primary key or a unique value of another row",
                    number(rows.first()),
                    number(rows.last())
                )));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Whether the file is the one that its manifest describes.
fn compare(manifest: &Backup, contents: &Contents) -> Result<(), Damage> {
    let facts = [
        ("bytes", Some(manifest.bytes.to_string()), contents.bytes.to_string()),
        ("SHA-256", manifest.sha256.clone(), contents.sha256.clone()),
        ("rows", manifest.rows.map(|rows| rows.to_string()), contents.rows.to_string()),
    ];
    for (what, promised, has) in facts {
        if promised.as_ref().is_some_and(|promised| *promised != has) {
            let promised = promised.unwrap_or_default();
            return Err(format!("its manifest says {what} {promised}, but the file has {has}"));
        }
    }
    Ok(())
}
