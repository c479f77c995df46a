//! A staging table: the engine checks the rows of a backup there before they go into their table.

use std::sync::Arc;

use dictionary::decode::Row;
use dictionary::{Physical, Table, Value};
use tokio::sync::OwnedSemaphorePermit;

use super::engines::{Engine, Tx};
use super::error::Result;
use super::open::create_if_missing;
use super::schema::{ColumnDefinition, TableDefinition};
use super::statements::{Insert, Rows};
use super::table_locks::{ExclusiveLock, TableLocks};
use super::table_reader::TableReader;

/// The name of the staging table; no table of the dictionary has a name that begins so.
pub(super) const STAGING: &str = "_staging";

/// The list of keys whose rows differ, each with what is to be done. This name and those of its columns begin
/// with an underscore, as no name of the dictionary does: in one query with any table they stay unambiguous.
pub(super) const LIST: &str = "_difference";
/// Its column for a column of the key, by the number of that column.
pub(super) fn key_column(i: usize) -> String {
    format!("_key{i}")
}
/// Its column of what is to be done.
pub(super) const ACTION: &str = "_action";

/// An empty copy of a table, without its references, on a dedicated connection. It is removed when dropped, and
/// at the next start at the latest.
pub struct Staging<'s> {
    pub(super) engine: &'s Engine,
    locks: &'s TableLocks,
    pub(super) table: Arc<Table>,
    pub(super) tx: Tx,
    insert: Insert,
    /// Since the begin of the transaction that changes the table.
    pub(super) lock: Option<ExclusiveLock>,
    _permit: OwnedSemaphorePermit,
}

impl Staging<'_> {
    /// A staging table for the rows of a table.
    pub(super) async fn open<'s>(
        engine: &'s Engine,
        locks: &'s TableLocks,
        table: &Arc<Table>,
    ) -> Result<Staging<'s>> {
        let permit = locks.whole_table_permit().await?;
        let definitions = [TableDefinition::staging_of(table, STAGING), difference_list(table)];
        let tx = engine.staging(&definitions).await?;
        let names = table.columns().map(|field| field.name.as_str());
        let insert = Insert::new(engine.dialect(), STAGING, names);
        Ok(Staging { engine, locks, table: Arc::clone(table), tx, insert, lock: None, _permit: permit })
    }

    /// Inserts rows into the staging table.
    ///
    /// # Errors
    /// [`Error::Lost`](super::Error::Lost) when one has a primary key or unique value that another one has.
    pub async fn insert(&mut self, rows: &[Row]) -> Result<()> {
        let rows: Vec<&[Value]> = rows.iter().map(|row| row.values.as_slice()).collect();
        self.insert.run(&mut self.tx, Rows::new(&rows), || {}).await
    }

    /// Reads the staging table in key order.
    pub fn read(&mut self) -> TableReader<'_> {
        TableReader::new(&mut self.tx, self.engine.dialect(), &self.table, STAGING)
    }

    /// Begins to read one state of the database, while others go on writing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_reading(&mut self) -> Result<()> {
        self.tx.begin_reading().await
    }

    /// Begins the transaction in which the table is changed, and creates the table first if it is missing. Batches of
    /// the table wait until the transaction ends. If the staging table is dropped without a commit, nothing changes.
    ///
    /// # Errors
    /// When the database fails, or too many wait for it; [`Error::Missing`](super::Error::Missing) when a table that
    /// the missing one references is missing too.
    pub async fn begin(&mut self) -> Result<()> {
        self.lock = Some(self.locks.lock_exclusive(&self.table).await);
        create_if_missing(self.engine, &self.table).await?;
        self.engine.begin_on(&mut self.tx, &self.table.name).await
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

    /// Closes the connection. The staging table is removed with it.
    pub async fn close(self) {
        self.tx.close().await;
    }
}

/// The list of differences, for keys of a table.
fn difference_list(table: &Table) -> TableDefinition {
    let staging = TableDefinition::staging_of(table, LIST);
    let key = staging.primary_key.iter().enumerate().filter_map(|(i, name)| {
        let column = staging.columns.iter().find(|column| column.name == *name)?;
        Some(ColumnDefinition { name: key_column(i), ..column.clone() })
    });
    let key: Vec<ColumnDefinition> = key.collect();
    let action = ColumnDefinition {
        name: ACTION.to_owned(),
        ty: Physical::Integer,
        max_length: None,
        required: true,
        indexed: false,
    };
    TableDefinition {
        primary_key: key.iter().map(|column| column.name.clone()).collect(),
        unique: Vec::new(),
        columns: key.into_iter().chain([action]).collect(),
        ..staging
    }
}
