//! Changes a table of an earlier version of this program: drops the columns that this version does not have.

use sqlx::AssertSqlSafe;

use super::Engine;
use super::inspect::checks;
use crate::store::error::Result;
use crate::store::existing::ExistingTable;
use crate::store::schema::TableDefinition;
use crate::store::sql_text::quoted;

impl Engine {
    /// Makes columns longer. If another process did it meanwhile, nothing changes.
    pub(in crate::store::engines) async fn widen(
        &self,
        table: &TableDefinition,
        existing: &ExistingTable,
    ) -> Result<()> {
        let changes: Vec<String> = table
            .narrow_columns(existing, |column| self.sql_type(column))
            .map(|column| format!("MODIFY COLUMN {}", self.flavor.define(column)))
            .collect();
        let alter = format!("ALTER TABLE {} {}", quoted(&table.name), changes.join(", "));
        sqlx::query(AssertSqlSafe(alter)).execute(&self.pool).await?;
        Ok(())
    }

    /// Drops the retired columns of a table and replaces its CHECK, in one statement. If the process or the server is
    /// killed, either all of it is done or nothing.
    pub(in crate::store::engines) async fn drop_retired(
        &self,
        table: &TableDefinition,
        existing: &ExistingTable,
    ) -> Result<()> {
        let checks = checks(&self.pool, self.flavor, &table.name).await?;
        let mut changes: Vec<String> =
            checks.iter().map(|(name, _)| format!("DROP CONSTRAINT {}", quoted(name))).collect();
        let retired = table.retired.iter().filter(|name| existing.columns.iter().any(|c| c.name == **name));
        changes.extend(retired.map(|name| format!("DROP COLUMN {}", quoted(name))));
        changes.extend(table.check.map(|check| format!("ADD CHECK ({check})")));
        let alter = format!("ALTER TABLE {} {}", quoted(&table.name), changes.join(", "));
        sqlx::query(AssertSqlSafe(alter)).execute(&self.pool).await?;
        Ok(())
    }
}
