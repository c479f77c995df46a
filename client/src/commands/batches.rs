//! `batches`: the loads, newest first.

use dictionary::wire::Batch;

use crate::cli::Batches;
use crate::exit::Exit;
use crate::gateway::Gateway;
use crate::print;

/// Shows the loads.
pub async fn run(gateway: &Gateway, arguments: &Batches, json: bool) -> anyhow::Result<Exit> {
    let mut query = Vec::new();
    query.extend(arguments.table.clone().map(|table| ("table", table)));
    query.extend(arguments.source.clone().map(|source| ("source", source)));
    let most = if arguments.all { usize::MAX } else { arguments.limit };
    let (batches, more) = gateway.list::<Batch>(&["batches"], &query, most).await?;
    if json {
        for batch in &batches {
            println!("{}", serde_json::to_string(batch)?);
        }
        return Ok(Exit::Success);
    }
    let rows = batches.iter().map(|batch| {
        let counts = &batch.counts;
        let last = batch.first_row + counts.received.saturating_sub(1);
        vec![
            batch.created_at.clone(),
            batch.table.clone(),
            batch.kind.clone(),
            batch.source.clone().unwrap_or_default(),
            format!("{}-{last}", batch.first_row),
            counts.inserted.to_string(),
            counts.rejected.to_string(),
            batch.id.clone(),
        ]
    });
    println!(
        "{}",
        print::table(&["when", "table", "kind", "source", "rows", "inserted", "rejected", "id"], rows)
    );
    if more {
        println!("there are more: --all shows them");
    }
    Ok(Exit::Success)
}
