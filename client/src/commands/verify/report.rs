//! Prints the result, for people or as JSON for scripts.

use std::time::Duration;

use dictionary::Table;
use dictionary::wire::Balance;
use indicatif::{HumanBytes, HumanCount};
use serde::Serialize;

use super::totals::{Difference, FileResult};
use crate::exit::Exit;
use crate::print::{Column, Out};
use crate::progress::per_second;

/// How many differences are printed for people.
const SHOWN: usize = 10;

/// All facts of a receipt. Scripts get it as JSON.
#[derive(Serialize)]
pub struct Report {
    /// Whether each row is exactly once in the table or in the reject log.
    pub adds_up: bool,
    /// The result in a sentence.
    pub verdict: String,
    pub table: String,
    /// The file's name.
    pub source: String,
    pub bytes: u64,
    pub sha256: String,
    #[serde(flatten)]
    pub balance: Balance,
    /// How many batches in the ledger received the file.
    pub batches: u64,
    /// The hash of the rows as the file has them.
    pub file_hash: String,
    /// The hash of these rows in the table and the reject log.
    pub server_hash: String,
    pub differences: Vec<Difference>,
    /// Rows with differences that are not listed.
    pub more_differences: u64,
    pub server: String,
    /// The hash of the server's data dictionary.
    pub dictionary: String,
    /// When the file was verified, in UTC.
    pub at: String,
    pub seconds: f64,
    /// Whether the ledger has the file, or another one with its name.
    #[serde(skip)]
    is_known: bool,
}

/// The result, and its meaning.
pub struct Conclusion {
    pub result: FileResult,
    pub verdict: String,
    /// Whether the ledger has the file, or another one with its name.
    pub is_known: bool,
}

impl Report {
    pub fn new(
        Conclusion { result, verdict, is_known }: Conclusion,
        table: &Table,
        file: FileRead,
        server: String,
        dictionary: String,
        elapsed: Duration,
    ) -> Report {
        Report {
            verdict,
            is_known,
            adds_up: result.adds_up,
            table: table.name.clone(),
            source: file.name,
            bytes: file.bytes,
            sha256: file.sha256,
            balance: result.balance,
            batches: result.batches.len() as u64,
            file_hash: result.file_hash,
            server_hash: result.server_hash,
            differences: result.differences,
            more_differences: result.more,
            server,
            dictionary,
            at: chrono::Utc::now().format("%Y-%m-%dT%H:%M:%SZ").to_string(),
            seconds: elapsed.as_secs_f64(),
        }
    }

    /// Prints the report.
    pub fn print(&self, out: &mut Out, json: bool) -> anyhow::Result<()> {
        if json {
            return out.json(self);
        }
        let speed = per_second(self.balance.rows, Duration::from_secs_f64(self.seconds));
        out.line(&format!(
            "{}: {} rows, {}, SHA-256 {} ({speed} rows/s)",
            self.source,
            self.balance.rows,
            HumanBytes(self.bytes),
            self.sha256
        ))?;
        let count = |(what, rows): (&str, u64)| vec![what.to_owned(), HumanCount(rows).to_string()];
        out.table(&[Column::Whole(""), Column::Number("ROWS")], self.figures().map(count))?;
        out.line(&format!("hash of the file   {}", self.file_hash))?;
        out.line(&format!("hash of the server {}", self.server_hash))?;
        for difference in self.differences.iter().take(SHOWN) {
            let Difference { kind, reason, .. } = difference;
            out.line(&format!("  {}: {}: {reason}", difference.place(), kind.as_str()))?;
        }
        let hidden = self.differences.len().saturating_sub(SHOWN);
        if hidden > 0 {
            out.line(&format!("  ... and {hidden} more; --report FILE and --json list them"))?;
        }
        out.line(&self.verdict)
    }

    /// Names and counts: where how many rows are.
    pub fn figures(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let Balance { rows, stored, rejected, differs, missing, twice, unrecorded, .. } = self.balance;
        [
            ("in the file", rows),
            ("stored", stored),
            ("rejected", rejected),
            ("differs", differs),
            ("missing", missing),
            ("twice", twice),
            ("never received", unrecorded),
        ]
        .into_iter()
    }

    /// The exit code.
    pub fn exit(&self) -> Exit {
        if self.adds_up {
            Exit::Success
        } else if !self.is_known {
            Exit::NoneInserted
        } else {
            Exit::SomeRejected
        }
    }
}

/// A file that was read to its end.
pub struct FileRead {
    pub name: String,
    pub bytes: u64,
    pub sha256: String,
}
