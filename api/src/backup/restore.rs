//! Replaces the rows of a table by those of a backup, in one transaction.

use std::sync::Arc;
use std::time::{Duration, Instant};

use dictionary::wire::{Batch, BatchKind, Counts, Restored};
use dictionary::{Table, Value};

use super::load::Loaded;
use super::{Backups, Error, rows};
use crate::attempts::{Attempts, Limits};
use crate::store::ids::{new_id, now};
use crate::store::ledger::LedgerEntry;
use crate::store::{Changes, Staging, Store};

/// How a restore is tried. Each attempt reads the whole backup, which may take hours.
const ATTEMPTS: Limits = Limits { attempts: 4, timeout: Duration::MAX, pause: Duration::from_millis(100) };

impl Backups {
    /// Makes a table's rows those of a backup: of the newest one with a manifest, or the one named. A dry run
    /// only reports what that would change.
    ///
    /// # Errors
    /// When there is no such backup, it is damaged, rows would reference nothing, or something is away. Then
    /// the table is as it was, unless the database went away while it committed.
    pub async fn restore(
        &self,
        store: &Store,
        table: &Arc<Table>,
        name: Option<String>,
        dry_run: bool,
        actor: &str,
    ) -> Result<Restored, Error> {
        let started = Instant::now();
        let name = match name {
            Some(name) => name,
            None => self.newest(table).await?.name,
        };
        let _in_use = self.take(&table.name, &name)?;
        let mut restore = Restore { backups: self, store, table, name, dry_run, actor, id: new_id() };
        let mut attempts = Attempts::new(ATTEMPTS, false);
        let restored = loop {
            match restore.attempt(attempts.may_be_stored()).await {
                Err(Error::Store(error)) => attempts.failed(error).await?,
                ended => break ended?,
            }
        };
        let milliseconds = started.elapsed().as_millis() as u64;
        tracing::info!(table = table.name, batch = restored.batch, milliseconds, "{}", restored.response);
        Ok(restored)
    }
}

/// What is asked for.
struct Restore<'a> {
    backups: &'a Backups,
    store: &'a Store,
    table: &'a Arc<Table>,
    name: String,
    dry_run: bool,
    actor: &'a str,
    /// Made when other writers are kept out, so that what the restore replaces has smaller ids. Once an attempt may
    /// have committed it stays: were two of them to commit, the second would find its id taken.
    id: String,
}

impl Restore<'_> {
    /// One attempt. `may_be_stored` says that an earlier one may have committed.
    async fn attempt(&mut self, may_be_stored: bool) -> Result<Restored, Error> {
        if may_be_stored && let Some(restored) = self.settled().await? {
            return Ok(restored);
        }
        let loaded = self.backups.load(self.store, self.table, &self.name).await?;
        if self.dry_run { self.preview(loaded).await } else { self.replace(loaded, may_be_stored).await }
    }

    /// The answer of an attempt whose commit had an unknown outcome, if it did happen.
    async fn settled(&self) -> Result<Option<Restored>, Error> {
        let Some(answer) = self.store.ledger.answer(&self.id).await? else { return Ok(None) };
        serde_json::from_str(&answer).map(Some).map_err(|error| Error::Fault(error.to_string()))
    }

    /// What would be changed.
    async fn preview(&self, loaded: Loaded<'_>) -> Result<Restored, Error> {
        let Loaded { mut staging, content_hash, has_manifest, .. } = loaded;
        staging.begin_reading().await?;
        let changes = staging.compare().await?;
        refuse_orphans(&mut staging, &changes).await?;
        staging.close().await;
        Ok(self.answer(changes, content_hash, has_manifest))
    }

    /// In one transaction: the rows and the ledger's entry.
    async fn replace(&mut self, loaded: Loaded<'_>, may_be_stored: bool) -> Result<Restored, Error> {
        let Loaded { mut staging, content_hash, has_manifest, .. } = loaded;
        staging.begin().await?;
        if !may_be_stored {
            self.id = new_id();
        }
        let changes = staging.compare().await?;
        refuse_orphans(&mut staging, &changes).await?;
        staging.replace(&changes).await?;
        let restored = self.answer(changes, content_hash, has_manifest);
        self.store.append_batches(staging.tx(), vec![self.entry(&restored)?]).await?;
        staging.commit().await?;
        Ok(restored)
    }

    fn answer(&self, changes: Changes, content_hash: String, has_manifest: bool) -> Restored {
        let Changes { before, after, added, removed, changed, unchanged } = changes;
        let (table, name, dry_run) = (self.table.name.clone(), self.name.clone(), self.dry_run);
        let done = if dry_run { "would be restored" } else { "restored" };
        let added_rows = rows(added);
        let response = format!(
            "{table} {done} from {name}: {added_rows} added, {removed} removed, {changed} changed, \
             {unchanged} unchanged{}",
            if has_manifest { "" } else { "; the file has no manifest to compare it with" }
        );
        let batch = (!dry_run).then(|| self.id.clone());
        Restored {
            response,
            table,
            name,
            dry_run,
            batch,
            before,
            after,
            added,
            removed,
            changed,
            unchanged,
            content_hash,
        }
    }

    /// The counts for the ledger: each row of the backup is new, replaces another row, or exists already.
    fn entry(&self, restored: &Restored) -> Result<LedgerEntry, Error> {
        let batch = Batch {
            id: self.id.clone(),
            table: restored.table.clone(),
            kind: BatchKind::Restore,
            source: Some(restored.name.clone()),
            first_row: 1,
            first_line: None,
            first_id: None,
            end_offset: None,
            actor: self.actor.to_owned(),
            idempotency_key: None,
            fingerprint: None,
            counts: Counts {
                received: restored.after,
                inserted: restored.added,
                replaced: restored.changed,
                unchanged: restored.unchanged,
                ..Counts::default()
            },
            removed: restored.removed,
            dictionary: self.store.dictionary().hash().to_owned(),
            created_at: Value::DateTime(now()).text().into_owned(),
        };
        let answer = serde_json::to_string(restored).map_err(|error| Error::Fault(error.to_string()))?;
        Ok(LedgerEntry { batch, answer: Some(answer), rejects: Vec::new() })
    }
}

async fn refuse_orphans(staging: &mut Staging<'_>, changes: &Changes) -> Result<(), Error> {
    match staging.orphans(changes).await? {
        Some(orphans) => Err(Error::Orphans(orphans)),
        None => Ok(()),
    }
}
