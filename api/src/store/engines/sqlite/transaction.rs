//! Transactions: one that writes, those that only read, and those on dedicated connections.

use dictionary::{Physical, Value};
use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{Connection, Executor, SqlStr, Sqlite, Transaction};
use tokio::runtime::Handle;
use tokio::sync::OwnedMutexGuard;

use super::codec::fetch;
use super::staging_file::StagingFile;
use super::writer::Writer;
use crate::store::error::{Error, Result};
use crate::store::row::{ReadLimit, Row};

/// A transaction, or the work on a dedicated connection.
pub struct Tx(pub(super) Held);

/// A dedicated connection.
pub(super) struct Dedicated {
    pub(super) connection: SqliteConnection,
    /// Removed with the connection.
    #[expect(dead_code, reason = "held, not used")]
    pub(super) staging: Option<StagingFile>,
}

impl Dedicated {
    async fn close(self) {
        if let Err(error) = self.connection.close().await {
            tracing::debug!("a connection was not closed in order: {}", Error::from(error));
        }
    }
}

/// The connection that a transaction holds.
pub(super) enum Held {
    /// The one that writes. Nobody else may write meanwhile.
    Writer(OwnedMutexGuard<Writer>),
    /// One of the pool that only reads. The transaction ends when dropped.
    Reader(Transaction<'static, Sqlite>),
    /// A dedicated one. While it writes, it holds the writer too, so that no other transaction writes.
    Dedicated(Dedicated, Option<OwnedMutexGuard<Writer>>),
    /// No connection: the transaction has ended.
    Ended,
}

impl Tx {
    /// Whether it holds the writer.
    pub(super) fn holds_writer(&self) -> bool {
        matches!(self.0, Held::Writer(_))
    }

    pub(super) fn connection(&mut self) -> Result<&mut SqliteConnection> {
        match &mut self.0 {
            Held::Writer(writer) => Ok(&mut writer.connection),
            Held::Reader(transaction) => Ok(transaction),
            Held::Dedicated(dedicated, _) => Ok(&mut dedicated.connection),
            Held::Ended => Err(Error::Fault("the transaction has ended".to_owned())),
        }
    }

    pub(in crate::store::engines) async fn execute(
        &mut self,
        sql: &SqlStr,
        arguments: SqliteArguments,
    ) -> Result<()> {
        sqlx::query_with(sql.clone(), arguments).execute(self.connection()?).await?;
        Ok(())
    }

    /// SQLite is in this process: it returns an error and never hangs, so the timeout of the limit is not needed.
    pub(in crate::store::engines) async fn fetch<'v>(
        &mut self,
        sql: &SqlStr,
        arguments: impl Iterator<Item = &'v Value> + Send,
        types: &[Physical],
        limit: &mut ReadLimit,
    ) -> Result<Vec<Row>> {
        fetch(self.connection()?, sql, arguments, types, limit).await
    }

    pub(in crate::store::engines) async fn execute_on_whole_table(&mut self, sql: &SqlStr) -> Result<u64> {
        Ok(sqlx::query(sql.clone()).execute(self.connection()?).await?.rows_affected())
    }

    pub(in crate::store::engines) async fn begin_reading(&mut self) -> Result<()> {
        self.connection()?.execute("BEGIN").await?;
        Ok(())
    }

    /// References are not enforced on dedicated connections anyway.
    #[expect(clippy::unused_async, reason = "the other engine needs it")]
    pub(in crate::store::engines) async fn check_references(&mut self, _check: bool) -> Result<()> {
        Ok(())
    }

    pub(in crate::store::engines) async fn commit(mut self) -> Result<()> {
        self.connection()?.execute("COMMIT").await?;
        if let Held::Writer(writer) = &mut self.0 {
            writer.is_open = false;
        }
        self.close().await;
        Ok(())
    }

    pub(in crate::store::engines) async fn close(mut self) {
        match std::mem::replace(&mut self.0, Held::Ended) {
            Held::Dedicated(dedicated, _writer) => dedicated.close().await,
            Held::Reader(transaction) => {
                if let Err(error) = transaction.rollback().await {
                    tracing::debug!("a transaction was not ended in order: {}", Error::from(error));
                }
            }
            Held::Writer(_) | Held::Ended => {}
        }
    }
}

/// Without a commit, nothing of it is stored.
impl Drop for Tx {
    fn drop(&mut self) {
        if let (Held::Writer(mut writer), Ok(runtime)) =
            (std::mem::replace(&mut self.0, Held::Ended), Handle::try_current())
        {
            // Where this does not run, the next transaction does it.
            runtime.spawn(async move { writer.rollback().await });
        }
    }
}
