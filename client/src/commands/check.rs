//! `check`: judges a file like the server, without a server.

use anyhow::bail;
use dictionary::judge::{ExistingKeys, judge};
use dictionary::wire::Counts;
use dictionary::{ForeignKey, KeySet, Table};

use super::find;
use crate::batch_reader::BatchReader;
use crate::cli::Check;
use crate::exit::Exit;
use crate::hints;
use crate::load_summary::LoadSummary;
use crate::print::{Out, remark};
use crate::source::Source;

/// Judges the file.
pub fn run(arguments: &Check, out: &mut Out, json: bool) -> anyhow::Result<Exit> {
    let path = &arguments.data_package;
    let dictionary = files::package::open(path, &[], "check --data-package")?;
    for note in dictionary.notes() {
        remark(&format!("note: {note}"));
    }
    let table = find(&dictionary, &arguments.table)?;
    let (source, table) = Source::open(&arguments.file, table)?;
    let name = source.name.clone();
    let mut batches = BatchReader::new(source, &table, Vec::new());

    let mut summary = LoadSummary::default();
    // Keys of earlier batches count as stored for later ones, as in a table.
    // Only references to the table itself can be judged.
    let own = |key: &ForeignKey| (key.parent == table.name).then(KeySet::default);
    let mut existing = ExistingKeys {
        parents: table.foreign_keys.iter().map(own).collect(),
        holder: Some("an earlier row of the file"),
        ..ExistingKeys::default()
    };
    while let Some(batch) = batches.next_batch()? {
        if summary.new.received == 0
            && let Some(note) = batch.columns.note(&table)
        {
            remark(&format!("note: {name} {note}"));
        }
        let rows = batch.decode(&table);
        let verdict = judge(&table, &rows, &mut existing);
        let counts = Counts {
            received: rows.len() as u64,
            inserted: verdict.accepted.len() as u64,
            rejected: verdict.rejected.len() as u64,
            ..Counts::default()
        };
        let rejects = verdict.rejected.into_iter().map(|(reject, _)| reject).collect();
        summary.add(batch.key, &counts, rejects, false);
    }
    if summary.new.received == 0 {
        bail!("{name} has no rows");
    }
    report(&summary, &table, out, json)?;
    Ok(summary.exit())
}

fn report(summary: &LoadSummary, table: &Table, out: &mut Out, json: bool) -> anyhow::Result<()> {
    if json {
        return out.json(summary);
    }
    let counts = &summary.new;
    out.line(&format!(
        "{} of {} rows are valid for {}, {} invalid",
        counts.inserted, counts.received, table.name, counts.rejected
    ))?;
    summary.print_rejects(out)?;
    hints::shape(summary, table).map_or(Ok(()), |hint| out.line(&hint))?;
    let others =
        table.foreign_keys.iter().map(|key| key.parent.as_str()).filter(|parent| *parent != table.name);
    let parents: Vec<_> = others.collect();
    let references = if parents.is_empty() {
        String::new()
    } else {
        format!("references to {}, and ", parents.join(", "))
    };
    out.line(&format!("not checked, because this needs the server: {references}keys that are already stored"))
}
