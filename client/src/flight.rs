//! A file on its way: its batches, several of them in flight, until all are answered or somebody stops it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use dictionary::Table;
use dictionary::decode::Columns;
use dictionary::request::Request;
use dictionary::split::{Batch, End};
use futures_util::{StreamExt, stream};
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::file::Batches;
use crate::gateway::Body;
use crate::progress::Progress;
use crate::signals::Signals;
use crate::source::Source;

/// Batches that are under way at once.
const IN_FLIGHT: usize = 16;

/// And bytes of them: half of what a server has room for at a time.
const BYTES_IN_FLIGHT: u32 = 32 << 20;

/// How long to wait for batches under way when a flight stops early.
const LAST_WAIT: Duration = Duration::from_secs(3);

/// A file that is to be sent.
pub struct Flight<'a> {
    pub source: Source,
    pub table: &'a Arc<Table>,
    /// Ends of batches stored earlier: a batch ends there too.
    pub ends: Vec<End>,
    pub progress: &'a Progress,
}

/// How a flight ended, unless it failed.
pub enum Ended {
    /// The whole file was sent, which has this SHA-256.
    Complete {
        sha256: String,
        /// How many bytes were read: a file may grow meanwhile.
        bytes: u64,
    },
    Stopped,
}

/// A batch that is cut from its file.
pub struct Cut {
    pub batch: Batch,
    /// The columns of its file.
    pub columns: Option<Columns>,
    /// The header that its file has; empty where there is none.
    header: Arc<[u8]>,
}

impl Cut {
    /// What is sent of it.
    pub fn request(&self) -> Request {
        Request::new(&self.header, &self.batch.body, self.batch.start)
    }

    /// The request for it, at a path. Each repeats the file's header.
    pub fn body<'a>(&self, path: [&'a str; 2], source: &str, advice: &'a str) -> Body<'a> {
        let batch = &self.batch;
        let Request { body: bytes, has_header, start } = self.request();
        let content_type = if has_header { "text/csv; header=present" } else { "text/csv; header=absent" };
        let query = vec![
            ("source", source.to_owned()),
            ("first_row", start.row.to_string()),
            ("first_line", start.line.to_string()),
            ("end_offset", batch.end_offset.to_string()),
        ];
        Body { path, query, content_type, idempotency_key: batch.key.clone(), bytes, advice }
    }
}

impl Flight<'_> {
    /// Sends all batches of the file, and hands over each answer with the length of its batch. When one fails, or
    /// the user says stop, no more are begun, and those under way may end.
    pub async fn run<T>(
        self,
        signals: &mut Signals,
        send: impl AsyncFn(Cut) -> anyhow::Result<T>,
        mut each: impl FnMut(T, u64),
    ) -> anyhow::Result<Ended> {
        let Flight { source, table, ends, progress } = self;
        let room = Semaphore::new(BYTES_IN_FLIGHT as usize);
        let (sender, receiver) = mpsc::channel(IN_FLIGHT);
        let table = Arc::clone(table);
        let reading = tokio::task::spawn_blocking(move || cut(source, &table, ends, &sender));
        // Dropping `go` ends the stream.
        let (go, stop) = oneshot::channel::<()>();
        let mut go = Some(go);
        let batches = stream::unfold(receiver, async |mut batches| Some((batches.recv().await?, batches)));
        let mut sending = Box::pin(
            batches
                .take_until(stop)
                .map(async |cut: Cut| {
                    let length = cut.batch.body.len() as u64;
                    let share = u32::try_from(length).unwrap_or(u32::MAX).min(BYTES_IN_FLIGHT);
                    let _until_it_is_answered = room.acquire_many(share).await?;
                    Ok::<_, anyhow::Error>((send(cut).await?, length))
                })
                .buffer_unordered(IN_FLIGHT),
        );
        let mut failed = Ok(false);
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
                () = signals.next() => Ok(true),
                () = &mut last_wait => break,
            };
            if go.take().is_some() {
                if stops.is_ok() {
                    progress.remark("stopping, once the batches under way are answered");
                }
                failed = stops;
                last_wait.as_mut().reset(tokio::time::Instant::now() + LAST_WAIT);
            } else if stops.is_ok() {
                // Asked to stop once more: at once, then.
                break;
            }
        }
        drop(sending);
        let read = reading.await.context("the file was not read to its end")?;
        let stopped = failed?;
        let (sha256, bytes) = read?;
        Ok(if stopped { Ended::Stopped } else { Ended::Complete { sha256, bytes } })
    }
}

/// Reads the file on a thread of its own, a few batches ahead of what is sent. Returns its SHA-256 and length.
fn cut(
    source: Source,
    table: &Table,
    ends: Vec<End>,
    sender: &mpsc::Sender<Cut>,
) -> anyhow::Result<(String, u64)> {
    let mut batches = Batches::new(source, table, ends);
    while let Some(batch) = batches.next_batch()? {
        let (header, columns) = (batches.splitter().header().into(), batches.splitter().columns().cloned());
        if sender.blocking_send(Cut { batch, columns, header }).is_err() {
            break;
        }
    }
    Ok(batches.whole())
}
