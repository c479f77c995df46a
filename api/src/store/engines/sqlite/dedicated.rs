//! Connections other than the writer and the readers, for work that takes long.

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Executor};

use super::Engine;
use super::dialect::create;
use super::staging_file::StagingFile;
use super::transaction::{Dedicated, Held, Tx};
use crate::store::error::{Error, Result};
use crate::store::existing::grouped;
use crate::store::schema::{ForeignKey, TableDefinition};

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
        Ok(Tx(Held::Dedicated(Dedicated { connection, staging: None }, None)))
    }

    /// The staging tables are in a second file. References are not enforced, since SQLite would search all children
    /// of each row that is removed: the code that writes here searches for all orphans in one query.
    pub(in crate::store::engines) async fn staging(&self, tables: &[TableDefinition]) -> Result<Tx> {
        let file = StagingFile::new(self.options.get_filename());
        let mut connection = self.dedicated().foreign_keys(false).connect().await?;
        let path =
            file.path().to_str().ok_or_else(|| Error::Fault("the database's path is no text".to_owned()))?;
        sqlx::query("ATTACH DATABASE ? AS staging").bind(path).execute(&mut connection).await?;
        // Its content is not needed after a crash.
        connection.execute("PRAGMA staging.journal_mode = OFF").await?;
        connection.execute("PRAGMA staging.synchronous = OFF").await?;
        for table in tables {
            let create = create(table, "staging.");
            sqlx::query(sqlx::AssertSqlSafe(create)).execute(&mut connection).await?;
        }
        Ok(Tx(Held::Dedicated(Dedicated { connection, staging: Some(file) }, None)))
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
        const SQL: &str = "SELECT m.name, f.id, f.\"from\", f.\"to\"
            FROM sqlite_schema m, pragma_foreign_key_list(m.name) f
            WHERE m.type = 'table' AND lower(f.\"table\") = lower(?) ORDER BY 1, 2, f.seq";
        let rows = sqlx::query_as::<_, (String, i64, String, Option<String>)>(SQL).bind(table);
        let rows = rows.fetch_all(&self.readers).await?;
        let keys = grouped(rows.into_iter().map(|(table, id, from, to)| ((table, id), (from, to))));
        Ok(keys.into_iter().map(|((table, _), columns)| ForeignKey::of(table, columns)).collect())
    }
}
