//! What client and server send each other, except rows.

mod backup;
mod check;
pub mod names;
mod reconcile;
mod rejected;
mod row_error;

use std::ops::AddAssign;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use backup::{BackedUp, Backup, Hashed, Restored, Verified};
pub use check::{DictionaryChange, DictionaryCheck, Difference, OpenRejects, RefusedTable};
pub use reconcile::{Balance, Finding, Found, Reconciled, Recorded};
pub use rejected::LoggedReject;
pub use row_error::InLog;

use crate::row_error::Reject;

/// How the rows of a batch ended. `received` is always the sum of the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    /// Rows in the batch.
    pub received: u64,
    /// Rows that were new.
    pub inserted: u64,
    /// Rows that replaced a stored one.
    pub replaced: u64,
    /// Rows that were stored already, equal in every field.
    pub unchanged: u64,
    /// Rows kept in the reject log.
    pub rejected: u64,
    /// Good rows of a batch that was refused whole. Nothing refuses a batch whole yet: the ledger has a column for them,
    /// and answers leave them out while there are none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub withheld: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Counts {
    /// How many of the rows are in the table.
    pub fn ending(&self) -> Ending {
        match self.received.saturating_sub(self.rejected + self.withheld) {
            0 => Ending::None,
            all if all == self.received => Ending::All,
            _ => Ending::Some,
        }
    }

    /// The result in a sentence, for a table's name.
    pub fn sentence(&self, table: &str) -> String {
        let rows = if self.received == 1 { "row" } else { "rows" };
        let inserted = format!("{} of {} {rows} inserted into {table}", self.inserted, self.received);
        match self.rejected {
            0 => inserted,
            rejected => format!("{inserted}, {rejected} rejected"),
        }
    }

    /// Whether every row received is accounted for.
    pub fn add_up(&self) -> bool {
        let parts = [self.inserted, self.replaced, self.unchanged, self.rejected, self.withheld];
        self.received == parts.iter().sum::<u64>()
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.received += other.received;
        self.inserted += other.inserted;
        self.replaced += other.replaced;
        self.unchanged += other.unchanged;
        self.rejected += other.rejected;
        self.withheld += other.withheld;
    }
}

/// Which of a batch's rows are in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// All of them.
    All,
    /// Some; the others are in the reject log.
    Some,
    /// None of them.
    None,
}

/// The answer to a batch: figures, and every reject with its errors. The server borrows the texts and rejects that it writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Outcome<Text = String, Rejected = Reject> {
    /// The result in a sentence.
    pub response: String,
    /// The batch's id in the ledger, a UUIDv7.
    pub batch: Text,
    /// The table's name.
    pub table: Text,
    /// How its rows ended.
    #[serde(flatten)]
    pub counts: Counts,
    /// All rejects, in order.
    pub rejects: Vec<Rejected>,
}

/// How a batch came in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BatchKind {
    /// From the data package's own files, at start.
    History,
    /// From a request.
    #[default]
    Load,
    /// From a backup.
    Restore,
}

impl BatchKind {
    /// Every kind.
    pub const ALL: [BatchKind; 3] = [BatchKind::History, BatchKind::Load, BatchKind::Restore];

    /// The kind as written in the ledger and in parameters.
    pub fn as_str(self) -> &'static str {
        match self {
            BatchKind::History => "history",
            BatchKind::Load => "load",
            BatchKind::Restore => "restore",
        }
    }

    /// The kind of this name.
    pub fn from_word(word: &str) -> Option<BatchKind> {
        BatchKind::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A batch in the ledger, as `GET /batches` lists it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Batch {
    /// UUIDv7, so ids ascend with time.
    pub id: String,
    /// The table's name.
    pub table: String,
    /// How it came in.
    pub kind: BatchKind,
    /// The file or sender, if the request names it.
    pub source: Option<String>,
    /// The record number of its first row in the source.
    pub first_row: u64,
    /// The physical line of its first row in the source; null for a JSON array.
    pub first_line: Option<u64>,
    /// The number of its first stored row in a table without a primary key; the others have the numbers after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_id: Option<u64>,
    /// Offset in the source file of the first byte after it, where known.
    pub end_offset: Option<u64>,
    /// Who sent it.
    pub actor: String,
    /// The idempotency key it was sent with.
    pub idempotency_key: Option<String>,
    /// SHA-256 of the request that it came with, if it had a key: see [`fingerprint`](crate::request::fingerprint).
    #[serde(default)]
    pub fingerprint: Option<String>,
    /// How its rows ended.
    #[serde(flatten)]
    pub counts: Counts,
    /// Rows that a restore removed from the table, because the backup does not hold them.
    pub removed: u64,
    /// The dictionary that judged it.
    pub dictionary: String,
    /// When it was judged, in UTC.
    pub created_at: String,
}

/// Problem details, RFC 9457.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// `/problems/{code}`, a page that explains it.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind of problem in a few words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened here: the thing, the value, and what to do.
    pub detail: String,
    /// The id of the request, as in the log.
    pub request_id: String,
}
