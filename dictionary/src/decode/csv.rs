//! CSV bodies: RFC 4180, UTF-8, dialect per table.

use std::ops::Range;

use memchr::{memchr, memchr_iter};

use super::columns::{CODES, Column, Columns, REASONS};
use super::{BodyError, MAX_ROWS, Row, Start, byte_order_mark, counted};
use crate::code::Code;
use crate::csv_scanner::{self, Quotes, Record, Scan, Scanner};
use crate::error_limit::ErrorLimit;
use crate::model::{Field, Table, delimiter_in_words};
use crate::row_error::{Received, RowError};
use crate::text::shortened;
use crate::value::Value;

/// Delimiters that files are commonly written with.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Missing cells of a record that are listed one by one. Where more are missing, one error says how many.
const MISSING_CELLS_LISTED: usize = 8;

/// The word in `_codes`, after the codes, that says that the cells are not the row as it was received.
pub const CHANGED: &str = "not-as-received";

/// Decodes a CSV body. `columns` are given when the body has no header of its own. Returns the rows and
/// the columns they were read by.
///
/// # Errors
/// When the header does not fit, or there are no rows or too many.
pub fn csv(
    body: &[u8],
    table: &Table,
    columns: Option<Columns>,
    start: Start,
) -> Result<(Vec<Row>, Columns), BodyError> {
    let at = byte_order_mark(body);
    // One more than a batch may have, and the header.
    let found = csv_scanner::records(body, table.delimiter, at, start.line, MAX_ROWS + 2);
    let (columns, rest) = match (columns, found.as_slice()) {
        (Some(columns), found) => (columns, found),
        (None, [header, rest @ ..]) => (Columns::from_header(table, &body[header.raw.clone()])?, rest),
        (None, []) => return Err(BodyError::Empty),
    };
    Ok((counted(records(body, table, &columns, start.row, rest))?, columns))
}

/// Decodes the records that were found in a body. `first` is the number of the first one.
pub fn records(body: &[u8], table: &Table, columns: &Columns, first: u64, records: &[Record]) -> Vec<Row> {
    let text = std::str::from_utf8(body).ok();
    let mut limit = ErrorLimit::default();
    let decode = |(number, record): (u64, &Record)| {
        let raw = record.raw.clone();
        let row = Row::new(number, Some(record.line), raw.clone());
        let row = match record.quotes {
            Quotes::Good => fill(row, table, columns, &body[raw.clone()], text.map(|text| &text[raw])),
            Quotes::Open => {
                row.unreadable(table, Code::FormatError, "a quote is opened and never closed".to_owned())
            }
            Quotes::Bad => {
                let lines = 1 + memchr_iter(b'\n', &body[raw]).count() as u64;
                row.unreadable(table, Code::FormatError, bad_quote(record.line, lines))
            }
        };
        row.bounded(&mut limit)
    };
    (first..).zip(records).map(decode).collect()
}

/// One raw record as its row, and its cells by field; `None` if it is unknown which cell belongs to which field.
pub(super) fn record(table: &Table, raw: &str, columns: &Columns) -> Option<(Row, Vec<String>)> {
    let mut scanner = Scanner::new(table.delimiter);
    let Scan::Record(_, Quotes::Good) = scanner.scan(raw.as_bytes(), true) else { return None };
    let mut cells = null_cells(table);
    let of_record = csv_scanner::text_cells(raw.as_bytes(), Some(raw), table.delimiter);
    for (column, cell) in columns.iter().zip(of_record) {
        if let Column::Field(i) = column {
            cells[i] = columns.unmarked(cell.unwrap_or_else(|lossy| lossy)).into_owned();
        }
    }
    let row = Row::new(1, None, 0..raw.len());
    Some((fill(row, table, columns, raw.as_bytes(), Some(raw)), cells))
}

/// The row of a record that has these cells, one for each field in schema order.
pub(super) fn row_of(table: &Table, cells: &[String]) -> Row {
    let mut row = Row::new(1, None, Range::default());
    row.values = vec![Value::Null; table.fields.len()];
    for ((i, field), text) in table.fields.iter().enumerate().zip(cells) {
        row.put(i, field, read(field, text), Received::Text(text));
    }
    row
}

/// A cell without a value for each field; where a CSV of the table has no such cell, an empty one.
pub(super) fn null_cells(table: &Table) -> Vec<String> {
    let null_cell = |field: &Field| {
        let missing = &field.missing_values;
        missing.iter().find(|missing| missing.is_empty()).or(missing.first()).cloned().unwrap_or_default()
    };
    table.fields.iter().map(null_cell).collect()
}

