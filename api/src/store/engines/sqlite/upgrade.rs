//! Changes a database of an earlier version of this program: its values, and the columns of its tables.

use dictionary::Physical;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};

use super::Engine;
use super::fit::rebuilt;
use crate::store::error::Result;
use crate::store::existing::ExistingTable;
use crate::store::schema::TableDefinition;
use crate::store::sql_text::quoted;

/// `PRAGMA user_version` of a database whose datetimes end without `Z`.
const WITHOUT_Z: i64 = 1;

impl Engine {
    /// Takes the `Z` off the datetimes that an earlier version stored, once and in one transaction.
    pub(in crate::store::engines) async fn migrate(&self, tables: &[TableDefinition]) -> Result<()> {
        const VERSION: &str = "PRAGMA user_version";
        let found: i64 =
            sqlx::query_scalar(VERSION).fetch_one(&mut self.writer.acquire().await?.connection).await?;
        if found >= WITHOUT_Z {
            return Ok(());
        }
        let (mut changes, mut some_are_left) = (Vec::new(), false);
        for table in tables {
            let existing = self.inspect(&table.name).await?;
            if !table.is_ours_or_fits(&existing, |column| self.sql_type(column)) {
                // The start will be refused for it. A later start must find it again.
                some_are_left = true;
                continue;
            }
            let is_there = |name: &str| existing.columns.iter().any(|column| column.name == name);
            let datetimes = table.columns.iter().filter(|column| column.ty == Physical::DateTime);
            changes.extend(datetimes.filter(|column| is_there(&column.name)).map(|column| {
                let (table, column) = (quoted(&table.name), quoted(&column.name));
                format!("UPDATE {table} SET {column} = rtrim({column}, 'Z') WHERE {column} LIKE '%Z'")
            }));
        }
        let _writer = self.writer.acquire().await?;
        // A reference to a datetime would keep it from being changed.
        let mut connection = self.options.clone().foreign_keys(false).connect().await?;
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        let version: i64 = sqlx::query_scalar(VERSION).fetch_one(&mut *transaction).await?;
        if version < WITHOUT_Z {
            for change in changes {
                transaction.execute(AssertSqlSafe(change)).await?;
            }
            if !some_are_left {
                transaction.execute(AssertSqlSafe(format!("PRAGMA user_version = {WITHOUT_Z}"))).await?;
            }
            transaction.commit().await?;
        } else {
            transaction.rollback().await?;
        }
        Ok(connection.close().await?)
    }

    /// Recreates a table, in one transaction: SQLite cannot drop a column that a CHECK names. Columns that the table lacks are
    /// null.
    pub(in crate::store::engines) async fn upgrade(
        &self,
        table: &TableDefinition,
        existing: &ExistingTable,
    ) -> Result<()> {
        let _writer = self.writer.acquire().await?;
        // A reference to the table would keep it from being replaced.
        let mut connection = self.options.clone().foreign_keys(false).connect().await?;
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        let name = quoted(&table.name);
        let indexes = table
            .indexes
            .iter()
            .map(|(index, columns)| format!("CREATE INDEX {} ON {name} ({columns})", quoted(index)));
        for statement in rebuilt(table, existing).chain(indexes) {
            transaction.execute(AssertSqlSafe(statement)).await?;
        }
        transaction.commit().await?;
        Ok(connection.close().await?)
    }
}
