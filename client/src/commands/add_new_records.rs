//! `add-new-records`: a file of any size, in batches, several in flight.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use dictionary::split::{Batch, End};
use dictionary::wire::{self, Outcome};
use dictionary::{Dictionary, Table};
use futures_util::{StreamExt, stream};
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::sync::mpsc;

use crate::cli::AddNewRecords;
use crate::exit::Exit;
use crate::file::Source;
use crate::gateway::{Body, Gateway};
use crate::tally::Tally;

/// Batches that are under way at once.
const IN_FLIGHT: usize = 4;

/// Offsets beyond this are in no file.
const MOST_BYTES: u64 = 1_000_000_000_000_000;

/// Sends the file and sums up what became of its rows.
pub async fn run(gateway: &Gateway, arguments: &AddNewRecords, json: bool) -> anyhow::Result<Exit> {
    let dictionary = gateway.dictionary().await?;
    let table = find(&dictionary, &arguments.table)?;
    let path = arguments.file.clone().unwrap_or_else(|| default_file(arguments));
    let source = Source::open(&path)?;
    let name: Arc<str> = source.name.as_str().into();
    let recorded = recorded(gateway, table, source.length).await?;

    let started = Instant::now();
    let progress = progress(source.length, json);
    let (sender, receiver) = mpsc::channel(IN_FLIGHT);
    let reading = {
        let table = Arc::clone(table);
        tokio::task::spawn_blocking(move || cut(source, &table, recorded, &sender))
    };
    let batches = stream::unfold(receiver, async |mut batches| Some((batches.recv().await?, batches)));
    let mut sending = Box::pin(
        batches
            .map(|(batch, header)| send(gateway, table, Arc::clone(&name), batch, header))
            .buffer_unordered(IN_FLIGHT),
    );
    let mut tally = Tally::default();
    while let Some(sent) = sending.next().await {
        let (outcome, before, bytes) = sent.with_context(|| how_to_go_on(&tally))?;
        tally.add(&outcome.counts, outcome.rejects, before);
        progress.inc(bytes);
        progress.set_message(format!(
            "{} rows, {} rejected, {} rows/s",
            HumanCount(tally.counts.received),
            HumanCount(tally.counts.rejected),
            HumanCount(per_second(tally.counts.received, started.elapsed()))
        ));
    }
    drop(sending);
    reading.await?.with_context(|| format!("{} was not sent to its end", path.display()))?;
    progress.finish_and_clear();
    report(&tally, table, &name, started.elapsed(), json)?;
    Ok(tally.exit())
}

/// The table of a name, or the names there are.
pub fn find<'d>(dictionary: &'d Dictionary, name: &str) -> anyhow::Result<&'d Arc<Table>> {
    dictionary.table(name).ok_or_else(|| {
        let names: Vec<_> = dictionary.tables().iter().map(|table| table.name.as_str()).collect();
        anyhow!("there is no table {name:?}; the tables are {}", names.join(", "))
    })
}

fn default_file(arguments: &AddNewRecords) -> PathBuf {
    arguments.new_records_dir.join(format!("{}.csv", arguments.table))
}

/// Where batches of the table ended that the ledger has of files no longer than this one. This one may
/// have had another name then.
async fn recorded(gateway: &Gateway, table: &Table, length: Option<u64>) -> anyhow::Result<Vec<End>> {
    let length = length.unwrap_or(MOST_BYTES).clamp(1, MOST_BYTES).to_string();
    let query = [("table", table.name.clone()), ("kind", "load".to_owned()), ("until_offset", length)];
    let (batches, _) = gateway.list::<wire::Batch>(&["batches"], &query, usize::MAX).await?;
    let ends = batches
        .into_iter()
        .filter_map(|batch| Some(End { offset: batch.end_offset?, key: batch.idempotency_key? }));
    Ok(ends.collect())
}

type Cut = (Batch, Arc<[u8]>);

