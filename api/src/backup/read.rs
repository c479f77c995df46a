//! Reads a backup file into rows that the dictionary allows; a file with any other row is damaged.

use std::io::{self, Read};
use std::sync::Arc;

use apache_avro::reader::datum::GenericDatumReader;
use dictionary::decode::{Row, typed};
use dictionary::{ContentHash, ExistingKeys, RowError, Table, Verdict, judge};
use tokio::sync::mpsc;

use super::container::{Block, Container, Damage};
use super::resolve::Resolution;

/// Rows that are handed on together, two large statements of the store, and the bytes of a file in which they
/// end sooner.
const BATCH: usize = 1536;
const BATCH_BYTES: usize = 4 << 20;

/// The name under which a file's header says how many rows it holds.
pub const ROWS: &str = "data-architecture.rows";

/// What a whole file holds.
#[derive(Debug)]
pub struct Contents {
    pub rows: u64,
    pub bytes: u64,
    pub sha256: String,
    /// `None` where the rows are not in key order, as in files that others wrote.
    pub content_hash: Option<String>,
}

/// Reads a file to its end; each row is judged, and handed on with those around it. Blocks the thread.
///
/// # Errors
/// What is wrong with the file. Rows that were handed on before must be thrown away.
pub fn read(
    table: &Arc<Table>,
    file: mpsc::Receiver<Vec<u8>>,
    rows: &mpsc::Sender<Vec<Row>>,
    body_limit: usize,
) -> Result<Contents, Damage> {
    let mut container = Container::open(Incoming { file, piece: Vec::new(), used: 0 }, body_limit)?;
    let resolution = Resolution::new(table, &container.schema)?;
    let schema = container.schema.clone();
    let datums = GenericDatumReader::builder(&schema).build().map_err(|error| error.to_string())?;
    // A row has come in by a request or a line of a file, where only numbers can have been shorter than here.
    let largest_row = body_limit + 8 * table.columns().len();
    let content = Some(ContentHash::new(table));
    let mut judged = Judged { table, rows, waiting: Vec::new(), waiting_bytes: 0, count: 0, content };
    while let Some(Block { rows, bytes, at }) = container.next_block()? {
        let mut rest = bytes.as_slice();
        for _ in 0..rows {
            let number = judged.count + 1;
            let inside = |error| format!("row {number}, in the block at byte {at}: {error}");
            let before = rest.len();
            let record = datums.read_value(&mut rest).map_err(|error| inside(error.to_string()))?;
            let values = resolution.values(table, record).map_err(inside)?;
            let size = before - rest.len();
            if size > largest_row {
                return Err(inside(format!("it has {size} bytes; a row has {largest_row} at the most")));
            }
            judged.push(typed(table, number, values), size)?;
        }
        if !rest.is_empty() {
            return Err(format!("the block at byte {at} has {} bytes left after its rows", rest.len()));
        }
    }
    judged.flush()?;
    let (count, content_hash) = (judged.count, judged.content.map(ContentHash::finish));
    if let Some(promised) = container.metadata(ROWS)
        && promised != count.to_string()
    {
        return Err(format!("the file holds {count} rows, but its header says {promised}"));
    }
    let (bytes, sha256) = container.finish();
    Ok(Contents { rows: count, bytes, sha256, content_hash })
}

/// Why the dictionary refuses a row.
pub fn refusal(table: &Table, row: &Row) -> Damage {
    let Verdict { rejected, .. } = judge(table, std::slice::from_ref(row), &mut ExistingKeys::default());
    let errors = rejected.iter().flat_map(|(reject, _)| &reject.errors);
    let messages: Vec<_> = errors.map(RowError::to_string).collect();
    format!("row {}: {}", row.number, messages.join("; "))
}

/// Judges rows and hands them on.
struct Judged<'a> {
    table: &'a Table,
    rows: &'a mpsc::Sender<Vec<Row>>,
    waiting: Vec<Row>,
    waiting_bytes: usize,
    count: u64,
    content: Option<ContentHash>,
}

impl Judged<'_> {
    fn push(&mut self, row: Row, bytes: usize) -> Result<(), Damage> {
        self.count += 1;
        self.waiting_bytes += bytes;
        if let Some(content) = &mut self.content
            && content.push(&row.values).is_err()
        {
            self.content = None;
        }
        self.waiting.push(row);
        if self.waiting.len() == BATCH || self.waiting_bytes >= BATCH_BYTES { self.flush() } else { Ok(()) }
    }

    /// The engine finds keys that occur twice, and the database checks the references, for all rows at once.
    fn flush(&mut self) -> Result<(), Damage> {
        if let Some(bad) = self.waiting.iter().find(|row| !row.errors.is_empty()) {
            return Err(refusal(self.table, bad));
        }
        self.waiting_bytes = 0;
        // The receiver is gone only after another failure, and that one is reported instead.
        let rows = std::mem::take(&mut self.waiting);
        self.rows.blocking_send(rows).map_err(|_| "its rows were not taken".to_owned())
    }
}

/// The file's bytes as they arrive.
struct Incoming {
    file: mpsc::Receiver<Vec<u8>>,
    piece: Vec<u8>,
    used: usize,
}

impl Read for Incoming {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.used == self.piece.len() {
            match self.file.blocking_recv() {
                Some(piece) => (self.piece, self.used) = (piece, 0),
                None => return Ok(0),
            }
        }
        let length = buffer.len().min(self.piece.len() - self.used);
        buffer[..length].copy_from_slice(&self.piece[self.used..self.used + length]);
        self.used += length;
        Ok(length)
    }
}
