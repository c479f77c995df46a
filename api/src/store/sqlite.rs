//! Embedded SQLite: one connection that writes, with a bounded queue before it, and a pool of connections that
//! only read.

mod definition;
mod inspect;
mod own;
mod upgrade;

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dictionary::types::{date, datetime};
use dictionary::{Physical, Value};
use futures_util::TryStreamExt;
use sqlx::error::DatabaseError;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteConnection, SqliteError, SqliteExecutor, SqliteJournalMode,
    SqlitePool, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{Arguments, Column as _, ConnectOptions, Executor, Row as _, SqlStr, Sqlite, Transaction};
use tokio::runtime::Handle;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::engine::{ReadLimit, Row};
use super::open::{OpenError, refused};
use super::patience::TURN;
use super::schema::{Column, Relation};
use super::{Error, Result};

/// Writers that may wait for the one connection; at 2 ms a batch the last one waits a quarter of a second.
const WRITER_QUEUE: usize = 128;

/// Connections that only read.
const READERS: u32 = 4;

pub(super) struct Engine {
    writer: Arc<Mutex<Writer>>,
    readers: SqlitePool,
    waiting: AtomicUsize,
    options: SqliteConnectOptions,
    /// Whether the file was missing.
    is_new: bool,
}

/// The one connection that writes. It is not in a pool: a pool would need two more switches to its thread for each
/// transaction, as much time as a small batch.
struct Writer {
    connection: SqliteConnection,
    /// Whether a transaction is open.
    open: bool,
}

/// A write transaction, one that only reads, or one on a dedicated connection.
pub struct Tx {
    /// `Some` while nobody else may write.
    writer: Option<OwnedMutexGuard<Writer>>,
    /// In place of the writer's connection.
    own: Option<own::Own>,
    /// In place of both; it ends when dropped.
    reader: Option<Transaction<'static, Sqlite>>,
}

impl Tx {
    fn connection(&mut self) -> Result<&mut SqliteConnection> {
        match (&mut self.reader, &mut self.own, &mut self.writer) {
            (Some(reader), ..) => Ok(reader),
            (None, Some(own), _) => Ok(&mut own.connection),
            (None, None, Some(writer)) => Ok(&mut writer.connection),
            (None, None, None) => Err(Error::Fault("the transaction has ended".to_owned())),
        }
    }

    pub(super) async fn execute(&mut self, sql: &SqlStr, arguments: SqliteArguments) -> Result<()> {
        sqlx::query_with(sql.clone(), arguments).execute(self.connection()?).await?;
        Ok(())
    }

    pub(super) async fn fetch<'v>(
        &mut self,
        sql: &SqlStr,
        arguments: impl Iterator<Item = &'v Value> + Send,
        columns: &[Physical],
        read_limit: &mut ReadLimit,
        // SQLite is in this process. It returns an error and never goes silent.
        _limit: Duration,
    ) -> Result<Vec<Row>> {
        fetch(self.connection()?, sql, arguments, columns, read_limit).await
    }

    pub(super) async fn commit(mut self) -> Result<()> {
        self.connection()?.execute("COMMIT").await?;
        if let Some(mut writer) = self.writer.take() {
            writer.open = false;
        }
        self.close().await;
        Ok(())
    }
}

/// Without a commit, nothing of it is stored.
impl Drop for Tx {
    fn drop(&mut self) {
        if let (Some(mut writer), Ok(runtime)) = (self.writer.take(), Handle::try_current()) {
            // Where this does not run, the next transaction does it.
            runtime.spawn(async move { writer.rollback().await });
        }
    }
}

impl Writer {
    /// Ends a transaction that is open. After some failures, such as a full disk, SQLite has ended it
    /// already, and has nothing to roll back: `BEGIN` shows whether the connection is in order.
    async fn rollback(&mut self) {
        if std::mem::take(&mut self.open)
            && let Err(error) = self.connection.execute("ROLLBACK").await
        {
            tracing::debug!("nothing to roll back: {}", Error::from(error));
        }
    }
}

