//! `check`: judges a file as the server would, without one.

use anyhow::Context;
use dictionary::decode;
use dictionary::judge::{Known, judge};
use dictionary::wire::Counts;
use dictionary::{Dictionary, Table};

use super::add_new_records::find;
use crate::cli::Check;
use crate::exit::Exit;
use crate::file::Source;
use crate::tally::Tally;

/// Judges the file.
pub fn run(arguments: &Check, json: bool) -> anyhow::Result<Exit> {
    let path = &arguments.data_package;
    let descriptor = std::fs::read(path)
        .with_context(|| format!("the data package {} cannot be read; see --data-package", path.display()))?;
    let dictionary = Dictionary::parse(&descriptor)?;
    let table = find(&dictionary, &arguments.table)?;
    let mut batches = Source::open(&arguments.file)?.batches(table, Vec::new());

    let mut tally = Tally::default();
    // Across the file, as the table would: what an earlier batch took is stored for a later one.
    let mut known = Known { holder: Some("an earlier row of the file"), ..Known::default() };
    while let Some(batch) = batches.next_batch()? {
        let columns = batches.splitter().columns().cloned();
        let (rows, _) = decode::csv(&batch.body, table, columns, batch.start)?;
        let verdict = judge(table, &rows, &known);
        let counts = Counts {
            received: rows.len() as u64,
            inserted: verdict.accepted.len() as u64,
            rejected: verdict.rejected.len() as u64,
            ..Counts::default()
        };
        let rejects = verdict.rejected.into_iter().map(|(reject, _)| reject).collect();
        known.remember(table, &verdict.accepted);
        tally.add(&counts, rejects, false);
    }
    report(&tally, table, json)?;
    Ok(tally.exit())
}

fn report(tally: &Tally, table: &Table, json: bool) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string(tally)?);
        return Ok(());
    }
    let counts = &tally.counts;
    println!(
        "{} of {} rows are valid for {}, {} are not",
        counts.inserted, counts.received, table.name, counts.rejected
    );
    tally.print_rejects();
    let parents: Vec<_> = table.references().map(|(_, parent)| parent.name.as_str()).collect();
    if !parents.is_empty() {
        println!(
            "not checked without the server: references to {}, and keys stored there",
            parents.join(", ")
        );
    }
    Ok(())
}
