//! The rows of the dictionary's tables.

use dictionary::decode::Row;
use dictionary::judge::KeysToLookUp;
use dictionary::{ExistingKeys, Physical, Table, Value};
use sqlx::SqlStr;

use super::engine::Tx;
use super::sql::{Insert, Lookup, list, sql};
use super::{Page, Result, Store};

/// The queries of one table, prepared once.
pub(super) struct Statements {
    insert: Insert,
    /// For each unique field, a look-up in its own column.
    stored: Vec<(usize, Lookup)>,
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
    pub(super) fn new(table: &Table) -> Statements {
        let name = &table.name;
        let key = &table.key().name;
        let columns = list(table.fields.iter().map(|field| field.name.as_str()));
        let select = format!("SELECT {columns} FROM `{name}`");
        let order = format!("ORDER BY `{key}` LIMIT ?");
        let stored = table.unique_fields().map(|i| {
            let field = &table.fields[i];
            (i, Lookup::new(name, &field.name, field.ty.physical()))
        });
        let parents = table.references().map(|(i, parent)| {
            (i, Lookup::new(&parent.name, &parent.key().name, parent.key().ty.physical()))
        });
        Statements {
            insert: Insert::new(name, table.fields.iter().map(|field| field.name.as_str())),
            stored: stored.collect(),
            parents: parents.collect(),
            rows: Lookup::of_rows(table),
            types: table.fields.iter().map(|field| field.ty.physical()).collect(),
            by_key: sql(format!("{select} WHERE `{key}` = ?")),
            first_page: sql(format!("{select} {order}")),
            next_page: sql(format!("{select} WHERE `{key}` > ? {order}")),
        }
    }
}

impl Store {
    /// What the tables know of the keys and references of batches.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn known(&self, tx: &mut Tx, table: &Table, batches: &[&KeysToLookUp]) -> Result<ExistingKeys> {
        let statements = self.statements(table);
        let keys = |field: usize| batches.iter().flat_map(move |batch| batch.of_field(field));
        let mut existing = ExistingKeys::default();
        for (field, lookup) in &statements.stored {
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
    pub async fn rows<'v>(
        &self,
        tx: &mut Tx,
        table: &Table,
        keys: impl Iterator<Item = &'v Value> + Send,
    ) -> Result<Vec<Vec<Value>>> {
        self.statements(table).rows.rows(tx, keys).await
    }

    /// Inserts judged rows. `ending` is called when the last statement has been sent, if there are any rows.
    ///
    /// # Errors
    /// [`super::Error::Lost`] when a constraint of the database refuses a row.
    pub async fn insert(
        &self,
        tx: &mut Tx,
        table: &Table,
        rows: &[&Row],
        ending: impl FnOnce() + Send,
    ) -> Result<()> {
        let rows: Vec<&[Value]> = rows.iter().map(|row| row.values.as_slice()).collect();
        self.statements(table).insert.run(tx, &rows, ending).await
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
