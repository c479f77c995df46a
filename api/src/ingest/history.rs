//! History: the data package's own files, read at start in batches, each stored exactly once.

use std::io::Read;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;

use dictionary::decode::BodyError;
use dictionary::split::{self, Batch, End, Form, SplitError};
use dictionary::text::shortened;
use dictionary::wire::BatchKind;
use dictionary::{Dictionary, Table};
use files::{Found, Opened};
use futures_util::{StreamExt, stream};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::pipeline::{self, OnFailure};
use super::{Ended, Incoming, Key, Reasons};
use crate::memory::{Memory, Reservation};
use crate::store::{self, Store};
use crate::tasks;

/// The actor of batches of history, as the ledger names it.
const ACTOR: &str = "history";

/// Batches that share a commit. As many more are decoded while these commit.
const GROUP: usize = 8;

/// Why a history load cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file does not fit its table; the server must not start on it.
    #[error("the history file of `{table}`, {file}, cannot be loaded: {why}")]
    File {
        /// The table's name.
        table: String,
        /// The file's path in the data package.
        file: String,
        /// What is wrong with it.
        why: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A batch was refused.
    #[error(transparent)]
    Ingest(#[from] super::Error),
}

impl Error {
    /// Whether a later attempt may succeed without any change. It continues where this one stopped.
    pub fn may_pass(&self) -> bool {
        match self {
            Error::File { .. } => false,
            Error::Store(error) | Error::Ingest(super::Error::Store(error)) => error.may_pass(),
            Error::Ingest(
                super::Error::KeyReused
                | super::Error::Abandoned
                | super::Error::Task(_)
                | super::Error::Answer(_),
            ) => false,
        }
    }
}

/// Loads the part of every table's file that is not loaded yet, parents first. `folder` holds the descriptor.
///
/// # Errors
/// When a file does not fit its table, or the store fails. What was loaded before stays.
pub async fn load(store: &Arc<Store>, folder: &Path, memory: &Arc<Memory>) -> Result<(), Error> {
    for table in store.dictionary().tables() {
        load_table(store, table, folder, memory).await?;
    }
    Ok(())
}

async fn load_table(
    store: &Arc<Store>,
    table: &Arc<Table>,
    folder: &Path,
    memory: &Arc<Memory>,
) -> Result<(), Error> {
    let Some(opened) = open(store.dictionary(), table, folder).await? else { return Ok(()) };
    let recorded = store.ledger.ends(table, BatchKind::History, &table.path).await?;
    let (sender, batches) = mpsc::channel(GROUP);
    let (memory, runtime) = (Arc::clone(memory), Handle::current());
    let reader = Reader { table: Arc::clone(table), opened, recorded, batches: sender, memory, runtime };
    let reading = tokio::task::spawn_blocking(move || reader.run());

    let (mut rows, mut rejected, mut reasons) = (0, 0, Reasons::default());
    let groups = stream::unfold(batches, async |mut batches| {
        let mut group = Vec::with_capacity(GROUP);
        (batches.recv_many(&mut group, GROUP).await > 0).then_some((group, batches))
    });
    let mut stored = pin!(pipeline::run(store, table, groups, OnFailure::StopAll));
    while let Some(group) = stored.next().await {
        for ended in group.map_err(|failed| failed.error)? {
            // A batch that ended before was stored by another process that loads the same file.
            if let Ended::Stored(stored) = ended {
                rows += stored.counts.received;
                rejected += stored.counts.rejected;
                reasons.add(stored.reasons);
            }
        }
    }
    if rows > 0 && rejected == rows {
        tracing::warn!(
            table = table.name,
            file = table.path,
            rows,
            "every row that was loaded of the history file is rejected; the commonest reasons: {}",
            reasons.commonest()
        );
    }
    match reading.await {
        Ok(Ok(stored)) => tracing::info!(
            table = table.name,
            file = table.path,
            rows,
            rejected,
            stored_before = stored,
            "the history file is loaded"
        ),
        Ok(Err(Stop::Changed { line })) => tracing::warn!(
            table = table.name,
            file = table.path,
            line,
            "the history file changed in a part that is already loaded, so it is not loaded again; \
             to load it as a new file, of which the rows that are stored are rejected as duplicates: \
             client add-new-records {} {}",
            table.name,
            table.path
        ),
        Ok(Err(Stop::Refused(why))) => return Err(refused(table, why)),
        Ok(Err(Stop::Closed)) => {}
        Err(error) => return Err(refused(table, tasks::failure(&error).to_owned())),
    }
    Ok(())
}

/// Opens the rows that the descriptor names; `None` where they are not there, which is said in the log.
async fn open(dictionary: &Dictionary, table: &Arc<Table>, folder: &Path) -> Result<Option<Opened>, Error> {
    let (of, folder) = (Arc::clone(table), folder.to_owned());
    // On another thread: a folder on a network may be slow.
    let found = tokio::task::spawn_blocking(move || files::open_table(&folder, &of)).await;
    let found = found.map_err(|error| refused(table, tasks::failure(&error).to_owned()))?;
    match found.map_err(|error| refused(table, error.to_string()))? {
        Found::Rows(opened) => {
            for remark in &opened.remarks {
                tracing::warn!(table = table.name, file = table.path, "{remark}");
            }
            Ok(Some(opened))
        }
        Found::Missing(files) => {
            let file = files.join(", ");
            tracing::warn!(
                table = table.name,
                file,
                "there is no history file; nothing is loaded into the table{}",
                consequence(dictionary, table)
            );
            Ok(None)
        }
        Found::Remote(urls) => {
            let url = urls.join(", ");
            tracing::warn!(
                table = table.name,
                url,
                "the rows are at a URL, which is not fetched, so the table starts empty{}; \
                 to load them, download the file into the data package's folder and name it in `path`",
                consequence(dictionary, table)
            );
            Ok(None)
        }
    }
}

/// What it means for other tables that a table has no rows: the end of a sentence.
fn consequence(dictionary: &Dictionary, table: &Table) -> String {
    let references = |child: &Table| {
        child.name != table.name && child.foreign_keys.iter().any(|key| key.parent == table.name)
    };
    let children = dictionary.tables().iter().filter(|child| references(child));
    let names: Vec<String> = children.map(|child| format!("`{}`", child.name)).collect();
    if names.is_empty() {
        return String::new();
    }
    format!(", and rows of {} that reference a row of it are rejected", shortened(&names.join(", ")))
}

fn refused(table: &Table, why: String) -> Error {
    // The sentence names the file already.
    let why = why.strip_prefix(&format!("{} ", table.path)).map(|rest| format!("it {rest}")).unwrap_or(why);
    Error::File { table: table.name.clone(), file: table.path.clone(), why }
}

/// Why reading ended before the end of the file.
enum Stop {
    /// The file differs in bytes that were loaded before.
    Changed {
        line: u64,
    },
    Refused(String),
    /// The receiver of the batches is gone.
    Closed,
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Stop::Refused(error.to_string())
    }
}

