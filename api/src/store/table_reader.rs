//! Whole tables in key order, chunk by chunk: memory stays flat however many rows there are.

use std::sync::Arc;

use dictionary::{Physical, Table, Value};
use sqlx::SqlStr;

use super::engines::Tx;
use super::error::{Error, Result};
use super::key_order::KeyOrder;
use super::row::{ReadLimit, Row};
use super::sql_text::{Dialect, list, quoted};
use super::statements::json_rows::{self, are_short};

/// Rows of a chunk at the most.
const ROWS: usize = 1000;

/// About how many bytes a chunk has at the most, so that long strings need no more memory than short ones.
const BYTES: usize = 4 << 20;

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
pub struct TableReader<'c> {
    tx: &'c mut Tx,
    first: SqlStr,
    next: SqlStr,
    types: Arc<[Physical]>,
    key: Vec<usize>,
    /// The type of a key of one column, for rows that come as JSON.
    key_type: Option<Physical>,
    /// The key of the last row, as [arguments](KeyOrder::arguments); empty before the first one.
    after: Vec<Value>,
    done: bool,
}

impl<'c> TableReader<'c> {
    /// Reads the table, or another one with its fields.
    pub(super) fn new(tx: &'c mut Tx, dialect: &Dialect, table: &Table, name: &str) -> TableReader<'c> {
        let json_rows = dialect.json_rows.filter(|_| are_short(table) && table.primary_key.len() == 1);
        let (name, order) = (quoted(name), KeyOrder::of(table));
        let key = order.columns();
        let columns = list(table.columns().map(|field| field.name.as_str()));
        let page = |filter: &str| {
            let rows = format!("SELECT {columns} FROM {name}{filter} ORDER BY {key} LIMIT {ROWS}");
            dialect.render(&match json_rows {
                Some(json_rows) => {
                    format!("SELECT {}, MAX({key}), COUNT(*) FROM ({rows})", json_rows(&columns))
                }
                None => rows,
            })
        };
        TableReader {
            first: page(""),
            next: page(&format!(" WHERE {}", order.is_after())),
            tx,
            types: table.columns().map(|field| field.ty.physical()).collect(),
            key: table.primary_key.clone(),
            key_type: json_rows.and(table.key().next()).map(|field| field.ty.physical()),
            after: Vec::new(),
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
        let content = match self.key_type {
            Some(key_type) => self.json(key_type).await?,
            None => self.rows().await?,
        };
        Ok(content.map(|content| Chunk { content, types: Arc::clone(&self.types) }))
    }

    async fn rows(&mut self) -> Result<Option<Content>> {
        let query = if self.after.is_empty() { &self.first } else { &self.next };
        let read_limit = &mut ReadLimit::new(ROWS, BYTES);
        let rows = self.tx.fetch_within(query, self.after.iter(), &self.types, read_limit).await?;
        match rows.last() {
            Some(last) => {
                self.after = KeyOrder::arguments(self.key.iter().map(|i| last[*i].clone()).collect());
            }
            None => self.done = true,
        }
        Ok((!rows.is_empty()).then_some(Content::Rows(rows)))
    }

    async fn json(&mut self, key_type: Physical) -> Result<Option<Content>> {
        let query = if self.after.is_empty() { &self.first } else { &self.next };
        let types = [Physical::Text, key_type, Physical::Integer];
        let mut page = self.tx.fetch(query, self.after.iter(), &types).await?;
        let Some([Value::String(json), last, Value::Integer(count)]) =
            page.first_mut().map(Vec::as_mut_slice)
        else {
            return Err(Error::Fault("a page of a table is no JSON".to_owned()));
        };
        self.done = *count < ROWS as i64;
        self.after = vec![last.clone()];
        Ok((*count > 0).then(|| Content::Json(std::mem::take(json).into())))
    }
}
