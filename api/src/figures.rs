//! Figures of whole tables, counted anew only where a table has changed since.

use std::collections::HashMap;
use std::sync::Arc;

use dictionary::Table;
use tokio::sync::Mutex;

use crate::store::overview::{OpenRejects, Version, Versions};
use crate::store::{Result, Store};

/// Figures of a table.
#[derive(Debug)]
pub struct Figures {
    version: Version,
    /// How many rows it has.
    pub rows: u64,
    /// What was rejected and has not been settled.
    pub open_rejects: OpenRejects,
}

/// The figures of all tables that were asked for. Who counts holds the lock, so that however many ask, one
/// table is counted at a time.
#[derive(Debug, Default)]
pub struct Overview(Mutex<HashMap<String, Arc<Figures>>>);

impl Overview {
    /// The figures of a table as it is now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn of(&self, store: &Store, versions: &Versions, table: &Table) -> Result<Arc<Figures>> {
        let version = versions.of([table]);
        let mut kept = self.0.lock().await;
        if let Some(figures) = kept.get(&table.name).filter(|figures| figures.version == version) {
            return Ok(Arc::clone(figures));
        }
        let (rows, open_rejects) = tokio::try_join!(store.count(table), store.open_rejects_by_code(table))?;
        let figures = Arc::new(Figures { version, rows, open_rejects });
        kept.insert(table.name.clone(), Arc::clone(&figures));
        Ok(figures)
    }
}
