//! Ends of batches that are recorded, and which of them are ends of this file.

use std::collections::VecDeque;

use sha2::{Digest, Sha256};

use crate::hash::hexadecimal;
use crate::model::Table;
use crate::request::contested_key;

/// Where a recorded batch ended. The batch may be of another file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct End {
    /// Offset in its file of the first byte after it.
    pub offset: u64,
    /// Its idempotency key.
    pub key: String,
    /// What it was sent with; `None` where it is known that the key was made of the file.
    pub sent: Option<Sent>,
}

/// What shows whether a batch that came with a request is one of a file. Its key and offset do not: the sender
/// chose them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sent {
    /// The record number of its first row.
    pub first_row: u64,
    /// The [fingerprint](crate::request::Request::fingerprint) of its request.
    pub fingerprint: String,
}

impl End {
    /// Whether it has the key of a batch, or the one that the batch is sent with where another body holds its key.
    fn has_key(&self, key: &str) -> bool {
        let contested = |sent: &Sent| self.key == contested_key(key, &sent.fingerprint);
        self.key == key || self.sent.as_ref().is_some_and(contested)
    }
}

/// The hash of a file from which the keys of its batches are made.
pub(super) fn key_hash(table: &Table) -> Sha256 {
    let mut hash = Sha256::new();
    hash.update(table.name.as_bytes());
    hash.update([0]);
    hash
}

/// Compares the recorded ends with the bytes of a file as they arrive.
pub(super) struct Ends {
    /// Recorded ends that are not reached yet, ascending, and what is hashed up to them.
    recorded: VecDeque<End>,
    hash: Sha256,
    pushed: u64,
    /// Recorded ends whose keys say that this file is what was recorded, ascending.
    recognised: Vec<End>,
}

impl Ends {
    pub(super) fn new(table: &Table, recorded: impl IntoIterator<Item = End>) -> Ends {
        let mut recorded: Vec<End> = recorded.into_iter().collect();
        recorded.sort_unstable();
        Ends { recorded: recorded.into(), hash: key_hash(table), pushed: 0, recognised: Vec::new() }
    }

    /// Finds the recorded ends within the next bytes up to which the file is what was recorded.
    pub(super) fn push(&mut self, mut bytes: &[u8]) {
        while let Some(end) = self.recorded.front() {
            let missing = usize::try_from(end.offset - self.pushed).unwrap_or(usize::MAX);
            let (before, after) = bytes.split_at(missing.min(bytes.len()));
            self.hash.update(before);
            self.pushed += before.len() as u64;
            if before.len() < missing {
                return;
            }
            let key = hexadecimal(&self.hash.clone().finalize());
            self.recognised.extend(self.recorded.pop_front().filter(|end| end.has_key(&key)));
            bytes = after;
        }
    }

    /// Whether there is one after an offset.
    pub(super) fn is_any_after(&self, offset: u64) -> bool {
        self.recognised.last().is_some_and(|end| end.offset > offset)
    }

    /// Those at an offset.
    pub(super) fn at(&self, offset: u64) -> &[End] {
        let first = self.recognised.partition_point(|end| end.offset < offset);
        let count = self.recognised[first..].partition_point(|end| end.offset == offset);
        &self.recognised[first..first + count]
    }
}
