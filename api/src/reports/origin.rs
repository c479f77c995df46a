//! When a report was made, from what, and what could still change it.

use dictionary::Value;

use super::subject::Subject;
use crate::store::ledger::BatchFilter;
use crate::store::{Result, Store};

/// When a report was made, and from what.
#[derive(Debug)]
pub struct Origin {
    /// In UTC, written like a cell.
    pub made_at: String,
    /// The tables that it was made from.
    pub tables: Vec<Source>,
}

/// A table that a report was made from.
#[derive(Debug)]
pub struct Source {
    /// Its name.
    pub table: String,
    /// When it was last loaded, in UTC; `None` if it never was.
    pub loaded_at: Option<String>,
    /// Rejected rows that would change the report if they were corrected.
    pub open_rejects: u64,
}

impl Origin {
    /// As it is now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn of(store: &Store, subject: &Subject) -> Result<Origin> {
        let made_at = Value::DateTime(crate::store::ids::now()).text().into_owned();
        let mut tables = Vec::new();
        for table in subject.tables() {
            let latest = BatchFilter { table: Some(table.name.clone()), ..BatchFilter::default() };
            tables.push(Source {
                table: table.name.clone(),
                loaded_at: store.ledger.page(&latest, 1).await?.items.pop().map(|batch| batch.created_at),
                open_rejects: store.totals.open_rejects(table).await?,
            });
        }
        Ok(Origin { made_at, tables })
    }

    /// Rejected rows that would change the report if they were corrected.
    pub fn open_rejects(&self) -> u64 {
        self.tables.iter().map(|source| source.open_rejects).sum()
    }

    /// The tables that have such rows.
    pub fn with_open_rejects(&self) -> impl Iterator<Item = &Source> {
        self.tables.iter().filter(|source| source.open_rejects > 0)
    }
}
