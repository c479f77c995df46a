//! Locks of tables: loads of one table run together, a restore of it runs alone. And a limit of tasks that work on
//! whole tables.

use std::collections::HashMap;
use std::sync::Arc;

use dictionary::{Dictionary, Table};
use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, OwnedSemaphorePermit, RwLock, Semaphore};

use super::patience::TURN;
use super::{Error, Result, Store};

/// The most dedicated connections for backups, restores and content hashes; each needs memory and a core.
const WHOLE_TABLES: usize = 4;

/// The locks of each table, and places for work on whole tables.
pub(super) struct Turns {
    tables: HashMap<String, Arc<RwLock<()>>>,
    places: Arc<Semaphore>,
}

/// The lock of a load. Dropping it frees the lock.
pub struct Turn(#[expect(dead_code, reason = "held, not used")] OwnedRwLockReadGuard<()>);

impl Turns {
    pub(super) fn new(dictionary: &Dictionary) -> Turns {
        let tables = dictionary.tables().iter().map(|table| (table.name.clone(), Arc::default()));
        Turns { tables: tables.collect(), places: Arc::new(Semaphore::new(WHOLE_TABLES)) }
    }
}

impl Store {
    /// Waits while the table is being restored. The caller holds the lock until the load has committed.
    ///
    /// # Errors
    /// [`Error::Busy`] when that takes longer than a sender would wait.
    pub async fn turn(&self, table: &Table) -> Result<Turn> {
        let turn = Arc::clone(&self.turns.tables[&table.name]).read_owned();
        tokio::time::timeout(TURN, turn).await.map(Turn).map_err(|_| Error::Busy)
    }

    /// Waits for the loads of the table that are under way, and keeps others out.
    pub(super) async fn turn_alone(&self, table: &Table) -> OwnedRwLockWriteGuard<()> {
        Arc::clone(&self.turns.tables[&table.name]).write_owned().await
    }

    /// Waits for a place to work on a whole table. The caller holds it during the work.
    ///
    /// # Errors
    /// [`Error::Busy`] when that takes longer than a sender would wait.
    pub(super) async fn place(&self) -> Result<OwnedSemaphorePermit> {
        let place = Arc::clone(&self.turns.places).acquire_owned();
        tokio::time::timeout(TURN, place).await.ok().and_then(Result::ok).ok_or(Error::Busy)
    }
}
