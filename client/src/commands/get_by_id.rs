//! `get-by-id`: shows one row.

use anyhow::bail;
use dictionary::Table;
use serde_json::{Map, Value};

use super::find;
use crate::cli::GetById;
use crate::exit::Exit;
use crate::gateway::Gateway;
use crate::print::Column::{Whole, Wrapped};
use crate::print::Out;

/// Keys that a URL's path cannot contain: programs on the way resolve them as steps between folders.
const PATH_STEPS: [&str; 3] = ["", ".", ".."];

/// Shows the row.
pub async fn run(gateway: &Gateway, arguments: &GetById, out: &mut Out, json: bool) -> anyhow::Result<Exit> {
    let dictionary = gateway.dictionary().await?;
    let table = find(&dictionary, &arguments.table)?;
    let row: Map<String, Value> = if PATH_STEPS.contains(&arguments.id.as_str()) {
        in_list(gateway, table, &arguments.id).await?
    } else {
        gateway.get(&["view", &table.name, &arguments.id], &[]).await?.json()?
    };
    if json {
        out.json(&row)?;
        return Ok(Exit::Success);
    }
    let text = |value: Value| match value {
        Value::String(text) => crate::print::visible(&text),
        Value::Null => String::new(),
        other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => other.to_string(),
    };
    let rows = row.into_iter().map(|(name, value)| vec![name, text(value)]);
    out.table(&[Whole("FIELD"), Wrapped("VALUE")], rows)?;
    Ok(Exit::Success)
}

/// Finds the row of a key in the list of rows, which is in the order of the keys.
async fn in_list(gateway: &Gateway, table: &Table, id: &str) -> anyhow::Result<Map<String, Value>> {
    let key = table.key_name();
    if let Err(expected) = table.read_key(id) {
        bail!("{key} of {} is {expected}, got {id:?}", table.name);
    }
    // `-` is the character before `.`, so few keys are between this one and the wanted one.
    let after = id.strip_suffix('.').map(|start| ("after", format!("{start}-\u{10ffff}")));
    let query: Vec<_> = after.into_iter().collect();
    let mut rows = gateway.list(&["view", &table.name], &query, usize::MAX)?;
    while let Some(page) = rows.next::<Map<String, Value>>().await? {
        let before =
            |row: &&Map<String, Value>| row.get(&key).and_then(Value::as_str).is_some_and(|other| other < id);
        if let Some(row) = page.iter().find(|row| !before(row)) {
            if row.get(&key).is_some_and(|other| other == id) {
                return Ok(row.clone());
            }
            break;
        }
    }
    bail!("{} has no row with {} {id:?}", table.name, key)
}
