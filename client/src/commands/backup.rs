//! `backup`: backs tables up as files in the API's backup store.

use anyhow::Context;
use dictionary::wire::BackedUp;
use indicatif::HumanBytes;

use super::find;
use crate::cli::Backup;
use crate::exit::Exit;
use crate::gateway::Gateway;
use crate::print::Out;
use crate::progress::Progress;

/// Backs the tables up, one after another.
pub async fn run(
    gateway: &Gateway,
    progress: &Progress,
    arguments: &Backup,
    out: &mut Out,
    json: bool,
) -> anyhow::Result<Exit> {
    let dictionary = gateway.dictionary().await?;
    let tables = if arguments.all {
        // Parents come first in a dictionary.
        dictionary.tables().iter().collect()
    } else {
        arguments.tables.iter().map(|name| find(&dictionary, name)).collect::<Result<Vec<_>, _>>()?
    };
    for (done, table) in tables.iter().enumerate() {
        progress.wait(&format!("{} of {}: backing up {}", done + 1, tables.len(), table.name));
        let answer = gateway.run_job(&["backup", &table.name], &[]).await;
        progress.end();
        let answer = answer.with_context(|| format!("{} is not backed up", table.name))?;
        let made: BackedUp = answer.json()?;
        if json {
            out.json(&made)?;
        } else {
            out.line(&format!("{}, {}", made.response, HumanBytes(made.backup.bytes)))?;
        }
    }
    Ok(Exit::Success)
}
