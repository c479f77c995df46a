//! The counts of a load: what became of the rows of a file.

use std::collections::BTreeMap;

use dictionary::wire::{Batch, Counts};
use dictionary::{Code, Reject, RowError};
use serde::Serialize;

use crate::exit::Exit;
use crate::print::Out;

/// How many rejects are shown; the others are in the reject log.
const SHOWN: usize = 10;

/// The sum of the results of a file's batches.
#[derive(Debug, Default, Serialize)]
pub struct LoadSummary {
    /// Counts of the rows that this run sent.
    #[serde(flatten)]
    pub new: Counts,
    /// Counts of the rows that an earlier run sent.
    pub stored_before: Counts,
    /// Errors of all rows, by code.
    pub codes: BTreeMap<&'static str, u64>,
    /// The first rejects of all rows, in file order.
    pub rejects: Vec<Reject>,
    /// New rows that are rejected because their primary key is already stored.
    #[serde(skip)]
    pub taken: u64,
    /// The first batches that have rejects, at most two.
    #[serde(skip)]
    rejecting: Vec<String>,
    /// The oldest batch that was sent before.
    #[serde(skip)]
    oldest: Option<String>,
}

impl LoadSummary {
    /// Adds a batch; `before` says whether an earlier run sent it.
    pub fn add(&mut self, batch: String, counts: &Counts, rejects: Vec<Reject>, before: bool) {
        *(if before { &mut self.stored_before } else { &mut self.new }) += *counts;
        let taken = |reject: &&Reject| reject.errors.iter().any(|error| error.code == Code::PrimaryKey);
        if !before {
            self.taken += rejects.iter().filter(taken).count() as u64;
        }
        if before && self.oldest.as_ref().is_none_or(|oldest| batch < *oldest) {
            self.oldest = Some(batch.clone());
        }
        if !rejects.is_empty() && self.rejecting.len() < 2 {
            self.rejecting.push(batch);
        }
        for error in rejects.iter().flat_map(|reject| &reject.errors) {
            *self.codes.entry(error.code.as_str()).or_default() += 1;
        }
        self.rejects.extend(rejects);
        self.rejects.sort_by_key(|reject| reject.row);
        self.rejects.truncate(SHOWN);
    }

    /// All rows of the file.
    pub fn all(&self) -> Counts {
        let mut all = self.new;
        all += self.stored_before;
        all
    }

    /// Whether some rows were sent before another batch: ids ascend with time.
    pub fn is_older(&self, batch: &Batch) -> bool {
        self.oldest.as_ref().is_some_and(|oldest| *oldest < batch.id)
    }

    /// The first batches that have rejects, at most two.
    pub fn rejecting(&self) -> &[String] {
        &self.rejecting
    }

    /// Prints the first rejects, one on each line, then the errors by code.
    pub fn print_rejects(&self, out: &mut Out) -> anyhow::Result<()> {
        for reject in &self.rejects {
            let place = match reject.line {
                Some(line) => format!("line {line}"),
                None => format!("row {}", reject.row),
            };
            let reasons: Vec<_> = reject.errors.iter().map(RowError::to_string).collect();
            out.line(&format!("  {place}: {}", reasons.join("; ")))?;
        }
        let more = self.all().rejected.saturating_sub(self.rejects.len() as u64);
        if more > 0 {
            out.line(&format!("  ... and {more} more"))?;
        }
        if !self.codes.is_empty() {
            let codes: Vec<_> = self.codes.iter().map(|(code, count)| format!("{code} {count}")).collect();
            out.line(&format!("errors by code: {}", codes.join(", ")))?;
        }
        Ok(())
    }

    /// The exit code. It counts all rows of the file, also those that were sent before.
    pub fn exit(&self) -> Exit {
        Exit::of(&self.all())
    }
}
