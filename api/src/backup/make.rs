//! Makes a backup. It is read, written and stored at the same time, in pieces.

use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use dictionary::Table;
use dictionary::wire::{BackedUp, Backup};
use futures_util::future::join3;
use tokio::sync::mpsc;

use super::name::Names;
use super::write::{Written, write};
use super::{Backups, Error, name, object, objects, read, rows, verify};
use crate::store::{Chunk, Snapshot, Store};

/// Chunks and pieces that may wait for their receiver.
const AHEAD: usize = 4;

/// How far the clocks of processes may differ before the log says so.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::seconds(1);

impl Backups {
    /// Backs up a table as it is now. Writers continue meanwhile.
    ///
    /// # Errors
    /// When the database or the backup store fails; then there is no such backup, and the others are as before.
    pub async fn make(&self, store: &Store, table: &Arc<Table>) -> Result<BackedUp, Error> {
        let started = Instant::now();
        let lock = self.locks.lock(&table.name).await;
        let _until_it_is_made = lock.ok_or_else(|| Error::Busy(table.name.clone()))?;
        let mut snapshot = store.snapshot(table).await?;
        let count = snapshot.count().await?;
        let (chunk_sender, chunks) = mpsc::channel(AHEAD);
        let (piece_sender, pieces) = mpsc::channel(AHEAD);
        let writing = {
            let (table, codec) = (Arc::clone(table), self.codec);
            let metadata = [
                (read::ROWS, count.to_string()),
                ("data-architecture.dictionary", store.dictionary().hash().to_owned()),
            ];
            tokio::task::spawn_blocking(move || write(&table, codec, &metadata, count, chunks, piece_sender))
        };
        let mut names = Names::new(&table.name);
        let storing = self.objects.put(&table.name, |there| names.next(there), pieces);
        let (was_read, written, stored) = join3(send_chunks(snapshot, chunk_sender), writing, storing).await;
        // Each may have ended because another one did. The first error is the cause.
        was_read?;
        let (name, written) = match (stored, written?) {
            (Ok(name), written) => (name, written?),
            (Err(objects::Error::Abandoned), Err(error)) => return Err(error),
            (Err(error), _) => return Err(error.into()),
        };
        let written = written.ok_or_else(|| Error::Fault("the table was not read to its end".to_owned()))?;
        let refused = written.refused.clone();
        let backup = self.describe(store, table, name, names.made_at, written);
        if let Err(error) = self.keep_manifest(&backup).await {
            // No manifest names it, so retention would keep it for ever.
            if let Err(error) = self.objects.delete(&table.name, &backup.name).await {
                tracing::warn!(
                    backup = backup.name,
                    "a backup without a manifest could not be removed: {error}"
                );
            }
            return Err(error);
        }
        let mut response = format!("{} of {} backed up as {}", rows(count), table.name, backup.name);
        let milliseconds = started.elapsed().as_millis() as u64;
        tracing::info!(table = table.name, bytes = backup.bytes, milliseconds, "{response}");
        if names.ahead() > CLOCKS_DIFFER {
            tracing::warn!(
                table = table.name,
                backup = backup.name,
                "an older backup has a later time in its name than the clock shows, so the new one gets an even later time"
            );
        }
        if refused.rows > 0 {
            tracing::warn!(
                table = table.name,
                rows = refused.rows,
                "the data dictionary refuses rows of a backup, so the backup cannot be restored"
            );
            response += &format!(
                "; it cannot be restored, because the data dictionary refuses {} of it: {}",
                rows(refused.rows),
                refused.why
            );
        }
        if let Err(error) = self.retain(table, &backup).await {
            tracing::warn!(table = table.name, "older backups could not be removed: {error}");
        }
        Ok(BackedUp { response, backup })
    }

    fn describe(
        &self,
        store: &Store,
        table: &Table,
        name: String,
        made_at: DateTime<Utc>,
        written: Written,
    ) -> Backup {
        Backup {
            name,
            table: table.name.clone(),
            created_at: name::text(made_at),
            bytes: written.bytes,
            rows: Some(written.rows),
            refused: Some(written.refused.rows),
            sha256: Some(written.sha256),
            content_hash: Some(written.content_hash),
            codec: Some(self.codec.as_str().to_owned()),
            schema_fingerprint: Some(written.schema_fingerprint),
            dictionary: Some(store.dictionary().hash().to_owned()),
            engine: Some(store.version().to_owned()),
            ..Backup::default()
        }
    }

    /// Removes the oldest backups beyond those to keep, except `made`, which was made just now, those in use, and
    /// those without a manifest, which are not complete yet or come from another program. Where none of those to keep can
    /// be restored, the last one that can be is spared too.
    async fn retain(&self, table: &Table, made: &Backup) -> Result<(), Error> {
        self.objects.tidy().await;
        let objects = self.objects.list(&table.name).await?;
        let there = object::names(&objects);
        let mut backups: Vec<(DateTime<Utc>, &str)> = objects
            .iter()
            .filter(|object| object.bytes > 0 && there.contains(name::manifest(&object.name).as_str()))
            .filter_map(|object| Some((name::time(&table.name, &object.name)?, object.name.as_str())))
            .collect();
        backups.sort_by_key(|(time, _)| std::cmp::Reverse(*time));
        let older = backups.split_off(self.keep.get().min(backups.len()));
        let mut spares = can_be_restored(made);
        for (_, name) in backups {
            spares = spares || self.can_be_restored(table, name).await?;
        }
        // Another process may have made newer ones meanwhile.
        for (_, name) in older.into_iter().filter(|(_, name)| *name != made.name) {
            if !spares && self.can_be_restored(table, name).await? {
                spares = true;
                continue;
            }
            // In this order a killed process leaves a manifest without a file, which no list shows.
            if let Some(_removed) = self.in_use.remove(&table.name, name) {
                self.objects.delete(&table.name, name).await?;
                self.objects.delete(&table.name, &name::manifest(name)).await?;
                tracing::info!(table = table.name, backup = name, "an old backup was removed");
            }
        }
        self.remove_left_over(table, &objects, made).await
    }

    async fn can_be_restored(&self, table: &Table, name: &str) -> Result<bool, Error> {
        match self.manifest(&table.name, name).await {
            Ok(manifest) => Ok(manifest.as_ref().is_some_and(can_be_restored)),
            Err(Error::Damaged { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Whether the dictionary refuses none of its rows and no verification found it damaged.
fn can_be_restored(backup: &Backup) -> bool {
    backup.refused.unwrap_or_default() == 0 && backup.verified.as_deref() != Some(verify::DAMAGED)
}

/// Reads the table and sends its chunks, as long as the receiver exists.
async fn send_chunks(mut snapshot: Snapshot<'_>, chunks: mpsc::Sender<Chunk>) -> Result<(), Error> {
    let mut reading = snapshot.read();
    while let Some(chunk) = reading.next().await? {
        if chunks.send(chunk).await.is_err() {
            break;
        }
    }
    drop(chunks);
    snapshot.close().await;
    Ok(())
}
