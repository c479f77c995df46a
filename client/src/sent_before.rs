//! The batches of a table that are already in the ledger.
//!
//! The client skips none of them: it sends every batch of a file, and the API's answer says which were stored before. The
//! list shows where earlier runs ended their batches, so that the keys of this run are the same. Only a file that the API
//! loaded as history is refused before anything of it is sent.

use std::collections::HashSet;

use dictionary::Table;
use dictionary::hash::hexadecimal;
use dictionary::split::{End, Sent};
use dictionary::wire::{Batch, BatchKind, names};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::gateway::Gateway;

/// Recorded batches that may be part of a file. The file may have had another name when they were sent.
#[derive(Default)]
pub struct SentBefore {
    /// Where they ended. A sender can claim any end, so the splitter compares the fingerprints too.
    ends: Vec<End>,
    /// Keys of batches that a client sent.
    keys: HashSet<String>,
    /// The id of the last restore, if the whole file is sent again after it.
    again_after: Option<String>,
}

/// The members of a batch in the ledger that are kept. A table can have many batches.
#[derive(Deserialize)]
struct RecordedBatch {
    kind: BatchKind,
    first_row: u64,
    end_offset: Option<u64>,
    idempotency_key: Option<String>,
    fingerprint: Option<String>,
}

impl SentBefore {
    /// Reads the batches of a table that end within a file of `length` bytes.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn read(gateway: &Gateway, table: &Table, length: u64) -> anyhow::Result<SentBefore> {
        let query = [("table", table.name.clone()), (names::UNTIL_OFFSET, length.to_string())];
        let mut list = gateway.list(&["batches"], &query, usize::MAX)?;
        let mut sent_before = SentBefore::default();
        while let Some(page) = list.next::<RecordedBatch>().await? {
            page.into_iter().for_each(|batch| sent_before.add(batch));
        }
        Ok(sent_before)
    }

    fn add(&mut self, batch: RecordedBatch) {
        let Some(key) = batch.idempotency_key else { return };
        match batch.kind {
            BatchKind::History => {}
            BatchKind::Load | BatchKind::Restore => drop(self.keys.insert(key.clone())),
        }
        if let Some(offset) = batch.end_offset {
            let sent = batch.fingerprint.map(|fingerprint| Sent { first_row: batch.first_row, fingerprint });
            self.ends.push(End { offset, key, sent });
        }
    }

    /// Takes the ends of the batches out, for the reader of the file.
    pub fn take_ends(&mut self) -> Vec<End> {
        std::mem::take(&mut self.ends)
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

    /// Whether a batch was sent with this key before this run.
    pub fn contains(&self, key: &str) -> bool {
        self.keys.contains(key)
    }
}

/// The last restore of a table.
///
/// # Errors
/// When the ledger cannot be read.
pub async fn last_restore(gateway: &Gateway, table: &Table) -> anyhow::Result<Option<Batch>> {
    let query = [("table", table.name.clone()), ("kind", BatchKind::Restore.as_str().to_owned())];
    let newest = gateway.list(&["batches"], &query, 1)?.next().await?;
    Ok(newest.unwrap_or_default().pop())
}

/// The newest batch of another file with the same name. `these` are the ids of the batches of this file.
///
/// # Errors
/// When the ledger cannot be read.
pub async fn newest_other(
    gateway: &Gateway,
    table: &Table,
    source: &str,
    these: &HashSet<String>,
) -> anyhow::Result<Option<Batch>> {
    let query = [("table", table.name.clone()), ("source", source.to_owned())];
    // Of one more batch than `these` are, at least one is another.
    let mut list = gateway.list(&["batches"], &query, these.len() + 1)?;
    while let Some(page) = list.next::<Batch>().await? {
        if let Some(other) = page.into_iter().find(|batch| !these.contains(&batch.id)) {
            return Ok(Some(other));
        }
    }
    Ok(None)
}
