//! Rows that are read, and how many of them one query may return.

use std::time::Duration;

use dictionary::Value;

use super::error::Result;
use super::timeouts::{SCAN_TIMEOUT, STATEMENT_TIMEOUT, WHOLE_TABLE_TIMEOUT};

/// A row that was read: a value for each column of the query.
pub(super) type Row = Vec<Value>;

/// Bytes of values in one statement, if it has more than one row: MariaDB takes 16 MiB by default.
pub(super) const STATEMENT_BYTES: usize = 4 << 20;

/// A page of a list.
#[derive(Debug)]
pub struct Page<T> {
    /// What is on it, at least one item if there is any.
    pub items: Vec<T>,
    /// Whether more rows follow.
    pub more: bool,
}

impl<T> Page<T> {
    /// With items of another type.
    ///
    /// # Errors
    /// The first one of `convert`.
    pub fn try_map<U, E>(self, convert: impl FnMut(T) -> Result<U, E>) -> Result<Page<U>, E> {
        let items = self.items.into_iter().map(convert).collect::<Result<_, E>>()?;
        Ok(Page { items, more: self.more })
    }

    /// With items of another type.
    pub fn map<U>(self, convert: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(convert).collect(), more: self.more }
    }
}

/// How much one query may return, and how long it may take.
pub(super) struct ReadLimit {
    /// For the whole query.
    pub(super) timeout: Duration,
    rows: usize,
    bytes: usize,
    /// Whether there was more to read.
    pub(super) full: bool,
}

impl ReadLimit {
    /// Bytes of a page: as much as the client and the server can hold.
    const PAGE_BYTES: usize = 8 << 20;

    /// At most so many rows and about so many bytes.
    pub(super) fn new(rows: usize, bytes: usize) -> ReadLimit {
        ReadLimit { timeout: STATEMENT_TIMEOUT, rows, bytes, full: false }
    }

    /// A page of so many rows, or fewer large ones.
    pub(super) fn page(rows: u32) -> ReadLimit {
        ReadLimit::new(rows as usize, ReadLimit::PAGE_BYTES)
    }

    /// All rows of a query that finds few.
    pub(super) fn all() -> ReadLimit {
        ReadLimit::new(usize::MAX, usize::MAX)
    }

    /// All rows of a query that reads every row of a table.
    pub(super) fn scan() -> ReadLimit {
        ReadLimit { timeout: SCAN_TIMEOUT, ..ReadLimit::all() }
    }

    /// All rows of a query that compares whole tables.
    pub(super) fn whole_table() -> ReadLimit {
        ReadLimit { timeout: WHOLE_TABLE_TIMEOUT, ..ReadLimit::all() }
    }

    /// Counts a row that was read, and returns whether it is within the limit. The first row always is, so that there
    /// is a next page.
    pub(super) fn admits(&mut self, row: &Row, is_first: bool) -> bool {
        let size = size(row);
        self.full = self.rows == 0 || size > self.bytes && !is_first;
        if !self.full {
            self.rows -= 1;
            self.bytes = self.bytes.saturating_sub(size);
        }
        !self.full
    }
}

/// About how many bytes a row has.
pub(super) fn size(row: &[Value]) -> usize {
    let of = |value: &Value| match value {
        Value::String(text) => text.len(),
        Value::Null
        | Value::Integer(_)
        | Value::Number(_)
        | Value::Boolean(_)
        | Value::Date(_)
        | Value::DateTime(_) => 8,
    };
    row.iter().map(of).sum()
}
