//! Whole tables in key order, chunk by chunk: memory stays flat however many rows there are.

use std::sync::Arc;

use dictionary::{Physical, Table, Value};
use sqlx::SqlStr;

use super::engine::{ReadLimit, Row, Tx};
use super::json_rows;
use super::sql::{list, sql};
use super::{Error, Result};

/// Rows of a chunk at the most.
const ROWS: usize = 1000;

/// About how many bytes a chunk has at the most, so that long strings need no more memory than short ones.
const BYTES: usize = 4 << 20;

/// The longest rows, in characters, that the database may join into one text for a chunk.
const SHORT: u64 = 2000;

/// Some rows of a table, as the database returned them. They must be decoded outside the async workers.
pub struct Chunk {
    content: Content,
    types: Arc<[Physical]>,
}

enum Content {
    Rows(Vec<Row>),
    /// An array of arrays.
    Json(String),
}

impl Chunk {
    /// The rows, a value for each field.
    ///
    /// # Errors
    /// When a stored value is not of its column's type.
    pub fn rows(self) -> Result<Vec<Vec<Value>>> {
        match self.content {
            Content::Rows(rows) => Ok(rows),
            Content::Json(json) => json_rows::read(&json, &self.types, ROWS),
        }
    }
}

/// A table being read from its first row to its last, on a connection that sees one state of it.
pub struct Reading<'c> {
    tx: &'c mut Tx,
    first: SqlStr,
    next: SqlStr,
    types: Arc<[Physical]>,
    key: usize,
    key_type: Physical,
    as_json: bool,
    after: Option<Value>,
    done: bool,
}

impl<'c> Reading<'c> {
    /// Reads the table, or another one with its fields.
    pub(super) fn new(tx: &'c mut Tx, table: &Table, name: &str) -> Reading<'c> {
        let as_json = tx.prefers_json() && is_short(table);
        let key = &table.key().name;
        let columns = list(table.fields.iter().map(|field| field.name.as_str()));
        let page = |filter: &str| {
            let rows = format!("SELECT {columns} FROM `{name}`{filter} ORDER BY `{key}` LIMIT {ROWS}");
            sql(if as_json {
                format!(
                    "SELECT json_group_array(json_array({columns})), MAX(`{key}`), COUNT(*) FROM ({rows})"
                )
            } else {
                rows
            })
        };
        Reading {
            first: page(""),
            next: page(&format!(" WHERE `{key}` > ?")),
            tx,
            types: table.fields.iter().map(|field| field.ty.physical()).collect(),
            key: table.primary_key,
            key_type: table.key().ty.physical(),
            as_json,
            after: None,
            done: false,
        }
    }

    /// The next rows, until there are none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next(&mut self) -> Result<Option<Chunk>> {
        if self.done {
            return Ok(None);
        }
        let content = if self.as_json { self.json().await? } else { self.rows().await? };
        Ok(content.map(|content| Chunk { content, types: Arc::clone(&self.types) }))
    }

    async fn rows(&mut self) -> Result<Option<Content>> {
        let question = if self.after.is_some() { &self.next } else { &self.first };
        let read_limit = &mut ReadLimit::new(ROWS, BYTES);
        let rows = self.tx.fetch_some(question, self.after.iter(), &self.types, read_limit).await?;
        match rows.last() {
            Some(last) => self.after = Some(last[self.key].clone()),
            None => self.done = true,
        }
        Ok((!rows.is_empty()).then_some(Content::Rows(rows)))
    }

    async fn json(&mut self) -> Result<Option<Content>> {
        let question = if self.after.is_some() { &self.next } else { &self.first };
        let types = [Physical::Text, self.key_type, Physical::Integer];
        let mut page = self.tx.fetch(question, self.after.iter(), &types).await?;
        let Some([Value::String(json), last, Value::Integer(count)]) =
            page.first_mut().map(Vec::as_mut_slice)
        else {
            return Err(Error::Fault("a page of a table is no JSON".to_owned()));
        };
        self.done = *count < ROWS as i64;
        self.after = Some(last.clone());
        Ok((*count > 0).then(|| Content::Json(std::mem::take(json))))
    }
}

/// Whether a page of the longest rows is small, and JSON holds each value exactly: SQLite writes numbers
/// with 15 digits, two too few.
pub(super) fn is_short(table: &Table) -> bool {
    let length = |field: &dictionary::Field| match field.ty.physical() {
        Physical::Double => None,
        Physical::Integer | Physical::Boolean | Physical::Text | Physical::Date | Physical::DateTime => {
            field.constraints.max_length.or(field.ty.longest())
        }
    };
    let lengths: Option<Vec<u64>> = table.fields.iter().map(length).collect();
    lengths.is_some_and(|lengths| lengths.iter().sum::<u64>() <= SHORT)
}
