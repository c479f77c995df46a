//! Changes the columns of a table of an earlier version of this program to those of this version.

use sqlx::AssertSqlSafe;

use super::Engine;
use super::inspect::checks;
use crate::store::error::Result;
use crate::store::existing::ExistingTable;
use crate::store::schema::TableDefinition;
use crate::store::sql_text::quoted;

impl Engine {
    /// Drops the retired columns of a table, adds those that it lacks, gives the others the type of this version, and replaces
    /// its CHECK, in one statement. If the process or the server is killed, either all of it is done or nothing.
    pub(in crate::store::engines) async fn upgrade(
        &self,
        table: &TableDefinition,
        existing: &ExistingTable,
    ) -> Result<()> {
        let checks = checks(&self.pool, self.flavor, &table.name).await?;
        let mut changes: Vec<String> =
            checks.iter().map(|check| format!("DROP CONSTRAINT {}", quoted(&check.name))).collect();
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
