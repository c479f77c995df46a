//! The narrow waist: a closed set of engines behind one interface of text, values and types.

use dictionary::{Type, Value};
use sqlx::SqlStr;

use super::{Result, sqlite};

/// A row as it comes out: a value for each column asked for.
pub(super) type Row = Vec<Value>;

/// An engine with its connections.
pub(super) enum Engine {
    Sqlite(sqlite::Engine),
}

/// A write transaction.
pub enum Tx {
    #[doc(hidden)]
    Sqlite(sqlite::Tx),
}

impl Engine {
    pub(super) async fn begin(&self) -> Result<Tx> {
        match self {
            Engine::Sqlite(engine) => engine.begin().await.map(Tx::Sqlite),
        }
    }

    /// Reads outside of write transactions, without waiting for them.
    pub(super) async fn read(&self, sql: &SqlStr, arguments: &[Value], columns: &[Type]) -> Result<Vec<Row>> {
        match self {
            Engine::Sqlite(engine) => engine.read(sql, arguments, columns).await,
        }
    }

    pub(super) async fn close(&self) {
        match self {
            Engine::Sqlite(engine) => engine.close().await,
        }
    }
}

impl Tx {
    /// Runs a statement with its arguments in order.
    pub(super) async fn execute<'v>(
        &mut self,
        sql: &SqlStr,
        arguments: impl Iterator<Item = &'v Value> + Send,
    ) -> Result<()> {
        match self {
            Tx::Sqlite(tx) => sqlite::execute(tx, sql, arguments).await,
        }
    }

    pub(super) async fn fetch<'v>(
        &mut self,
        sql: &SqlStr,
        arguments: impl Iterator<Item = &'v Value> + Send,
        columns: &[Type],
    ) -> Result<Vec<Row>> {
        match self {
            Tx::Sqlite(tx) => sqlite::fetch(&mut **tx, sql, arguments, columns).await,
        }
    }

    /// Makes all that was written durable.
    ///
    /// # Errors
    /// When it could not; then nothing of it is stored.
    pub async fn commit(self) -> Result<()> {
        match self {
            Tx::Sqlite(tx) => Ok(tx.commit().await?),
        }
    }
}
