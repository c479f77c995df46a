//! The rows of the dictionary's tables.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use dictionary::decode::Row;
use dictionary::{Dictionary, ExistingKeys, Key, Physical, Table, Value};
use sqlx::SqlStr;

use super::engines::{Engine, Tx};
use super::error::Result;
use super::key_order::KeyOrder;
use super::row::Page;
use super::sequences::Sequences;
use super::sql_text::{Dialect, list, quoted};
use super::statements::{BulkInsert, Insert, Lookup, Rows};

/// The part of the store that reads and writes the rows of the dictionary's tables.
pub struct Records {
    engine: Arc<Engine>,
    statements: HashMap<String, Statements>,
    sequences: Sequences,
}

/// The statements of one table.
struct Statements {
    insert: Insert,
    /// For many rows, where the engine need not check their references.
    bulk_insert: Option<BulkInsert>,
    /// For each key that senders give, a look-up in its columns.
    unique: Vec<Lookup>,
    /// For each foreign key, a look-up in the columns that it references.
    parents: Vec<Lookup>,
    /// A look-up of whole rows by primary key.
    rows: Lookup,
    types: Vec<Physical>,
    by_key: SqlStr,
    first_page: SqlStr,
    next_page: SqlStr,
}

impl Statements {
    fn new(dialect: &Dialect, table: &Table, has_triggers: bool) -> Statements {
        let name = quoted(&table.name);
        let columns = list(table.columns().map(|field| field.name.as_str()));
        let select = format!("SELECT {columns} FROM {name}");
        let key = KeyOrder::of(table);
        let order = format!("ORDER BY {} LIMIT ?", key.columns());
        let types =
            |fields: &[usize]| fields.iter().map(|i| table.fields[*i].ty.physical()).collect::<Vec<_>>();
        let unique = table.sent_keys().map(|fields| {
            let names: Vec<&str> = fields.iter().map(|i| table.fields[*i].name.as_str()).collect();
            Lookup::new(dialect, &table.name, &names, types(fields))
        });
        let parents = table.foreign_keys.iter().map(|key| {
            let names: Vec<&str> = key.parent_fields.iter().map(String::as_str).collect();
            Lookup::new(dialect, &key.parent, &names, types(&key.fields))
        });
        Statements {
            insert: Insert::new(dialect, &table.name, table.columns().map(|field| field.name.as_str())),
            // A trigger may change what a row references, and writes to other tables by the settings of the statement.
            bulk_insert: if has_triggers { None } else { BulkInsert::new(dialect, table) },
            unique: unique.collect(),
            parents: parents.collect(),
            rows: Lookup::of_rows(dialect, table),
            types: table.columns().map(|field| field.ty.physical()).collect(),
            by_key: dialect.render(&format!("{select} WHERE {}", key.is())),
            first_page: dialect.render(&format!("{select} {order}")),
            next_page: dialect.render(&format!("{select} WHERE {} {order}", key.is_after())),
        }
    }
}

impl Records {
    pub(super) fn new(
        engine: Arc<Engine>,
        dictionary: &Dictionary,
        with_triggers: &HashSet<String>,
    ) -> Records {
        let statements = dictionary.tables().iter().map(|table| {
            let has_triggers = with_triggers.contains(&table.name);
            (table.name.clone(), Statements::new(engine.dialect(), table, has_triggers))
        });
        Records { statements: statements.collect(), sequences: Sequences::new(engine.dialect()), engine }
    }

    fn statements(&self, table: &Table) -> &Statements {
        &self.statements[&table.name]
    }

    /// Which keys and references of rows the tables have already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn existing_keys<'r>(
        &self,
        tx: &mut Tx,
        table: &Table,
        rows: impl Iterator<Item = &'r Row> + Clone + Send,
    ) -> Result<ExistingKeys> {
        let statements = self.statements(table);
        let keys = |fields| rows.clone().filter_map(move |row: &Row| row.key(fields));
        let mut existing = ExistingKeys::default();
        for (fields, lookup) in table.sent_keys().zip(&statements.unique) {
            existing.unique.push(lookup.run(tx, keys(fields)).await?);
        }
        for (foreign_key, lookup) in table.foreign_keys.iter().zip(&statements.parents) {
            existing.parents.push(Some(lookup.run(tx, keys(&foreign_key.fields)).await?));
        }
        Ok(existing)
    }

    /// The rows with these primary keys, and perhaps others.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rows_of_keys<'v>(
        &self,
        tx: &mut Tx,
        table: &Table,
        keys: impl Iterator<Item = Key<'v>> + Send,
    ) -> Result<Vec<Vec<Value>>> {
        self.statements(table).rows.rows(tx, keys).await
    }

    /// Inserts judged rows. `ids` are their numbers, if the table has no primary key. `on_last` is called when the last statement is being sent, if there are any rows.
    ///
    /// # Errors
    /// [`Error::Lost`](super::Error::Lost) when a constraint of the database refuses a row, or a parent is missing.
    pub async fn insert(
        &self,
        tx: &mut Tx,
        table: &Table,
        rows: &[&Row],
        ids: &[Value],
        on_last: impl FnOnce() + Send,
    ) -> Result<()> {
        let values: Vec<&[Value]> = rows.iter().map(|row| row.values.as_slice()).collect();
        let statements = self.statements(table);
        let unchecked = match &statements.bulk_insert {
            Some(bulk_insert) => bulk_insert.lock_parents(tx, &values).await?,
            None => None,
        };
        let rows = Rows { values: &values, ids };
        unchecked.unwrap_or(&statements.insert).run(tx, rows, on_last).await
    }

    /// Takes numbers for rows of a table without a primary key; returns the first one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take_row_ids(&self, tx: &mut Tx, table: &Table, rows: u64) -> Result<i64> {
        self.sequences.take(tx, table, rows).await
    }

    /// The row with a primary key: a value for each of its columns.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn row(&self, table: &Table, key: &[Value]) -> Result<Option<Vec<Value>>> {
        let statements = self.statements(table);
        let mut rows = self.engine.read(&statements.by_key, key, &statements.types).await?;
        Ok(rows.pop())
    }

    /// Rows in key order, after a key; at most `limit`, and fewer of large ones.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn page(
        &self,
        table: &Table,
        after: Option<Vec<Value>>,
        limit: u32,
    ) -> Result<Page<Vec<Value>>> {
        let statements = self.statements(table);
        let page = if after.is_some() { &statements.next_page } else { &statements.first_page };
        let arguments = after.map(KeyOrder::arguments).unwrap_or_default();
        self.engine.page(page, arguments, &statements.types, limit).await
    }
}
