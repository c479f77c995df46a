//! What was found of a file, summed over its batches.

use std::collections::HashSet;

use dictionary::RowsHash;
use dictionary::wire::Balance;
use serde::Serialize;

/// Differences that are kept; runs of rows with the same reason count as one.
const MAX_DIFFERENCES: usize = 1000;

/// What was found of one batch.
pub struct BatchResult {
    pub balance: Balance,
    /// Of the rows as the file has them.
    pub file: RowsHash,
    /// Of what the server has of them.
    pub server: String,
    /// In the order of the rows.
    pub differences: Vec<Difference>,
    /// The batches of the ledger that received them.
    pub batches: Vec<String>,
    /// Rows that were received, and are not where they should be.
    pub wrong: u64,
    /// The last of its rows that one of them received; 0 if none did.
    pub last_received_row: u64,
    /// Whether the table was restored since, where rows differ or are missing.
    pub restored: bool,
}

/// What is not as it should be, of a row or of several that follow each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub first_row: u64,
    pub last_row: u64,
    pub first_line: Option<u64>,
    pub last_line: Option<u64>,
    pub kind: DifferenceKind,
    pub reason: String,
}

/// What kind of difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DifferenceKind {
    Differs,
    Missing,
    Twice,
    /// No batch received it as part of this file.
    Unrecorded,
    /// The reject log is not what the ledger counts.
    Log,
}

impl DifferenceKind {
    /// In a word.
    pub fn as_str(self) -> &'static str {
        match self {
            DifferenceKind::Differs => "differs",
            DifferenceKind::Missing => "missing",
            DifferenceKind::Twice => "twice",
            DifferenceKind::Unrecorded => "unrecorded",
            DifferenceKind::Log => "log",
        }
    }
}

impl Difference {
    /// Where it is.
    pub fn place(&self) -> String {
        let (what, first, last) = match (self.first_line, self.last_line) {
            (Some(first), Some(last)) => ("line", first, last),
            _ => ("row", self.first_row, self.last_row),
        };
        if first == last { format!("{what} {first}") } else { format!("{what}s {first} to {last}") }
    }

    /// Where it begins.
    pub fn start(&self) -> String {
        let (row, line) = (self.first_row, self.first_line);
        line.map_or_else(|| format!("row {row}"), |line| format!("line {line}"))
    }

    fn rows(&self) -> u64 {
        self.last_row - self.first_row + 1
    }
}

/// The sum of what was found.
#[derive(Default)]
pub struct Totals {
    pub balance: Balance,
    file: RowsHash,
    server: RowsHash,
    /// Whether an answer had no hash.
    is_hash_missing: bool,
    differences: Vec<Difference>,
    more: u64,
    batches: HashSet<String>,
    wrong: u64,
    last_received_row: u64,
    restored: bool,
}

/// The result.
pub struct FileResult {
    pub balance: Balance,
    pub file_hash: String,
    pub server_hash: String,
    /// In the order of the rows.
    pub differences: Vec<Difference>,
    /// Rows with differences that are not listed.
    pub more: u64,
    pub batches: HashSet<String>,
    /// Rows that were received, and are not where they should be.
    pub wrong: u64,
    /// The last row that one of them received.
    pub last_received_row: u64,
    /// Whether the table was restored since, where rows differ or are missing.
    pub restored: bool,
    pub adds_up: bool,
}

impl Totals {
    /// Adds a batch; they come in any order.
    pub fn add(&mut self, part: BatchResult) {
        self.balance += part.balance;
        self.last_received_row = self.last_received_row.max(part.last_received_row);
        self.restored |= part.restored;
        self.wrong += part.wrong;
        self.is_hash_missing |= self.server.add(&part.server).is_none();
        self.file.add(&part.file.finish());
        self.batches.extend(part.batches);
        self.differences.extend(part.differences);
        if self.differences.len() > 2 * MAX_DIFFERENCES {
            self.merge_and_limit();
        }
    }

    /// The result.
    pub fn finish(mut self) -> FileResult {
        self.merge_and_limit();
        let Totals { balance, differences, more, batches, wrong, last_received_row, restored, .. } = self;
        let (file_hash, server_hash) = (self.file.finish(), self.server.finish());
        let accounted = balance.stored + balance.rejected == balance.rows && balance.unrecorded == 0;
        let adds_up =
            accounted && differences.is_empty() && !self.is_hash_missing && file_hash == server_hash;
        FileResult {
            balance,
            file_hash,
            server_hash,
            differences,
            more,
            batches,
            wrong,
            last_received_row,
            restored,
            adds_up,
        }
    }

    /// Merges rows that follow each other, and drops differences beyond the limit.
    fn merge_and_limit(&mut self) {
        self.differences
            .sort_by_key(|difference| (difference.first_row, difference.kind == DifferenceKind::Log));
        self.differences.dedup_by(|next, before| {
            let same = next.kind == before.kind && next.reason == before.reason;
            let one = same && (next.kind == DifferenceKind::Log || before.last_row + 1 == next.first_row);
            if one {
                (before.last_row, before.last_line) = (next.last_row, next.last_line);
            }
            one
        });
        let dropped = self.differences.drain(self.differences.len().min(MAX_DIFFERENCES)..);
        self.more += dropped.map(|difference| difference.rows()).sum::<u64>();
    }
}
