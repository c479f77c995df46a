//! A table as it was at one moment, read while writers go on.

use std::sync::Arc;

use dictionary::{Physical, Table, Value};
use tokio::sync::OwnedSemaphorePermit;

use super::engines::{Engine, Tx};
use super::error::Result;
use super::sql_text::{Dialect, quoted};
use super::table_locks::TableLocks;
use super::table_reader::TableReader;

/// One state of a table, on a dedicated connection.
pub struct Snapshot<'s> {
    tx: Tx,
    dialect: &'s Dialect,
    table: Arc<Table>,
    _permit: OwnedSemaphorePermit,
}

impl Snapshot<'_> {
    /// The table as it is now.
    pub(super) async fn open<'s>(
        engine: &'s Engine,
        locks: &TableLocks,
        table: &Arc<Table>,
    ) -> Result<Snapshot<'s>> {
        let permit = locks.whole_table_permit().await?;
        let tx = engine.snapshot().await?;
        Ok(Snapshot { tx, dialect: engine.dialect(), table: Arc::clone(table), _permit: permit })
    }

    /// How many rows it has.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count(&mut self) -> Result<u64> {
        count(&mut self.tx, self.dialect, &format!("FROM {}", quoted(&self.table.name))).await
    }

    /// Reads its rows in key order.
    pub fn read(&mut self) -> TableReader<'_> {
        TableReader::new(&mut self.tx, self.dialect, &self.table, &self.table.name)
    }

    /// Closes its connection.
    pub async fn close(self) {
        self.tx.close().await;
    }
}

/// How many rows a `FROM` clause yields.
pub(super) async fn count(tx: &mut Tx, dialect: &Dialect, from: &str) -> Result<u64> {
    let query = dialect.render(&format!("SELECT COUNT(*) {from}"));
    let rows = tx.query_whole_table(&query, &[Physical::Integer]).await?;
    Ok(match rows.first().map(Vec::as_slice) {
        Some([Value::Integer(count)]) => count.unsigned_abs(),
        _ => 0,
    })
}
