//! Replaces a table's rows by those of its staging table, in the open transaction. First the keys of all rows that
//! differ are listed; then these rows are changed.

use dictionary::{Field, Physical, Value, names};

use super::error::{Error, Result};
use super::replace_sql::{CHANGE, REMOVE, Texts, dangling, without_parent};
use super::sequences;
use super::snapshot::count;
use super::sql_text::{Dialect, list, quoted, row_of};
use super::staging::{ACTION, STAGING, Staging};

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
    /// The columns that reference, separated by commas.
    pub column: String,
    /// The table that it references.
    pub parent: String,
    /// How many rows.
    pub rows: u64,
    /// What one of them references.
    pub example: String,
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
        // Rows of a table that references itself come in the order of their keys, not after those that they reference.
        let references_itself = self.table.foreign_keys.iter().any(|key| key.parent == self.table.name);
        let is_checked = !references_itself;
        if changes.removed > 0 {
            self.tx.check_references(is_checked).await?;
            self.delete(&texts, REMOVE).await?;
        }
        if changes.changed > 0 {
            // They come back under their keys, so rows that reference them stay valid.
            self.tx.check_references(false).await?;
            self.delete(&texts, CHANGE).await?;
        }
        self.tx.check_references(is_checked).await?;
        if changes.added + changes.changed > 0 {
            let columns = list(self.table.columns().map(|field| field.name.as_str()));
            self.execute(&texts.insert(&columns, changes.before == 0)).await?;
        }
        self.tx.check_references(true).await?;
        if self.table.row_id.is_some() {
            let dialect = self.dialect();
            sequences::raise(&mut self.tx, dialect, &self.table).await?;
        }
        // The proof: as many rows as in the staging table, and each of them equal.
        let equal = self.count(&texts.equal()).await?;
        let all = self.count(&format!("FROM {}", texts.table)).await?;
        if equal == changes.after && all == changes.after { Ok(()) } else { Err(Error::Lost) }
    }

    /// Deletes the rows that are listed with an action.
    async fn delete(&mut self, texts: &Texts, action: u8) -> Result<()> {
        let delete = self.dialect().delete_listed;
        let text = delete(&texts.table, &texts.key, &texts.listed(action), &texts.listed_key);
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
        if changes.removed + changes.changed > 0 {
            for child in self.engine.references_to(&table.name).await? {
                if child.table == table.name {
                    continue;
                }
                let own: Vec<String> = table.key().map(|field| field.name.clone()).collect();
                let is_to_primary_key = child.parents.is_empty() || child.parents == own;
                // A row that is changed keeps its primary key.
                if is_to_primary_key && changes.removed == 0 {
                    continue;
                }
                let columns: Vec<String> = child.columns.iter().map(|name| quoted(name)).collect();
                let condition = if is_to_primary_key {
                    format!("{} IN ({})", row_of(&columns), texts.listed(REMOVE))
                } else {
                    let parents: Vec<String> = child.parents.iter().map(|name| quoted(name)).collect();
                    without_parent(&quoted(&child.table), &columns, &texts.staging, &parents)
                };
                let parents = if is_to_primary_key { &own } else { &child.parents };
                let of_type = |name: &String| table.columns().find(|field| field.name == *name);
                let types = parents.iter().filter_map(of_type).map(|field| field.ty.physical()).collect();
                if let Some((rows, example)) =
                    self.count_and_lock(&child.table, &columns, &condition, types).await?
                {
                    let (parent, table, column) = (table.name.clone(), child.table, child.columns.join(", "));
                    return Ok(Some(Orphans { table, column, parent, rows, example }));
                }
            }
        }
        for key in &table.foreign_keys {
            let fields: Vec<&Field> = key.fields.iter().map(|i| &table.fields[*i]).collect();
            let columns: Vec<String> = fields.iter().map(|field| quoted(&field.name)).collect();
            let condition = dangling(&texts, &columns, key, &table.name, changes.before == 0);
            let types = fields.iter().map(|field| field.ty.physical()).collect();
            if let Some((rows, example)) = self.count_and_lock(STAGING, &columns, &condition, types).await? {
                let (table, column, parent) =
                    (table.name.clone(), names(fields.into_iter()), key.parent.clone());
                return Ok(Some(Orphans { table, column, parent, rows, example }));
            }
        }
        Ok(None)
    }

    /// How many rows a condition finds, and the values of some columns in one of them; `None` if there are no such rows. In a
    /// dry run nothing is locked; in a restore, these rows are locked until it commits.
    async fn count_and_lock(
        &mut self,
        table: &str,
        columns: &[String],
        condition: &str,
        types: Vec<Physical>,
    ) -> Result<Option<(u64, String)>> {
        let is_dry_run = self.lock.is_none();
        let lock = if is_dry_run { "" } else { self.dialect().share_lock };
        let table = quoted(table);
        let least = columns.iter().map(|column| format!("MIN({column})")).collect::<Vec<_>>().join(", ");
        let text = format!("SELECT COUNT(*), {least} FROM {table} WHERE {condition}{lock}");
        let query = self.dialect().render(&text);
        let types: Vec<Physical> = std::iter::once(Physical::Integer).chain(types).collect();
        let mut rows = self.tx.query_whole_table(&query, &types).await?;
        match rows.pop().map(Vec::into_boxed_slice).as_deref() {
            Some([Value::Integer(rows), example @ ..]) if *rows > 0 => {
                let example = example.iter().map(Value::text).collect::<Vec<_>>().join(", ");
                Ok(Some((rows.unsigned_abs(), example)))
            }
            _ => Ok(None),
        }
    }
}
