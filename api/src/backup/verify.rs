//! Verifies a backup by a trial restore.

use std::sync::Arc;
use std::time::Instant;

use chrono::Utc;
use dictionary::Table;
use dictionary::wire::{Backup, Verified};

use super::{Backups, Error, name, rows};
use crate::store::Store;

/// How a trial restore ends.
const INTACT: &str = "intact";
pub const DAMAGED: &str = "damaged";

impl Backups {
    /// Restores a backup into a staging table and compares the content hash. The result is kept in its
    /// manifest, if it has one.
    ///
    /// # Errors
    /// [`Error::Damaged`] when it is not what it should be.
    pub async fn verify(&self, store: &Store, table: &Arc<Table>, name: &str) -> Result<Verified, Error> {
        let started = Instant::now();
        let (guard, loaded) = (self.take(&table.name, name)?, self.load(store, table, name).await);
        let seconds = (started.elapsed().as_secs_f64() * 1000.0).round() / 1000.0;
        let result = match &loaded {
            Ok(_) => Some(INTACT),
            Err(Error::Damaged { .. }) => Some(DAMAGED),
            // A database or store that was away says nothing about the file.
            Err(
                Error::None(_)
                | Error::Unknown { .. }
                | Error::Busy(_)
                | Error::Orphans(_)
                | Error::Store(_)
                | Error::Objects(_)
                | Error::Fault(_),
            ) => None,
        };
        if let Some(result) = result
            && let Some(manifest) = self.manifest(&table.name, name).await?
        {
            let verified = Backup {
                verified: Some(result.to_owned()),
                verified_at: Some(name::text(Utc::now())),
                verify_seconds: Some(seconds),
                ..manifest
            };
            self.keep_manifest(&verified).await?;
        }
        drop(guard);
        if result == Some(DAMAGED) {
            tracing::warn!(
                table = table.name,
                backup = name,
                "a trial restore found that the backup cannot be restored"
            );
        }
        let loaded = loaded?;
        let (count, content_hash) = (loaded.rows, loaded.content_hash.clone());
        loaded.staging.close().await;
        let response = if loaded.has_manifest {
            format!("{name} is intact: {} of {} came back equal", rows(count), table.name)
        } else {
            format!(
                "{name} can be restored: {} of {}; the file has no manifest to compare it with",
                rows(count),
                table.name
            )
        };
        tracing::info!(table = table.name, seconds, "{response}");
        let (table, name) = (table.name.clone(), name.to_owned());
        Ok(Verified { response, table, name, rows: count, content_hash, seconds })
    }
}
