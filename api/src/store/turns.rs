//! Whose turn it is on a table: loads pass together, a restore alone. And how many may work on whole tables.

use std::collections::HashMap;
use std::sync::Arc;

use dictionary::{Dictionary, Table};
use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, OwnedSemaphorePermit, RwLock, Semaphore};

use super::patience::TURN;
use super::{Error, Result, Store};

/// Connections of their own, for backups, restores and content hashes; each needs memory and a core.
const WHOLE_TABLES: usize = 4;

/// The turns of each table, and places for work on whole ones.
pub(super) struct Turns {
    tables: HashMap<String, Arc<RwLock<()>>>,
    places: Arc<Semaphore>,
}

/// A load's turn. It ends when dropped.
pub struct Turn(#[expect(dead_code, reason = "held, not used")] OwnedRwLockReadGuard<()>);

impl Turns {
    pub(super) fn new(dictionary: &Dictionary) -> Turns {
        let tables = dictionary.tables().iter().map(|table| (table.name.clone(), Arc::default()));
        Turns { tables: tables.collect(), places: Arc::new(Semaphore::new(WHOLE_TABLES)) }
    }
}

impl Store {
    /// Waits while the table is being restored. To be held until the load has committed.
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

    /// Waits for a place to work on a whole table. To be held meanwhile.
    ///
    /// # Errors
    /// [`Error::Busy`] when that takes longer than a sender would wait.
    pub(super) async fn place(&self) -> Result<OwnedSemaphorePermit> {
        let place = Arc::clone(&self.turns.places).acquire_owned();
        tokio::time::timeout(TURN, place).await.ok().and_then(Result::ok).ok_or(Error::Busy)
    }
}
