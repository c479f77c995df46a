//! `rejected`: shows rejected rows with their reasons.

use anyhow::bail;
use dictionary::Table;
use dictionary::wire::{Batch, LoggedReject};
use serde_json::Value;

use super::correction::Correction;
use super::find;
use crate::cli::Rejected;
use crate::exit::Exit;
use crate::gateway::Gateway;
use crate::print::Column::{Whole, Wrapped};
use crate::print::{self, Out};

/// Characters of a row that a table shows.
const SHOWN: usize = 200;

/// Shows the rejects.
pub async fn run(gateway: &Gateway, arguments: &Rejected, out: &mut Out, json: bool) -> anyhow::Result<Exit> {
    let dictionary = gateway.dictionary().await?;
    let table = find(&dictionary, &arguments.table)?;
    let open = arguments.csv.then(|| LoggedReject::OPEN.to_owned());
    if let Some(source) = &arguments.source {
        check_source(gateway, table, source).await?;
    }
    let mut query = Vec::new();
    query.extend(arguments.batch.clone().map(|batch| ("batch", batch)));
    query.extend(arguments.source.clone().map(|source| ("source", source)));
    query.extend(arguments.code.clone().map(|code| ("code", code)));
    query.extend(arguments.status.clone().or(open).map(|status| ("status", status)));
    let most = if arguments.all { usize::MAX } else { arguments.limit };

    let mut correction = if arguments.csv { Some(Correction::begin(table, &query, out)?) } else { None };
    let mut list = gateway.list(&["rejected", &table.name], &query, most)?;
    let mut shown = 0;
    while let Some(rejects) = list.next::<Value>().await? {
        shown += rejects.len();
        if json {
            rejects.iter().try_for_each(|reject| out.json(reject))?;
        } else {
            let rejects: Result<Vec<LoggedReject>, _> =
                rejects.into_iter().map(serde_json::from_value).collect();
            match &mut correction {
                Some(correction) => correction.print(&rejects?, out)?,
                None => print_table(&rejects?, out)?,
            }
        }
        if out.is_closed() {
            return Ok(Exit::Success);
        }
    }
    let more = list.has_more();
    if let Some(correction) = correction {
        correction.end(more);
    } else if !json && shown == 0 {
        out.line("no rejected rows")?;
    } else if !json && more {
        out.line("there are more: --all shows them")?;
    }
    Ok(Exit::Success)
}

/// Refuses a source that no batch of the table has: it is probably misspelt.
async fn check_source(gateway: &Gateway, table: &Table, source: &str) -> anyhow::Result<()> {
    let query = [("table", table.name.clone()), ("source", source.to_owned())];
    let batches = gateway.list(&["batches"], &query, 1)?.next::<Batch>().await?;
    if batches.is_none_or(|batches| batches.is_empty()) {
        bail!(
            "no batch of {0} has the source {source:?}; `batches --table {0}` shows the sources",
            table.name
        );
    }
    Ok(())
}

fn print_table(rejects: &[LoggedReject], out: &mut Out) -> anyhow::Result<()> {
    if rejects.is_empty() {
        return Ok(());
    }
    let rows = rejects.iter().map(|reject| {
        let place = reject.line.map_or_else(|| format!("row {}", reject.row), |line| line.to_string());
        let reasons: Vec<_> = reject.errors.iter().map(|error| print::visible(&error.to_string())).collect();
        let raw = match reject.raw.char_indices().nth(SHOWN) {
            Some((end, _)) => &format!("{}... (all of it: --json)", &reject.raw[..end]),
            None => &reject.raw,
        };
        vec![place, reasons.join("\n"), print::visible(raw)]
    });
    out.table(&[Whole("LINE"), Wrapped("REASONS"), Wrapped("ROW AS RECEIVED")], rows)
}
