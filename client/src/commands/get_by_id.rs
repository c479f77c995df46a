//! `get-by-id`: one row.

use serde_json::{Map, Value};

use crate::cli::GetById;
use crate::exit::Exit;
use crate::gateway::Gateway;
use crate::print;

/// Shows the row.
pub async fn run(gateway: &Gateway, arguments: &GetById, json: bool) -> anyhow::Result<Exit> {
    let response = gateway.get(&["view", &arguments.table, &arguments.id], &[]).await?;
    let row: Map<String, Value> = response.json().await?;
    if json {
        println!("{}", Value::from(row));
    } else {
        let text = |value: Value| match value {
            Value::String(text) => text,
            Value::Null => String::new(),
            other => other.to_string(),
        };
        let rows = row.into_iter().map(|(name, value)| vec![name, text(value)]);
        println!("{}", print::table(&["field", "value"], rows));
    }
    Ok(Exit::Success)
}
