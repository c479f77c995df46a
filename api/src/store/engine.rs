//! The narrow waist: a closed set of engines behind one interface of text, values and types.

use dictionary::{Type, Value};
use sqlx::SqlStr;
use sqlx::sqlite::SqliteArguments;

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

/// Arguments in the form that an engine takes.
pub(super) enum Bound {
    Sqlite(SqliteArguments),
}

/// Brings arguments into the form of the engine of a transaction, without waiting for what it does.
#[derive(Clone, Copy)]
pub(super) enum Binder {
    Sqlite,
}

impl Binder {
    pub(super) fn bind<'v>(self, arguments: impl Iterator<Item = &'v Value>) -> Result<Bound> {
        match self {
            Binder::Sqlite => sqlite::bind(arguments).map(Bound::Sqlite),
        }
    }
}

impl Tx {
    pub(super) fn binder(&self) -> Binder {
        match self {
            Tx::Sqlite(_) => Binder::Sqlite,
        }
    }

    /// Runs a statement with its arguments in order.
    pub(super) async fn execute(&mut self, sql: &SqlStr, arguments: Bound) -> Result<()> {
        match (self, arguments) {
            (Tx::Sqlite(tx), Bound::Sqlite(arguments)) => tx.execute(sql, arguments).await,
        }
    }

    pub(super) async fn fetch<'v>(
        &mut self,
        sql: &SqlStr,
        arguments: impl Iterator<Item = &'v Value> + Send,
        columns: &[Type],
    ) -> Result<Vec<Row>> {
        match self {
            Tx::Sqlite(tx) => tx.fetch(sql, arguments, columns).await,
        }
    }

    /// Makes all that was written durable.
    ///
    /// # Errors
    /// When it could not; then nothing of it is stored.
    pub async fn commit(self) -> Result<()> {
        match self {
            Tx::Sqlite(tx) => tx.commit().await,
        }
    }
}
