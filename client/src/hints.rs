//! Hints: lines that say what to do next.

use std::collections::HashSet;
use std::path::Path;

use dictionary::wire::{Batch, BatchKind};
use dictionary::{Code, Table};

use crate::gateway::Gateway;
use crate::load_summary::LoadSummary;
use crate::print::{program, quoted};
use crate::sent_before::newest_other;

/// If no row of a file fits the table: the format that the table's files have.
pub fn shape(summary: &LoadSummary, table: &Table) -> Option<String> {
    let of = |code: Code| summary.codes.get(code.as_str()).copied().unwrap_or_default();
    let (all, odd) = (summary.all(), of(Code::MissingCell) + of(Code::ExtraCell));
    let header = if table.header { "with" } else { "without" };
    (all.inserted == 0 && odd >= all.rejected)
        .then(|| format!("hint: files of {} have {}, {header} a header", table.name, table.header_wanted()))
}

/// How to correct the rejected rows and send them again.
pub fn correct(summary: &LoadSummary, table: &Table, source: &str) -> Option<[String; 2]> {
    let which = match summary.rejecting() {
        [] => return None,
        [batch] => format!("--batch {batch}"),
        _ => format!("--source {}", quoted(source)),
    };
    let (program, name) = (program(), &table.name);
    let (table, file) = (quoted(name), quoted(&file_name(name)));
    Some([
        format!("next: {program} rejected {table} {which} --all --csv > {file}"),
        format!("      correct {file}, then: {program} add-new-records {table} {file}"),
    ])
}

/// The file that the rejected rows of a table go to.
fn file_name(table: &str) -> String {
    format!("{}-rejected.csv", table.replace(['/', '\\'], "_"))
}

/// If many new rows are rejected because their keys are stored, and another file with the same name was loaded: when,
/// and what that means. `these` are the ids of the batches of this file.
///
/// # Errors
/// When the ledger cannot be read.
pub async fn loaded_before(
    gateway: &Gateway,
    table: &Table,
    source: &str,
    summary: &LoadSummary,
    these: &HashSet<String>,
) -> anyhow::Result<Option<String>> {
    // A few such rejects need no special explanation.
    if summary.taken == 0 || summary.taken * 2 < summary.new.rejected {
        return Ok(None);
    }
    let Some(other) = newest_other(gateway, table, source, these).await? else { return Ok(None) };
    let what = match other.kind {
        BatchKind::Load => {
            "the file has changed since then, so its batches from the first change on were sent as new rows"
        }
        kind @ (BatchKind::History | BatchKind::Restore) => {
            &format!("the rows of a file with this name are stored as {}", kind.as_str())
        }
    };
    Ok(Some(format!(
        "hint: {} new rows are rejected because their primary keys are already stored; {source} was loaded before, \
         last at {}: {what}",
        summary.taken, other.created_at
    )))
}

/// What to do if rows were sent before a restore, which may have removed them.
pub fn restored(restore: &Batch, file: &Path) -> String {
    let (program, file) = (program(), quoted(&file.to_string_lossy()));
    let (table, name) = (quoted(&restore.table), &restore.table);
    format!(
        "hint: {name} was restored at {}, after these rows were sent: {program} verify {table} {file} shows whether they \
         are still there; add-new-records --again sends them again",
        restore.created_at
    )
}
