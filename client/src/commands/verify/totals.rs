//! The results of a file's batches, and their sum.

use std::collections::HashSet;

use dictionary::RowsHash;
use dictionary::wire::Balance;
use serde::Serialize;

/// How many differences are kept. Consecutive rows with the same reason are one difference.
const MAX_DIFFERENCES: usize = 1000;

/// The result of one batch.
pub struct BatchResult {
    pub balance: Balance,
    /// The hash of the rows in the file.
    pub file: RowsHash,
    /// The hash of the rows in the table and the reject log, in hexadecimal.
    pub server: String,
    /// In the order of the rows.
    pub differences: Vec<Difference>,
    /// The ids of the batches in the ledger that received the rows.
    pub batches: Vec<String>,
    /// Received rows that are missing, different or there twice.
    pub wrong: u64,
    /// The number of the last row that a batch received; 0 if there is none.
    pub last_received_row: u64,
    /// Whether a restore after the load explains rows that differ or are missing.
    pub restored: bool,
}

/// What is wrong with a row, or with several consecutive rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub first_row: u64,
    pub last_row: u64,
    pub first_line: Option<u64>,
    pub last_line: Option<u64>,
    pub kind: DifferenceKind,
    pub reason: String,
}

/// The kind of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DifferenceKind {
    Differs,
    Missing,
    Twice,
    /// No batch received the row as part of this file.
    Unrecorded,
    /// The reject log does not match the counts of the ledger.
    Log,
}

impl DifferenceKind {
    /// The kind, in a word.
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
    /// The lines (or rows) of the difference.
    pub fn place(&self) -> String {
        let (what, first, last) = match (self.first_line, self.last_line) {
            (Some(first), Some(last)) => ("line", first, last),
            _ => ("row", self.first_row, self.last_row),
        };
        if first == last { format!("{what} {first}") } else { format!("{what}s {first} to {last}") }
    }

    /// The first line (or row) of the difference.
    pub fn start(&self) -> String {
        let (row, line) = (self.first_row, self.first_line);
        line.map_or_else(|| format!("row {row}"), |line| format!("line {line}"))
    }

    fn rows(&self) -> u64 {
        self.last_row - self.first_row + 1
    }
}

/// The sum over the batches so far.
#[derive(Default)]
pub struct Totals {
    pub balance: Balance,
    file: RowsHash,
    server: RowsHash,
    /// Whether an answer had no valid hash.
    is_hash_missing: bool,
    differences: Vec<Difference>,
    more: u64,
    batches: HashSet<String>,
    wrong: u64,
    last_received_row: u64,
    restored: bool,
}

/// The result of the whole file.
pub struct FileResult {
    pub balance: Balance,
    pub file_hash: String,
    pub server_hash: String,
    /// In the order of the rows.
    pub differences: Vec<Difference>,
    /// Rows with differences that are not listed.
    pub more: u64,
    pub batches: HashSet<String>,
    /// Received rows that are missing, different or there twice.
    pub wrong: u64,
    /// The number of the last row that a batch received.
    pub last_received_row: u64,
    /// Whether a restore after the load explains rows that differ or are missing.
    pub restored: bool,
    pub adds_up: bool,
}

impl Totals {
    /// Adds a batch. Batches may come in any order.
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

    /// The result of the whole file.
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

    /// Merges consecutive rows, and drops differences beyond the limit.
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