fn read(field: &Field, text: &str) -> Result<Value, Code> {
    if field.missing_values.iter().any(|missing| missing == text) {
        return Ok(Value::Null);
    }
    field.ty.read_text(text).ok_or(Code::TypeError)
}

/// Why a record is unreadable in which text follows a closing quote.
fn bad_quote(line: u64, lines: u64) -> String {
    let why = "text follows a closing quote; write a quote inside a quoted cell twice";
    match lines {
        1 => why.to_owned(),
        _ => format!("lines {line} to {} are one row, since a quote spans them: {why}", line + lines - 1),
    }
}

/// Reads a record's cells into its row. `text` is the record, if it is known to be UTF-8.
fn fill(mut row: Row, table: &Table, columns: &Columns, raw: &[u8], text: Option<&str>) -> Row {
    row.values = table.fields.iter().map(|_| Value::Null).collect();
    let mut cells = csv_scanner::text_cells(raw, text, table.delimiter);
    let expected = columns.iter().len();
    if let Some(other) = other_delimiter(raw, table.delimiter, expected) {
        row.push_error(table.fields.len(), delimited_otherwise(table, expected, other));
        return row;
    }
    let mut codes = String::new();
    for (position, column) in columns.iter().enumerate() {
        let cell = cells.next();
        if cell.is_none() && expected - position > MISSING_CELLS_LISTED {
            let cells = if position == 1 { "cell" } else { "cells" };
            let message = format!("the record has {position} {cells}, but {expected} are expected");
            row.push_error(table.fields.len(), RowError::row(Code::MissingCell, message));
            break;
        }
        let i = match column {
            Column::Field(i) => i,
            Column::Reason(reason) if REASONS[reason] == CODES => {
                codes = cell.map(|cell| cell.unwrap_or_else(|lossy| lossy).into_owned()).unwrap_or_default();
                continue;
            }
            Column::Reason(_) | Column::Marked | Column::Other => continue,
        };
        let field = &table.fields[i];
        let Some(cell) = cell else {
            let message = format!("field `{}`: the record ends before it", field.name);
            row.push_error(i, RowError::of(field, Code::MissingCell, Received::Absent, Some(message)));
            continue;
        };
        let (text, is_utf_8) = cell.map_or_else(|lossy| (lossy, false), |text| (text, true));
        let text = columns.unmarked(text);
        let read = if is_utf_8 { read(field, &text) } else { Err(Code::EncodingError) };
        row.put(i, field, read, Received::Text(&text));
    }
    for i in columns.absent() {
        row.put(i, &table.fields[i], Ok(Value::Null), Received::Absent);
    }
    if let Some(extra) = cells.next() {
        let count = expected + 1 + cells.count();
        let message = format!("the record has {count} cells, but {expected} are expected");
        let cell = Some(shortened(&extra.unwrap_or_else(|lossy| lossy)));
        row.push_error(table.fields.len(), RowError { cell, ..RowError::row(Code::ExtraCell, message) });
    }
    if let Some(code) = codes.split_ascii_whitespace().find(|code| loses(code, table, &row.values)) {
        let message = format!("`_codes` has the word {code}: correct the whole row, then clear its `_codes`");
        row.push_error(table.fields.len(), RowError::row(Code::FormatError, message));
    }
    row
}

/// The delimiter that a record seems to be written with, if the table's delimiter finds only one cell.
fn other_delimiter(record: &[u8], delimiter: u8, expected: usize) -> Option<u8> {
    if expected < 2 || memchr(delimiter, record).is_some() {
        return None;
    }
    let count = |other: u8| record.iter().filter(|byte| **byte == other).count();
    DELIMITERS.into_iter().find(|other| *other != delimiter && count(*other) >= expected - 1)
}

/// The one error of a record that is written with another delimiter. Its only cell is of no field in particular, and an
/// error for each missing cell would say the same thing many times.
fn delimited_otherwise(table: &Table, expected: usize, other: u8) -> RowError {
    let (wanted, found) = (delimiter_in_words(table.delimiter), delimiter_in_words(other));
    let message = format!(
        "the record has 1 cell, but {expected} are expected; the delimiter is {wanted}, but this record seems to use {found}"
    );
    RowError::row(Code::MissingCell, message)
}

/// Whether a row that was rejected with this word in its `_codes` may become another row when it is written as cells of
/// the table.
fn loses(word: &str, table: &Table, values: &[Value]) -> bool {
    match Code::ALL.into_iter().find(|code| code.as_str() == word) {
        // Cells that were missing are null now.
        Some(Code::MissingCell) => table
            .fields
            .iter()
            .zip(values)
            .any(|(field, value)| !field.constraints.required && value.is_null()),
        Some(code) => code.is_about_row(),
        None => word == CHANGED,
    }
}
