//! Makes columns as wide as they need to be. Those of an earlier version of this program get what this version needs:
//! datetimes a fraction, and texts in a key their present length.
//!
//! A column in a foreign key cannot be changed. So the foreign keys of a table are dropped together with the change, in
//! one statement that marks the table, and are made again in one statement that takes the mark off. If the process or
//! the server is killed between, the next start goes on.

use sqlx::{AssertSqlSafe, Connection, Executor, MySqlConnection};

use super::Engine;
use super::inspect::reference_names;
use crate::store::change::Change;
use crate::store::error::Result;
use crate::store::existing::ExistingTable;
use crate::store::schema::{ColumnDefinition, Reference, TableDefinition};
use crate::store::sql_text::quoted;

/// The comment of a table whose foreign keys are to be made again.
const MARK: &str = "_foreign_keys_to_add";

/// What is to be done to a table.
pub(super) struct Widening<'t> {
    pub(super) table: &'t TableDefinition,
    /// Columns that are to be widened.
    pub(super) columns: Vec<&'t ColumnDefinition>,
}

impl Engine {
    /// Widens the columns of an earlier version. One process does it at a time.
    pub(in crate::store::engines) async fn migrate(&self, tables: &[TableDefinition]) -> Result<()> {
        if self.changes(tables).await?.is_empty() {
            return Ok(());
        }
        let mut connection = self.pool.acquire().await?.detach();
        connection.execute(super::LOCK).await?;
        let changes = self.changes(tables).await?;
        for change in changes.iter().filter(|change| !change.columns.is_empty()) {
            tracing::info!(
                "the table `{}` is from an earlier version of the API; its columns are made as wide as those of this one",
                change.table.name
            );
        }
        self.widen_all(&mut connection, tables, &changes).await?;
        Ok(connection.close().await?)
    }

    /// Widens columns, and makes the foreign keys again that keep them from it.
    pub(super) async fn widen_all(
        &self,
        connection: &mut MySqlConnection,
        tables: &[TableDefinition],
        changes: &[Widening<'_>],
    ) -> Result<()> {
        let widens = |(table, key): &(String, String)| {
            changes.iter().any(|change| {
                change.table.name == *table && change.columns.iter().any(|column| column.name == *key)
            })
        };
        // Children first: their references keep a key from being changed.
        for definition in tables.iter().rev() {
            let change = changes.iter().find(|change| change.table.name == definition.name);
            let columns = change.map_or(&[][..], |change| &change.columns);
            let is_bound = |reference: &Reference| {
                reference.parents.iter().any(|key| widens(&(reference.table.clone(), key.clone())))
            };
            let is_child = |column: &&&ColumnDefinition| {
                definition.references.iter().any(|reference| reference.columns.contains(&column.name))
            };
            let drops =
                columns.iter().any(|column| is_child(&column)) || definition.references.iter().any(is_bound);
            if drops || !columns.is_empty() {
                self.widen(connection, definition, columns, drops).await?;
            }
        }
        for table in tables {
            if self.is_marked(&table.name).await? {
                let existing = self.inspect(&table.name).await?;
                add_references(connection, table, &existing).await?;
            }
        }
        Ok(())
    }

    /// The tables with something to do.
    async fn changes<'t>(&self, tables: &'t [TableDefinition]) -> Result<Vec<Widening<'t>>> {
        let mut changes = Vec::new();
        for table in tables {
            let existing = self.inspect(&table.name).await?;
            if existing.kind.is_some() {
                continue;
            }
            let is_earlier = |column: &&ColumnDefinition| {
                let found = existing.columns.iter().find(|found| found.name == column.name);
                found.is_some_and(|found| {
                    self.flavor.earlier_sql_type(column).as_ref() == Some(&found.sql_type)
                })
            };
            let columns: Vec<_> = table.columns.iter().filter(is_earlier).collect();
            let is_marked = self.is_marked(&table.name).await?;
            let before = |column: &ColumnDefinition| {
                let found = existing.column(&column.name).filter(|_| is_earlier(&column));
                found.map_or_else(|| self.sql_type(column), |found| found.sql_type.clone())
            };
            // The foreign keys are made again below; one of a new column cannot be, before the column is made. Such a table waits for
            // the next start.
            let has_new_reference = |change: &Change| matches!(change, Change::AddReference { .. });
            let must_wait = table.changes(&existing, before).iter().any(has_new_reference);
            // A marked table lacks its foreign keys.
            if !is_marked && (must_wait || !table.is_ours_or_fits(&existing, before)) {
                continue;
            }
            if is_marked || !columns.is_empty() {
                changes.push(Widening { table, columns });
            }
        }
        Ok(changes)
    }

    async fn is_marked(&self, table: &str) -> Result<bool> {
        const SQL: &str = "SELECT COUNT(*) FROM information_schema.TABLES
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? AND TABLE_COMMENT = ?";
        let marked: i64 = sqlx::query_scalar(SQL).bind(table).bind(MARK).fetch_one(&self.pool).await?;
        Ok(marked > 0)
    }

    async fn widen(
        &self,
        connection: &mut MySqlConnection,
        table: &TableDefinition,
        columns: &[&ColumnDefinition],
        drops_references: bool,
    ) -> Result<()> {
        let mut changes: Vec<String> = Vec::new();
        if drops_references {
            let names = reference_names(&self.pool, &table.name).await?;
            // Others are not made again. With them, the table is refused.
            let is_ours =
                |name: &String| table.references.iter().any(|reference| reference.columns.contains(name));
            let mut ours: Vec<&String> =
                names.iter().filter(|(_, column)| is_ours(column)).map(|(name, _)| name).collect();
            ours.dedup();
            changes.extend(ours.into_iter().map(|name| format!("DROP FOREIGN KEY {}", quoted(name))));
            changes.push(format!("COMMENT = '{MARK}'"));
        }
        changes.extend(columns.iter().map(|column| format!("MODIFY {}", self.flavor.define(column))));
        let alter = format!("ALTER TABLE {} {}", quoted(&table.name), changes.join(", "));
        connection.execute(AssertSqlSafe(alter)).await?;
        Ok(())
    }
}

/// Makes the foreign keys of a table again, and takes its mark off. One with a column that is still missing is new, and is
/// made with it.
async fn add_references(
    connection: &mut MySqlConnection,
    table: &TableDefinition,
    existing: &ExistingTable,
) -> Result<()> {
    let was_there =
        |reference: &Reference| reference.columns.iter().all(|name| existing.column(name).is_some());
    let references = table.references.iter().zip(table.foreign_keys());
    let mut changes: Vec<String> = references
        .filter(|(reference, _)| was_there(reference))
        .map(|(_, reference)| format!("ADD {reference}"))
        .collect();
    changes.push("COMMENT = ''".to_owned());
    let alter = format!("ALTER TABLE {} {}", quoted(&table.name), changes.join(", "));
    connection.execute(AssertSqlSafe(alter)).await?;
    Ok(())
}
