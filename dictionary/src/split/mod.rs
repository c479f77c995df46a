//! Divides files into batches of 1000 records, in file order, the same way for history and for the client.
//!
//! A batch's key is SHA-256 over the table's name, a zero byte and all bytes of the file up to the
//! batch's end. Equal prefixes have equal keys, so a second run recognises what is stored, and ends its
//! batches where the recorded ones end. A batch ends before the line end of its last record, so that a file whose
//! last line had no line end can grow. Such a line is a separate batch: it may not be complete yet, and the complete
//! line is a different row.

mod ends;
mod reader;

use std::sync::Arc;

use sha2::{Digest, Sha256};

pub use ends::{End, Sent};
use ends::{Ends, key_hash};
pub use reader::Reader;

pub use crate::csv_scanner::Record;
use crate::csv_scanner::{self, Quotes, Scan, Scanner, without_line_end};
use crate::decode::{self, BYTE_ORDER_MARK, BodyError, Columns, MAX_ROWS, Row, Start, byte_order_mark};
use crate::hash::hexadecimal;
use crate::model::Table;
use crate::request::RequestHash;
pub use crate::source::Form;

/// A batch ends before the record that would make it longer, so that wide rows stay below body limits.
pub const MAX_BYTES: usize = 4 << 20;

/// The longest record; a quote that is still open after this many bytes counts as open to the end.
pub const MAX_RECORD: usize = 8 << 20;

/// Why a file cannot be divided into batches.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SplitError {
    /// The first record is no header of the table.
    #[error("{0}")]
    Header(BodyError),
    /// A record without end.
    #[error(
        "line {line} is longer than {MAX_RECORD} bytes, the longest row; \
         correct it and load the file again: loading continues there"
    )]
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
    /// How each record is written.
    pub form: Form,
    /// Its records, at least one.
    pub records: Vec<Record>,
    /// The columns of the file.
    pub columns: Arc<Columns>,
    /// Offset in the file of the first byte after it.
    pub end_offset: u64,
    /// Its idempotency key.
    pub key: String,
}

impl Batch {
    /// The 1-based physical line of its first record. The batch itself begins where the one before it ends, which
    /// is before a line end.
    pub fn first_line(&self) -> u64 {
        self.records.first().map_or(self.start.line, |record| record.line)
    }

    /// Its rows.
    pub fn decode(&self, table: &Table) -> Vec<Row> {
        decode::of_file(self.form, &self.body, table, &self.columns, self.start.row, &self.records)
    }

    /// How many records it has.
    pub fn rows(&self) -> u64 {
        self.records.len() as u64
    }
}

/// Divides the bytes of a file into batches. Feed it with [`push`](Splitter::push), take what is ready
/// with [`next_batch`](Splitter::next_batch), and say [`finish`](Splitter::finish) at the end of the file.
pub struct Splitter<'a> {
    table: &'a Table,
    form: Form,
    scanner: Scanner,
    hash: Sha256,
    /// Bytes of the file from `offset` on.
    buffer: Vec<u8>,
    /// Bytes of the buffer that are divided into records already.
    scanned: usize,
    /// Bytes of the buffer up to the end of the last record of the current batch.
    end: usize,
    /// The line at `end`.
    end_line: u64,
    /// Offset in the file of the buffer's first byte.
    offset: u64,
    /// Where the current batch begins.
    start: Start,
    /// Records of the current batch so far.
    records: Vec<Record>,
    /// The line of the next record.
    line: u64,
    /// Recorded ends: where a record of this file ends at one of them, the batch does too, whatever its size.
    ends: Ends,
    /// The hash of the request for the current batch, which is made at the first recorded end that needs it.
    request: Option<RequestHash>,
    /// Known once the header is read.
    columns: Option<Arc<Columns>>,
    header: Vec<u8>,
    finished: bool,
    /// Whether a record was read whose quote is not closed until the end of the file.
    has_seen_unclosed_quote: bool,
}

impl<'a> Splitter<'a> {
    /// For a file of a table, from its first byte on. Where an earlier run ended a batch, this one ends it
    /// too: `recorded` are ends of batches of this file, and may be of others, which are passed over.
    pub fn new(table: &'a Table, recorded: impl IntoIterator<Item = End>) -> Self {
        Splitter::of_form(Form::Csv, table, recorded)
    }

    /// As [`new`](Splitter::new), for a file whose records are written in a form.
    pub fn of_form(form: Form, table: &'a Table, recorded: impl IntoIterator<Item = End>) -> Self {
        let has_header = form == Form::Csv && table.header;
        Splitter {
            table,
            form,
            scanner: Scanner::new(table.delimiter),
            hash: key_hash(table),
            buffer: Vec::new(),
            scanned: 0,
            end: 0,
            end_line: 1,
            offset: 0,
            start: Start::default(),
            records: Vec::new(),
            line: 1,
            ends: Ends::new(table, recorded),
            request: None,
            columns: (!has_header).then(|| Arc::new(Columns::in_order(table))),
            header: Vec::new(),
            finished: false,
            has_seen_unclosed_quote: false,
        }
    }

