//! Figures of whole tables. A table is counted again only if it has changed.

use std::collections::HashMap;
use std::sync::Arc;

use dictionary::Table;
use tokio::sync::Mutex;

use crate::pages;
use crate::store::totals::{OpenRejects, Tally, Version, Versions};
use crate::store::{Error, Result, Store};

/// Figures of a table.
#[derive(Debug)]
pub struct Figures {
    version: Version,
    /// Its rows; `None` while it is missing in the database.
    pub tally: Option<Tally>,
    /// What was rejected and has not been settled.
    pub open_rejects: OpenRejects,
}

impl Figures {
    /// What is wrong when something other than the API removed rows: the end of a sentence that begins with the table.
    pub fn lack(&self) -> Option<String> {
        let Some(Tally { rows, by_batches }) = self.tally else {
            return Some("is missing in the database".to_owned());
        };
        let lack = || {
            let (rows, by_batches) = (pages::things(rows, "row", "rows"), pages::grouped(by_batches));
            format!("holds {rows}, but its batches add up to {by_batches}")
        };
        (rows < by_batches).then(lack)
    }
}

/// The figures of all tables that were asked for. The lock is held during a count, so that only one table is
/// counted at a time.
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
        if let Some(figures) = kept.get(&table.name).filter(|figures| figures.version == version)
            // When something other than the API drops or empties a table, no batch reports it.
            && unless_missing(table, store.totals.has_rows(table).await)? == figures.tally.map(|tally| tally.rows > 0)
        {
            return Ok(Arc::clone(figures));
        }
        let tally = async { unless_missing(table, store.totals.tally(table).await) };
        let (tally, open_rejects) = tokio::try_join!(tally, store.totals.open_rejects_by_code(table))?;
        let figures = Arc::new(Figures { version, tally, open_rejects });
        // A missing table may be created again without a batch.
        if tally.is_some() {
            kept.insert(table.name.clone(), Arc::clone(&figures));
        }
        Ok(figures)
    }

    /// Warns of each table that has fewer rows than its batches add up to: it was emptied, or dropped and made
    /// again at the start. It counts all rows, so nothing should wait for it; the home page has the figures then.
    pub async fn compare(&self, store: &Store) {
        for table in store.dictionary().tables() {
            let figures = match store.totals.versions().await {
                Ok(versions) => self.of(store, &versions, table).await,
                Err(error) => Err(error),
            };
            let name = &table.name;
            match figures.map(|figures| figures.lack()) {
                Ok(None) => {}
                Ok(Some(lack)) => tracing::warn!(
                    "the table `{name}` {lack}; something other than the API removed rows: restore it from a backup \
                     (POST /restore/{name})"
                ),
                Err(error) => {
                    tracing::warn!(
                        "the rows of the table `{name}` were not compared with its batches: {error}"
                    );
                }
            }
        }
    }
}

/// The answer about a table; `None` if it is missing in the database.
fn unless_missing<T>(table: &Table, answer: Result<T>) -> Result<Option<T>> {
    match answer {
        Err(Error::Missing(name)) if name.eq_ignore_ascii_case(&table.name) => Ok(None),
        answer => answer.map(Some),
    }
}
