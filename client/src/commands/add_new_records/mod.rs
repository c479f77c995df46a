//! `add-new-records`: sends a file of any size in batches, several at a time.

mod hint;
mod report;
mod restored;
mod send;

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::bail;
use dictionary::wire::Batch;

use report::Report;
use send::Load;

use crate::cli::AddNewRecords;
use crate::commands::find;
use crate::exit::Exit;
use crate::flight::{Ended, Flight};
use crate::gateway::Gateway;
use crate::print::Out;
use crate::progress::Progress;
use crate::recorded::Recorded;
use crate::signals::Signals;
use crate::source::Source;
use crate::tally::Tally;

const GO_ON: &str = "run the same command again to go on: nothing is inserted twice";

/// Sends the file and sums up what became of its rows.
pub async fn run(
    gateway: &Gateway,
    progress: &Progress,
    arguments: &AddNewRecords,
    out: &mut Out,
    json: bool,
) -> anyhow::Result<Exit> {
    let dictionary = gateway.dictionary().await?;
    let table = find(&dictionary, &arguments.table)?;
    let path = arguments.file.clone().unwrap_or_else(|| default_file(arguments));
    let source = Source::open(&path)?;
    let table = source.table(table)?;
    let restore = restored::last(gateway, &table).await?;
    let mut recorded = Recorded::read(gateway, &table, source.length).await?;
    if arguments.again {
        match &restore {
            Some(restore) => recorded = recorded.again_after(restore),
            None => bail!("{} was never restored; --again is for rows that a restore removed", table.name),
        }
    }
    let load = Load { gateway, table: &table, source: source.name.clone(), recorded: &recorded };

    let mut signals = Signals::listen()?;
    let started = Instant::now();
    if !json {
        progress.start(source.length);
    }
    let (mut tally, mut new) = (Tally::default(), HashSet::new());
    let flight = Flight { source, table: &table, ends: recorded.ends.clone(), progress };
    let ended = flight.run(
        &mut signals,
        async |cut| load.send_batch(cut).await,
        |sent, length| {
            if !sent.before {
                new.insert(sent.outcome.batch.clone());
            }
            tally.add(sent.outcome.batch, &sent.outcome.counts, sent.outcome.rejects, sent.before);
            let all = tally.all();
            progress.advance(length, all.received, all.rejected, started.elapsed());
        },
    );
    let ended = ended.await;
    progress.end();
    let rows = tally.all().received;
    let report = Report { tally: &tally, table: &table, source: &load.source, elapsed: started.elapsed() };
    match ended {
        Ok(Ended::Complete { .. }) if rows == 0 => bail!("{} holds no rows", load.source),
        Ok(Ended::Complete { .. }) => {
            report.print(out, true, json)?;
            if !json {
                // All rows are stored, so a hint that cannot be made is no failure.
                let hint = match restore.filter(|restore| tally.is_older(restore)) {
                    Some(restore) => Some(restored::hint(&restore, &path)),
                    None if arguments.again => None,
                    None => hint::hint(gateway, &table, &load.source, &tally, &new).await.unwrap_or_default(),
                };
                let known_as = name_in_ledger(gateway, &tally).await;
                report.print_hints(out, hint, known_as.as_ref().unwrap_or(&load.source))?;
            }
            Ok(tally.exit())
        }
        Ok(Ended::Stopped) => {
            report.print(out, false, json)?;
            progress.remark(&format!("stopped; {GO_ON}"));
            Ok(Exit::Stopped)
        }
        Err(error) => {
            if rows > 0 {
                report.print(out, false, json)?;
            }
            Err(error)
        }
    }
}

/// What the ledger calls a file with rejects that was sent before, perhaps under another name.
async fn name_in_ledger(gateway: &Gateway, tally: &Tally) -> Option<String> {
    let batch = tally.rejecting().first().filter(|_| tally.new.rejected == 0)?;
    let answer = gateway.get(&["batches", batch], &[]).await.ok()?;
    answer.json::<Batch>().ok()?.source
}

fn default_file(arguments: &AddNewRecords) -> PathBuf {
    arguments.new_records_dir.join(format!("{}.csv", arguments.table))
}
