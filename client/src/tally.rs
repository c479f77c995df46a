//! What became of the rows of a file, summed over its batches.

use std::collections::BTreeMap;

use dictionary::Reject;
use dictionary::wire::Counts;
use serde::Serialize;

use crate::exit::Exit;

/// Rejects that are shown one by one; the others are in the reject log.
const SHOWN: usize = 10;

/// The sum of the outcomes of a file's batches.
#[derive(Debug, Default, Serialize)]
pub struct Tally {
    /// How the rows ended, those of batches stored before included.
    #[serde(flatten)]
    pub counts: Counts,
    /// Rows in batches that an earlier run had stored.
    pub stored_before: u64,
    /// Errors by code.
    pub codes: BTreeMap<&'static str, u64>,
    /// The first rejects, in file order.
    pub rejects: Vec<Reject>,
}

impl Tally {
    /// Adds a batch.
    pub fn add(&mut self, counts: &Counts, rejects: Vec<Reject>, before: bool) {
        let sum = &mut self.counts;
        sum.received += counts.received;
        sum.inserted += counts.inserted;
        sum.replaced += counts.replaced;
        sum.unchanged += counts.unchanged;
        sum.skipped += counts.skipped;
        sum.rejected += counts.rejected;
        sum.withheld += counts.withheld;
        if before {
            self.stored_before += counts.received;
        }
        for error in rejects.iter().flat_map(|reject| &reject.errors) {
            *self.codes.entry(error.code.as_str()).or_default() += 1;
        }
        self.rejects.extend(rejects);
        self.rejects.sort_by_key(|reject| reject.row);
        self.rejects.truncate(SHOWN);
    }

    /// The first rejects and the codes, one a line.
    pub fn print_rejects(&self) {
        for reject in &self.rejects {
            let place = match reject.line {
                Some(line) => format!("line {line}"),
                None => format!("row {}", reject.row),
            };
            let reasons: Vec<_> = reject.errors.iter().map(|error| error.message.as_str()).collect();
            println!("  {place}: {}", reasons.join("; "));
        }
        let more = self.counts.rejected.saturating_sub(self.rejects.len() as u64);
        if more > 0 {
            println!("  ... and {more} more");
        }
        if !self.codes.is_empty() {
            let codes: Vec<_> = self.codes.iter().map(|(code, count)| format!("{code} {count}")).collect();
            println!("errors by code: {}", codes.join(", "));
        }
    }

    /// The exit code.
    pub fn exit(&self) -> Exit {
        if self.counts.received == 0 { Exit::Success } else { Exit::of(&self.counts) }
    }
}
