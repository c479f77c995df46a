//! The parts of the state that handlers need, and the tables and keys that requests name.

use std::sync::Arc;

use dictionary::{Table, Value};

use super::problem::{Code, Problem};
use crate::ingest::TableQueues;
use crate::state::{Database, State};
use crate::store::Store;

impl State {
    /// The open store.
    pub fn store(&self) -> Result<&Arc<Store>, Problem> {
        Ok(&self.database()?.store)
    }

    fn database(&self) -> Result<&Database, Problem> {
        self.database.get().ok_or_else(|| Problem::new(Code::NotReady, "the database is being opened"))
    }

    /// The queues of batches.
    pub fn queues(&self) -> Result<&Arc<TableQueues>, Problem> {
        Ok(&self.database()?.queues)
    }

    /// The table that a path or parameter names.
    pub fn table(&self, name: &str) -> Result<&Arc<Table>, Problem> {
        self.dictionary.table(name).ok_or_else(|| {
            let names: Vec<_> = self.dictionary.tables().iter().map(|table| table.name.as_str()).collect();
            let detail = format!("there is no table {name:?}; the tables are {}", names.join(", "));
            Problem::new(Code::UnknownTable, detail)
        })
    }
}

/// A primary key as written in a path or as `after`: a value for each of its columns.
pub fn key(table: &Table, text: &str) -> Result<Vec<Value>, Problem> {
    table.read_key(text).map_err(|expected| {
        let detail = format!("{} of {} must be {expected}, got {text:?}", table.key_name(), table.name);
        Problem::new(Code::BadId, detail)
    })
}
