//! Sends the batches of a file, several at the same time, until the API has answered all of them or the user
//! stops it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use dictionary::Table;
use dictionary::decode::{self, Columns, Row, Start};
use dictionary::request::{Request, fingerprint};
use dictionary::split::{Batch, End, Form, Record, Splitter};
use dictionary::wire::names;
use futures_util::{StreamExt, stream};
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::batch_reader::BatchReader;
use crate::gateway::BatchRequest;
use crate::progress::Progress;
use crate::signals::Signals;
use crate::source::Source;

/// Batches that are sent at the same time.
const IN_PROGRESS: usize = 16;

/// The most bytes in progress: half of the server's memory for bodies (64 MiB).
const BYTES_IN_PROGRESS: u32 = 32 << 20;

/// Batches that are read ahead of the sender.
const READ_AHEAD: usize = 4;

/// How long to wait for answers when an upload stops early.
const STOP_TIMEOUT: Duration = Duration::from_secs(3);

/// What the user reads after the first Ctrl-C.
const STOPPING: &str = "stopping: the client waits for the answers to the batches already sent; a second Ctrl-C stops at \
                        once";

/// A file to send.
pub struct Upload<'a> {
    pub source: Source,
    pub table: &'a Arc<Table>,
    /// Ends of batches that are in the ledger: a batch of this file ends there too.
    pub ends: Vec<End>,
    pub progress: &'a Progress,
}

/// How an upload ended, unless it failed.
pub enum UploadEnd {
    /// The whole file was sent.
    Complete {
        /// SHA-256 of the file, in hexadecimal.
        sha256: String,
        /// How many bytes were read. This can be more than when the upload began: a file may grow.
        bytes: u64,
    },
    /// The user stopped it.
    Stopped,
}

/// Why an upload stops before the end of the file.
enum StopReason {
    User,
    /// A batch could not be sent.
    Failed(anyhow::Error),
}

/// A batch of a file, as it is sent.
pub struct FileBatch {
    /// The body of the request: the file's header, then the records. Clones share the bytes.
    body: Bytes,
    /// The bytes of the records alone: a part of `body`, which shares its bytes.
    pub records: Bytes,
    /// Where each record is in them.
    found: Vec<Record>,
    /// Where the records start in the file.
    pub start: Start,
    /// Where the body starts in the file, see [`Request::start`].
    body_start: Start,
    has_header: bool,
    /// How each record is written.
    form: Form,
    /// How a fingerprint names how the body is written.
    media: &'static str,
    /// Offset in the file of the first byte after the batch.
    end_offset: u64,
    /// The idempotency key that is computed from the file.
    pub key: String,
    /// Whether the API has loaded the file as history, up to the end of this batch or of an earlier one.
    pub is_of_history: bool,
    /// The columns of the file.
    columns: Arc<Columns>,
}

impl FileBatch {
    /// A batch of a file.
    fn new(batch: Batch, splitter: &Splitter<'_>, is_of_history: bool) -> FileBatch {
        let Batch { body: records, start, form, records: found, columns, end_offset, key } = batch;
        let length = records.len();
        let request = Request::new(form, splitter.header(), records, start);
        let media = request.media();
        let Request { body, form, has_header, start: body_start } = request;
        let body = Bytes::from(body);
        let records = body.slice(body.len() - length..);
        FileBatch {
            body,
            records,
            found,
            start,
            body_start,
            has_header,
            form,
            media,
            end_offset,
            key,
            is_of_history,
            columns,
        }
    }

    /// What the header has otherwise than the schema says, in the first batch of a file.
    pub fn note(&self, table: &Table) -> Option<String> {
        self.columns.note(table).filter(|_| self.start.row == 1)
    }

    /// How many rows there are.
    pub fn rows(&self) -> u64 {
        self.found.len() as u64
    }

    /// The rows.
    pub fn decode(&self, table: &Table) -> Vec<Row> {
        decode::of_file(self.form, &self.records, table, &self.columns, self.start.row, &self.found)
    }

    /// The length of the request's body in bytes.
    pub fn body_length(&self) -> usize {
        self.body.len()
    }

    /// The fingerprint that the API computes from the request.
    pub fn fingerprint(&self) -> String {
        fingerprint(self.media, self.body_start, &self.body)
    }

