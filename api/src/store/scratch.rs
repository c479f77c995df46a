//! A scratch table: the engine checks rows there before they go into the table.

use std::sync::Arc;

use dictionary::decode::Row;
use dictionary::{Table, Value};
use tokio::sync::{OwnedRwLockWriteGuard, OwnedSemaphorePermit};

use super::engine::Tx;
use super::reading::Reading;
use super::replace;
use super::schema::Relation;
use super::sql::Insert;
use super::{Result, Store};

/// Its name; the dictionary refuses names like this one.
pub(super) const NAME: &str = "_scratch";

/// An empty copy of a table, without its references, on a connection of its own. It is gone when dropped, and
/// at the next start at the latest.
pub struct Scratch<'s> {
    pub(super) store: &'s Store,
    pub(super) table: Arc<Table>,
    pub(super) tx: Tx,
    insert: Insert,
    /// Once the table's own rows are at stake.
    pub(super) alone: Option<OwnedRwLockWriteGuard<()>>,
    _place: OwnedSemaphorePermit,
}

impl Store {
    /// A scratch table for the rows of a table.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn scratch(&self, table: &Arc<Table>) -> Result<Scratch<'_>> {
        let place = self.place().await?;
        let relations = [Relation::scratch_of(table, NAME), replace::list_for(table)];
        let tx = self.engine.scratch(&relations).await?;
        let insert = Insert::new(NAME, table.fields.iter().map(|field| field.name.as_str()));
        Ok(Scratch { store: self, table: Arc::clone(table), tx, insert, alone: None, _place: place })
    }
}

impl Scratch<'_> {
    /// Puts rows into the scratch table.
    ///
    /// # Errors
    /// [`super::Error::Lost`] when one has a primary key or unique value that another one has.
    pub async fn insert(&mut self, rows: &[Row]) -> Result<()> {
        let rows: Vec<&[Value]> = rows.iter().map(|row| row.values.as_slice()).collect();
        self.insert.run(&mut self.tx, &rows, || {}).await
    }

    /// Reads the scratch table in key order.
    pub fn read(&mut self) -> Reading<'_> {
        Reading::new(&mut self.tx, &self.table, NAME)
    }

    /// Begins to read one state of the database, without keeping anybody out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_reading(&mut self) -> Result<()> {
        self.tx.begin_reading().await
    }

    /// Begins the transaction in which the table is changed, and creates the table first if it is missing. Loads of
    /// the table wait until the transaction ends. If the scratch table is dropped without a commit, nothing changes.
    ///
    /// # Errors
    /// When the database fails, or too many wait for it; [`super::Error::Missing`] when a table that the missing
    /// one references is missing too.
    pub async fn begin(&mut self) -> Result<()> {
        self.alone = Some(self.store.turn_alone(&self.table).await);
        self.store.make_if_missing(&self.table).await?;
        self.store.engine.begin_on(&mut self.tx, &self.table.name).await
    }

    /// The open transaction.
    pub fn tx(&mut self) -> &mut Tx {
        &mut self.tx
    }

    /// Commits the change.
    ///
    /// # Errors
    /// As [`Tx::commit`].
    pub async fn commit(self) -> Result<()> {
        self.tx.commit().await
    }

    /// Closes the connection. The scratch table is removed with it.
    pub async fn close(self) {
        self.tx.close().await;
    }
}
