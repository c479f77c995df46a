//! `rejected`: shows rejected rows with their reasons.

use dictionary::wire::Batch;
use dictionary::{RowError, Table};
use serde::Deserialize;
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

/// A reject as the API lists it.
#[derive(Debug, Deserialize)]
pub struct Logged {
    pub id: String,
    pub row: u64,
    pub line: Option<u64>,
    pub raw: String,
    pub encoding: String,
    pub columns: Option<String>,
    pub errors: Vec<RowError>,
}

/// Shows the rejects.
pub async fn run(gateway: &Gateway, arguments: &Rejected, out: &mut Out, json: bool) -> anyhow::Result<Exit> {
    let dictionary = gateway.dictionary().await?;
    let table = find(&dictionary, &arguments.table)?;
    let open = arguments.csv.then(|| "open".to_owned());
    let mut query = Vec::new();
    query.extend(arguments.code.clone().map(|code| ("code", code)));
    query.extend(arguments.status.clone().or(open).map(|status| ("status", status)));

    let mut correction = if arguments.csv { Some(Correction::begin(table, out)?) } else { None };
    let mut left = if arguments.all { usize::MAX } else { arguments.limit };
    let (mut shown, mut more) = (0, false);
    for batch in batches(gateway, table, arguments).await? {
        if left == 0 {
            more = true;
            break;
        }
        let mut query = query.clone();
        query.extend(batch.map(|batch| ("batch", batch)));
        let mut list = gateway.list(&["rejected", &table.name], &query, left)?;
        while let Some(rejects) = list.next::<Value>().await? {
            shown += rejects.len();
            if json {
                rejects.iter().try_for_each(|reject| out.json(reject))?;
            } else {
                let rejects: Result<Vec<Logged>, _> =
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
        left = list.left();
        more |= list.has_more();
    }
    if let Some(correction) = correction {
        correction.end(more);
    } else if !json && shown == 0 {
        out.line("no rejected rows")?;
    } else if !json && more {
        out.line("there are more: --all shows them")?;
    }
    Ok(Exit::Success)
}

/// The batches whose rejects are listed, oldest first; `None` means all batches.
async fn batches(
    gateway: &Gateway,
    table: &Table,
    arguments: &Rejected,
) -> anyhow::Result<Vec<Option<String>>> {
    let Some(source) = &arguments.source else { return Ok(vec![arguments.batch.clone()]) };
    let query = [("table", table.name.clone()), ("source", source.clone())];
    let batches: Vec<Batch> = gateway.list(&["batches"], &query, usize::MAX)?.all().await?;
    if batches.is_empty() {
        anyhow::bail!(
            "no batch of {0} has the source {source:?}; `batches --table {0}` shows the sources",
            table.name
        );
    }
    Ok(batches.into_iter().rev().filter(|batch| batch.counts.rejected > 0).map(|b| Some(b.id)).collect())
}

fn print_table(rejects: &[Logged], out: &mut Out) -> anyhow::Result<()> {
    if rejects.is_empty() {
        return Ok(());
    }
    let rows = rejects.iter().map(|reject| {
        let place = reject.line.map_or_else(|| format!("row {}", reject.row), |line| line.to_string());
        let reasons: Vec<_> = reject.errors.iter().map(|error| print::visible(&error.message)).collect();
        let raw = match reject.raw.char_indices().nth(SHOWN) {
            Some((end, _)) => &format!("{}... (all of it: --json)", &reject.raw[..end]),
            None => &reject.raw,
        };
        vec![place, reasons.join("\n"), print::visible(raw)]
    });
    out.table(&[Whole("LINE"), Wrapped("REASONS"), Wrapped("ROW AS RECEIVED")], rows)
}
