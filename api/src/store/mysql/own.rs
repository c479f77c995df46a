//! Connections outside the pool, for work that takes long.

use sqlx::mysql::MySqlConnection;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Row as _, SqlStr};

use super::{Engine, Held, Tx, set_session};
use crate::store::engine::Child;
use crate::store::patience::{SIGN, STATEMENT, TURN, WHOLE_TABLE, within};
use crate::store::schema::Relation;
use crate::store::sql::sql;
use crate::store::{Error, Result};

impl Engine {
    async fn own(&self) -> Result<MySqlConnection> {
        within(TURN, async {
            let mut connection = self.options.connect().await?;
            set_session(&mut connection).await?;
            Ok::<_, Error>(connection)
        })
        .await
    }

    pub(in crate::store) async fn snapshot(&self) -> Result<Tx> {
        let mut tx = Tx(Some(Held::Own(self.own().await?)));
        tx.begin_reading().await?;
        Ok(tx)
    }

    /// Temporary tables: they go with their connection, however that ends, and are not replicated.
    pub(in crate::store) async fn scratch(&self, relations: &[Relation]) -> Result<Tx> {
        let mut connection = self.own().await?;
        for relation in relations {
            let table = self.dialect.create_as("TEMPORARY TABLE", relation);
            within(STATEMENT, sqlx::query(AssertSqlSafe(table)).execute(&mut connection)).await?;
        }
        Ok(Tx(Some(Held::Own(connection))))
    }

    pub(in crate::store) async fn children(&self, table: &str) -> Result<Vec<Child>> {
        const SQL: &str = "SELECT CAST(TABLE_NAME AS CHAR), CAST(COLUMN_NAME AS CHAR)
            FROM information_schema.KEY_COLUMN_USAGE
            WHERE TABLE_SCHEMA = DATABASE() AND REFERENCED_TABLE_SCHEMA = DATABASE()
              AND REFERENCED_TABLE_NAME = ? ORDER BY 1, 2";
        let rows = within(STATEMENT, sqlx::query(SQL).bind(table).fetch_all(&self.pool)).await?;
        rows.iter().map(|row| Ok(Child { table: row.try_get(0)?, column: row.try_get(1)? })).collect()
    }

    pub(in crate::store) async fn version(&self) -> Result<String> {
        let version: String = sqlx::query_scalar("SELECT VERSION()").fetch_one(&self.pool).await?;
        Ok(match self.dialect {
            super::Dialect::MariaDb => format!("MariaDB {version}"),
            super::Dialect::MySql => format!("MySQL {version}"),
        })
    }
}

impl Tx {
    pub(in crate::store) async fn begin(&mut self) -> Result<()> {
        self.say("START TRANSACTION").await
    }

    /// Begins a transaction in which nobody else changes rows of a table or adds any, of whatever process.
    pub(in crate::store) async fn begin_alone(&mut self, table: &str) -> Result<()> {
        // From this level on the gaps between the rows that a statement looks at are locked too.
        self.say("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ").await?;
        self.say("START TRANSACTION").await?;
        let all = format!("SELECT COUNT(*) FROM `{table}` FORCE INDEX (PRIMARY) FOR UPDATE");
        self.run(&sql(all)).await.map(drop)
    }

    /// Begins to read one state of the database.
    pub(in crate::store) async fn begin_reading(&mut self) -> Result<()> {
        // Below this level there are no snapshots.
        self.say("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ").await?;
        self.say("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY").await
    }

    pub(in crate::store) async fn check_references(&mut self, check: bool) -> Result<()> {
        self.say(if check {
            "SET SESSION foreign_key_checks = 1"
        } else {
            "SET SESSION foreign_key_checks = 0"
        })
        .await
    }

    pub(in crate::store) async fn run(&mut self, sql: &SqlStr) -> Result<u64> {
        let step = async |connection: &mut MySqlConnection| {
            Ok(sqlx::query(sql.clone()).execute(connection).await?.rows_affected())
        };
        self.step(WHOLE_TABLE, step).await
    }

    async fn say(&mut self, statement: &'static str) -> Result<()> {
        let step =
            async |connection: &mut MySqlConnection| Ok(connection.execute(statement).await.map(drop)?);
        self.step(STATEMENT, step).await
    }

    pub(in crate::store) async fn close(mut self) {
        if let Some(Held::Own(connection)) = self.0.take()
            && let Err(error) = within(SIGN, connection.close()).await
        {
            tracing::debug!("a connection was not closed in order: {error}");
        }
    }
}
