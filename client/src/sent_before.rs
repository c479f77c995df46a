//! The batches of a table that are already in the ledger.

use std::collections::HashSet;

use dictionary::Table;
use dictionary::hash::hexadecimal;
use dictionary::split::{End, Sent};
use dictionary::wire::{Batch, BatchKind};
use sha2::{Digest, Sha256};

use crate::gateway::Gateway;

/// Recorded batches that may be part of a file. The file may have had another name when they were sent.
pub struct SentBefore {
    /// Where they ended. A sender can claim any end, so the splitter compares the fingerprints too.
    pub ends: Vec<End>,
    /// Keys of batches that a client sent.
    keys: HashSet<String>,
    /// Keys of batches that the API loaded as history.
    history: HashSet<String>,
    /// The id of the last restore, if the whole file is sent again after it.
    again_after: Option<String>,
}

impl SentBefore {
    /// Reads the batches of a table that end within a file of `length` bytes.
    pub async fn read(gateway: &Gateway, table: &Table, length: u64) -> anyhow::Result<SentBefore> {
        let query = [("table", table.name.clone()), ("until_offset", length.to_string())];
        let batches: Vec<Batch> = gateway.list(&["batches"], &query, usize::MAX)?.all().await?;
        let key = |batch: &Batch| batch.idempotency_key.clone();
        let (history, loads): (Vec<&Batch>, Vec<&Batch>) =
            batches.iter().partition(|batch| batch.kind == BatchKind::History);
        let sent = |batch: &Batch| {
            Some(Sent { first_row: batch.first_row, fingerprint: batch.fingerprint.clone()? })
        };
        let end =
            |batch: &Batch| Some(End { offset: batch.end_offset?, key: key(batch)?, sent: sent(batch) });
        Ok(SentBefore {
            ends: batches.iter().filter_map(end).collect(),
            keys: loads.into_iter().filter_map(key).collect(),
            history: history.into_iter().filter_map(key).collect(),
            again_after: None,
        })
    }

    /// For a file that is sent again after a restore, with new keys.
    pub fn again_after(self, restore: &Batch) -> SentBefore {
        SentBefore { ends: Vec::new(), again_after: Some(restore.id.clone()), ..self }
    }

    /// The idempotency key to send a batch with. If the file is sent again after a restore, it depends on the restore:
    /// further runs use the same key until the next restore.
    pub fn key(&self, batch: &str) -> String {
        match &self.again_after {
            None => batch.to_owned(),
            Some(restore) => hexadecimal(&Sha256::digest(format!("{restore} {batch}"))),
        }
    }

    /// Whether the API loaded a batch with this key as history.
    pub fn is_history(&self, batch: &str) -> bool {
        self.again_after.is_none() && self.history.contains(batch)
    }

    /// Whether a batch was sent with this key before this run.
    pub fn contains(&self, key: &str) -> bool {
        self.keys.contains(key)
    }
}

/// The last restore of a table.
pub async fn last_restore(gateway: &Gateway, table: &Table) -> anyhow::Result<Option<Batch>> {
    let query = [("table", table.name.clone()), ("kind", "restore".to_owned())];
    let newest = gateway.list(&["batches"], &query, 1)?.next().await?;
    Ok(newest.unwrap_or_default().pop())
}
