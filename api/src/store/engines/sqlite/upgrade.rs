//! Recreates a table of an earlier version of this program with the columns of this version.

use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};

use super::Engine;
use super::dialect::create;
use crate::store::error::Result;
use crate::store::existing::ExistingTable;
use crate::store::schema::TableDefinition;
use crate::store::sql_text::{list, quoted};

/// The name of the table while it is filled; names like it are ours.
const NEW: &str = "_upgraded";

impl Engine {
    /// Its texts have no limit.
    #[expect(clippy::unused_async, reason = "every engine has this function")]
    pub(in crate::store::engines) async fn widen(
        &self,
        _table: &TableDefinition,
        _existing: &ExistingTable,
    ) -> Result<()> {
        Ok(())
    }

    /// Drops the retired columns of a table, in one transaction: SQLite cannot drop a column that a CHECK names.
    pub(in crate::store::engines) async fn drop_retired(
        &self,
        table: &TableDefinition,
        _existing: &ExistingTable,
    ) -> Result<()> {
        let _writer = self.writer.acquire().await?;
        // A reference to the table would keep it from being replaced.
        let mut connection = self.options.clone().foreign_keys(false).connect().await?;
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        let (name, new, columns) = (quoted(&table.name), quoted(NEW), list(table.names()));
        let indexes = table
            .indexes
            .iter()
            .map(|(index, columns)| format!("CREATE INDEX {} ON {name} ({columns})", quoted(index)));
        let statements = [
            create(&TableDefinition { name: NEW.to_owned(), ..table.clone() }, ""),
            format!("INSERT INTO {new} ({columns}) SELECT {columns} FROM {name}"),
            format!("DROP TABLE {name}"),
            format!("ALTER TABLE {new} RENAME TO {name}"),
        ];
        for statement in statements.into_iter().chain(indexes) {
            transaction.execute(AssertSqlSafe(statement)).await?;
        }
        transaction.commit().await?;
        Ok(connection.close().await?)
    }
}
