//! Opening a database: the tables are made where they are missing, and never changed silently.

use std::sync::Arc;

use dictionary::Dictionary;

use super::engine::Engine;
use super::schema::{self, Relation};
use super::{Error, Store, ledger, records, sqlite};

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A setting is wrong, or a table differs: trying again does not help.
    #[error("{0}")]
    Refused(String),
    /// It cannot be reached now.
    #[error(transparent)]
    Store(#[from] Error),
}

impl Store {
    /// Opens the database at a URL and makes the tables of the dictionary where they are missing.
    ///
    /// # Errors
    /// When the URL names no engine, the database cannot be opened, or a table differs.
    pub async fn open(url: &str, dictionary: Arc<Dictionary>) -> Result<Store, OpenError> {
        let engine = match url.split_once(':') {
            Some(("sqlite", _)) => Engine::Sqlite(sqlite::Engine::open(url).await.map_err(Error::from)?),
            _ => {
                let why = "DATABASE_URL must start with sqlite:// and name the engine to use";
                return Err(OpenError::Refused(why.to_owned()));
            }
        };
        let user_tables = dictionary.tables().iter().map(|table| Relation::of(table));
        for relation in [schema::batches(), schema::rejected()].into_iter().chain(user_tables) {
            prepare(&engine, &relation).await?;
        }
        let records =
            dictionary.tables().iter().map(|t| (t.name.clone(), records::Statements::new(t))).collect();
        Ok(Store { engine, dictionary, records, ledger: ledger::Statements::new() })
    }
}

async fn prepare(engine: &Engine, relation: &Relation) -> Result<(), OpenError> {
    let Engine::Sqlite(sqlite) = engine;
    let found = sqlite.inspect(&relation.name).await?;
    if !found.is_empty()
        && let Some(difference) = relation.difference(&found, sqlite::sql_type)
    {
        let name = &relation.name;
        return Err(OpenError::Refused(format!(
            "the table `{name}` in the database differs from the data dictionary: {difference}; \
             change one of them, or use another database"
        )));
    }
    sqlite.create(relation).await?;
    Ok(())
}
