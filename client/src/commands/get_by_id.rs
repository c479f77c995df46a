//! `get-by-id`: one row.

use serde_json::{Map, Value};

use super::find;
use crate::cli::GetById;
use crate::exit::Exit;
use crate::gateway::Gateway;
use crate::print::Column::{Whole, Wrapped};
use crate::print::Out;

/// Shows the row.
pub async fn run(gateway: &Gateway, arguments: &GetById, out: &mut Out, json: bool) -> anyhow::Result<Exit> {
    let dictionary = gateway.dictionary().await?;
    let table = find(&dictionary, &arguments.table)?;
    let answer = gateway.get(&["view", &table.name, &arguments.id], &[]).await?;
    let row: Map<String, Value> = answer.json()?;
    if json {
        out.json(&row)?;
        return Ok(Exit::Success);
    }
    let text = |value: Value| match value {
        Value::String(text) => crate::print::visible(&text),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let rows = row.into_iter().map(|(name, value)| vec![name, text(value)]);
    out.table(&[Whole("FIELD"), Wrapped("VALUE")], rows)?;
    Ok(Exit::Success)
}
