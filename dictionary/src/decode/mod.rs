//! Decodes a body into rows of typed cells, each with the errors that need no other row.

mod columns;
mod correction;
mod csv;
mod file;
mod from_values;
mod header;
mod json;
mod spreadsheet;

use std::ops::Range;

pub use columns::{Columns, REASONS};
pub use correction::{Correction, Loss, Rejected, UTF_8, correction, reasons, reread};
pub use csv::{CHANGED, csv, records};
pub use file::of_file;
pub use from_values::{is_allowed, typed};
pub use header::HeaderMismatch;
pub(crate) use json::members;
pub use json::{json, ndjson};
pub use spreadsheet::{MARKED, mark, unmark};

use crate::code::Code;
use crate::constraints;
use crate::error_limit::{ErrorLimit, MAX_ERRORS};
use crate::key_set::Key;
use crate::model::{Field, Table};
use crate::row_error::{Received, RowError};
use crate::value::Value;

/// The most rows of one batch.
pub const MAX_ROWS: usize = 1000;

/// A row as read: typed where it could be, with the errors found so far.
#[derive(Debug, Clone)]
pub struct Row {
    /// The 1-based record in the sender's file or request.
    pub number: u64,
    /// The 1-based physical line where the record starts; `None` in a JSON array.
    pub line: Option<u64>,
    /// The range of the row's bytes in the body, without the line terminator.
    pub raw: Range<usize>,
    /// A value for each field of the table; null where it could not be read.
    pub values: Vec<Value>,
    /// Errors with the index of their field; errors of the whole row come after those of all fields. At most
    /// [`MAX_ERRORS`].
    pub errors: Vec<(usize, RowError)>,
    /// How many more errors the row has.
    pub left_out: u64,
}

impl Row {
    fn new(number: u64, line: Option<u64>, raw: Range<usize>) -> Self {
        Row { number, line, raw, values: Vec::new(), errors: Vec::new(), left_out: 0 }
    }

    /// The field's value, if it has one that is valid by itself.
    pub fn valid(&self, field: usize) -> Option<&Value> {
        let value = self.values.get(field).filter(|value| !value.is_null())?;
        (!self.errors.iter().any(|(of, _)| *of == field)).then_some(value)
    }

    /// The values of some fields, if all of them are valid by themselves and none is null.
    pub fn key(&self, fields: &[usize]) -> Option<Key<'_>> {
        if let [field] = fields {
            return self.valid(*field).map(Key::One);
        }
        let values: Option<Vec<_>> = fields.iter().map(|field| self.valid(*field)).collect();
        values.map(Key::Several)
    }

    /// A row of which no cell could be read.
    fn unreadable(mut self, table: &Table, code: Code, message: String) -> Self {
        self.values = vec![Value::Null; table.fields.len()];
        self.errors = vec![(table.fields.len(), RowError::row(code, message))];
        self
    }

    /// Sets a cell's value after checking its constraints, or adds the reason why it has none.
    fn put(&mut self, i: usize, field: &Field, read: Result<Value, Code>, received: Received) {
        match read {
            Ok(value) if constraints::satisfies(field, &value) => self.values[i] = value,
            Ok(value) => {
                let errors = constraints::check(field, &value, received);
                // Without its errors, the value would pass as a valid one.
                if self.errors.len() < MAX_ERRORS {
                    self.values[i] = value;
                }
                errors.into_iter().for_each(|error| self.push_error(i, error));
            }
            Err(code) => self.push_error(i, RowError::cell_type(field, code, received)),
        }
    }

    /// Keeps an error, or counts it where there are many. An error about the row as a whole is always kept.
    fn push_error(&mut self, i: usize, error: RowError) {
        if self.errors.len() < MAX_ERRORS {
            return self.errors.push((i, error));
        }
        self.left_out += 1;
        if error.code.is_about_row() {
            self.errors.pop();
            self.errors.push((i, error));
        }
    }

    /// Bounds its errors, given those of the rows before it.
    fn bounded(mut self, limit: &mut ErrorLimit) -> Self {
        self.left_out += limit.bound(&mut self.errors);
        self
    }

    /// About how many bytes the row takes in memory, without its errors.
    pub fn size(&self) -> usize {
        let texts = self.values.iter().map(|value| match value {
            Value::String(text) if text.is_heap_allocated() => text.capacity(),
            Value::String(_)
            | Value::Null
            | Value::Integer(_)
            | Value::Number(_)
            | Value::Boolean(_)
            | Value::Date(_)
            | Value::DateTime(_) => 0,
        });
        let values = self.values.capacity() * size_of::<Value>() + texts.sum::<usize>();
        size_of::<Row>() + values
    }

    /// About how many bytes its errors take in memory.
    pub fn errors_size(&self) -> usize {
        self.errors.iter().map(|(_, error)| error.size()).sum()
    }
}

/// Where a body starts in the sender's file; both count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// The record number of the body's first row.
    pub row: u64,
    /// The physical line of the body's first line.
    pub line: u64,
}

impl Default for Start {
    fn default() -> Self {
        Start { row: 1, line: 1 }
    }
}

/// Why a body as a whole is refused. Nothing of it is stored.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BodyError {
    /// Not JSON, or not an array.
    #[error("the body is not a JSON array of objects: {0}")]
    Syntax(String),
    /// JSON must be UTF-8 (RFC 8259 section 8.1).
    #[error("the body is not UTF-8: byte {0} is invalid")]
    NotUtf8(usize),
    /// A CSV header that does not fit the table.
    #[error("the header does not match the table: {0}")]
    HeaderMismatch(HeaderMismatch),
    /// No row at all.
    #[error("the body holds no rows; send 1 to {MAX_ROWS}")]
    Empty,
    /// More rows than a batch may have.
    #[error("the body holds more than {MAX_ROWS} rows; send them in several batches")]
    TooManyRows,
}

/// Refuses bodies without rows or with too many.
fn counted(rows: Vec<Row>) -> Result<Vec<Row>, BodyError> {
    match rows.len() {
        0 => Err(BodyError::Empty),
        1..=MAX_ROWS => Ok(rows),
        _ => Err(BodyError::TooManyRows),
    }
}

pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Length of the byte order mark at the start of a body, which is no part of its first row.
pub(crate) fn byte_order_mark(body: &[u8]) -> usize {
    if body.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 }
}

/// A row that cannot be read as cells: the first cell holds all of it.
fn whole(table: &Table, raw: &str) -> Vec<String> {
    let mut cells = vec![String::new(); table.fields.len()];
    raw.clone_into(&mut cells[0]);
    cells
}
