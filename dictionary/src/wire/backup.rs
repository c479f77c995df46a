//! Backups and restores.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A backup, as its manifest keeps it and `GET /backup/{table}` lists it. A file without a manifest has no
/// figures but its own.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Backup {
    /// The file's name in the table's folder of the backup store.
    pub name: String,
    /// The table's name.
    pub table: String,
    /// When it was made, in UTC with milliseconds; of a file without a manifest, when it was put there.
    pub created_at: String,
    /// The file's length.
    pub bytes: u64,
    /// How many rows it holds.
    pub rows: Option<u64>,
    /// How many of them the dictionary refuses, because something other than the API wrote them. A restore of such a
    /// backup is refused.
    pub refused: Option<u64>,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: Option<String>,
    /// The content hash of its rows: that of every table that holds the same.
    pub content_hash: Option<String>,
    /// Avro's name of how its blocks are compressed.
    pub codec: Option<String>,
    /// SHA-256 of its schema's canonical form (Avro: Parsing Canonical Form), in hexadecimal.
    pub schema_fingerprint: Option<String>,
    /// The dictionary that it was made by.
    pub dictionary: Option<String>,
    /// The engine that it was read from.
    pub engine: Option<String>,
    /// How its last trial restore ended: `intact` or `damaged`; null before the first.
    pub verified: Option<String>,
    /// When that was, in UTC.
    pub verified_at: Option<String>,
    /// How many seconds it took.
    pub verify_seconds: Option<f64>,
}

/// The answer to `POST /backup/{table}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BackedUp {
    /// The result in a sentence.
    pub response: String,
    /// What was made.
    #[serde(flatten)]
    pub backup: Backup,
}

/// The answer to `POST /backup/{table}/{name}/verify`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Verified {
    /// The result in a sentence.
    pub response: String,
    /// The table's name.
    pub table: String,
    /// The backup's name.
    pub name: String,
    /// How many rows the backup has.
    pub rows: u64,
    /// Their content hash.
    pub content_hash: String,
    /// How many seconds the trial restore took.
    pub seconds: f64,
}

/// The answer to `POST /restore/{table}`, in rows of the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Restored {
    /// The result in a sentence.
    pub response: String,
    /// The table's name.
    pub table: String,
    /// The backup's name.
    pub name: String,
    /// Whether nothing was changed, since only the figures were asked for.
    pub dry_run: bool,
    /// The restore's id in the ledger; null for a dry run.
    pub batch: Option<String>,
    /// Rows that the table had.
    pub before: u64,
    /// Rows that it has now.
    pub after: u64,
    /// Rows that were missing.
    pub added: u64,
    /// Rows that the backup does not hold.
    pub removed: u64,
    /// Rows that differed.
    pub changed: u64,
    /// Rows that were equal in every field.
    pub unchanged: u64,
    /// The content hash of the table as restored.
    pub content_hash: String,
}

/// The answer to `GET /hash/{table}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hashed {
    /// The table's name.
    pub table: String,
    /// How many rows it has.
    pub rows: u64,
    /// The content hash of its rows.
    pub content_hash: String,
}
