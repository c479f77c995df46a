//! The content hash: equal for equal tables, whichever engine or file holds them.

use std::cmp::Ordering;

use sha2::{Digest, Sha256};

use crate::hash::hexadecimal;
use crate::model::Table;
use crate::value::Value;

/// SHA-256 over a table's content: each column's name and a zero byte, in schema order; then the rows by
/// primary key (integers by value, strings by bytes), for each cell a tag byte (0 null, 1 value), the length
/// of its canonical text in bytes as u32 little-endian, and that text as [`Value::text`] prints it. Dates
/// and datetimes are text like all others, so engines and files that keep them differently agree.
#[derive(Debug)]
pub struct ContentHash {
    hash: Sha256,
    primary_key: Vec<usize>,
    /// The key of the last row; empty before the first one.
    last_key: Vec<Value>,
    rows: u64,
    text: String,
    bytes: Vec<u8>,
}

/// A row whose primary key is not above that of the row before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the rows are not in the order of their primary key, or two have the same one")]
pub struct OutOfOrder;

impl ContentHash {
    /// Of a table without rows yet.
    pub fn new(table: &Table) -> ContentHash {
        let mut hash = Sha256::new();
        for field in table.columns() {
            hash.update(field.name.as_bytes());
            hash.update([0]);
        }
        let (text, bytes) = (String::new(), Vec::new());
        ContentHash {
            hash,
            primary_key: table.primary_key.clone(),
            last_key: Vec::new(),
            rows: 0,
            text,
            bytes,
        }
    }

    /// Takes the next row: a value for each column.
    ///
    /// # Errors
    /// When its key is not above the last one's.
    pub fn push(&mut self, row: &[Value]) -> Result<(), OutOfOrder> {
        if !self.last_key.is_empty() && !self.is_above_last(row) {
            return Err(OutOfOrder);
        }
        self.last_key.clear();
        self.last_key.extend(self.primary_key.iter().map(|i| row[*i].clone()));
        self.bytes.clear();
        push_cells(row, &mut self.text, &mut self.bytes);
        self.hash.update(&self.bytes);
        self.rows += 1;
        Ok(())
    }

    /// Whether the key of a row is above the last one. Keys that cannot be compared, such as null, are in no order.
    fn is_above_last(&self, row: &[Value]) -> bool {
        let parts = self.last_key.iter().zip(&self.primary_key);
        let mut orders = parts.map(|(last, i)| last.order(&row[*i]));
        orders.find(|order| *order != Some(Ordering::Equal)).flatten() == Some(Ordering::Less)
    }

    /// Rows so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The hash in lower-case hexadecimal.
    pub fn finish(self) -> String {
        hexadecimal(&self.hash.finalize())
    }
}

/// Appends the cells of a row; `text` is a buffer that is reused.
pub(crate) fn push_cells(row: &[Value], text: &mut String, bytes: &mut Vec<u8>) {
    for value in row {
        text.clear();
        value.push_text(text);
        bytes.push(u8::from(!value.is_null()));
        bytes.extend_from_slice(&(text.len() as u32).to_le_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
}
