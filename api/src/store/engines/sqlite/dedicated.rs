//! Connections other than the writer and the readers, for work that takes long.

use std::path::{Path, PathBuf};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, Executor, Row as _};
use uuid::Uuid;

use super::dialect::create;
use super::{Engine, Held, Tx};
use crate::store::error::{Error, Result};
use crate::store::schema::{ForeignKey, TableDefinition};

/// A dedicated connection.
pub(super) struct Dedicated {
    pub(super) connection: SqliteConnection,
    /// Removed with the connection.
    _staging: Option<StagingFile>,
}

impl Dedicated {
    pub(super) async fn close(self) {
        if let Err(error) = self.connection.close().await {
            tracing::debug!("a connection was not closed in order: {}", Error::from(error));
        }
    }
}

/// A second database file for staging tables, so that the main file does not grow.
struct StagingFile(PathBuf);

impl StagingFile {
    /// In the folder of a database.
    fn of(database: &Path) -> StagingFile {
        let mut path = database.as_os_str().to_owned();
        path.push(format!("{SUFFIX}{}", Uuid::now_v7()));
        StagingFile(path.into())
    }
}

impl Drop for StagingFile {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.0)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!("a staging file stays until the next start: {error}");
        }
    }
}

const SUFFIX: &str = "-staging-";

/// Removes the files of processes that were killed.
pub(super) fn remove_staging_files(database: &Path) {
    let folder = database.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    let Some(name) = database.file_name().and_then(|name| name.to_str()) else { return };
    let prefix = format!("{name}{SUFFIX}");
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(|name| name.starts_with(&prefix)) {
            drop(StagingFile(entry.path()));
        }
    }
}

impl Engine {
    /// Tables are read and written from one end to the other here, for which a small cache will do.
    fn dedicated(&self) -> SqliteConnectOptions {
        self.options.clone().pragma("cache_size", "-4096").row_buffer_size(16)
    }

    pub(in crate::store::engines) async fn snapshot(&self) -> Result<Tx> {
        let mut connection = self.dedicated().read_only(true).connect().await?;
        connection.execute("BEGIN").await?;
        // A transaction sees what was committed before its first read.
        connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").await?;
        Ok(Tx(Held::Dedicated(Dedicated { connection, _staging: None }, None)))
    }

    /// The staging tables are in a second file. References are not enforced, since SQLite would search all children
    /// of each row that is removed: the code that writes here searches for all orphans in one query.
    pub(in crate::store::engines) async fn staging(&self, tables: &[TableDefinition]) -> Result<Tx> {
        let file = StagingFile::of(self.options.get_filename());
        let mut connection = self.dedicated().foreign_keys(false).connect().await?;
        let path =
            file.0.to_str().ok_or_else(|| Error::Fault("the database's path is no text".to_owned()))?;
        sqlx::query("ATTACH DATABASE ? AS staging").bind(path).execute(&mut connection).await?;
        // Its content is not needed after a crash.
        connection.execute("PRAGMA staging.journal_mode = OFF").await?;
        connection.execute("PRAGMA staging.synchronous = OFF").await?;
        for table in tables {
            let create = create(table, "staging.");
            sqlx::query(sqlx::AssertSqlSafe(create)).execute(&mut connection).await?;
        }
        Ok(Tx(Held::Dedicated(Dedicated { connection, _staging: Some(file) }, None)))
    }

    /// Waits for the writer, and keeps it, so that nobody else writes.
    pub(in crate::store::engines) async fn begin_on(&self, tx: &mut Tx, _table: &str) -> Result<()> {
        let acquired = self.writer.acquire().await?;
        tx.connection()?.execute("BEGIN IMMEDIATE").await?;
        if let Held::Dedicated(_, writer) = &mut tx.0 {
            *writer = Some(acquired);
        }
        Ok(())
    }

    pub(in crate::store::engines) async fn references_to(&self, table: &str) -> Result<Vec<ForeignKey>> {
        const SQL: &str = "SELECT m.name, f.\"from\" FROM sqlite_schema m, pragma_foreign_key_list(m.name) f
            WHERE m.type = 'table' AND lower(f.\"table\") = lower(?) ORDER BY 1, 2";
        let rows = sqlx::query(SQL).bind(table).fetch_all(&self.readers).await?;
        rows.iter().map(|row| Ok(ForeignKey { table: row.try_get(0)?, column: row.try_get(1)? })).collect()
    }
}