    /// Adds the next bytes of the file.
    pub fn push(&mut self, bytes: &[u8]) {
        self.ends.push(bytes);
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

    /// The header record without its line end; empty where there is none.
    pub fn header(&self) -> &[u8] {
        &self.header
    }

    /// The next batch that is complete; `None` when more bytes are needed or the file is at its end.
    ///
    /// # Errors
    /// When the header does not fit the table, or a record is too long.
    pub fn next_batch(&mut self) -> Result<Option<Batch>, SplitError> {
        if self.offset == 0 && self.scanned == 0 {
            if self.buffer.len() < BYTE_ORDER_MARK.len() && !self.finished {
                return Ok(None);
            }
            self.advance(byte_order_mark(&self.buffer));
            self.start_batch();
        }
        loop {
            let rest = &self.buffer[self.scanned..];
            if rest.is_empty() {
                return Ok(if self.finished { self.take_batch() } else { None });
            }
            // The result depends on the bytes only, not on how they are divided into pieces.
            let window = &rest[..rest.len().min(MAX_RECORD)];
            let is_cut = rest.len() > MAX_RECORD;
            let is_whole = self.finished && !is_cut;
            let mut scan = match self.form {
                Form::Csv => self.scanner.scan(window, is_whole),
                Form::Ndjson => csv_scanner::line(window, is_whole),
            };
            if scan == Scan::Incomplete && is_cut {
                scan = self.scanner.give_up(window);
            }
            let (length, quotes) = match scan {
                Scan::Incomplete => return Ok(None),
                Scan::Blank(length) => {
                    self.advance(length);
                    // A long run of blank lines must not fill the memory.
                    if self.scanned > MAX_BYTES {
                        match self.take_batch() {
                            None => self.start_batch(),
                            batch => return Ok(batch),
                        }
                    }
                    continue;
                }
                Scan::Record(length, _) if length == MAX_RECORD && is_cut && !window.ends_with(b"\n") => {
                    return Err(SplitError::RecordTooLong { line: self.line });
                }
                Scan::Record(length, quotes) => (length, quotes),
            };
            let has_line_end = window[..length].ends_with(b"\n");
            let length = without_line_end(&window[..length]).len();
            if self.columns.is_none() {
                self.read_header(length)?;
                continue;
            }
            // This record begins a new batch if it would make the current one too long, or if more of the record may
            // still be written to the file. If an earlier run kept this record in a longer batch, so does this run.
            let is_unclosed = quotes == Quotes::Open && self.finished && !is_cut;
            let is_recorded_later = self.ends.is_any_after(self.offset + self.scanned as u64);
            let is_first_unclosed = is_unclosed && !self.has_seen_unclosed_quote && !is_recorded_later;
            let may_grow =
                is_first_unclosed || !has_line_end && !self.is_recorded_end_after(self.scanned + length);
            self.has_seen_unclosed_quote |= is_unclosed;
            if !self.records.is_empty() && (self.scanned + length > MAX_BYTES || may_grow) {
                return Ok(self.take_batch());
            }
            let raw = self.scanned..self.scanned + length;
            self.records.push(Record { raw, line: self.line, quotes });
            self.advance(length);
            (self.end, self.end_line) = (self.scanned, self.line);
            if self.records.len() == MAX_ROWS || self.is_recorded_end_after(self.end) {
                return Ok(self.take_batch());
            }
        }
    }

    /// Whether history has a batch of this file that ended at this offset. Known when that much of the file is pushed.
    pub fn recognises(&self, offset: u64) -> bool {
        self.ends.at(offset).iter().any(|end| end.sent.is_none())
    }

    /// Whether the ledger has a batch of this file that ends after `length` bytes of the buffer. If a client sent it, it
    /// also has to start where the current batch starts, and to have the same bytes.
    fn is_recorded_end_after(&mut self, length: usize) -> bool {
        let mut fingerprint = None;
        self.ends.at(self.offset + length as u64).iter().any(|end| match &end.sent {
            None => true,
            Some(sent) if sent.first_row != self.start.row => false,
            // The sender may have used the key for other rows.
            Some(sent) => {
                let records = &self.buffer[..length];
                let fingerprint = fingerprint.get_or_insert_with(|| {
                    let new = || RequestHash::new(self.form, &self.header, records, self.start);
                    self.request.get_or_insert_with(new).fingerprint(records)
                });
                sent.fingerprint == *fingerprint
            }
        })
    }

    /// Moves past bytes that are divided into records.
    fn advance(&mut self, length: usize) {
        let passed = &self.buffer[self.scanned..self.scanned + length];
        self.line += self.scanner.line_ends(passed);
        self.scanned += length;
        self.scanner.pass(length);
    }

    fn read_header(&mut self, length: usize) -> Result<(), SplitError> {
        self.header = self.buffer[self.scanned..self.scanned + length].to_vec();
        let columns = Columns::from_header(self.table, &self.header);
        self.columns = Some(Arc::new(columns.map_err(SplitError::Header)?));
        self.advance(length);
        self.start_batch();
        Ok(())
    }

    /// Starts the first batch here, or moves the start of a batch that has no records yet.
    fn start_batch(&mut self) {
        self.drop_front(self.scanned);
        self.start.line = self.line;
    }

    /// The batch of the records passed, if there are any. Blank lines after them go to the next one, so
    /// that it ends where it also ends when more records follow.
    fn take_batch(&mut self) -> Option<Batch> {
        if self.records.is_empty() {
            return None;
        }
        let columns = self.columns.clone()?;
        let records = std::mem::take(&mut self.records);
        let body = self.buffer[..self.end].to_vec();
        self.drop_front(self.end);
        let rows = records.len() as u64;
        let batch = Batch {
            body,
            start: self.start,
            form: self.form,
            records,
            columns,
            end_offset: self.offset,
            key: hexadecimal(&self.hash.clone().finalize()),
        };
        self.start = Start { row: self.start.row + rows, line: self.end_line };
        Some(batch)
    }

    /// Hashes bytes at the front of the buffer and removes them.
    fn drop_front(&mut self, length: usize) {
        self.hash.update(&self.buffer[..length]);
        self.buffer.drain(..length);
        self.offset += length as u64;
        self.scanned -= length;
        self.request = None;
    }
}
