//! `restore`: makes a table equal to a backup.

use dictionary::wire::Restored;

use super::find;
use crate::cli::Restore;
use crate::exit::Exit;
use crate::gateway::Gateway;
use crate::print::{Out, is_confirmed, remark};
use crate::progress::Progress;

/// Restores the table, after asking.
pub async fn run(
    gateway: &Gateway,
    progress: &Progress,
    arguments: &Restore,
    out: &mut Out,
    json: bool,
) -> anyhow::Result<Exit> {
    let dictionary = gateway.dictionary().await?;
    let table = &find(&dictionary, &arguments.table)?.name;
    let work = async |what: &str, name: Option<String>, dry_run: bool| -> anyhow::Result<Restored> {
        progress.wait(&format!("{what} {table}"));
        let mut query = vec![("dry_run", dry_run.to_string())];
        query.extend(name.map(|name| ("backup", name)));
        let answer = gateway.run_job(&["restore", table], &query).await;
        progress.end();
        answer?.json()
    };
    let mut name = arguments.backup.clone();
    if !arguments.yes {
        let change = work("comparing", name, true).await?;
        let equal = change.unchanged == change.after && change.before == change.after;
        if equal && !json {
            out.line(&format!("{table} is already equal to {}; there is nothing to restore", change.name))?;
            return Ok(Exit::Success);
        }
        if arguments.dry_run || equal {
            return show(&change, out, json);
        }
        remark(&change.response);
        if !is_confirmed(&format!("overwrite {table}?")).await? {
            remark("nothing was changed; --yes restores without asking");
            return Ok(Exit::Failure);
        }
        // The backup that the user saw, even if there is a newer one by now.
        name = Some(change.name);
    }
    show(&work("restoring", name, false).await?, out, json)
}

fn show(restored: &Restored, out: &mut Out, json: bool) -> anyhow::Result<Exit> {
    if json {
        out.json(restored)?
    } else {
        out.line(&restored.response)?
    }
    Ok(Exit::Success)
}
