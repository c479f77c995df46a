//! What goes over the wire between client and server, besides rows.

mod backup;
mod reconcile;

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

pub use backup::{BackedUp, Backup, Hashed, Restored, Verified};
pub use reconcile::{Balance, Finding, Found, Reconciled, Recorded};

use crate::row_error::Reject;

/// How the rows of a batch ended. `received` is always the sum of the six others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Rows in the batch.
    pub received: u64,
    /// Rows that were new.
    pub inserted: u64,
    /// Rows that took the place of a stored one.
    pub replaced: u64,
    /// Rows that were stored already, equal in every field.
    pub unchanged: u64,
    /// Rows left out because their key was stored, as the sender wished.
    pub skipped: u64,
    /// Rows kept in the reject log.
    pub rejected: u64,
    /// Good rows of a batch that was refused whole.
    pub withheld: u64,
}

impl Counts {
    /// The HTTP status of the answer: all rows inserted, some, or none.
    pub fn status(&self) -> u16 {
        let stored = self.received - self.rejected - self.withheld;
        match stored {
            0 => 422,
            all if all == self.received => 201,
            _ => 207,
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
        let parts =
            [self.inserted, self.replaced, self.unchanged, self.skipped, self.rejected, self.withheld];
        self.received == parts.iter().sum::<u64>()
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.received += other.received;
        self.inserted += other.inserted;
        self.replaced += other.replaced;
        self.unchanged += other.unchanged;
        self.skipped += other.skipped;
        self.rejected += other.rejected;
        self.withheld += other.withheld;
    }
}

/// The answer to a batch: figures, and every reject with all its errors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The result in a sentence.
    pub response: String,
    /// The batch's id in the ledger, a UUIDv7.
    pub batch: String,
    /// The table's name.
    pub table: String,
    /// How its rows ended.
    #[serde(flatten)]
    pub counts: Counts,
    /// All rejects, in order.
    pub rejects: Vec<Reject>,
}

/// A batch in the ledger, as `GET /batches` lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// UUIDv7, so ids ascend with time.
    pub id: String,
    /// The table's name.
    pub table: String,
    /// Where it came from: `history`, `load` or `restore`.
    pub kind: String,
    /// The file or sender, if told.
    pub source: Option<String>,
    /// The record number of its first row in the source.
    pub first_row: u64,
    /// The physical line of its first row in the source; null for a JSON array.
    pub first_line: Option<u64>,
    /// Offset in the source file of the first byte behind it, where known.
    pub end_offset: Option<u64>,
    /// Who sent it.
    pub actor: String,
    /// The idempotency key it was sent with.
    pub idempotency_key: Option<String>,
    /// How its rows ended.
    #[serde(flatten)]
    pub counts: Counts,
    /// Rows of the table that a restore took out, since the backup has not got them.
    pub removed: u64,
    /// The HTTP status of its answer.
    pub status: u16,
    /// The dictionary that judged it.
    pub dictionary: String,
    /// When it was judged, in UTC.
    pub created_at: String,
}

/// Problem details, RFC 9457.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
