//! The tables of an opened database: missing ones are created, and existing ones are never changed silently.

use std::collections::HashSet;

use dictionary::{Dictionary, Table};

use super::engines::{self, Engine};
use super::error::{Error, OpenError, Result};
use super::existing::ExistingTable;
use super::ledger::LEDGER;
use super::names;
use super::rejects::REJECT_LOG;
use super::schema::TableDefinition;
use super::sequences::{self, SEQUENCES};
use super::sql_text::list;

/// Creates the tables of a dictionary, and the server's own, where they are missing. Returns the names of those that have
/// triggers.
///
/// # Errors
/// When a table differs from the dictionary, or cannot be created.
pub(super) async fn prepare(engine: &Engine, dictionary: &Dictionary) -> Result<HashSet<String>, OpenError> {
    names::check(engine.dialect(), dictionary)?;
    names::check_columns(engine.dialect(), dictionary)?;
    let definitions: Vec<TableDefinition> = definitions(dictionary).collect();
    engine.migrate(&definitions).await?;
    let (mut created, mut with_triggers) = (Vec::new(), HashSet::new());
    for definition in definitions {
        let found = prepare_table(engine, &definition).await?;
        if !found.triggers.is_empty() {
            with_triggers.insert(definition.name.clone());
        }
        if found.is_missing() {
            created.push(definition.name);
        }
    }
    for table in dictionary.tables().iter().filter(|table| table.row_id.is_some()) {
        sequences::begin(engine, table).await?;
    }
    announce(engine, &created);
    Ok(with_triggers)
}

/// Creates a table of the dictionary that is missing, as the next start would.
///
/// # Errors
/// [`Error::Missing`] when one that it references is missing too.
pub(super) async fn create_if_missing(engine: &Engine, table: &Table) -> Result<()> {
    if !engine.inspect(&table.name).await?.is_missing() {
        return Ok(());
    }
    for key in table.foreign_keys.iter().filter(|key| key.parent != table.name) {
        if engine.inspect(&key.parent).await?.is_missing() {
            return Err(Error::Missing(key.parent.clone()));
        }
    }
    tracing::warn!("the table `{}` is missing in the database; it is created again", table.name);
    engine.create(&TableDefinition::of(table)).await
}

/// The statements that make all tables in MariaDB, as an administrator would run them.
pub fn mariadb_ddl(dictionary: &Dictionary) -> String {
    definitions(dictionary)
        .map(|definition| engines::mariadb_ddl(&definition) + ";\n")
        .collect::<Vec<_>>()
        .join("\n")
}

/// All tables, parents first.
fn definitions(dictionary: &Dictionary) -> impl Iterator<Item = TableDefinition> {
    let user_tables = dictionary.tables().iter().map(|table| TableDefinition::of(table));
    [LEDGER.definition(), REJECT_LOG.definition(), SEQUENCES.definition()].into_iter().chain(user_tables)
}

/// Reports what was created, so that a reader notices a URL of the wrong database.
fn announce(engine: &Engine, created: &[String]) {
    let place = engine.place();
    if engine.is_new() {
        tracing::info!("new database at {place}");
    } else if !created.is_empty() {
        tracing::info!("new tables in {place}: {}", list(created.iter().map(String::as_str)));
    }
}

/// Creates a table if it is missing. Returns what was found before.
async fn prepare_table(engine: &Engine, definition: &TableDefinition) -> Result<ExistingTable, OpenError> {
    let mut found = engine.inspect(&definition.name).await?;
    // A table that lacks a column which must have a value is refused below, unchanged.
    let is_earlier =
        |found: &ExistingTable| definition.is_of_earlier_version(found, |column| engine.sql_type(column));
    if is_earlier(&found) {
        tracing::info!(
            "the table `{}` is from an earlier version of the API; its columns are changed to those of this version",
            definition.name
        );
        let upgraded = engine.upgrade(definition, &found).await;
        found = engine.inspect(&definition.name).await?;
        // Another process that starts at the same time may have changed them.
        if is_earlier(&found) {
            upgraded?;
        }
    }
    if !found.triggers.is_empty() {
        let (name, triggers) = (&definition.name, list(found.triggers.iter().map(String::as_str)));
        tracing::warn!(
            "the table `{name}` has triggers, which the data dictionary does not describe: {triggers}; no batch \
             counts what they change, and a row that they refuse is never stored"
        );
    }
    let difference = definition.difference(&found, |column| engine.sql_type(column));
    match difference {
        Some(difference) if !found.is_missing() => {
            let name = &definition.name;
            Err(OpenError::Refused(format!(
                "the table `{name}` in the database differs from the data dictionary: {difference}; \
                 change one of them, or use another database"
            )))
        }
        // An existing table may lack nothing but an index.
        _ => match engine.create(definition).await {
            Ok(()) => Ok(found),
            Err(Error::Fault(why)) => Err(OpenError::Refused(format!(
                "the table `{}` cannot be made in this database: {why}; it may have too many or too long columns",
                definition.name
            ))),
            Err(other) => Err(other.into()),
        },
    }
}
