//! Prints the result of a load, in a few lines or as JSON.

use std::time::Duration;

use dictionary::Table;

use crate::hints;
use crate::load_summary::LoadSummary;
use crate::print::Out;
use crate::progress::per_second;

/// The result of a load.
pub struct Report<'a> {
    pub summary: &'a LoadSummary,
    pub table: &'a Table,
    pub source: &'a str,
    pub elapsed: Duration,
}

impl Report<'_> {
    /// Prints the result; `complete` says whether the whole file was sent.
    pub fn print(&self, out: &mut Out, complete: bool, json: bool) -> anyhow::Result<()> {
        if json {
            let mut summary = serde_json::to_value(self.summary)?;
            summary["table"] = self.table.name.clone().into();
            summary["source"] = self.source.into();
            summary["rows"] = self.summary.all().received.into();
            summary["complete"] = complete.into();
            summary["seconds"] = self.elapsed.as_secs_f64().into();
            return out.json(&summary);
        }
        let so_far = if complete { "" } else { ", so far" };
        out.line(&format!("{}{so_far}: {}", self.source, self.sentence()))?;
        self.summary.print_rejects(out)
    }

    /// Prints what to do next; `hint` comes first. `source` is the name of the file in the ledger.
    pub fn print_hints(&self, out: &mut Out, hint: Option<String>, source: &str) -> anyhow::Result<()> {
        hint.map_or(Ok(()), |hint| out.line(&hint))?;
        match hints::shape(self.summary, self.table) {
            Some(hint) => out.line(&hint),
            None => hints::correct(self.summary, self.table, source)
                .into_iter()
                .flatten()
                .try_for_each(|hint| out.line(&hint)),
        }
    }

    fn sentence(&self) -> String {
        let LoadSummary { new, stored_before: before, .. } = self.summary;
        let table = &self.table.name;
        let inserted = format!("inserted into {table}, {} rejected", new.rejected);
        let speed = per_second(new.received, self.elapsed);
        let new = match (new.received, before.received) {
            (rows, 0) => return format!("{} of {rows} rows {inserted} ({speed} rows/s)", new.inserted),
            (0, before) => format!("0 of {before} rows are new"),
            (rows, before) => {
                format!("{rows} of {} rows are new: {} {inserted}", rows + before, new.inserted)
            }
        };
        format!(
            "{new}; {} were sent before ({} inserted, {} rejected)",
            before.received, before.inserted, before.rejected
        )
    }
}
