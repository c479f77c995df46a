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

use crate::batch_reader::BatchReader;
use crate::gateway::BatchRequest;
use crate::progress::Progress;
use crate::signals::Signals;
use crate::source::Source;

/// Batches that are under way at once.
const IN_PROGRESS: usize = 16;

/// And bytes of them: half of what a server has room for at a time.
const BYTES_IN_PROGRESS: u32 = 32 << 20;

/// How long to wait for batches under way when a flight stops early.
const STOP_TIMEOUT: Duration = Duration::from_secs(3);

/// A file that is to be sent.
pub struct Upload<'a> {
    pub source: Source,
    pub table: &'a Arc<Table>,
    /// Ends of batches stored earlier: a batch ends there too.
    pub ends: Vec<End>,
    pub progress: &'a Progress,
}

/// How a flight ended, unless it failed.
pub enum UploadEnd {
    /// The whole file was sent, which has this SHA-256.
    Complete {
        sha256: String,
        /// How many bytes were read: a file may grow meanwhile.
        bytes: u64,
    },
    Stopped,
}

/// Why no more batches are sent, if so.
enum State {
    Running,
    StoppedByUser,
    Failed(anyhow::Error),
}

/// A batch of a file.
pub struct FileBatch {
    pub batch: Batch,
    /// The columns of its file.
    pub columns: Option<Columns>,
    /// The header that its file has; empty where there is none.
    header: Arc<[u8]>,
}

impl FileBatch {
    /// What is sent of it.
    pub fn request(&self) -> Request {
        Request::new(&self.header, &self.batch.body, self.batch.start)
    }

    /// The request for it, at a path. Each repeats the file's header.
    pub fn body<'a>(&self, path: [&'a str; 2], source: &str, advice: &'a str) -> BatchRequest<'a> {
        let batch = &self.batch;
        let Request { body: bytes, has_header, start } = self.request();
        let content_type = if has_header { "text/csv; header=present" } else { "text/csv; header=absent" };
        let query = vec![
            ("source", source.to_owned()),
            ("first_row", start.row.to_string()),
            ("first_line", start.line.to_string()),
            ("end_offset", batch.end_offset.to_string()),
        ];
        BatchRequest { path, query, content_type, idempotency_key: batch.key.clone(), bytes, advice }
    }
}

impl Upload<'_> {
    /// Sends all batches of the file, and hands over each answer with the length of its batch. When one fails, or
    /// the user says stop, no more are begun, and those under way may end.
    pub async fn run<T>(
        self,
        signals: &mut Signals,
        send: impl AsyncFn(FileBatch) -> anyhow::Result<T>,
        mut each: impl FnMut(T, u64),
    ) -> anyhow::Result<UploadEnd> {
        let Upload { source, table, ends, progress } = self;
        let permits = Semaphore::new(BYTES_IN_PROGRESS as usize);
        let (sender, receiver) = mpsc::channel(IN_PROGRESS);
        let table = Arc::clone(table);
        let reading = tokio::task::spawn_blocking(move || read_batches(source, &table, ends, &sender));
        // Dropping `more` ends the stream.
        let (more, no_more) = oneshot::channel::<()>();
        let mut more = Some(more);
        let batches = stream::unfold(receiver, async |mut batches| Some((batches.recv().await?, batches)));
        let mut sending = Box::pin(
            batches
                .take_until(no_more)
                .map(async |file_batch: FileBatch| {
                    let length = file_batch.batch.body.len() as u64;
                    let share = u32::try_from(length).unwrap_or(u32::MAX).min(BYTES_IN_PROGRESS);
                    let _held_until_the_answer = permits.acquire_many(share).await?;
                    Ok::<_, anyhow::Error>((send(file_batch).await?, length))
                })
                .buffer_unordered(IN_PROGRESS),
        );
        let mut state = State::Running;
        let deadline = tokio::time::sleep(Duration::MAX);
        tokio::pin!(deadline);
        loop {
            let reason = tokio::select! {
                sent = sending.next() => match sent {
                    None => break,
                    Some(Ok((sent, length))) => {
                        each(sent, length);
                        continue;
                    }
                    Some(Err(error)) => State::Failed(error),
                },
                () = signals.next() => State::StoppedByUser,
                () = &mut deadline => break,
            };
            if more.take().is_some() {
                if let State::StoppedByUser = reason {
                    progress.remark("stopping, once the batches under way are answered");
                }
                state = reason;
                deadline.as_mut().reset(tokio::time::Instant::now() + STOP_TIMEOUT);
            } else if let State::StoppedByUser = reason {
                // The second signal stops at once.
                break;
            }
        }
        drop(sending);
        let read = reading.await.context("the file was not read to its end")?;
        match state {
            State::Running => read.map(|(sha256, bytes)| UploadEnd::Complete { sha256, bytes }),
            State::StoppedByUser => read.map(|_| UploadEnd::Stopped),
            State::Failed(error) => Err(error),
        }
    }
}

/// Reads the file on a thread of its own, a few batches ahead of what is sent. Returns its SHA-256 and length.
fn read_batches(
    source: Source,
    table: &Table,
    ends: Vec<End>,
    sender: &mpsc::Sender<FileBatch>,
) -> anyhow::Result<(String, u64)> {
    let mut batches = BatchReader::new(source, table, ends);
    while let Some(batch) = batches.next_batch()? {
        let (header, columns) = (batches.splitter().header().into(), batches.splitter().columns().cloned());
        if sender.blocking_send(FileBatch { batch, columns, header }).is_err() {
            break;
        }
    }
    Ok(batches.digest())
}
