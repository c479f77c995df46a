//! Files become batches: 1000 records each, in file order, the same way in history and client.
//!
//! A batch's key is SHA-256 over the table's name, a zero byte and all bytes of the file up to the
//! batch's end. Equal prefixes have equal keys, so a second run recognises what is stored. A batch ends
//! before the line end of its last record: so a file whose last line had none can grow.

use std::collections::VecDeque;

use sha2::{Digest, Sha256};

use crate::decode::{BodyError, Columns, MAX_ROWS, Start, byte_order_mark};
use crate::hash::hexadecimal;
use crate::model::Table;
use crate::records::{Scan, Scanner, without_terminator};

/// A batch ends before the record that would make it longer, so that wide rows stay below body limits.
pub const MAX_BYTES: usize = 4 << 20;

/// The longest record; a quote that is still open after so many bytes is an open quote.
pub const MAX_RECORD: usize = 8 << 20;

/// Why a file cannot be cut into batches.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SplitError {
    /// The first record is no header of the table.
    #[error("{0}")]
    Header(BodyError),
    /// A record without end.
    #[error("line {line} is longer than {MAX_RECORD} bytes, so it is no row of a CSV file")]
    RecordTooLong {
        /// The 1-based physical line.
        line: u64,
    },
}

/// One batch of a file, to be judged as a body without a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The bytes of its records.
    pub body: Vec<u8>,
    /// Where it starts in the file.
    pub start: Start,
    /// How many records it has, at least 1.
    pub records: u64,
    /// Offset in the file of the first byte behind it.
    pub end_offset: u64,
    /// Its idempotency key.
    pub key: String,
}

/// Cuts the bytes of a file into batches. Feed it with [`push`](Splitter::push), take what is ready
/// with [`next_batch`](Splitter::next_batch), and say [`finish`](Splitter::finish) at the end of the file.
pub struct Splitter<'a> {
    table: &'a Table,
    scanner: Scanner,
    hash: Sha256,
    /// Bytes of the file from `offset` on.
    buffer: Vec<u8>,
    /// Bytes of the buffer that are cut into records already.
    cut: usize,
    offset: u64,
    /// Where the batch at hand begins; its records so far; the line of what is scanned next.
    start: Start,
    records: u64,
    line: u64,
    /// Record numbers behind which a batch ends, whatever its size.
    ends: VecDeque<u64>,
    columns: Option<Columns>,
    header: Vec<u8>,
    finished: bool,
}

impl<'a> Splitter<'a> {
    /// For a file of a table, from its first byte on. `ends` are the last rows of batches recorded
    /// earlier, ascending: where an earlier run ended a batch, this one ends it too.
    pub fn new(table: &'a Table, ends: impl IntoIterator<Item = u64>) -> Self {
        let mut hash = Sha256::new();
        hash.update(table.name.as_bytes());
        hash.update([0]);
        Splitter {
            table,
            scanner: Scanner::new(table.delimiter),
            hash,
            buffer: Vec::new(),
            cut: 0,
            offset: 0,
            start: Start::default(),
            records: 0,
            line: 1,
            ends: ends.into_iter().collect(),
            columns: (!table.header).then(|| Columns::in_order(table)),
            header: Vec::new(),
            finished: false,
        }
    }

    /// Adds the next bytes of the file.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Says that nothing follows.
    pub fn finish(&mut self) {
        self.finished = true;
    }

    /// The 1-based physical line that is read next.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The columns of the file; known as soon as there is a batch.
    pub fn columns(&self) -> Option<&Columns> {
        self.columns.as_ref()
    }

    /// The header record without its line end; empty where there is none.
    pub fn header(&self) -> &[u8] {
        &self.header
    }

    /// The next batch that is complete; `None` when more bytes are needed or the file is at its end.
    ///
    /// # Errors
    /// When the header does not fit the table, or a record is too long.
    pub fn next_batch(&mut self) -> Result<Option<Batch>, SplitError> {
        if self.offset == 0 && self.cut == 0 && self.buffer.len() < 3 && !self.finished {
            return Ok(None);
        }
        if self.offset == 0 && self.cut == 0 {
            self.drop_front(byte_order_mark(&self.buffer));
        }
        loop {
            let rest = &self.buffer[self.cut..];
            if rest.is_empty() {
                return Ok(if self.finished { self.take() } else { None });
            }
            let last = self.finished || rest.len() >= MAX_RECORD;
            let length = match self.scanner.scan(rest, last) {
                Scan::Incomplete => return Ok(None),
                Scan::Record(length) if !self.finished && !rest[..length].ends_with(b"\n") => {
                    return Err(SplitError::RecordTooLong { line: self.line });
                }
                Scan::Blank(length) => {
                    self.pass(length);
                    continue;
                }
                Scan::Record(length) | Scan::OpenQuote(length) => without_terminator(&rest[..length]).len(),
            };
            if self.columns.is_none() {
                self.read_header(length)?;
                continue;
            }
            // The batch before this record is complete if the record would make it too long.
            if self.records > 0 && self.cut + length > MAX_BYTES {
                let batch = self.take();
                return Ok(batch);
            }
            self.pass(length);
            self.records += 1;
            let row = self.start.row + self.records - 1;
            while self.ends.front().is_some_and(|end| *end < row) {
                self.ends.pop_front();
            }
            if self.records == MAX_ROWS as u64 || self.ends.front() == Some(&row) {
                return Ok(self.take());
            }
        }
    }

    fn pass(&mut self, length: usize) {
        let passed = &self.buffer[self.cut..self.cut + length];
        self.line += passed.iter().filter(|b| **b == b'\n').count() as u64;
        self.cut += length;
    }

    fn read_header(&mut self, length: usize) -> Result<(), SplitError> {
        self.header = self.buffer[self.cut..self.cut + length].to_vec();
        let columns = Columns::from_header(self.table, &self.header);
        self.columns = Some(columns.map_err(SplitError::Header)?);
        self.pass(length);
        self.drop_front(self.cut);
        self.start.line = self.line;
        Ok(())
    }

    /// The batch of the records passed, if there are any.
    fn take(&mut self) -> Option<Batch> {
        if self.records == 0 {
            return None;
        }
        let body = self.buffer[..self.cut].to_vec();
        self.drop_front(self.cut);
        let batch = Batch {
            body,
            start: self.start,
            records: self.records,
            end_offset: self.offset,
            key: hexadecimal(&self.hash.clone().finalize()),
        };
        self.start = Start { row: self.start.row + self.records, line: self.line };
        self.records = 0;
        Some(batch)
    }

    /// Hashes and forgets bytes at the front of the buffer.
    fn drop_front(&mut self, length: usize) {
        self.hash.update(&self.buffer[..length]);
        self.buffer.drain(..length);
        self.offset += length as u64;
        self.cut = 0;
    }
}
