//! What became of rows that were sent: the answer to `POST /verify/{table}`.

use std::ops::AddAssign;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Batch;

/// What became of a submitted row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Found {
    /// The table holds it, equal in every field.
    Stored,
    /// It is in the reject log, as received.
    Rejected,
    /// The table holds other values under its key, or the reject log other bytes under its number.
    Differs,
    /// Neither the table nor the reject log has it.
    Missing,
    /// The reject log has it more than once from one batch, or both the table and the log have it.
    Twice,
}

/// How many rows were found where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Balance {
    /// All rows; the sum of the next five.
    pub rows: u64,
    /// See [`Found::Stored`].
    pub stored: u64,
    /// See [`Found::Rejected`].
    pub rejected: u64,
    /// See [`Found::Differs`].
    pub differs: u64,
    /// See [`Found::Missing`].
    pub missing: u64,
    /// See [`Found::Twice`].
    pub twice: u64,
    /// Of all rows, those that no batch of the ledger received under the key of the request: where they were found
    /// follows from what they hold, and is no proof that they were received.
    pub unrecorded: u64,
    /// Of those rejected, rows whose equals the table holds all the same: another load or request brought them.
    pub also_stored: u64,
}

impl Balance {
    /// Counts a row.
    pub fn count(&mut self, finding: &Finding) {
        self.rows += 1;
        self.unrecorded += u64::from(!finding.recorded);
        self.also_stored += u64::from(finding.also_stored);
        *match finding.found {
            Found::Stored => &mut self.stored,
            Found::Rejected => &mut self.rejected,
            Found::Differs => &mut self.differs,
            Found::Missing => &mut self.missing,
            Found::Twice => &mut self.twice,
        } += 1;
    }

    /// The result in a sentence, for a table's name.
    pub fn sentence(&self, table: &str) -> String {
        let rows = if self.rows == 1 { "row" } else { "rows" };
        let mut sentence = format!("{} of {} {rows} stored in {table}", self.stored, self.rows);
        let others = [
            (self.rejected, "rejected"),
            (self.differs, "different"),
            (self.missing, "missing"),
            (self.twice, "there twice"),
        ];
        for (count, what) in others.into_iter().filter(|(count, _)| *count > 0) {
            sentence += &format!(", {count} {what}");
        }
        sentence
    }
}

impl AddAssign for Balance {
    fn add_assign(&mut self, other: Balance) {
        self.rows += other.rows;
        self.stored += other.stored;
        self.rejected += other.rejected;
        self.differs += other.differs;
        self.missing += other.missing;
        self.twice += other.twice;
        self.unrecorded += other.unrecorded;
        self.also_stored += other.also_stored;
    }
}

/// Where one row is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The 1-based record in the sender's file or request.
    pub row: u64,
    /// The 1-based physical line where the record starts; null for a JSON array.
    pub line: Option<u64>,
    /// Where it is.
    pub found: Found,
    /// The fields in which the table has other values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// The ids of its rejects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rejects: Vec<String>,
    /// Whether a batch of the ledger received it under the key of the request.
    pub recorded: bool,
    /// Whether it was rejected, and the table holds its equal all the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub also_stored: bool,
}

/// A batch of the ledger that received some of the rows, and what the reject log has of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Recorded {
    /// What the ledger says of it.
    #[serde(flatten)]
    pub batch: Batch,
    /// Rows in the reject log; as many as `rejected` if the log was not changed.
    pub logged: u64,
}

impl Recorded {
    /// Whether it received a row of this number.
    pub fn covers(&self, row: u64) -> bool {
        row.checked_sub(self.batch.first_row).is_some_and(|before| before < self.batch.counts.received)
    }
}

/// The answer to `POST /verify/{table}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reconciled {
    /// The result in a sentence.
    pub response: String,
    /// The table's name.
    pub table: String,
    /// How many rows were found where.
    #[serde(flatten)]
    pub balance: Balance,
    /// The [hash](crate::RowsHash) of what table and reject log hold of the rows.
    pub hash: String,
    /// The batches that the ledger has under the key of the request.
    pub batches: Vec<Recorded>,
    /// The last batch since then that restored the table or replaced rows, where rows differ or are missing.
    pub since: Option<Batch>,
    /// Where each row is, in order.
    pub findings: Vec<Finding>,
}
