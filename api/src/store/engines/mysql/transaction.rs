//! Transactions on a connection of the pool, and the work on dedicated connections.

use std::time::Duration;

use dictionary::{Physical, Value};
use sqlx::mysql::{MySqlArguments, MySqlConnection};
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Connection, Executor, MySql, SqlStr};
use tokio::runtime::Handle;

use super::codec::fetch;
use crate::store::error::{Error, Result};
use crate::store::row::{ReadLimit, Row};
use crate::store::sql_text::quoted;
use crate::store::timeouts::{PING_TIMEOUT, STATEMENT_TIMEOUT, WHOLE_TABLE_TIMEOUT, within};

/// A transaction, or the work on a dedicated connection. `Some` until it ends.
pub struct Tx(Option<Held>);

/// The connection that a transaction holds.
enum Held {
    Pooled(PoolConnection<MySql>),
    Dedicated(MySqlConnection),
}

impl Held {
    fn connection(&mut self) -> &mut MySqlConnection {
        match self {
            Held::Pooled(connection) => connection,
            Held::Dedicated(connection) => connection,
        }
    }

    /// Closes a connection whose state is unknown, without a word to the server.
    fn disconnect(self) {
        match self {
            Held::Pooled(connection) => drop(connection.detach()),
            Held::Dedicated(connection) => drop(connection),
        }
    }
}

impl Tx {
    pub(super) fn pooled(connection: PoolConnection<MySql>) -> Tx {
        Tx(Some(Held::Pooled(connection)))
    }

    pub(super) fn dedicated(connection: MySqlConnection) -> Tx {
        Tx(Some(Held::Dedicated(connection)))
    }

    /// Takes a step. A connection on which it takes too long is closed.
    async fn step<T>(
        &mut self,
        timeout: Duration,
        step: impl AsyncFnOnce(&mut MySqlConnection) -> Result<T>,
    ) -> Result<T> {
        let held = self.0.as_mut().ok_or_else(|| Error::Fault("the transaction has ended".to_owned()))?;
        let result = within(timeout, step(held.connection())).await;
        if matches!(result, Err(Error::Away(_)))
            && let Some(held) = self.0.take()
        {
            held.disconnect();
        }
        result
    }

    /// Runs a statement that has no arguments and is not prepared.
    async fn command(&mut self, statement: &'static str) -> Result<()> {
        let step =
            async |connection: &mut MySqlConnection| Ok(connection.execute(statement).await.map(drop)?);
        self.step(STATEMENT_TIMEOUT, step).await
    }

    pub(super) async fn begin(&mut self) -> Result<()> {
        self.command("START TRANSACTION").await
    }

    /// Begins a transaction in which nobody else changes rows of a table or adds any, of whatever process.
    pub(super) async fn begin_exclusive(&mut self, table: &str) -> Result<()> {
        // From this level on the gaps between the rows that a statement reads are locked too.
        self.command("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ").await?;
        self.command("START TRANSACTION").await?;
        let all = format!("SELECT COUNT(*) FROM {} FORCE INDEX (PRIMARY) FOR UPDATE", quoted(table));
        self.execute_on_whole_table(&sqlx::SqlSafeStr::into_sql_str(AssertSqlSafe(all))).await.map(drop)
    }

    pub(in crate::store::engines) async fn execute(
        &mut self,
        sql: &SqlStr,
        arguments: MySqlArguments,
    ) -> Result<()> {
        self.step(STATEMENT_TIMEOUT, async |connection| {
            sqlx::query_with(sql.clone(), arguments).execute(connection).await?;
            Ok(())
        })
        .await
    }

    pub(in crate::store::engines) async fn fetch<'v>(
        &mut self,
        sql: &SqlStr,
        arguments: impl Iterator<Item = &'v Value> + Send,
        types: &[Physical],
        limit: &mut ReadLimit,
    ) -> Result<Vec<Row>> {
        let timeout = limit.timeout;
        self.step(timeout, async |connection| fetch(connection, sql, arguments, types, limit).await).await
    }

    pub(in crate::store::engines) async fn execute_on_whole_table(&mut self, sql: &SqlStr) -> Result<u64> {
        let step = async |connection: &mut MySqlConnection| {
            Ok(sqlx::query(sql.clone()).execute(connection).await?.rows_affected())
        };
        self.step(WHOLE_TABLE_TIMEOUT, step).await
    }

    pub(in crate::store::engines) async fn begin_reading(&mut self) -> Result<()> {
        // Below this level there are no snapshots.
        self.command("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ").await?;
        self.command("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY").await
    }

    pub(in crate::store::engines) async fn check_references(&mut self, check: bool) -> Result<()> {
        self.command(if check {
            "SET SESSION foreign_key_checks = 1"
        } else {
            "SET SESSION foreign_key_checks = 0"
        })
        .await
    }

    pub(in crate::store::engines) async fn commit(mut self) -> Result<()> {
        match self.command("COMMIT").await {
            Ok(()) => {
                self.close().await;
                Ok(())
            }
            // The server may have committed before the connection was lost.
            Err(Error::Away(why)) => Err(Error::Unknown(why)),
            Err(error) => Err(error),
        }
    }

    pub(in crate::store::engines) async fn close(mut self) {
        if let Some(Held::Dedicated(connection)) = self.0.take()
            && let Err(error) = within(PING_TIMEOUT, connection.close()).await
        {
            tracing::debug!("a connection was not closed in order: {error}");
        }
    }
}

/// Without a commit, nothing of it is stored.
impl Drop for Tx {
    fn drop(&mut self) {
        let Some(Held::Pooled(mut connection)) = self.0.take() else { return };
        let Ok(runtime) = Handle::try_current() else { return drop(connection.detach()) };
        runtime.spawn(async move {
            if within(PING_TIMEOUT, connection.execute("ROLLBACK")).await.is_err() {
                drop(connection.detach());
            }
        });
    }
}
