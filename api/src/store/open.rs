//! The tables of an opened database: missing ones are created, and existing ones are widened or refused.

use std::collections::{HashMap, HashSet};

use dictionary::decode::Columns;
use dictionary::{Dictionary, Table};

use super::differences::Differences;
use super::engines::{self, Engine};
use super::error::{Error, OpenError, Result};
use super::existing::ExistingTable;
use super::fit;
use super::ledger::LEDGER;
use super::names;
use super::rejects::REJECT_LOG;
use super::schema::TableDefinition;
use super::sequences::{self, SEQUENCES};
use super::sql_text::list;

/// What is known of the tables once they fit the dictionary.
pub(super) struct Prepared {
    /// Tables that have triggers.
    pub(super) with_triggers: HashSet<String>,
    /// The names of the fields in the order in which the table was given them, as a record of CSV: for tables whose dictionary has
    /// another order now.
    pub(super) first_orders: HashMap<String, String>,
}

/// Creates the tables of a dictionary, and the server's own, where they are missing.
///
/// # Errors
/// When a table differs from the dictionary in more than what a change widens, or cannot be created.
pub(super) async fn prepare(engine: &Engine, dictionary: &Dictionary) -> Result<Prepared, OpenError> {
    names::check(engine.dialect(), dictionary)?;
    let definitions = definitions(dictionary);
    engine.migrate(&definitions).await?;
    for definition in &definitions {
        upgrade(engine, definition).await?;
    }
    let found = fit::fit(engine, &definitions).await?;
    let (mut created, mut with_triggers, mut first_orders) = (Vec::new(), HashSet::new(), HashMap::new());
    for (definition, found) in definitions.iter().zip(found) {
        let first_order = dictionary.table(&definition.name).and_then(|table| first_order(table, &found));
        first_orders.extend(first_order.map(|names| (definition.name.clone(), names)));
        warn_of_triggers(definition, &found);
        if !found.triggers.is_empty() {
            with_triggers.insert(definition.name.clone());
        }
        // An existing table may lack nothing but an index.
        create(engine, definition).await?;
        if found.is_missing() {
            created.push(definition.name.clone());
        }
    }
    for table in dictionary.tables().iter().filter(|table| table.row_id.is_some()) {
        sequences::begin(engine, table).await?;
    }
    announce(engine, &created);
    Ok(Prepared { with_triggers, first_orders })
}

/// See [`Prepared::first_orders`]. A column that is added to a table is its last one, wherever its field is in the dictionary.
fn first_order(table: &Table, found: &ExistingTable) -> Option<String> {
    let has = |name: &str| found.column(name).is_some();
    let first =
        found.columns.iter().map(|column| column.name.as_str()).filter(|name| table.field(name).is_some());
    let added = table.fields.iter().map(|field| field.name.as_str()).filter(|name| !has(name));
    Columns::of_fields(table, first.chain(added))?.names(table)
}

/// What a start with a dictionary would find, and do. Changes nothing.
///
/// # Errors
/// When the engine does not take a name, or the database fails.
pub(super) async fn check(engine: &Engine, dictionary: &Dictionary) -> Result<Differences, OpenError> {
    names::check(engine.dialect(), dictionary)?;
    Ok(fit::check(engine, &definitions(dictionary)).await?)
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
        .iter()
        .map(|definition| engines::mariadb_ddl(definition) + ";\n")
        .collect::<Vec<_>>()
        .join("\n")
}

/// All tables, parents first.
fn definitions(dictionary: &Dictionary) -> Vec<TableDefinition> {
    let user_tables = dictionary.tables().iter().map(|table| TableDefinition::of(table));
    let own = [LEDGER.definition(), REJECT_LOG.definition(), SEQUENCES.definition()];
    own.into_iter().chain(user_tables).collect()
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

/// Changes one of the server's own tables that an earlier version made.
async fn upgrade(engine: &Engine, definition: &TableDefinition) -> Result<()> {
    let found = engine.inspect(&definition.name).await?;
    // A table that lacks a column which must have a value is refused later, unchanged.
    let is_earlier =
        |found: &ExistingTable| definition.is_of_earlier_version(found, |column| engine.sql_type(column));
    if is_earlier(&found) {
        tracing::info!(
            "the table `{}` is from an earlier version of the API; its columns are changed to those of this version",
            definition.name
        );
        let upgraded = engine.upgrade(definition, &found).await;
        // Another process that starts at the same time may have changed them.
        if is_earlier(&engine.inspect(&definition.name).await?) {
            upgraded?;
        }
    }
    Ok(())
}

fn warn_of_triggers(definition: &TableDefinition, found: &ExistingTable) {
    if !found.triggers.is_empty() {
        let (name, triggers) = (&definition.name, list(found.triggers.iter().map(String::as_str)));
        tracing::warn!(
            "the table `{name}` has triggers, which the data dictionary does not describe: {triggers}; no batch \
             counts what they change, and a row that they refuse is never stored"
        );
    }
}

/// Creates what a table lacks.
async fn create(engine: &Engine, definition: &TableDefinition) -> Result<(), OpenError> {
    match engine.create(definition).await {
        Ok(()) => Ok(()),
        Err(Error::Fault(why)) => Err(OpenError::Refused(format!(
            "the table `{}` cannot be made in this database: {why}; it may have too many or too long columns",
            definition.name
        ))),
        Err(other) => Err(other.into()),
    }
}
