//! `check-dictionary`: what a start of the API with another data dictionary would do.

use dictionary::wire::{DictionaryCheck, Difference, OpenRejects, Problem};
use files::package;

use crate::cli::CheckDictionary;
use crate::exit::Exit;
use crate::gateway::Gateway;
use crate::print::{Out, remark};

/// The status of an answer that says why the dictionary is refused.
const REFUSED: u16 = 422;

/// Sends the dictionary, with all that it references, and prints the answer.
pub async fn run(
    gateway: &Gateway,
    arguments: &CheckDictionary,
    out: &mut Out,
    json: bool,
) -> anyhow::Result<Exit> {
    let dictionary = match package::open(&arguments.file, &[], "check the path") {
        Err(package::Error::Refused(path, error)) => {
            remark(&format!("error: {} is refused:", path.display()));
            error.reasons().for_each(|reason| remark(&reason));
            return Ok(Exit::WouldNotStart);
        }
        opened => opened?,
    };
    for note in dictionary.notes() {
        remark(&format!("note: {note}"));
    }
    let answer = gateway.post_json(&["dictionary", "check"], dictionary.descriptor()).await?;
    if answer.status == REFUSED {
        let problem: Problem = answer.json()?;
        remark("error: the API refuses the data dictionary:");
        problem.detail.lines().for_each(remark);
        return Ok(Exit::WouldNotStart);
    }
    let check: DictionaryCheck = answer.accepted()?.json()?;
    if json {
        out.json(&check)?;
    } else {
        print(&check, out)?;
    }
    Ok(if check.starts { Exit::Success } else { Exit::WouldNotStart })
}

fn print(check: &DictionaryCheck, out: &mut Out) -> anyhow::Result<()> {
    out.line(&check.response)?;
    for table in &check.refused {
        for found in &table.differences {
            out.line(&format!("refused: {}: {}", table.table, with_rows(found)))?;
        }
        if table.differences.iter().any(|found| matches!(found.rows, Some(1..))) {
            out.line(
                "  SQL is shown once no stored row violates a difference: correct or delete these rows first",
            )?;
        }
        let sql: String = table.sql.iter().map(|sql| format!("{sql};\n")).collect();
        for line in sql.lines() {
            out.line(&format!("  SQL: {line}"))?;
        }
    }
    for change in &check.applied {
        let when = if check.starts { "applied" } else { "would be applied" };
        out.line(&format!("{when}: {}: {}", change.table, change.change))?;
    }
    for OpenRejects { table, judged, pass, more, keys_judged } in &check.rejects {
        let of = if *more { "the first " } else { "" };
        let keys = if *keys_judged { "" } else { "; keys and references were not judged" };
        out.line(&format!("rejects: {table}: {pass} of {of}{judged} open rejects would be stored{keys}"))?;
    }
    Ok(())
}

fn with_rows(found: &Difference) -> String {
    let Difference { difference, rows, keys } = found;
    let keys = if keys.is_empty() { String::new() } else { format!(", such as {}", keys.join("; ")) };
    match rows {
        None => difference.clone(),
        Some(rows) => format!("{difference} (stored rows that violate it: {rows}{keys})"),
    }
}
