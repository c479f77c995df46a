//! Restores, which may have removed what was sent before them.

use std::path::Path;

use dictionary::Table;
use dictionary::wire::Batch;

use crate::gateway::Gateway;
use crate::print::{program, quoted};

/// The last restore of a table.
pub async fn last(gateway: &Gateway, table: &Table) -> anyhow::Result<Option<Batch>> {
    let query = [("table", table.name.clone()), ("kind", "restore".to_owned())];
    let newest = gateway.list(&["batches"], &query, 1)?.next().await?;
    Ok(newest.unwrap_or_default().pop())
}

/// What to do about rows that were sent before a restore.
pub fn hint(restore: &Batch, file: &Path) -> String {
    let (program, table, file) = (program(), &restore.table, quoted(&file.to_string_lossy()));
    format!(
        "hint: {table} was restored since, at {}: {program} verify {table} {file} tells whether these rows are there, \
         and add-new-records --again sends them once more",
        restore.created_at
    )
}
