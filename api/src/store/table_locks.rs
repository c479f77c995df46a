//! Locks of tables: batches of one table are stored at the same time, a restore of it excludes them. And a limit of
//! tasks that work on whole tables.

use std::collections::HashMap;
use std::sync::Arc;

use dictionary::{Dictionary, Table};
use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, OwnedSemaphorePermit, RwLock, Semaphore};

use super::error::{Error, Result};
use super::timeouts::ACQUIRE_TIMEOUT;

/// The most dedicated connections for backups, restores and content hashes; each needs memory and a core.
const WHOLE_TABLE_TASKS: usize = 4;

/// The locks of each table, and the permits for work on whole tables. They hold in this process only.
pub struct TableLocks {
    tables: HashMap<String, Arc<RwLock<()>>>,
    whole_table_tasks: Arc<Semaphore>,
}

/// The lock of batches. Dropping it frees the lock.
pub struct SharedLock(#[expect(dead_code, reason = "held, not used")] OwnedRwLockReadGuard<()>);

/// The lock of a restore. Dropping it frees the lock.
pub(super) struct ExclusiveLock(#[expect(dead_code, reason = "held, not used")] OwnedRwLockWriteGuard<()>);

impl TableLocks {
    pub(super) fn new(dictionary: &Dictionary) -> TableLocks {
        let tables = dictionary.tables().iter().map(|table| (table.name.clone(), Arc::default()));
        let whole_table_tasks = Arc::new(Semaphore::new(WHOLE_TABLE_TASKS));
        TableLocks { tables: tables.collect(), whole_table_tasks }
    }

    /// Waits while the table is being restored. The caller holds the lock until its batches have committed.
    ///
    /// # Errors
    /// [`Error::Busy`] when that takes longer than a sender would wait.
    pub async fn lock_shared(&self, table: &Table) -> Result<SharedLock> {
        let lock = Arc::clone(&self.tables[&table.name]).read_owned();
        tokio::time::timeout(ACQUIRE_TIMEOUT, lock).await.map(SharedLock).map_err(|_| Error::Busy)
    }

    /// Waits until all batches of the table that have begun are stored. Later ones wait while the caller holds the lock.
    pub(super) async fn lock_exclusive(&self, table: &Table) -> ExclusiveLock {
        ExclusiveLock(Arc::clone(&self.tables[&table.name]).write_owned().await)
    }

    /// Waits until fewer than the most tasks work on whole tables. The caller holds the permit during its work.
    ///
    /// # Errors
    /// [`Error::Busy`] when that takes longer than a sender would wait.
    pub(super) async fn whole_table_permit(&self) -> Result<OwnedSemaphorePermit> {
        let permit = Arc::clone(&self.whole_table_tasks).acquire_owned();
        tokio::time::timeout(ACQUIRE_TIMEOUT, permit).await.ok().and_then(Result::ok).ok_or(Error::Busy)
    }
}
