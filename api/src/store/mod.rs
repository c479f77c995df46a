//! The only module that knows databases.
//!
//! Each engine is a folder of `engines`, behind one interface. Above it everything is written once, in SQL that all of
//! them take: text, values and column types go in, rows come out.
//!
//! From top to bottom, each file imports only files below it: `snapshot`, `staging` with `replace`, `reconcile_query`,
//! `open`; `fit`, `against`; `records`, `ledger`, `rejects`, `totals`, `table_locks`; `statements`; `engines`; `own_table`,
//! `comparison`, `change`, `existing`, `schema`, `names`; `sql_text`, `row`, `timeouts`, `error`, `differences`.

mod against;
mod binders;
mod change;
mod comparison;
mod differences;
mod engines;
mod error;
mod existing;
mod fit;
pub mod ids;
mod key_order;
pub mod ledger;
mod names;
mod open;
mod own_table;
pub mod reconcile_query;
pub mod records;
pub mod rejects;
mod replace;
mod replace_sql;
mod row;
mod schema;
mod sequences;
mod snapshot;
mod sql_text;
mod staging;
mod statements;
pub mod table_locks;
mod table_reader;
mod timeouts;
pub mod totals;

use std::collections::HashSet;
use std::sync::Arc;

use dictionary::wire::Outcome;
use dictionary::{Dictionary, Table};

pub use binders::binders;
pub use differences::Differences;
use engines::Engine;
pub use engines::Tx;
pub use error::{Error, OpenError, Result};
use ledger::{Ledger, LedgerEntry};
use open::Prepared;
pub use open::mariadb_ddl;
use reconcile_query::ReconcileQuery;
use records::Records;
use rejects::RejectLog;
pub use replace::{Changes, Orphans};
pub use row::Page;
pub use snapshot::Snapshot;
pub use staging::Staging;
use table_locks::TableLocks;
pub use table_reader::{Chunk, TableReader};
use timeouts::PING_TIMEOUT;
use totals::Totals;

/// An open database that holds the tables of a dictionary.
pub struct Store {
    /// The rows of the dictionary's tables.
    pub records: Records,
    /// Every batch.
    pub ledger: Ledger,
    /// Every rejected row.
    pub rejects: RejectLog,
    /// Figures of whole tables.
    pub totals: Totals,
    /// The locks of the tables.
    pub locks: TableLocks,
    engine: Arc<Engine>,
    dictionary: Arc<Dictionary>,
    /// The engine's name for itself.
    version: String,
}

impl Store {
    /// Opens the database at a URL and makes the tables of the dictionary where they are missing. The largest row
    /// that it has to take is as long as a body may be: `body_limit`, in bytes.
    ///
    /// # Errors
    /// When the URL names no engine, the database cannot be opened or takes no such rows, or a table differs.
    pub async fn open(url: &str, dictionary: Arc<Dictionary>, body_limit: usize) -> Result<Store, OpenError> {
        let engine = Arc::new(Engine::open(url, body_limit as u64).await?);
        let Prepared { with_triggers, first_orders } = open::prepare(&engine, &dictionary).await?;
        Ok(Store {
            records: Records::new(Arc::clone(&engine), &dictionary, &with_triggers),
            ledger: Ledger::new(Arc::clone(&engine)),
            rejects: RejectLog::new(Arc::clone(&engine), first_orders),
            totals: Totals::new(Arc::clone(&engine)),
            locks: TableLocks::new(&dictionary),
            version: engine.version().await?,
            engine,
            dictionary,
        })
    }

    /// What a start with another dictionary would apply and refuse. Changes nothing.
    ///
    /// # Errors
    /// When the engine does not take a name of the dictionary, or the database fails.
    pub async fn check(&self, dictionary: &Dictionary) -> Result<Differences, OpenError> {
        open::check(&self.engine, dictionary).await
    }

    /// The part of the store that reads the keys of another dictionary.
    pub fn records_of(&self, dictionary: &Dictionary) -> Records {
        Records::new(Arc::clone(&self.engine), dictionary, &HashSet::new())
    }

    /// The dictionary whose tables it holds.
    pub fn dictionary(&self) -> &Arc<Dictionary> {
        &self.dictionary
    }

    /// The engine's name and version.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Begins a write transaction. Dropping it without a commit rolls it back.
    ///
    /// # Errors
    /// [`Error::Busy`] when too many writers wait already.
    pub async fn begin(&self) -> Result<Tx> {
        self.engine.begin().await
    }

    /// Begins a transaction in which batches are judged before they are written: see
    /// [`begin_writing`](Store::begin_writing).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_judging(&self) -> Result<Tx> {
        self.engine.begin_judging().await
    }

    /// The transaction that writes what was judged in this one. Where an engine has one writer, batches may be judged while
    /// others are written, and this waits for the writer.
    ///
    /// # Errors
    /// [`Error::Busy`] when too many writers wait already.
    pub async fn begin_writing(&self, judging: Tx) -> Result<Tx> {
        self.engine.begin_writing(judging).await
    }

    /// Begins to read one state of the database, without waiting for writers. It ends when dropped.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_reading(&self) -> Result<Tx> {
        self.engine.begin_reading().await
    }

    /// Writes batches to the ledger and their rejects to the reject log.
    ///
    /// # Errors
    /// [`Error::Lost`] when another batch with the key of one was written meanwhile.
    pub async fn append_batches(&self, tx: &mut Tx, mut entries: Vec<LedgerEntry>) -> Result<()> {
        let rejects: Vec<_> =
            entries.iter_mut().flat_map(|entry| std::mem::take(&mut entry.rejects)).collect();
        self.ledger.append(tx, entries).await?;
        self.rejects.append(tx, rejects).await
    }

    /// The outcome of a batch whose commit had an unknown result; `None` if it was not committed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn committed(&self, tx: &mut Tx, id: &str) -> Result<Option<Outcome>> {
        let Some(batch) = self.ledger.committed(tx, id).await? else { return Ok(None) };
        Ok(Some(Outcome {
            response: batch.counts.sentence(&batch.table),
            rejects: self.rejects.of_batch(tx, id).await?,
            batch: batch.id,
            table: batch.table,
            counts: batch.counts,
        }))
    }

    /// A table as it is now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn snapshot(&self, table: &Arc<Table>) -> Result<Snapshot<'_>> {
        Snapshot::open(&self.engine, &self.locks, table).await
    }

    /// An empty staging table for the rows of a table.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn staging(&self, table: &Arc<Table>) -> Result<Staging<'_>> {
        Staging::open(&self.engine, &self.locks, table).await
    }

    /// A query for what became of rows that were sent, in one state of the database.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn reconcile_query<'s>(&'s self, table: &'s Table) -> Result<ReconcileQuery<'s>> {
        let tx = self.begin_reading().await?;
        Ok(ReconcileQuery { records: &self.records, ledger: &self.ledger, rejects: &self.rejects, tx, table })
    }

    /// Whether the database answers and, where a server decides that, lets this account write.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<()> {
        self.engine.ping().await
    }

    /// Closes all connections, so that the database file holds everything that was written.
    pub async fn close(&self) {
        if tokio::time::timeout(PING_TIMEOUT, self.engine.close()).await.is_err() {
            tracing::warn!("the database did not close its connections in time; they are dropped");
        }
    }
}
