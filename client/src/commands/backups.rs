//! `backups`: shows the backups of a table, newest first.

use dictionary::wire::Backup;
use indicatif::{HumanBytes, HumanCount};
use serde_json::Value;

use super::find;
use crate::cli::Backups;
use crate::exit::Exit;
use crate::gateway::Gateway;
use crate::print::Column::{Whole, Wrapped};
use crate::print::Out;

/// Shows the backups.
pub async fn run(gateway: &Gateway, arguments: &Backups, out: &mut Out, json: bool) -> anyhow::Result<Exit> {
    let dictionary = gateway.dictionary().await?;
    let table = find(&dictionary, &arguments.table)?;
    let most = if arguments.all { usize::MAX } else { arguments.limit };
    let mut list = gateway.list(&["backup", &table.name], &[], most)?;
    let mut shown = 0;
    while let Some(backups) = list.next::<Value>().await? {
        shown += backups.len();
        if json {
            backups.iter().try_for_each(|backup| out.json(backup))?;
        } else if !backups.is_empty() {
            let rows: Result<Vec<_>, _> = backups.into_iter().map(row).collect();
            out.table(&[Whole("BACKUP"), Whole("ROWS"), Whole("SIZE"), Wrapped("LAST VERIFIED")], rows?)?;
        }
        if out.is_closed() {
            return Ok(Exit::Success);
        }
    }
    if !json && shown == 0 {
        out.line(&format!("no backups of {}", table.name))?;
    } else if !json && list.has_more() {
        out.line("there are more: --all shows them")?;
    }
    Ok(Exit::Success)
}

fn row(backup: Value) -> serde_json::Result<Vec<String>> {
    let backup: Backup = serde_json::from_value(backup)?;
    let verified = match (backup.verified, backup.verified_at) {
        (Some(result), Some(at)) => format!("{result}, {at}"),
        _ if backup.refused.is_some_and(|rows| rows > 0) => {
            "cannot be restored: it has invalid rows".to_owned()
        }
        _ => "never".to_owned(),
    };
    // A file that another program put there has no manifest.
    let rows = backup.rows.map_or_else(|| "?".to_owned(), |rows| HumanCount(rows).to_string());
    Ok(vec![backup.name, rows, HumanBytes(backup.bytes).to_string(), verified])
}
