//! `batches`: shows the ledger, newest first.

use dictionary::wire::Batch;
use serde_json::Value;

use crate::cli::Batches;
use crate::exit::Exit;
use crate::gateway::Gateway;
use crate::print::Column::{Whole, Wrapped};
use crate::print::Out;

/// Shows the batches.
pub async fn run(gateway: &Gateway, arguments: &Batches, out: &mut Out, json: bool) -> anyhow::Result<Exit> {
    let mut query = Vec::new();
    query.extend(arguments.table.clone().map(|table| ("table", table)));
    query.extend(arguments.source.clone().map(|source| ("source", source)));
    query.extend(arguments.kind.clone().map(|kind| ("kind", kind)));
    let most = if arguments.all { usize::MAX } else { arguments.limit };
    let mut list = gateway.list(&["batches"], &query, most)?;
    let mut shown = 0;
    while let Some(batches) = list.next::<Value>().await? {
        shown += batches.len();
        if json {
            batches.iter().try_for_each(|batch| out.json(batch))?;
        } else if !batches.is_empty() {
            let rows: Result<Vec<_>, _> = batches.into_iter().map(row).collect();
            out.table(
                &[Whole("BATCH"), Wrapped("TABLE, ROWS, SOURCE"), Whole("INSERTED"), Whole("REJECTED")],
                rows?,
            )?;
        }
        if out.is_closed() {
            return Ok(Exit::Success);
        }
    }
    if !json && shown == 0 {
        out.line("no batches")?;
    } else if !json && list.has_more() {
        out.line("there are more: --all shows them")?;
    }
    Ok(Exit::Success)
}

fn row(batch: Value) -> serde_json::Result<Vec<String>> {
    let batch: Batch = serde_json::from_value(batch)?;
    let counts = &batch.counts;
    let last = batch.first_row + counts.received.saturating_sub(1);
    let source = batch.source.unwrap_or_default();
    Ok(vec![
        format!("{}\n{}, {}", batch.id, batch.created_at, batch.kind.as_str()),
        format!("{} {}-{last}\n{source}", batch.table, batch.first_row),
        counts.inserted.to_string(),
        counts.rejected.to_string(),
    ])
}
