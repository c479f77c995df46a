//! `rejected`: rejected rows with their reasons.

use dictionary::RowError;
use serde::{Deserialize, Serialize};

use crate::cli::Rejected;
use crate::exit::Exit;
use crate::gateway::Gateway;
use crate::print;

/// A reject as the log lists it; members that are not shown pass through.
#[derive(Debug, Serialize, Deserialize)]
struct Logged {
    row: u64,
    line: Option<u64>,
    raw: String,
    errors: Vec<RowError>,
    #[serde(flatten)]
    others: serde_json::Map<String, serde_json::Value>,
}

/// Shows the rejects.
pub async fn run(gateway: &Gateway, arguments: &Rejected, json: bool) -> anyhow::Result<Exit> {
    let mut query = Vec::new();
    query.extend(arguments.batch.clone().map(|batch| ("batch", batch)));
    query.extend(arguments.code.clone().map(|code| ("code", code)));
    let most = if arguments.all { usize::MAX } else { arguments.limit };
    let path = ["rejected", arguments.table.as_str()];
    if arguments.csv {
        let csv = gateway.csv(&path, &query, most).await?;
        print!("{csv}");
        return Ok(Exit::Success);
    }
    let (rejects, more) = gateway.list::<Logged>(&path, &query, most).await?;
    if json {
        for reject in &rejects {
            println!("{}", serde_json::to_string(reject)?);
        }
        return Ok(Exit::Success);
    }
    let rows = rejects.iter().map(|reject| {
        let source = reject.line.map_or_else(|| format!("row {}", reject.row), |line| line.to_string());
        let reasons: Vec<_> = reject.errors.iter().map(|error| error.message.as_str()).collect();
        vec![source, reasons.join("\n"), reject.raw.clone()]
    });
    println!("{}", print::table(&["line", "reasons", "row as received"], rows));
    if more {
        println!("there are more: --all shows them");
    }
    Ok(Exit::Success)
}
