//! Changes a table of an earlier version of this program: makes its columns as wide as those of this version, adds those that
//! it lacks, and drops those that this version does not have.

use sqlx::{AssertSqlSafe, Executor};

use super::Engine;
use super::inspect::checks;
use crate::store::error::Result;
use crate::store::existing::ExistingTable;
use crate::store::schema::{ColumnDefinition, TableDefinition};
use crate::store::sql_text::quoted;

impl Engine {
    /// Widens the columns of an earlier version: datetimes get a fraction, and texts in a key their present length. Each
    /// table is changed in one statement.
    pub(in crate::store::engines) async fn migrate(&self, tables: &[TableDefinition]) -> Result<()> {
        for table in tables {
            let existing = self.inspect(&table.name).await?;
            let is_earlier = |column: &&ColumnDefinition| {
                let found = existing.columns.iter().find(|found| found.name == column.name);
                found.is_some_and(|found| {
                    self.flavor.earlier_sql_type(column).as_ref() == Some(&found.sql_type)
                })
            };
            let changes: Vec<String> = table
                .columns
                .iter()
                .filter(is_earlier)
                .map(|column| format!("MODIFY {}", self.flavor.define(column)))
                .collect();
            if changes.is_empty() || existing.kind.is_some() {
                continue;
            }
            tracing::info!(
                "the table `{}` is from an earlier version of the API; its columns are made as wide as those of this one",
                table.name
            );
            let alter = format!("ALTER TABLE {} {}", quoted(&table.name), changes.join(", "));
            let mut connection = self.pool.acquire().await?.detach();
            // A reference would keep the type of its columns from being changed.
            connection.execute("SET SESSION foreign_key_checks = 0").await?;
            connection.execute(AssertSqlSafe(alter)).await?;
            sqlx::Connection::close(connection).await?;
        }
        Ok(())
    }

    /// Drops the retired columns of a table, adds those that it lacks, gives the others the type of this version, and replaces
    /// its CHECK, in one statement. If the process or the server is
    /// killed, either all of it is done or nothing.
    pub(in crate::store::engines) async fn upgrade(
        &self,
        table: &TableDefinition,
        existing: &ExistingTable,
    ) -> Result<()> {
        let checks = checks(&self.pool, self.flavor, &table.name).await?;
        let mut changes: Vec<String> =
            checks.iter().map(|(name, _)| format!("DROP CONSTRAINT {}", quoted(name))).collect();
        let retired = table.retired.iter().filter(|name| existing.columns.iter().any(|c| c.name == **name));
        changes.extend(retired.map(|name| format!("DROP COLUMN {}", quoted(name))));
        changes.extend(table.columns.iter().filter_map(|column| {
            let found = existing.column(&column.name);
            let what = match found {
                None => "ADD COLUMN",
                Some(found) if found.sql_type == self.sql_type(column) => return None,
                Some(_) => "MODIFY COLUMN",
            };
            Some(format!("{what} {}", self.flavor.define(column)))
        }));
        changes.extend(table.check.map(|check| format!("ADD CHECK ({check})")));
        let alter = format!("ALTER TABLE {} {}", quoted(&table.name), changes.join(", "));
        sqlx::query(AssertSqlSafe(alter)).execute(&self.pool).await?;
        Ok(())
    }
}
