//! The only module that knows databases.
//!
//! The engines are below `Engine`; above it everything is written once, in SQL that all of them
//! take: text, values and column types go in, rows come out.

mod cells;
mod engine;
mod error;
pub mod evidence;
mod existing;
mod json_rows;
pub mod ledger;
mod mysql;
mod open;
pub mod overview;
mod patience;
mod reading;
pub mod records;
pub mod rejected;
mod replace;
mod schema;
mod scratch;
mod snapshot;
mod sql;
mod sqlite;
mod turns;

use std::collections::HashMap;
use std::sync::Arc;

use dictionary::{Dictionary, Table};

use engine::Engine;
pub use engine::Tx;
pub use error::Error;
pub use open::{OpenError, mariadb_ddl};
use patience::SIGN;
pub use reading::{Chunk, Reading};
pub use replace::{Changes, Orphans};
pub use scratch::Scratch;
pub use snapshot::Snapshot;
pub use turns::Turn;

/// What every function of the store returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A page of a list.
#[derive(Debug)]
pub struct Page<T> {
    /// What is on it, at least one item if there is any.
    pub items: Vec<T>,
    /// Whether more rows follow.
    pub more: bool,
}

impl<T> Page<T> {
    /// With items of another type.
    ///
    /// # Errors
    /// The first one of `convert`.
    pub fn try_map<U, E>(self, convert: impl FnMut(T) -> Result<U, E>) -> Result<Page<U>, E> {
        let items = self.items.into_iter().map(convert).collect::<Result<_, E>>()?;
        Ok(Page { items, more: self.more })
    }

    /// With items of another type.
    pub fn map<U>(self, convert: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(convert).collect(), more: self.more }
    }
}

/// An open database that holds the tables of a dictionary.
pub struct Store {
    engine: Engine,
    dictionary: Arc<Dictionary>,
    records: HashMap<String, records::Statements>,
    ledger: ledger::Statements,
    turns: turns::Turns,
    /// The engine's name for itself.
    version: String,
}

impl Store {
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

    /// Begins to read one state of the database, without waiting for writers. It ends when dropped.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_reading(&self) -> Result<Tx> {
        self.engine.begin_reading().await
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
        if tokio::time::timeout(SIGN, self.engine.close()).await.is_err() {
            tracing::warn!("the database did not close its connections in time; they are dropped");
        }
    }

    fn statements(&self, table: &Table) -> &records::Statements {
        &self.records[&table.name]
    }
}
