//! The one place that knows databases exist.
//!
//! Below `Engine` stand the engines; above it everything is written once, in SQL that all of them
//! take: text, values and column types go in, rows come out.

mod engine;
mod error;
pub mod ledger;
mod mysql;
mod open;
pub mod records;
mod schema;
mod sql;
mod sqlite;

use std::collections::HashMap;
use std::sync::Arc;

use dictionary::{Dictionary, Table};
use sqlx::SqlStr;

use engine::Engine;
pub use engine::Tx;
pub use error::Error;
pub use open::{OpenError, mariadb_ddl};

/// What every function of the store returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An open database that holds the tables of a dictionary.
pub struct Store {
    engine: Engine,
    dictionary: Arc<Dictionary>,
    records: HashMap<String, records::Statements>,
    ledger: ledger::Statements,
}

impl Store {
    /// The dictionary whose tables it holds.
    pub fn dictionary(&self) -> &Arc<Dictionary> {
        &self.dictionary
    }

    /// Begins a write transaction. Dropping it without a commit rolls it back.
    ///
    /// # Errors
    /// [`Error::Busy`] when too many writers wait already.
    pub async fn begin(&self) -> Result<Tx> {
        self.engine.begin().await
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn ping(&self) -> Result<()> {
        self.engine.read(&SqlStr::from_static("SELECT 1"), &[], &[dictionary::Type::Integer]).await.map(drop)
    }

    /// Closes all connections, so that what is written is in its place.
    pub async fn close(&self) {
        self.engine.close().await;
    }

    fn statements(&self, table: &Table) -> &records::Statements {
        &self.records[&table.name]
    }
}
