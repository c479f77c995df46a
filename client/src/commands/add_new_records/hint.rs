//! Where rows come from whose keys are stored already.

use std::collections::HashSet;

use dictionary::Table;
use dictionary::wire::{Batch, BatchKind};

use crate::gateway::Gateway;
use crate::tally::Tally;

/// For many new rows that are rejected because their keys are stored: where from, if the source was loaded before.
/// `new` are the batches of this run.
pub async fn hint(
    gateway: &Gateway,
    table: &Table,
    source: &str,
    tally: &Tally,
    new: &HashSet<String>,
) -> anyhow::Result<Option<String>> {
    // A few of them are rejects as any others.
    if tally.taken == 0 || tally.taken * 2 < tally.new.rejected {
        return Ok(None);
    }
    let query = [("table", table.name.clone()), ("source", source.to_owned())];
    let mut earlier: Vec<Batch> = gateway.list(&["batches"], &query, usize::MAX)?.all().await?;
    earlier.retain(|batch| !new.contains(&batch.id));
    let sum = |count: fn(&Batch) -> u64| earlier.iter().map(count).sum::<u64>();
    let rows = sum(|batch| batch.counts.received);
    let Some(newest) = earlier.first().filter(|_| rows > tally.stored_before.received) else {
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
        tally.taken,
        newest.created_at,
        sum(|batch| batch.counts.inserted),
        sum(|batch| batch.counts.rejected)
    )))
}
