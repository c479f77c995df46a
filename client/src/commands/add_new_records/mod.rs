//! `add-new-records`: a file of any size, in batches, several in flight.

mod recorded;
mod report;
mod send;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use dictionary::Table;
use dictionary::split::{Batch, End};
use futures_util::{StreamExt, stream};
use tokio::sync::{Semaphore, mpsc, oneshot};

use recorded::Recorded;
use report::Report;
use send::{Load, Sent};

use crate::cli::AddNewRecords;
use crate::commands::find;
use crate::exit::Exit;
use crate::file::Batches;
use crate::gateway::Gateway;
use crate::print::Out;
use crate::progress::Progress;
use crate::signals::Signals;
use crate::source::Source;
use crate::tally::Tally;

/// Batches that are under way at once.
const IN_FLIGHT: usize = 16;

/// And bytes of them: half of what a server has room for at a time.
const BYTES_IN_FLIGHT: u32 = 32 << 20;

/// How long to wait for batches under way when the load stops early.
const LAST_WAIT: Duration = Duration::from_secs(3);

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
    let source = Source::open(&arguments.file.clone().unwrap_or_else(|| default_file(arguments)))?;
    let table = source.table(table)?;
    let recorded = Recorded::read(gateway, &table, source.length).await?;
    let load = Load { gateway, progress, table: &table, source: source.name.clone(), recorded: &recorded };

    let mut signals = Signals::listen()?;
    let started = Instant::now();
    if !json {
        progress.start(source.length);
    }
    let (mut tally, mut new) = (Tally::default(), HashSet::new());
    let ended = load.send(source, &mut signals, |sent, length| {
        if !sent.before {
            new.insert(sent.outcome.batch.clone());
        }
        tally.add(sent.outcome.batch, &sent.outcome.counts, sent.outcome.rejects, sent.before);
        let all = tally.all();
        progress.advance(length, all.received, all.rejected, started.elapsed());
    });
    let ended = ended.await;
    progress.end();
    let rows = tally.all().received;
    let report = Report { tally: &tally, table: &table, source: &load.source, elapsed: started.elapsed() };
    match ended {
        Ok(Ended::Complete) if rows == 0 => bail!("{} holds no rows", load.source),
        Ok(Ended::Complete) => {
            report.print(out, true, json)?;
            if !json {
                // All rows are in; a hint that cannot be had is no failure.
                let hint = recorded::hint(gateway, &table, &load.source, &tally, &new).await;
                report.print_hints(out, hint.unwrap_or_default())?;
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

fn default_file(arguments: &AddNewRecords) -> PathBuf {
    arguments.new_records_dir.join(format!("{}.csv", arguments.table))
}

/// How the sending of a file ended, unless it failed.
enum Ended {
    Complete,
    Stopped,
}

impl Load<'_> {
    /// Sends all batches of a file. When one fails, or the user says stop, no more are begun, and those
    /// under way may end.
    async fn send(
        &self,
        source: Source,
        signals: &mut Signals,
        mut each: impl FnMut(Sent, u64),
    ) -> anyhow::Result<Ended> {
        let room = Semaphore::new(BYTES_IN_FLIGHT as usize);
        let (sender, receiver) = mpsc::channel(IN_FLIGHT);
        let (table, ends) = (Arc::clone(self.table), self.recorded.ends.clone());
        let reading = tokio::task::spawn_blocking(move || cut(source, &table, ends, &sender));
        // Dropping `go` ends the stream.
        let (go, stop) = oneshot::channel::<()>();
        let mut go = Some(go);
        let batches = stream::unfold(receiver, async |mut batches| Some((batches.recv().await?, batches)));
        let mut sending = Box::pin(
            batches
                .take_until(stop)
                .map(async |(batch, header): Cut| {
                    let length = batch.body.len() as u64;
                    let share = u32::try_from(length).unwrap_or(u32::MAX).min(BYTES_IN_FLIGHT);
                    let _until_it_is_answered = room.acquire_many(share).await?;
                    Ok::<_, anyhow::Error>((self.send_batch(batch, &header).await?, length))
                })
                .buffer_unordered(IN_FLIGHT),
        );
        let mut ended = Ok(Ended::Complete);
        let last_wait = tokio::time::sleep(Duration::MAX);
        tokio::pin!(last_wait);
        loop {
            let stops = tokio::select! {
                sent = sending.next() => match sent {
                    None => break,
                    Some(Ok((sent, length))) => {
                        each(sent, length);
                        continue;
                    }
                    Some(Err(error)) => Err(error),
                },
                () = signals.next() => Ok(Ended::Stopped),
                () = &mut last_wait => break,
            };
            if go.take().is_some() {
                if stops.is_ok() {
                    self.progress.remark("stopping, once the batches under way are answered");
                }
                ended = stops;
                last_wait.as_mut().reset(tokio::time::Instant::now() + LAST_WAIT);
            } else if stops.is_ok() {
                // Asked to stop once more: at once, then.
                break;
            }
        }
        drop(sending);
        let read = reading.await.context("the file was not read to its end")?;
        ended.and_then(|ended| read.map(|()| ended))
    }
}

/// A batch, and the header that its file has.
type Cut = (Batch, Arc<[u8]>);

/// Reads the file on a thread of its own, a few batches ahead of what is sent.
fn cut(source: Source, table: &Table, ends: Vec<End>, sender: &mpsc::Sender<Cut>) -> anyhow::Result<()> {
    let mut batches = Batches::new(source, table, ends);
    while let Some(batch) = batches.next_batch()? {
        let header: Arc<[u8]> = batches.splitter().header().into();
        if sender.blocking_send((batch, header)).is_err() {
            break;
        }
    }
    Ok(())
}
