//! A table as it was at one moment, read while writers go on.

use std::sync::Arc;

use dictionary::{Physical, Table, Value};

use tokio::sync::OwnedSemaphorePermit;

use super::engine::Tx;
use super::reading::Reading;
use super::sql::sql;
use super::{Result, Store};

/// One state of a table, on a connection of its own.
pub struct Snapshot {
    tx: Tx,
    table: Arc<Table>,
    _place: OwnedSemaphorePermit,
}

impl Store {
    /// The table as it is now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn snapshot(&self, table: &Arc<Table>) -> Result<Snapshot> {
        let place = self.place().await?;
        Ok(Snapshot { tx: self.engine.snapshot().await?, table: Arc::clone(table), _place: place })
    }
}

impl Snapshot {
    /// How many rows it has.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count(&mut self) -> Result<u64> {
        count(&mut self.tx, &format!("FROM `{}`", self.table.name)).await
    }

    /// Reads its rows in key order.
    pub fn read(&mut self) -> Reading<'_> {
        Reading::new(&mut self.tx, &self.table, &self.table.name)
    }

    /// Closes its connection.
    pub async fn close(self) {
        self.tx.close().await;
    }
}

/// How many rows a `FROM` clause yields.
pub(super) async fn count(tx: &mut Tx, from: &str) -> Result<u64> {
    let rows = tx.ask(&sql(format!("SELECT COUNT(*) {from}")), &[Physical::Integer]).await?;
    Ok(match rows.first().map(Vec::as_slice) {
        Some([Value::Integer(count)]) => count.unsigned_abs(),
        _ => 0,
    })
}
