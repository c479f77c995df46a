//! The batches that the ledger has already.

use std::collections::HashSet;

use dictionary::Table;
use dictionary::hash::hexadecimal;
use dictionary::split::{End, Sent};
use dictionary::wire::{Batch, BatchKind};
use sha2::{Digest, Sha256};

use crate::gateway::Gateway;

/// Batches that may be of a file, whatever it was called when they were sent.
pub struct SentBefore {
    /// Where they ended. Whoever sends a batch chooses what is recorded of it: the splitter compares the rows.
    pub ends: Vec<End>,
    keys: HashSet<String>,
    /// Keys of batches that the API loaded as history.
    history: HashSet<String>,
    /// The restore after which all is sent again, if it is.
    again_after: Option<String>,
}

impl SentBefore {
    /// Asks for the batches of a table that end within a length of bytes.
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

    /// The same for a file that is sent again after a restore, as a load of its own.
    pub fn again_after(self, restore: &Batch) -> SentBefore {
        SentBefore { ends: Vec::new(), again_after: Some(restore.id.clone()), ..self }
    }

    /// The idempotency key of a batch. After a restore it is another one, and the same as often as it is sent
    /// again until the next one.
    pub fn key(&self, batch: &str) -> String {
        match &self.again_after {
            None => batch.to_owned(),
            Some(restore) => hexadecimal(&Sha256::digest(format!("{restore} {batch}"))),
        }
    }

    /// Whether the API has loaded a batch of this key as history.
    pub fn is_history(&self, batch: &str) -> bool {
        self.again_after.is_none() && self.history.contains(batch)
    }

    /// Whether a batch was sent under this key before this run.
    pub fn holds(&self, key: &str) -> bool {
        self.keys.contains(key)
    }
}

/// The last restore of a table.
pub async fn last_restore(gateway: &Gateway, table: &Table) -> anyhow::Result<Option<Batch>> {
    let query = [("table", table.name.clone()), ("kind", "restore".to_owned())];
    let newest = gateway.list(&["batches"], &query, 1)?.next().await?;
    Ok(newest.unwrap_or_default().pop())
}