impl Stop {
    /// Without the cells of a first line that is no header: they may be data, and this text is logged.
    fn of(error: &SplitError, table: &Table) -> Stop {
        match error {
            SplitError::Header(BodyError::HeaderMismatch(mismatch)) if mismatch.is_header => {
                Stop::Refused(error.to_string())
            }
            SplitError::Header(_) => Stop::Refused(format!(
                "its first line is not a header of the table; the header must name {}; if the file has none, its \
                 resource needs `\"dialect\": {{\"header\": false}}`",
                table.header_wanted()
            )),
            SplitError::RecordTooLong { .. } => Stop::Refused(error.to_string()),
        }
    }
}

/// Reads and decodes a file on another thread, so that storing never waits for parsing.
struct Reader {
    table: Arc<Table>,
    opened: Opened,
    /// The ends of the batches that are stored, in file order.
    recorded: Vec<End>,
    batches: mpsc::Sender<Incoming>,
    memory: Arc<Memory>,
    runtime: Handle,
}

impl Reader {
    /// Sends all batches that are not stored; returns how many rows are. The stored ones come first, since
    /// history is stored in file order.
    fn run(mut self) -> Result<u64, Stop> {
        let table = Arc::clone(&self.table);
        let mut batches = split::Reader::of_form(self.opened.form, &table, self.recorded.iter().cloned());
        let mut stored = std::mem::take(&mut self.recorded).into_iter().peekable();
        let (mut rows_stored, mut has_begun) = (0, false);
        loop {
            let batch = batches.next_batch(|piece| self.opened.text.read(piece))?;
            let splitter = batches.splitter();
            let batch = batch.map_err(|error| Stop::of(&error, &table))?;
            if !has_begun && let Some(note) = batch.as_ref().and_then(|batch| batch.columns.note(&table)) {
                tracing::warn!(table = table.name, file = table.path, "the history file {note}");
            }
            has_begun = true;
            let Some(batch) = batch else {
                // A file that has become shorter differs at its end.
                let whole = stored.next().is_none();
                return if whole { Ok(rows_stored) } else { Err(Stop::Changed { line: splitter.line() }) };
            };
            // An end in the middle of a line was once the end of the file.
            let within = |end: &End| end.offset < batch.end_offset && splitter.recognises(end.offset);
            let mut half_a_line = false;
            while stored.next_if(within).is_some() {
                half_a_line = true;
            }
            match stored.next() {
                Some(end) if end.key == batch.key => {
                    rows_stored += batch.rows();
                    continue;
                }
                Some(_) => return Err(Stop::Changed { line: batch.first_line() }),
                None if half_a_line => self.warn_of_half_a_line(&batch),
                None => {}
            }
            self.send(batch)?;
        }
    }

    /// The file was read while its last line was being written; now that it is whole, it is another row.
    fn warn_of_half_a_line(&self, batch: &Batch) {
        tracing::warn!(
            table = self.table.name,
            file = self.table.path,
            line = batch.first_line(),
            "the line was incomplete when it was loaded; it is judged again"
        );
    }

    fn send(&self, batch: Batch) -> Result<(), Stop> {
        let rows = batch.decode(&self.table);
        let share = self.runtime.block_on(self.memory.for_decoded(&rows)).map_err(|_| Stop::Closed)?;
        let incoming = Incoming {
            rows,
            body: batch.body,
            columns: match batch.form {
                Form::Csv => Some(batch.columns),
                Form::Ndjson => None,
            },
            kind: BatchKind::History,
            source: Some(self.table.path.clone()),
            end_offset: Some(batch.end_offset),
            actor: ACTOR.to_owned(),
            key: Some(Key { key: batch.key, fingerprint: None }),
            reserved: Reservation { body: None, rows: Some(share) },
        };
        self.batches.blocking_send(incoming).map_err(|_| Stop::Closed)
    }
}
