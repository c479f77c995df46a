//! `add-new-records`: sends a file of any size in batches, several at the same time.

mod report;
mod send;

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::bail;
use dictionary::wire::Batch;

use report::Report;
use send::{CONTINUE, FileSender};

use crate::cli::AddNewRecords;
use crate::commands::find;
use crate::exit::Exit;
use crate::gateway::Gateway;
use crate::hints;
use crate::load_summary::LoadSummary;
use crate::print::Out;
use crate::progress::Progress;
use crate::sent_before::{SentBefore, last_restore};
use crate::signals::Signals;
use crate::source::Source;
use crate::upload::{Upload, UploadEnd};

/// Sends the file and prints what became of its rows.
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
    let (source, table) = Source::open(&path, table)?;
    let restore = last_restore(gateway, &table).await?;
    let mut sent_before = SentBefore::read(gateway, &table, source.length).await?;
    if arguments.again {
        match &restore {
            Some(restore) => sent_before = sent_before.again_after(restore),
            None => bail!(
                "{} was never restored, so no rows have to be sent again; leave out --again",
                table.name
            ),
        }
    }
    let ends = sent_before.take_ends();
    let sender =
        FileSender { gateway, table: &table, source: source.name.clone(), sent_before: &sent_before };

    let mut signals = Signals::listen()?;
    let started = Instant::now();
    if !json {
        progress.start(source.length);
    }
    let (mut summary, mut these) = (LoadSummary::default(), HashSet::new());
    let upload = Upload { source, table: &table, ends, progress };
    let ended = upload.run(
        &mut signals,
        async |file_batch| {
            if let Some(note) = file_batch.note(&table) {
                progress.remark(&format!("note: {} {note}", sender.source));
            }
            sender.send_batch(file_batch).await
        },
        |sent, length| {
            these.insert(sent.outcome.batch.clone());
            summary.add(sent.outcome.batch, &sent.outcome.counts, sent.outcome.rejects, sent.before);
            let all = summary.all();
            progress.advance(length, all.received, all.rejected, started.elapsed());
        },
    );
    let ended = ended.await;
    progress.end();
    let rows = summary.all().received;
    let report =
        Report { summary: &summary, table: &table, source: &sender.source, elapsed: started.elapsed() };
    match ended {
        Ok(UploadEnd::Complete { .. }) if rows == 0 => bail!("{} has no rows", sender.source),
        Ok(UploadEnd::Complete { .. }) => {
            report.print(out, true, json)?;
            if !json {
                // All rows are stored, so it is not a failure if there is no hint.
                let hint = match restore.filter(|restore| summary.is_older(restore)) {
                    Some(restore) => Some(hints::restored(&restore, &path)),
                    None if arguments.again => None,
                    None => hints::loaded_before(gateway, &table, &sender.source, &summary, &these)
                        .await
                        .unwrap_or_default(),
                };
                let known_as = name_in_ledger(gateway, &summary).await;
                report.print_hints(out, hint, known_as.as_ref().unwrap_or(&sender.source))?;
            }
            Ok(summary.exit())
        }
        Ok(UploadEnd::Stopped) => {
            report.print(out, false, json)?;
            progress.remark(&format!("stopped; {CONTINUE}"));
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

/// The name in the ledger of a file with rejects that was sent before, maybe with another name.
async fn name_in_ledger(gateway: &Gateway, summary: &LoadSummary) -> Option<String> {
    let batch = summary.rejecting().first().filter(|_| summary.new.rejected == 0)?;
    let answer = gateway.get(&["batches", batch], &[]).await.ok()?;
    answer.json::<Batch>().ok()?.source
}

fn default_file(arguments: &AddNewRecords) -> PathBuf {
    arguments.new_records_dir.join(format!("{}.csv", arguments.table))
}