    /// The HTTP request that sends the batch to a path. `advice` says what to do when it cannot be sent.
    pub fn request<'a>(&self, path: [&'a str; 2], source: &str, advice: &'a str) -> BatchRequest<'a> {
        let content_type = match self.form {
            Form::Csv if self.has_header => names::CSV_WITH_HEADER,
            Form::Csv => names::CSV_WITHOUT_HEADER,
            Form::Ndjson => names::NDJSON,
        };
        let query = vec![
            (names::SOURCE, source.to_owned()),
            (names::FIRST_ROW, self.body_start.row.to_string()),
            (names::FIRST_LINE, self.body_start.line.to_string()),
            (names::END_OFFSET, self.end_offset.to_string()),
        ];
        let (idempotency_key, body) = (self.key.clone(), self.body.clone());
        BatchRequest { path, query, content_type, idempotency_key, body, advice }
    }
}

impl Upload<'_> {
    /// Sends all batches of the file with `send`, and passes each result to `each` with the length of its batch in
    /// bytes. When a batch fails or the user stops the upload, no new batch is sent, and the client waits a few
    /// seconds for the answers to those already sent. The first reason to stop counts: later errors are not reported.
    ///
    /// # Errors
    /// When the file cannot be read, or a batch cannot be sent.
    pub async fn run<T>(
        self,
        signals: &mut Signals,
        send: impl AsyncFn(FileBatch) -> anyhow::Result<T>,
        mut each: impl FnMut(T, u64),
    ) -> anyhow::Result<UploadEnd> {
        let Upload { source, table, ends, progress } = self;
        let permits = Semaphore::new(BYTES_IN_PROGRESS as usize);
        let (sender, receiver) = mpsc::channel(READ_AHEAD);
        let table = Arc::clone(table);
        let reading = tokio::task::spawn_blocking(move || read_batches(source, &table, ends, &sender));
        // Dropping `stop_reading` ends the stream of batches.
        let (stop_reading, reading_stops) = oneshot::channel::<()>();
        let mut stop_reading = Some(stop_reading);
        let batches = stream::unfold(receiver, async |mut batches| Some((batches.recv().await?, batches)));
        let mut sending = Box::pin(
            batches
                .take_until(reading_stops)
                .map(async |file_batch: FileBatch| {
                    let length = file_batch.records.len() as u64;
                    let share = u32::try_from(length).unwrap_or(u32::MAX).min(BYTES_IN_PROGRESS);
                    let _held_until_the_answer = permits.acquire_many(share).await?;
                    Ok::<_, anyhow::Error>((send(file_batch).await?, length))
                })
                .buffer_unordered(IN_PROGRESS),
        );
        let mut stopped = None;
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
                    Some(Err(error)) => StopReason::Failed(error),
                },
                () = signals.next() => StopReason::User,
                () = &mut deadline => break,
            };
            let is_first_stop = stop_reading.take().is_some();
            if is_first_stop {
                if let StopReason::User = reason {
                    progress.remark(STOPPING);
                }
                stopped = Some(reason);
                deadline.as_mut().reset(tokio::time::Instant::now() + STOP_TIMEOUT);
            } else if let StopReason::User = reason {
                // A signal during the wait stops at once.
                break;
            }
        }
        drop(sending);
        let read = reading.await.context("the thread that reads the file failed")?;
        match stopped {
            None => read.map(|(sha256, bytes)| UploadEnd::Complete { sha256, bytes }),
            Some(StopReason::User) => read.map(|_| UploadEnd::Stopped),
            Some(StopReason::Failed(error)) => Err(error),
        }
    }
}

/// Reads the file on a separate thread, a few batches ahead of the sender. Returns its SHA-256 and its length in bytes.
fn read_batches(
    source: Source,
    table: &Table,
    ends: Vec<End>,
    sender: &mpsc::Sender<FileBatch>,
) -> anyhow::Result<(String, u64)> {
    let mut batches = BatchReader::new(source, table, ends);
    let mut is_of_history = false;
    while let Some(batch) = batches.next_batch()? {
        let splitter = batches.splitter();
        is_of_history |= splitter.recognises(batch.end_offset);
        let batch = FileBatch::new(batch, splitter, is_of_history);
        if sender.blocking_send(batch).is_err() {
            break;
        }
    }
    Ok(batches.digest())
}
