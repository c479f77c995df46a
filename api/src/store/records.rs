//! The rows of the dictionary's tables.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use dictionary::decode::Row;
use dictionary::judge::KeysToLookUp;
use dictionary::{Dictionary, ExistingKeys, Physical, Table, Value};
use sqlx::SqlStr;

use super::engines::{Engine, Tx};
use super::error::Result;
use super::row::Page;
use super::sql_text::{Dialect, list, quoted};
use super::statements::{BulkInsert, Insert, Lookup};

/// The part of the store that reads and writes the rows of the dictionary's tables.
pub struct Records {
    engine: Arc<Engine>,
    statements: HashMap<String, Statements>,
}

/// The statements of one table.
struct Statements {
    insert: Insert,
    /// For many rows, where the engine need not check their references.
    bulk_insert: Option<BulkInsert>,
    /// For each unique field, a look-up in its own column.
    unique: Vec<(usize, Lookup)>,
    /// For each foreign key, a look-up in the parent's primary key.
    parents: Vec<(usize, Lookup)>,
    /// A look-up of whole rows by primary key.
    rows: Lookup,
    types: Vec<Physical>,
    by_key: SqlStr,
    first_page: SqlStr,
    next_page: SqlStr,
}

impl Statements {
    fn new(dialect: &Dialect, table: &Table, has_triggers: bool) -> Statements {
        let (name, key) = (quoted(&table.name), quoted(&table.key().name));
        let columns = list(table.fields.iter().map(|field| field.name.as_str()));
        let select = format!("SELECT {columns} FROM {name}");
        let order = format!("ORDER BY {key} LIMIT ?");
        let unique = table.unique_fields().map(|i| {
            let field = &table.fields[i];
            (i, Lookup::new(dialect, &table.name, &field.name, field.ty.physical()))
        });
        let parents = table.references().map(|(i, parent)| {
            (i, Lookup::new(dialect, &parent.name, &parent.key().name, parent.key().ty.physical()))
        });
        Statements {
            insert: Insert::new(dialect, &table.name, table.fields.iter().map(|field| field.name.as_str())),
            // A trigger may change what a row references, and writes to other tables by the settings of the statement.
            bulk_insert: if has_triggers { None } else { BulkInsert::new(dialect, table) },
            unique: unique.collect(),
            parents: parents.collect(),
            rows: Lookup::of_rows(dialect, table),
            types: table.fields.iter().map(|field| field.ty.physical()).collect(),
            by_key: dialect.render(&format!("{select} WHERE {key} = ?")),
            first_page: dialect.render(&format!("{select} {order}")),
            next_page: dialect.render(&format!("{select} WHERE {key} > ? {order}")),
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
        Records { statements: statements.collect(), engine }
    }

    fn statements(&self, table: &Table) -> &Statements {
        &self.statements[&table.name]
    }

    /// Which keys and references of batches the tables have already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn existing_keys(
        &self,
        tx: &mut Tx,
        table: &Table,
        batches: &[&KeysToLookUp],
    ) -> Result<ExistingKeys> {
        let statements = self.statements(table);
        let keys = |field: usize| batches.iter().flat_map(move |batch| batch.of_field(field));
        let mut existing = ExistingKeys::default();
        for (field, lookup) in &statements.unique {
            existing.unique.insert(*field, lookup.run(tx, keys(*field)).await?);
        }
        for (field, lookup) in &statements.parents {
            existing.parents.insert(*field, lookup.run(tx, keys(*field)).await?);
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
        keys: impl Iterator<Item = &'v Value> + Send,
    ) -> Result<Vec<Vec<Value>>> {
        self.statements(table).rows.rows(tx, keys).await
    }

    /// Inserts judged rows. `on_last` is called when the last statement is being sent, if there are any rows.
    ///
    /// # Errors
    /// [`Error::Lost`](super::Error::Lost) when a constraint of the database refuses a row, or a parent is missing.
    pub async fn insert(
        &self,
        tx: &mut Tx,
        table: &Table,
        rows: &[&Row],
        on_last: impl FnOnce() + Send,
    ) -> Result<()> {
        let rows: Vec<&[Value]> = rows.iter().map(|row| row.values.as_slice()).collect();
        let statements = self.statements(table);
        let unchecked = match &statements.bulk_insert {
            Some(bulk_insert) => bulk_insert.lock_parents(tx, &rows).await?,
            None => None,
        };
        unchecked.unwrap_or(&statements.insert).run(tx, &rows, on_last).await
    }

    /// The row with a primary key.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn row(&self, table: &Table, key: Value) -> Result<Option<Vec<Value>>> {
        let statements = self.statements(table);
        let mut rows = self.engine.read(&statements.by_key, &[key], &statements.types).await?;
        Ok(rows.pop())
    }

    /// Rows in key order, after a key; at most `limit`, and fewer of large ones.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn page(&self, table: &Table, after: Option<Value>, limit: u32) -> Result<Page<Vec<Value>>> {
        let statements = self.statements(table);
        let page = if after.is_some() { &statements.next_page } else { &statements.first_page };
        self.engine.page(page, after.into_iter().collect(), &statements.types, limit).await
    }
}