impl Engine {
    /// Opens the file, and creates it if it is missing.
    pub(super) async fn open(url: &str) -> Result<Engine, OpenError> {
        let name = url.trim_start_matches("sqlite:").trim_start_matches("//");
        if name.is_empty() || name.starts_with(['?', ':']) || name.contains("mode=memory") {
            return Err(refused("DATABASE_URL names no file; use sqlite://FILE, since memory keeps nothing"));
        }
        let options = SqliteConnectOptions::from_str(url)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(TURN)
            .pragma("cache_size", "-16384")
            .pragma("wal_autocheckpoint", "4000")
            .pragma("journal_size_limit", "33554432")
            .statement_cache_capacity(256)
            .row_buffer_size(1000);
        if let Some(folder) = options.get_filename().parent().filter(|f| *f != Path::new("")) {
            let why = "is missing; make the folder, or correct DATABASE_URL";
            if !folder.is_dir() {
                let folder = folder.display();
                return Err(refused(&format!(
                    "DATABASE_URL names a file in the folder {folder}, which {why}"
                )));
            }
        }
        if options.get_filename().is_dir() {
            return Err(refused("DATABASE_URL names a folder; use sqlite://FILE"));
        }
        own::remove_scratch_files(options.get_filename());
        let is_new = !options.get_filename().exists();
        let pool =
            || SqlitePoolOptions::new().max_lifetime(None).idle_timeout(None).test_before_acquire(false);
        let writer = Writer { connection: options.connect().await?, open: false };
        let readers = pool().max_connections(READERS).connect_lazy_with(options.clone().read_only(true));
        Ok(Engine {
            writer: Arc::new(Mutex::new(writer)),
            readers,
            waiting: AtomicUsize::new(0),
            options,
            is_new,
        })
    }

    pub(super) async fn begin(&self) -> Result<Tx> {
        let mut writer = self.turn().await?;
        // Deferred transactions that read, then write, fail at once when another one wrote in between.
        writer.connection.execute("BEGIN IMMEDIATE").await?;
        writer.open = true;
        Ok(Tx { writer: Some(writer), own: None, reader: None })
    }

    /// It sees what was committed before its first query.
    pub(super) async fn begin_reading(&self) -> Result<Tx> {
        Ok(Tx { writer: None, own: None, reader: Some(self.readers.begin().await?) })
    }

    /// The writer, once it is free.
    async fn turn(&self) -> Result<OwnedMutexGuard<Writer>> {
        let _place = Place::take(&self.waiting)?;
        let turn = tokio::time::timeout(TURN, Arc::clone(&self.writer).lock_owned());
        let mut writer = turn.await.map_err(|_| Error::Busy)?;
        writer.rollback().await;
        Ok(writer)
    }

    pub(super) async fn read(
        &self,
        sql: &SqlStr,
        arguments: &[Value],
        columns: &[Physical],
        read_limit: &mut ReadLimit,
    ) -> Result<Vec<Row>> {
        fetch(&self.readers, sql, arguments.iter(), columns, read_limit).await
    }

    /// Whether the database was missing before it was opened.
    pub(super) fn is_new(&self) -> bool {
        self.is_new
    }

    /// Where the database is.
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
        // The last connection moves what is in the write-ahead log into the file.
        let mut writer = self.writer.lock().await;
        let closed = writer.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").await;
        if let Err(error) = closed {
            tracing::warn!("the write-ahead log stays beside the database: {error}");
        }
    }

    /// Creates what is missing of a table and its indexes.
    pub(super) async fn create(&self, relation: &Relation) -> Result<()> {
        let create = create(relation, "");
        let indexes = relation.indexes.iter().map(|(name, columns)| {
            format!("CREATE INDEX IF NOT EXISTS `{name}` ON `{}` ({columns})", relation.name)
        });
        let connection = &mut self.turn().await?.connection;
        for statement in std::iter::once(create).chain(indexes) {
            sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut *connection).await?;
        }
        Ok(())
    }

    /// Dates and datetimes are ISO text, as people expect to find them in the file.
    #[expect(clippy::unused_self, reason = "the other engine needs it")]
    pub(super) fn sql_type(&self, column: &Column) -> String {
        sql_type(column).to_owned()
    }
}

/// A place in the writer's queue. Dropping it frees the place.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize) -> Result<Self> {
        let place = Place(waiting);
        if waiting.fetch_add(1, Ordering::Relaxed) >= WRITER_QUEUE { Err(Error::Busy) } else { Ok(place) }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn sql_type(column: &Column) -> &'static str {
    match column.ty {
        Physical::Integer | Physical::Boolean => "INTEGER",
        Physical::Double => "REAL",
        Physical::Text | Physical::Date | Physical::DateTime => "TEXT",
    }
}

