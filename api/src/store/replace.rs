//! Replaces a table's rows by those of its staging table, in the open transaction. First the keys of all rows that
//! differ are listed; then these rows are changed.

use dictionary::{Physical, Table, Value};

use super::error::{Error, Result};
use super::snapshot::count;
use super::sql_text::{Dialect, list, quoted};
use super::staging::{ACTION, KEY, LIST, STAGING, Staging};

/// Only the table has the row.
const REMOVE: u8 = 0;
/// Both tables have a row with this key, with different values.
const CHANGE: u8 = 1;
/// Only the staging table has the row.
const ADD: u8 = 2;

/// What replacing changes, in rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changes {
    /// Rows of the table before it is replaced.
    pub before: u64,
    /// Rows of the table afterwards, which are those of the staging table.
    pub after: u64,
    /// Rows that only the staging table has.
    pub added: u64,
    /// Rows that only the table has.
    pub removed: u64,
    /// Rows that both tables have, and that differ in at least one field.
    pub changed: u64,
    /// Rows that both tables have, and that are equal in every field.
    pub unchanged: u64,
}

/// Rows of one table whose parent would be missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orphans {
    /// Their table.
    pub table: String,
    /// The column that references.
    pub column: String,
    /// The table that it references.
    pub parent: String,
    /// How many rows.
    pub rows: u64,
    /// A value that they reference.
    pub example: Value,
}

/// The SQL texts of one replacement, made of the names of the table.
struct Texts {
    /// The table.
    table: String,
    /// The staging table.
    staging: String,
    /// The list.
    list: String,
    /// The name of the primary key.
    key: String,
    /// Whether the rows of a key are the same row: the condition that joins both tables.
    same: String,
    /// Whether two rows of a key differ.
    differ: String,
}

impl Texts {
    fn of(table: &Table) -> Texts {
        let (name, staging) = (quoted(&table.name), quoted(STAGING));
        let key = quoted(&table.key().name);
        let differ =
            table.fields.iter().enumerate().filter(|(i, _)| *i != table.primary_key).map(|(_, field)| {
                let field_name = quoted(&field.name);
                let (ours, theirs) = (format!("{name}.{field_name}"), format!("{staging}.{field_name}"));
                // Null differs from every value but null.
                if field.constraints.required {
                    format!("{ours} <> {theirs}")
                } else {
                    format!("{ours} <> {theirs} OR ({ours} IS NULL) <> ({theirs} IS NULL)")
                }
            });
        let differ: Vec<String> = differ.collect();
        Texts {
            same: format!("{staging}.{key} = {name}.{key}"),
            differ: if differ.is_empty() { "1 = 0".to_owned() } else { differ.join(" OR ") },
            list: quoted(LIST),
            table: name,
            staging,
            key,
        }
    }

    /// Lists the keys of rows to remove and to change.
    fn list_removed_and_changed(&self) -> String {
        let Texts { table, staging, list, key, same, differ } = self;
        format!(
            "INSERT INTO {list} SELECT {table}.{key}, \
             CASE WHEN {staging}.{key} IS NULL THEN {REMOVE} ELSE {CHANGE} END \
             FROM {table} LEFT JOIN {staging} ON {same} WHERE {staging}.{key} IS NULL OR {differ}"
        )
    }

    /// Lists the keys of rows to add.
    fn list_added(&self) -> String {
        let Texts { table, staging, list, key, same, .. } = self;
        format!(
            "INSERT INTO {list} SELECT {staging}.{key}, {ADD} \
             FROM {staging} LEFT JOIN {table} ON {same} WHERE {table}.{key} IS NULL"
        )
    }

    /// The listed keys with an action.
    fn listed(&self, action: u8) -> String {
        format!("SELECT {} FROM {} WHERE {} = {action}", quoted(KEY), self.list, quoted(ACTION))
    }

    /// The listed keys of rows to insert: those to add, and those to change, which are deleted first.
    fn listed_to_insert(&self) -> String {
        format!("SELECT {} FROM {} WHERE {} IN ({CHANGE}, {ADD})", quoted(KEY), self.list, quoted(ACTION))
    }

    /// Inserts the rows to add and to change. If the table is empty, these are all.
    fn insert(&self, columns: &str, is_empty: bool) -> String {
        let Texts { table, staging, key, .. } = self;
        let filter = format!(" WHERE {key} IN ({})", self.listed_to_insert());
        let filter = if is_empty { "" } else { &filter };
        format!("INSERT INTO {table} ({columns}) SELECT {columns} FROM {staging}{filter} ORDER BY {key}")
    }

    /// The rows that both tables have and that are equal. `differ` is NULL where both values are NULL. CASE counts NULL as
    /// equal.
    fn equal(&self) -> String {
        let Texts { table, staging, same, differ, .. } = self;
        format!("FROM {table} JOIN {staging} ON {same} WHERE CASE WHEN {differ} THEN 0 ELSE 1 END = 1")
    }
}

