//! Opening a database: missing tables are created, and existing ones are never changed silently.

use std::sync::Arc;

use dictionary::{Dictionary, Table};

use super::engine::Engine;
use super::schema::{self, Relation};
use super::sql::list;
use super::turns::Turns;
use super::{Error, Store, ledger, mysql, records, sqlite};

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

impl OpenError {
    /// Whether a later attempt may succeed although nobody has changed anything.
    pub fn may_pass(&self) -> bool {
        matches!(self, OpenError::Store(error) if error.may_pass())
    }
}

impl Store {
    /// Opens the database at a URL and makes the tables of the dictionary where they are missing. The largest row
    /// that it has to take is as long as a body may be: `body_limit`, in bytes.
    ///
    /// # Errors
    /// When the URL names no engine, the database cannot be opened or takes no such rows, or a table differs.
    pub async fn open(url: &str, dictionary: Arc<Dictionary>, body_limit: usize) -> Result<Store, OpenError> {
        let engine = match url.split_once(':') {
            Some(("sqlite", _)) => Engine::Sqlite(sqlite::Engine::open(url).await?),
            Some(("mysql" | "mariadb", _)) => {
                Engine::MySql(mysql::Engine::open(url, body_limit as u64).await?)
            }
            _ => return Err(refused("DATABASE_URL must start with sqlite:// or mysql://")),
        };
        let mut made = Vec::new();
        for relation in relations(&dictionary) {
            if prepare(&engine, &relation).await? {
                made.push(relation.name);
            }
        }
        announce(&engine, &made);
        let records =
            dictionary.tables().iter().map(|t| (t.name.clone(), records::Statements::new(t))).collect();
        let version = engine.version().await?;
        let turns = Turns::new(&dictionary);
        Ok(Store { engine, dictionary, records, ledger: ledger::Statements::new(), turns, version })
    }
}

impl Store {
    /// Makes a table that is missing, as the next start would.
    ///
    /// # Errors
    /// [`Error::Missing`] when one that it references is missing too.
    pub(super) async fn make_if_missing(&self, table: &Table) -> Result<(), Error> {
        if !self.engine.inspect(&table.name).await?.is_missing() {
            return Ok(());
        }
        for (_, parent) in table.references() {
            if self.engine.inspect(&parent.name).await?.is_missing() {
                return Err(Error::Missing(parent.name.clone()));
            }
        }
        tracing::warn!("the table `{}` is missing in the database; it is made again", table.name);
        self.engine.create(&Relation::of(table)).await
    }
}

/// The statements that make all tables in MariaDB, as an administrator would run them.
pub fn mariadb_ddl(dictionary: &Dictionary) -> String {
    relations(dictionary)
        .map(|relation| mysql::Dialect::MariaDb.create(&relation) + ";\n")
        .collect::<Vec<_>>()
        .join("\n")
}

impl From<sqlx::Error> for OpenError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            // Its text may quote the URL, and the URL may hold a password.
            sqlx::Error::Configuration(_) => refused(
                "DATABASE_URL is no URL like sqlite://FILE or mysql://USER:PASSWORD@HOST:PORT/SCHEMA; \
                 percent-encode what is special in user and password",
            ),
            error => Error::from(error).into(),
        }
    }
}

pub(super) fn refused(why: &str) -> OpenError {
    OpenError::Refused(why.to_owned())
}

/// All tables, parents first.
fn relations(dictionary: &Dictionary) -> impl Iterator<Item = Relation> {
    let user_tables = dictionary.tables().iter().map(|table| Relation::of(table));
    [schema::batches(), schema::rejected()].into_iter().chain(user_tables)
}

/// Reports what was created, so that a reader notices a URL of the wrong database.
fn announce(engine: &Engine, made: &[String]) {
    let place = engine.place();
    if engine.is_new() {
        tracing::info!("new database at {place}");
    } else if !made.is_empty() {
        tracing::info!("new tables in {place}: {}", list(made.iter().map(String::as_str)));
    }
}

/// Creates a table if it is missing. Returns whether it was missing.
async fn prepare(engine: &Engine, relation: &Relation) -> Result<bool, OpenError> {
    let mut found = engine.inspect(&relation.name).await?;
    if relation.has_retired(&found) {
        tracing::info!(
            "the table `{}` is from an earlier version of the API; its columns are changed to those of this version",
            relation.name
        );
        let dropped = engine.drop_retired(relation, &found).await;
        found = engine.inspect(&relation.name).await?;
        // Another process that starts at the same time may have dropped them.
        if relation.has_retired(&found) {
            dropped?;
        }
    }
    if !found.triggers.is_empty() {
        let (name, triggers) = (&relation.name, list(found.triggers.iter().map(String::as_str)));
        tracing::warn!(
            "the table `{name}` has triggers, which the data dictionary does not describe: {triggers}; no batch \
             counts what they change, and a row that they refuse is never stored"
        );
    }
    let difference = relation.difference(&found, |column| engine.sql_type(column));
    match difference {
        Some(difference) if !found.is_missing() => {
            let name = &relation.name;
            Err(OpenError::Refused(format!(
                "the table `{name}` in the database differs from the data dictionary: {difference}; \
                 change one of them, or use another database"
            )))
        }
        // An existing table may lack nothing but an index.
        _ => match engine.create(relation).await {
            Ok(()) => Ok(found.is_missing()),
            Err(Error::Fault(why)) => Err(OpenError::Refused(format!(
                "the table `{}` cannot be made in this database: {why}; it may have too many or too long columns",
                relation.name
            ))),
            Err(other) => Err(other.into()),
        },
    }
}