/// The statement that creates a table if it is missing, in one of the attached databases.
fn create(relation: &Relation, database: &str) -> String {
    let mut lines: Vec<String> = relation.columns.iter().map(define).collect();
    lines.extend(relation.table_constraints());
    let lines = lines.join(",\n  ");
    format!("CREATE TABLE IF NOT EXISTS {database}`{}` (\n  {lines}\n) STRICT", relation.name)
}

fn define(column: &Column) -> String {
    let mut line = format!("`{}` {}", column.name, sql_type(column));
    if column.required {
        line += " NOT NULL";
    }
    if column.key {
        line += " PRIMARY KEY";
    }
    if column.unique {
        line += " UNIQUE";
    }
    line
}

async fn fetch<'v>(
    executor: impl SqliteExecutor<'_>,
    sql: &SqlStr,
    arguments: impl Iterator<Item = &'v Value> + Send,
    columns: &[Physical],
    read_limit: &mut ReadLimit,
) -> Result<Vec<Row>> {
    let arguments = bind(arguments)?;
    let mut stream = sqlx::query_with(sql.clone(), arguments).fetch(executor);
    let mut rows = Vec::new();
    while let Some(row) = stream.try_next().await? {
        let row = columns.iter().enumerate().map(|(i, ty)| decode(&row, i, *ty)).collect::<Result<_>>()?;
        if !read_limit.takes(&row, rows.is_empty()) {
            break;
        }
        rows.push(row);
    }
    Ok(rows)
}

pub(super) fn bind<'v>(values: impl Iterator<Item = &'v Value>) -> Result<SqliteArguments> {
    let mut arguments = SqliteArguments::default();
    arguments.reserve(values.size_hint().0, 0);
    for value in values {
        let added = match value {
            Value::Null => arguments.add(Option::<i64>::None),
            Value::Integer(i) => arguments.add(i),
            Value::Number(n) => arguments.add(n),
            Value::Boolean(b) => arguments.add(b),
            Value::String(s) => arguments.add(s.as_str()),
            Value::Date(_) | Value::DateTime(_) => arguments.add(value.text().into_owned()),
        };
        added.map_err(|e| Error::Fault(e.to_string()))?;
    }
    Ok(arguments)
}

fn decode(row: &SqliteRow, i: usize, ty: Physical) -> Result<Value> {
    let value = match ty {
        Physical::Integer => row.try_get::<Option<i64>, _>(i)?.map(Value::Integer),
        Physical::Double => row.try_get::<Option<f64>, _>(i)?.map(Value::Number),
        Physical::Boolean => row.try_get::<Option<bool>, _>(i)?.map(Value::Boolean),
        Physical::Text => row.try_get::<Option<String>, _>(i)?.map(Value::String),
        Physical::Date => read(row, i, |text| date::read(text).map(Value::Date))?,
        Physical::DateTime => read(row, i, |text| datetime::read(text).map(Value::DateTime))?,
    };
    Ok(value.unwrap_or(Value::Null))
}

fn read(row: &SqliteRow, i: usize, read: impl Fn(&str) -> Option<Value>) -> Result<Option<Value>> {
    let Some(text) = row.try_get::<Option<&str>, _>(i)? else { return Ok(None) };
    let unread = || {
        let column = row.column(i).name();
        Error::Fault(format!("a stored value of the column `{column}` is no date as this program writes it"))
    };
    Ok(Some(read(text).ok_or_else(unread)?))
}

/// What a failure means. Codes: <https://www.sqlite.org/rescode.html>
pub(super) fn classify(error: &dyn DatabaseError) -> Option<Error> {
    let error = error.try_downcast_ref::<SqliteError>()?;
    let code: i32 = DatabaseError::code(error)?.parse().ok()?;
    if let Some(table) = error.message().strip_prefix("no such table: ") {
        return Some(Error::Missing(table.trim_start_matches("main.").to_owned()));
    }
    match code & 0xff {
        5 | 6 => Some(Error::Busy),
        8 => Some(Error::ReadOnly),
        13 => Some(Error::Full),
        10 | 14 => Some(Error::Away(format!("SQLite code {code}"))),
        19 => Some(Error::Lost),
        11 => Some(Error::Fault("its file is damaged; see PRAGMA integrity_check".to_owned())),
        26 => Some(Error::Fault("its file is no SQLite database; see DATABASE_URL".to_owned())),
        _ => None,
    }
}