impl Staging<'_> {
    fn dialect(&self) -> &'static Dialect {
        self.engine.dialect()
    }

    async fn count(&mut self, from: &str) -> Result<u64> {
        let dialect = self.dialect();
        count(&mut self.tx, dialect, from).await
    }

    async fn execute(&mut self, text: &str) -> Result<u64> {
        let sql = self.dialect().render(text);
        self.tx.execute_on_whole_table(&sql).await
    }

    /// Finds what differs, once.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn compare(&mut self) -> Result<Changes> {
        let texts = Texts::of(&self.table);
        let before = match self.count(&format!("FROM {}", texts.table)).await {
            // The table is missing. A restore creates it; a dry run counts it as empty.
            Err(Error::Missing(_)) => 0,
            counted => counted?,
        };
        let after = self.count(&format!("FROM {}", texts.staging)).await?;
        // Of an empty table there is nothing to list: all is added.
        if before == 0 {
            return Ok(Changes { before, after, added: after, removed: 0, changed: 0, unchanged: 0 });
        }
        self.execute(&texts.list_removed_and_changed()).await?;
        let listed = |action| format!("FROM {} WHERE {} = {action}", texts.list, quoted(ACTION));
        let removed = self.count(&listed(REMOVE)).await?;
        let changed = self.count(&listed(CHANGE)).await?;
        let added = self.execute(&texts.list_added()).await?;
        let unchanged = before.checked_sub(removed + changed);
        match unchanged.filter(|unchanged| unchanged + changed + added == after) {
            Some(unchanged) => Ok(Changes { before, after, added, removed, changed, unchanged }),
            // Another program has written in between.
            None => Err(Error::Lost),
        }
    }

    /// Changes what was found. All rows that differ are deleted before any is inserted, so that two can swap a unique
    /// value.
    ///
    /// # Errors
    /// [`Error::Lost`] when a reference prevents it, which [`orphans`](Staging::orphans) finds before, or when the
    /// table is not equal to the staging table afterwards, since another program writes.
    pub async fn replace(&mut self, changes: &Changes) -> Result<()> {
        let texts = Texts::of(&self.table);
        if changes.removed > 0 {
            self.delete(&texts, REMOVE).await?;
        }
        if changes.changed > 0 {
            // They come back under their keys, so rows that reference them stay valid.
            self.tx.check_references(false).await?;
            self.delete(&texts, CHANGE).await?;
            self.tx.check_references(true).await?;
        }
        if changes.added + changes.changed > 0 {
            let columns = list(self.table.fields.iter().map(|field| field.name.as_str()));
            self.execute(&texts.insert(&columns, changes.before == 0)).await?;
        }
        // The proof: as many rows as in the staging table, and each of them equal.
        let equal = self.count(&texts.equal()).await?;
        let all = self.count(&format!("FROM {}", texts.table)).await?;
        if equal == changes.after && all == changes.after { Ok(()) } else { Err(Error::Lost) }
    }

    /// Deletes the rows that are listed with an action.
    async fn delete(&mut self, texts: &Texts, action: u8) -> Result<()> {
        let delete = self.dialect().delete_listed;
        let text = delete(&texts.table, &texts.key, &texts.listed(action), &quoted(KEY));
        self.execute(&text).await.map(drop)
    }

    /// Rows whose parent would be missing after the replacement: first rows of other tables that reference this one, then
    /// its own. After [`begin`](Staging::begin) nobody can add such rows meanwhile.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn orphans(&mut self, changes: &Changes) -> Result<Option<Orphans>> {
        let table = self.table.clone();
        let texts = Texts::of(&table);
        if changes.removed > 0 {
            for child in self.engine.references_to(&table.name).await? {
                let removed = format!("{} IN ({})", quoted(&child.column), texts.listed(REMOVE));
                let ty = table.key().ty.physical();
                if let Some((rows, example)) =
                    self.count_and_lock(&child.table, &child.column, &removed, ty).await?
                {
                    let (parent, table, column) = (table.name.clone(), child.table, child.column);
                    return Ok(Some(Orphans { table, column, parent, rows, example }));
                }
            }
        }
        for (i, parent) in table.references() {
            let column = &table.fields[i].name;
            let dangling = dangling(&texts, column, parent, changes.before == 0);
            let ty = parent.key().ty.physical();
            if let Some((rows, example)) = self.count_and_lock(STAGING, column, &dangling, ty).await? {
                let (table, column, parent) = (table.name.clone(), column.clone(), parent.name.clone());
                return Ok(Some(Orphans { table, column, parent, rows, example }));
            }
        }
        Ok(None)
    }

    /// How many rows a condition finds, and the least value of a column among them; `None` if there are no such rows. In a
    /// dry run nothing is locked; in a restore, these rows are locked until it commits.
    async fn count_and_lock(
        &mut self,
        table: &str,
        column: &str,
        condition: &str,
        ty: Physical,
    ) -> Result<Option<(u64, Value)>> {
        let is_dry_run = self.lock.is_none();
        let lock = if is_dry_run { "" } else { self.dialect().share_lock };
        let (table, column) = (quoted(table), quoted(column));
        let text = format!("SELECT COUNT(*), MIN({column}) FROM {table} WHERE {condition}{lock}");
        let query = self.dialect().render(&text);
        let mut rows = self.tx.query_whole_table(&query, &[Physical::Integer, ty]).await?;
        match rows.pop().map(Vec::into_boxed_slice).as_deref() {
            Some([Value::Integer(rows), example]) if *rows > 0 => {
                Ok(Some((rows.unsigned_abs(), example.clone())))
            }
            _ => Ok(None),
        }
    }
}

/// The condition of staged rows whose reference by a column is missing in the parent. Unchanged rows are in the table
/// already, with what they reference.
fn dangling(texts: &Texts, column: &str, parent: &Table, is_empty: bool) -> String {
    let new = format!("{} IN ({}) AND ", texts.key, texts.listed_to_insert());
    let new = if is_empty { "" } else { &new };
    let (column, parent_name, parent_key) =
        (quoted(column), quoted(&parent.name), quoted(&parent.key().name));
    let staging = &texts.staging;
    format!(
        "{new}{column} IS NOT NULL AND NOT EXISTS \
         (SELECT 1 FROM {parent_name} WHERE {parent_name}.{parent_key} = {staging}.{column})"
    )
}
