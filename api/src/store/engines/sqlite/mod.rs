//! Embedded SQLite: one connection that writes, and pools of connections that only read.

mod codec;
mod dedicated;
mod definition;
mod dialect;
mod errors;
mod fit;
mod inspect;
mod staging_file;
mod transaction;
mod upgrade;
mod writer;

use std::path::Path;
use std::str::FromStr;

use dictionary::{Physical, Value};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Executor, SqlStr};
use tokio::sync::OwnedMutexGuard;

pub(super) use codec::bind;
pub(super) use errors::classify;
pub(super) use sqlx::sqlite::SqliteArguments as Arguments;
use transaction::Held;
pub use transaction::Tx;
use writer::{Writer, WriterQueue};

use crate::store::error::{OpenError, Result, refused};
use crate::store::row::{ReadLimit, Row};
use crate::store::schema::{ColumnDefinition, TableDefinition};
use crate::store::sql_text::Dialect;
use crate::store::timeouts::ACQUIRE_TIMEOUT;

/// Connections that only read, for requests.
const READERS: u32 = 4;

/// Connections on which batches are judged: separate from the readers, so that batches do not wait behind requests for pages.
const JUDGES: u32 = 2;

/// A SQLite file with its connections.
pub(in crate::store) struct Engine {
    writer: WriterQueue,
    readers: SqlitePool,
    judges: SqlitePool,
    options: SqliteConnectOptions,
    /// Whether the file was missing.
    is_new: bool,
}

impl Engine {
    /// Opens the file, and creates it if it is missing. A row may be as long as memory allows.
    pub(super) async fn open(url: &str, _body_limit: u64) -> Result<Engine, OpenError> {
        let name = url.trim_start_matches("sqlite:").trim_start_matches("//");
        if name.is_empty() || name.starts_with(['?', ':']) || name.contains("mode=memory") {
            return Err(refused("DATABASE_URL names no file; use sqlite://FILE, since memory keeps nothing"));
        }
        let options = options(url)?;
        let file = options.get_filename();
        if let Some(folder) = file.parent().filter(|folder| *folder != Path::new("") && !folder.is_dir()) {
            let folder = folder.display();
            return Err(refused(&format!(
                "DATABASE_URL names a file in the folder {folder}, which is missing; make the folder, or correct \
                 DATABASE_URL"
            )));
        }
        if file.is_dir() {
            return Err(refused("DATABASE_URL names a folder; use sqlite://FILE"));
        }
        staging_file::remove_staging_files(file);
        let is_new = !file.exists();
        let writer = WriterQueue::new(options.connect().await?);
        let pool = |connections| {
            SqlitePoolOptions::new()
                .max_lifetime(None)
                .idle_timeout(None)
                .test_before_acquire(false)
                .acquire_timeout(ACQUIRE_TIMEOUT)
                .max_connections(connections)
                .connect_lazy_with(options.clone().read_only(true))
        };
        Ok(Engine { writer, readers: pool(READERS), judges: pool(JUDGES), options, is_new })
    }

    #[expect(clippy::unused_self, reason = "another engine may have several")]
    pub(super) fn dialect(&self) -> &'static Dialect {
        &dialect::DIALECT
    }

    pub(super) async fn begin(&self) -> Result<Tx> {
        begin_immediate(self.writer.acquire().await?).await
    }

    /// If the writer is free, the transaction may also write. Otherwise it only reads, while another one writes.
    pub(super) async fn begin_judging(&self) -> Result<Tx> {
        match self.writer.acquire_free() {
            Some(writer) => begin_immediate(writer).await,
            None => Ok(Tx(Held::Reader(self.judges.begin().await?))),
        }
    }

    /// What was judged is not read again: the database refuses keys that were taken and parents that were deleted
    /// meanwhile. It cannot do so for a reference to fields that are no key: a parent that is deleted between judging and
    /// writing leaves the row as if the row had been stored first.
    pub(super) async fn begin_writing(&self, judging: Tx) -> Result<Tx> {
        if judging.holds_writer() {
            return Ok(judging);
        }
        judging.close().await;
        self.begin().await
    }

    /// It sees what was committed before its first query.
    pub(super) async fn begin_reading(&self) -> Result<Tx> {
        Ok(Tx(Held::Reader(self.readers.begin().await?)))
    }

    /// SQLite returns an error and never hangs, so the timeout of the limit is not needed.
    pub(super) async fn read(
        &self,
        sql: &SqlStr,
        arguments: &[Value],
        types: &[Physical],
        limit: &mut ReadLimit,
    ) -> Result<Vec<Row>> {
        codec::fetch(&self.readers, sql, arguments.iter(), types, limit).await
    }

    pub(super) fn is_new(&self) -> bool {
        self.is_new
    }

    pub(super) fn place(&self) -> String {
        self.options.get_filename().display().to_string()
    }

    /// Asks whether the ledger can be read, without waiting for writers.
    pub(super) async fn ping(&self) -> Result<()> {
        sqlx::query("SELECT 1 FROM `_batches` LIMIT 0").execute(&self.readers).await?;
        Ok(())
    }

    pub(super) async fn close(&self) {
        self.readers.close().await;
        self.judges.close().await;
        // The last connection moves what is in the write-ahead log into the file.
        let mut writer = self.writer.acquire_last().await;
        let closed = writer.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").await;
        if let Err(error) = closed {
            tracing::warn!("the write-ahead log stays next to the database: {error}");
        }
    }

    pub(super) async fn create(&self, table: &TableDefinition) -> Result<()> {
        let connection = &mut self.writer.acquire().await?.connection;
        let create = std::iter::once(dialect::create(table, ""));
        for statement in create.chain(dialect::create_indexes(table)) {
            sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut *connection).await?;
        }
        Ok(())
    }

    #[expect(clippy::unused_self, reason = "the other engine needs it")]
    pub(super) fn sql_type(&self, column: &ColumnDefinition) -> String {
        dialect::sql_type(column).to_owned()
    }

    pub(super) async fn version(&self) -> Result<String> {
        let version: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&self.readers).await?;
        Ok(format!("SQLite {version}"))
    }
}

async fn begin_immediate(mut writer: OwnedMutexGuard<Writer>) -> Result<Tx> {
    writer.rollback().await;
    // Before the statement is answered: SQLite also runs it if its caller is dropped meanwhile.
    writer.is_open = true;
    // Deferred transactions that read, then write, fail at once when another one wrote in between.
    writer.connection.execute("BEGIN IMMEDIATE").await?;
    Ok(Tx(Held::Writer(writer)))
}

/// Settings of every connection.
fn options(url: &str) -> Result<SqliteConnectOptions, sqlx::Error> {
    Ok(SqliteConnectOptions::from_str(url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(ACQUIRE_TIMEOUT)
        .pragma("cache_size", "-16384")
        .pragma("wal_autocheckpoint", "4000")
        .pragma("journal_size_limit", "33554432")
        .statement_cache_capacity(256)
        .row_buffer_size(1000))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that fails should panic")]

    use futures_util::poll;

    use super::*;

    #[tokio::test]
    async fn the_writer_works_on_after_a_transaction_was_dropped_while_it_began() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("a.db").display());
        let engine = Engine::open(&url, 0).await.unwrap();
        for _ in 0..100 {
            let mut begins = Box::pin(engine.begin());
            // SQLite's thread may have answered already. In most rounds it has not.
            drop(poll!(&mut begins));
            drop(begins);
            engine.begin().await.unwrap().commit().await.unwrap();
        }
    }
}
