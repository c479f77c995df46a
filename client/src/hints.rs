//! Hints: one line that says what to do next.

use std::collections::HashSet;
use std::path::Path;

use dictionary::wire::{Batch, BatchKind};
use dictionary::{Code, Table};

use crate::gateway::Gateway;
use crate::load_summary::LoadSummary;
use crate::print::{program, quoted};

/// For a file of which no row fits the table: it may have another format.
pub fn shape(summary: &LoadSummary, table: &Table) -> Option<String> {
    let of = |code: Code| summary.codes.get(code.as_str()).copied().unwrap_or_default();
    let (all, odd) = (summary.all(), of(Code::MissingCell) + of(Code::ExtraCell));
    let header = if table.header { "with" } else { "without" };
    (all.inserted == 0 && odd >= all.rejected)
        .then(|| format!("hint: files of {} hold {}, {header} a header", table.name, table.header_wanted()))
}

/// How to correct what was rejected and send it again.
pub fn correct(summary: &LoadSummary, table: &Table, source: &str) -> Option<[String; 2]> {
    let which = match summary.rejecting() {
        [] => return None,
        [batch] => format!("--batch {batch}"),
        _ => format!("--source {}", quoted(source)),
    };
    let (program, table) = (program(), &table.name);
    let file = format!("{table}-rejected.csv");
    Some([
        format!("next: {program} rejected {table} {which} --all --csv > {file}"),
        format!("      correct {file}, then: {program} add-new-records {table} {file}"),
    ])
}

/// For many new rows that are rejected because their keys are stored: where from, if the source was loaded before.
/// `new` are the batches of this run.
pub async fn loaded_before(
    gateway: &Gateway,
    table: &Table,
    source: &str,
    summary: &LoadSummary,
    new: &HashSet<String>,
) -> anyhow::Result<Option<String>> {
    // A few of them are rejects as any others.
    if summary.taken == 0 || summary.taken * 2 < summary.new.rejected {
        return Ok(None);
    }
    let query = [("table", table.name.clone()), ("source", source.to_owned())];
    let mut earlier: Vec<Batch> = gateway.list(&["batches"], &query, usize::MAX)?.all().await?;
    earlier.retain(|batch| !new.contains(&batch.id));
    let sum = |count: fn(&Batch) -> u64| earlier.iter().map(count).sum::<u64>();
    let rows = sum(|batch| batch.counts.received);
    let Some(newest) = earlier.first().filter(|_| rows > summary.stored_before.received) else {
        return Ok(None);
    };
    let what = match newest.kind {
        BatchKind::Load => "it has changed since, so what is no longer the same was sent as new rows",
        kind @ (BatchKind::History | BatchKind::Restore) => {
            &format!("the rows of a file of this name are stored as {}", kind.as_str())
        }
    };
    Ok(Some(format!(
        "hint: {} new rows are rejected because their primary keys are stored; {source} was loaded before, last at \
         {} ({rows} rows, {} inserted, {} rejected): {what}",
        summary.taken,
        newest.created_at,
        sum(|batch| batch.counts.inserted),
        sum(|batch| batch.counts.rejected)
    )))
}

/// What to do about rows that were sent before a restore.
pub fn restored(restore: &Batch, file: &Path) -> String {
    let (program, table, file) = (program(), &restore.table, quoted(&file.to_string_lossy()));
    format!(
        "hint: {table} was restored since, at {}: {program} verify {table} {file} tells whether these rows are there, \
         and add-new-records --again sends them once more",
        restore.created_at
    )
}
