//! Locks of backups, one for each table.
//!
//! A process makes one backup of a table at a time. So the backup that is made last has the latest name, and the
//! retention of one backup never removes another one that was made at the same time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;

/// How long a backup waits for another one of the same table.
const LOCK_TIMEOUT: Duration = Duration::from_secs(30);

/// The locks of all tables.
#[derive(Default)]
pub struct TableLocks(Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>);

impl TableLocks {
    /// Waits for the lock of a table, which is free again when dropped; `None` if that takes too long.
    pub async fn lock(&self, table: &str) -> Option<OwnedMutexGuard<()>> {
        let lock = {
            let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(locks.entry(table.to_owned()).or_default())
        };
        tokio::time::timeout(LOCK_TIMEOUT, lock.lock_owned()).await.ok()
    }
}
