//! Connections outside the pool, for work that takes long.

use sqlx::mysql::MySqlConnection;
use sqlx::{AssertSqlSafe, ConnectOptions};

use super::{Engine, Flavor, Tx, set_session};
use crate::store::error::{Error, Result};
use crate::store::existing::grouped;
use crate::store::schema::{ForeignKey, TableDefinition};
use crate::store::timeouts::{ACQUIRE_TIMEOUT, STATEMENT_TIMEOUT, within};

impl Engine {
    async fn dedicated(&self) -> Result<MySqlConnection> {
        within(ACQUIRE_TIMEOUT, async {
            let mut connection = self.options.connect().await?;
            set_session(&mut connection).await?;
            Ok::<_, Error>(connection)
        })
        .await
    }

    pub(in crate::store::engines) async fn snapshot(&self) -> Result<Tx> {
        let mut tx = Tx::dedicated(self.dedicated().await?);
        tx.begin_reading().await?;
        Ok(tx)
    }

    /// Temporary tables: they go with their connection, however that ends, and are not replicated.
    pub(in crate::store::engines) async fn staging(&self, tables: &[TableDefinition]) -> Result<Tx> {
        let mut connection = self.dedicated().await?;
        for table in tables {
            let create = self.flavor.create_as("TEMPORARY TABLE", table);
            within(STATEMENT_TIMEOUT, sqlx::query(AssertSqlSafe(create)).execute(&mut connection)).await?;
        }
        Ok(Tx::dedicated(connection))
    }

    /// Begins a transaction in which nobody else changes the table.
    pub(in crate::store::engines) async fn begin_on(&self, tx: &mut Tx, table: &str) -> Result<()> {
        tx.begin_exclusive(table).await
    }

    pub(in crate::store::engines) async fn references_to(&self, table: &str) -> Result<Vec<ForeignKey>> {
        const SQL: &str = "SELECT CAST(TABLE_NAME AS CHAR), CAST(CONSTRAINT_NAME AS CHAR),
              CAST(COLUMN_NAME AS CHAR), CAST(REFERENCED_COLUMN_NAME AS CHAR)
            FROM information_schema.KEY_COLUMN_USAGE
            WHERE TABLE_SCHEMA = DATABASE() AND REFERENCED_TABLE_SCHEMA = DATABASE()
              AND REFERENCED_TABLE_NAME = ? ORDER BY 1, 2, ORDINAL_POSITION";
        let rows = sqlx::query_as::<_, (String, String, String, Option<String>)>(SQL).bind(table);
        let rows = within(STATEMENT_TIMEOUT, rows.fetch_all(&self.pool)).await?;
        let keys = grouped(rows.into_iter().map(|(table, name, from, to)| ((table, name), (from, to))));
        Ok(keys.into_iter().map(|((table, _), columns)| ForeignKey::of(table, columns)).collect())
    }

    pub(in crate::store::engines) async fn version(&self) -> Result<String> {
        let version: String = sqlx::query_scalar("SELECT VERSION()").fetch_one(&self.pool).await?;
        Ok(match self.flavor {
            Flavor::MariaDb => format!("MariaDB {version}"),
            Flavor::MySql => format!("MySQL {version}"),
        })
    }
}