/// Reads the file on a thread of its own, a few batches ahead of what is sent.
fn cut(source: Source, table: &Table, recorded: Vec<End>, sender: &mpsc::Sender<Cut>) -> anyhow::Result<()> {
    let mut batches = source.batches(table, recorded);
    while let Some(batch) = batches.next_batch()? {
        let header: Arc<[u8]> = batches.splitter().header().into();
        if sender.blocking_send((batch, header)).is_err() {
            break;
        }
    }
    Ok(())
}

/// Sends one batch; returns what became of it, whether that was stored before, and its length.
async fn send(
    gateway: &Gateway,
    table: &Table,
    source: Arc<str>,
    batch: Batch,
    header: Arc<[u8]>,
) -> anyhow::Result<(Outcome, bool, u64)> {
    let length = batch.body.len() as u64;
    // Each request repeats the header, in place of the line that the batch before it ended on.
    let newlines = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
    let (bytes, content_type, lines) = if header.is_empty() {
        (batch.body, "text/csv; header=absent", 0)
    } else {
        let line_end: &[u8] =
            if batch.body.starts_with(b"\n") || batch.body.starts_with(b"\r") { b"" } else { b"\n" };
        let lines = newlines(&header) + newlines(line_end);
        ([&header, line_end, &batch.body].concat(), "text/csv; header=present", lines)
    };
    let first_line = batch.start.line.saturating_sub(lines).max(1);
    let body = Body {
        table: &table.name,
        query: vec![
            ("source", source.to_string()),
            ("first_row", batch.start.row.to_string()),
            ("first_line", first_line.to_string()),
            ("end_offset", batch.end_offset.to_string()),
        ],
        content_type,
        idempotency_key: batch.key,
        bytes,
    };
    let response = gateway.post(body).await?;
    let before = response.headers().contains_key("idempotent-replayed");
    let outcome: Outcome = response.json().await.context("the answer cannot be read")?;
    tracing::info!(batch = outcome.batch, before, "{}", outcome.response);
    Ok((outcome, before, length))
}

fn how_to_go_on(tally: &Tally) -> String {
    format!(
        "stopped after {} rows; what was stored stays, and the same command goes on from there",
        tally.counts.received
    )
}

fn per_second(rows: u64, elapsed: Duration) -> u64 {
    (rows as f64 / elapsed.as_secs_f64().max(0.001)) as u64
}

/// A bar on a terminal, and nothing elsewhere.
fn progress(length: Option<u64>, json: bool) -> ProgressBar {
    let target = if json || !std::io::stderr().is_terminal() {
        ProgressDrawTarget::hidden()
    } else {
        ProgressDrawTarget::stderr()
    };
    let (bar, template) = match length {
        Some(length) => (ProgressBar::new(length), "{wide_bar} {percent}% {msg}"),
        None => (ProgressBar::no_length(), "{spinner} {msg}"),
    };
    bar.set_draw_target(target);
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

fn report(tally: &Tally, table: &Table, source: &str, elapsed: Duration, json: bool) -> anyhow::Result<()> {
    let counts = &tally.counts;
    if json {
        let mut summary = serde_json::to_value(tally)?;
        summary["table"] = table.name.clone().into();
        summary["seconds"] = elapsed.as_secs_f64().into();
        println!("{summary}");
        return Ok(());
    }
    println!(
        "{}: {} of {} rows inserted into {}, {} rejected ({} rows/s)",
        source,
        HumanCount(counts.inserted),
        HumanCount(counts.received),
        table.name,
        HumanCount(counts.rejected),
        HumanCount(per_second(counts.received, elapsed))
    );
    if tally.stored_before > 0 {
        println!("{} of these rows were stored before, by an earlier run", HumanCount(tally.stored_before));
    }
    tally.print_rejects();
    if counts.rejected > 0 {
        println!(
            "all rejected rows, to be corrected and sent again: client rejected {} --all --csv",
            table.name
        );
    }
    Ok(())
}
