//! The one connection that writes, with a bounded queue before it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sqlx::Executor;
use sqlx::sqlite::SqliteConnection;
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::store::error::{Error, Result};
use crate::store::timeouts::ACQUIRE_TIMEOUT;

/// Transactions that may wait for the connection; at 2 ms a batch the last one waits a quarter of a second.
const LONGEST_QUEUE: usize = 128;

/// The connection that writes. It is not in a pool: a pool would need two more switches to its thread for each
/// transaction, as much time as a small batch.
pub(super) struct Writer {
    pub(super) connection: SqliteConnection,
    /// Whether a transaction may be open.
    pub(super) is_open: bool,
}

impl Writer {
    /// Ends a transaction that may be open. An error here is harmless: SQLite has ended the transaction already, after a full
    /// disk for example, or it never began. If the connection is broken, the next `BEGIN` fails.
    pub(super) async fn rollback(&mut self) {
        if std::mem::take(&mut self.is_open)
            && let Err(error) = self.connection.execute("ROLLBACK").await
        {
            tracing::debug!("nothing to roll back: {}", Error::from(error));
        }
    }
}

/// The queue for the writer.
pub(super) struct WriterQueue {
    writer: Arc<Mutex<Writer>>,
    waiting: AtomicUsize,
}

impl WriterQueue {
    pub(super) fn new(connection: SqliteConnection) -> WriterQueue {
        let writer = Writer { connection, is_open: false };
        WriterQueue { writer: Arc::new(Mutex::new(writer)), waiting: AtomicUsize::new(0) }
    }

    /// Waits for the writer, which has no open transaction then.
    ///
    /// # Errors
    /// [`Error::Busy`] when too many wait already, or it takes too long.
    pub(super) async fn acquire(&self) -> Result<OwnedMutexGuard<Writer>> {
        let _until_it_is_acquired = Waiting::enter(&self.waiting)?;
        let writer = tokio::time::timeout(ACQUIRE_TIMEOUT, Arc::clone(&self.writer).lock_owned());
        let mut writer = writer.await.map_err(|_| Error::Busy)?;
        writer.rollback().await;
        Ok(writer)
    }

    /// The writer, if nobody uses it or waits for it.
    pub(super) fn acquire_free(&self) -> Option<OwnedMutexGuard<Writer>> {
        Arc::clone(&self.writer).try_lock_owned().ok()
    }

    /// Waits for the writer, however long that takes.
    pub(super) async fn acquire_last(&self) -> OwnedMutexGuard<Writer> {
        Arc::clone(&self.writer).lock_owned().await
    }
}

/// One of those who wait. Dropping it leaves the queue.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn enter(waiting: &'a AtomicUsize) -> Result<Self> {
        let entered = Waiting(waiting);
        if waiting.fetch_add(1, Ordering::Relaxed) >= LONGEST_QUEUE { Err(Error::Busy) } else { Ok(entered) }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
