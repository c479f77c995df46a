//! Makes the tables of a database fit a dictionary that changed.

use dictionary::wire::{DictionaryChange, Difference, RefusedTable};

use super::against::Against;
use super::change::Change;
use super::differences::Differences;
use super::engines::Engine;
use super::error::{OpenError, Result};
use super::existing::{ExistingTable, OWN};
use super::schema::TableDefinition;

/// Makes the tables fit where that only widens them. Returns them as they were found first.
///
/// # Errors
/// When one differs in more.
pub(super) async fn fit(
    engine: &Engine,
    definitions: &[TableDefinition],
) -> Result<Vec<ExistingTable>, OpenError> {
    let found = inspect(engine, definitions).await?;
    let differences = find(engine, definitions, &found).await;
    if !differences.refused.is_empty() {
        return Err(OpenError::Differs(differences));
    }
    if differences.widens {
        let user_tables: Vec<_> =
            definitions.iter().filter(|table| !table.name.starts_with(OWN)).cloned().collect();
        let widened = engine.fit(&user_tables).await;
        let now = inspect(engine, definitions).await?;
        let left = find(engine, definitions, &now).await;
        // Another process that starts at the same time may have made them fit.
        if left.are_none() {
            for (table, change) in widened.unwrap_or_default() {
                tracing::info!(
                    "the table `{table}` is changed as the data dictionary says: {}",
                    change.done()
                );
            }
        } else {
            widened?;
            return Err(OpenError::Differs(left));
        }
    }
    Ok(found)
}

/// How the tables differ. Changes nothing.
///
/// # Errors
/// When the database fails.
pub(super) async fn check(engine: &Engine, definitions: &[TableDefinition]) -> Result<Differences> {
    let found = inspect(engine, definitions).await?;
    Ok(find(engine, definitions, &found).await)
}

/// The tables as the database has them.
async fn inspect(engine: &Engine, definitions: &[TableDefinition]) -> Result<Vec<ExistingTable>> {
    let mut found = Vec::with_capacity(definitions.len());
    for definition in definitions {
        found.push(engine.inspect(&definition.name).await?);
    }
    Ok(found)
}

/// Compares tables with what was found of them, in the same order. The rows that violate a change are counted.
async fn find(engine: &Engine, definitions: &[TableDefinition], found: &[ExistingTable]) -> Differences {
    let mut differences = Differences::default();
    let against = Against::new(engine, definitions, found);
    for (table, found) in definitions.iter().zip(found) {
        let is_own = table.name.starts_with(OWN);
        let change = |change| DictionaryChange { table: table.name.clone(), change };
        if found.is_missing() && !is_own {
            differences.applied.push(change("the table is made".to_owned()));
        }
        let changes = table.changes(found, |column| engine.sql_type(column));
        // No dictionary widens the server's own tables.
        let (applied, refused): (Vec<Change>, Vec<Change>) =
            changes.iter().cloned().partition(|change| change.widens() && !is_own);
        differences.widens |= !applied.is_empty();
        differences.applied.extend(applied.iter().map(|applied| change(applied.done())));
        if refused.is_empty() {
            continue;
        }
        let (mut in_words, mut keeps_rows) = (Vec::with_capacity(refused.len()), true);
        for change in &refused {
            let (rows, keys) = against.rows(table, found, change).await;
            keeps_rows &= rows == Some(0) || !against.depends_on_rows(table, found, change);
            in_words.push(Difference { difference: change.to_string(), rows, keys });
        }
        // Statements that fail half way, or drop values, would lose rows: a program that runs them may go on after an error.
        let sql = if keeps_rows { engine.sql_to_fit(table, found, &changes) } else { Vec::new() };
        let table = table.name.clone();
        differences.refused.push(RefusedTable { table, differences: in_words, sql });
    }
    differences
}
