//! Connections other than the writer and the readers, for work that takes long.

use std::path::{Path, PathBuf};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, Executor, Row as _, SqlStr};
use uuid::Uuid;

use super::{Engine, Tx, create};
use crate::store::engine::Child;
use crate::store::schema::Relation;
use crate::store::{Error, Result};

pub(super) struct Own {
    pub(super) connection: SqliteConnection,
    /// Removed with the connection.
    _scratch: Option<ScratchFile>,
}

/// A second database file for scratch tables, so that the main file does not grow.
struct ScratchFile(PathBuf);

impl ScratchFile {
    fn beside(database: &Path) -> ScratchFile {
        let mut path = database.as_os_str().to_owned();
        path.push(format!("{SUFFIX}{}", Uuid::now_v7()));
        ScratchFile(path.into())
    }
}

impl Drop for ScratchFile {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.0)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!("a scratch file stays until the next start: {error}");
        }
    }
}

const SUFFIX: &str = "-scratch-";

/// Removes the files of processes that were killed.
pub(super) fn remove_scratch_files(database: &Path) {
    let folder = database.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    let Some(name) = database.file_name().and_then(|name| name.to_str()) else { return };
    let prefix = format!("{name}{SUFFIX}");
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(|name| name.starts_with(&prefix)) {
            drop(ScratchFile(entry.path()));
        }
    }
}

impl Engine {
    /// Tables are read and written from one end to the other here, for which a small cache will do.
    fn own(&self) -> SqliteConnectOptions {
        self.options.clone().pragma("cache_size", "-4096").row_buffer_size(16)
    }

    pub(in crate::store) async fn snapshot(&self) -> Result<Tx> {
        let mut connection = self.own().read_only(true).connect().await?;
        connection.execute("BEGIN").await?;
        // A transaction sees what was committed before its first read.
        connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").await?;
        Ok(Tx { writer: None, own: Some(Own { connection, _scratch: None }), reader: None })
    }

    /// The scratch tables are in a second file. References are not enforced, since SQLite would search all children
    /// of each row that is removed: the code that writes here searches for all orphans in one query.
    pub(in crate::store) async fn scratch(&self, relations: &[Relation]) -> Result<Tx> {
        let file = ScratchFile::beside(self.options.get_filename());
        let mut connection = self.own().foreign_keys(false).connect().await?;
        let path =
            file.0.to_str().ok_or_else(|| Error::Fault("the database's path is no text".to_owned()))?;
        sqlx::query("ATTACH DATABASE ? AS scratch").bind(path).execute(&mut connection).await?;
        // Its content is not needed after a crash.
        connection.execute("PRAGMA scratch.journal_mode = OFF").await?;
        connection.execute("PRAGMA scratch.synchronous = OFF").await?;
        for relation in relations {
            let table = create(relation, "scratch.");
            sqlx::query(sqlx::AssertSqlSafe(table)).execute(&mut connection).await?;
        }
        Ok(Tx { writer: None, own: Some(Own { connection, _scratch: Some(file) }), reader: None })
    }

    /// Waits for its turn among the writers, and then keeps them out.
    pub(in crate::store) async fn begin_on(&self, tx: &mut Tx) -> Result<()> {
        let writer = self.turn().await?;
        tx.connection()?.execute("BEGIN IMMEDIATE").await?;
        tx.writer = Some(writer);
        Ok(())
    }

    pub(in crate::store) async fn children(&self, table: &str) -> Result<Vec<Child>> {
        const SQL: &str = "SELECT m.name, f.\"from\" FROM sqlite_schema m, pragma_foreign_key_list(m.name) f
            WHERE m.type = 'table' AND lower(f.\"table\") = lower(?) ORDER BY 1, 2";
        let rows = sqlx::query(SQL).bind(table).fetch_all(&self.readers).await?;
        rows.iter().map(|row| Ok(Child { table: row.try_get(0)?, column: row.try_get(1)? })).collect()
    }

    pub(in crate::store) async fn version(&self) -> Result<String> {
        let version: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&self.readers).await?;
        Ok(format!("SQLite {version}"))
    }
}

impl Tx {
    pub(in crate::store) async fn run(&mut self, sql: &SqlStr) -> Result<u64> {
        Ok(sqlx::query(sql.clone()).execute(self.connection()?).await?.rows_affected())
    }

    /// Begins to read one state of the database.
    pub(in crate::store) async fn begin_reading(&mut self) -> Result<()> {
        self.connection()?.execute("BEGIN").await?;
        Ok(())
    }

    /// Nothing is enforced on these connections anyway.
    #[expect(clippy::unused_async, reason = "the other engine needs it")]
    pub(in crate::store) async fn check_references(&mut self, _check: bool) -> Result<()> {
        Ok(())
    }

    pub(in crate::store) async fn close(mut self) {
        if let Some(own) = self.own.take()
            && let Err(error) = own.connection.close().await
        {
            tracing::debug!("a connection was not closed in order: {}", Error::from(error));
        }
    }
}
