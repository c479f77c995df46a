//! Makes tables of the database those that the dictionary describes.

use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};

use super::Engine;
use super::dialect::{create, define, sql_type};
use super::inspect::inspect;
use crate::store::change::Change;
use crate::store::error::Result;
use crate::store::existing::ExistingTable;
use crate::store::schema::TableDefinition;
use crate::store::sql_text::{list, quoted};

/// The name of a table while it is filled; names like it are ours.
const NEW: &str = "_upgraded";

impl Engine {
    /// All changes are made in one transaction, and so are the differences looked for.
    pub(in crate::store::engines) async fn fit(
        &self,
        tables: &[TableDefinition],
    ) -> Result<Vec<(String, Change)>> {
        let _writer = self.writer.acquire().await?;
        // A reference, a trigger or a view that names the table would keep it from being replaced.
        let options = self.options.clone().foreign_keys(false).pragma("legacy_alter_table", "ON");
        let mut connection = options.connect().await?;
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        let (mut applied, mut all) = (Vec::new(), Vec::new());
        for table in tables {
            let existing = inspect(&mut transaction, &table.name).await?;
            let changes = table.changes(&existing, |column| sql_type(column).to_owned());
            all.extend(statements(table, &existing, &changes));
            applied.extend(changes.into_iter().map(|change| (table.name.clone(), change)));
        }
        if applied.iter().all(|(_, change)| change.widens()) {
            for statement in all {
                transaction.execute(AssertSqlSafe(statement)).await?;
            }
            transaction.commit().await?;
        } else {
            transaction.rollback().await?;
            applied.clear();
        }
        connection.close().await?;
        Ok(applied)
    }

    #[expect(clippy::unused_self, reason = "the other engine needs it")]
    pub(in crate::store::engines) fn sql_to_fit(
        &self,
        table: &TableDefinition,
        existing: &ExistingTable,
        changes: &[Change],
    ) -> Vec<String> {
        let statements = statements(table, existing, changes);
        if statements.is_empty() || alone(table, changes).is_some() {
            return statements;
        }
        let before = ["PRAGMA foreign_keys = OFF", "PRAGMA legacy_alter_table = ON", "BEGIN IMMEDIATE"];
        let before = before.into_iter().map(str::to_owned);
        before.chain(statements).chain(["COMMIT".to_owned()]).collect()
    }
}

/// The statements that change a table.
fn statements(table: &TableDefinition, existing: &ExistingTable, changes: &[Change]) -> Vec<String> {
    if existing.kind.is_some() || changes.is_empty() {
        return Vec::new();
    }
    let rebuild = || rebuilt(table, existing).chain(existing.dependents.iter().cloned()).collect();
    alone(table, changes).unwrap_or_else(rebuild)
}

/// A statement for each change; `None` where SQLite has to make the table again.
fn alone(table: &TableDefinition, changes: &[Change]) -> Option<Vec<String>> {
    changes.iter().map(|change| statement(table, change)).collect()
}

/// The statement that makes one change; `None` where SQLite has to make the table again.
fn statement(table: &TableDefinition, change: &Change) -> Option<String> {
    match change {
        Change::AddColumn { column, required: false } => {
            let column = table.columns.iter().find(|found| found.name == *column)?;
            Some(format!("ALTER TABLE {} ADD COLUMN {}", quoted(&table.name), define(column)))
        }
        Change::DropUnique(unique) if !unique.is_constraint => {
            Some(format!("DROP INDEX {}", quoted(&unique.name)))
        }
        Change::Kind(_)
        | Change::AddColumn { .. }
        | Change::DropColumn { .. }
        | Change::Property { .. }
        | Change::Type { .. }
        | Change::Required { .. }
        | Change::PrimaryKey { .. }
        | Change::AddUnique { .. }
        | Change::DropUnique(_)
        | Change::AddCheck(_)
        | Change::DropCheck(_)
        | Change::AddReference { .. }
        | Change::DropReference(_) => None,
    }
}

/// The statements that make a table again, with the rows that it has. Columns that it lacks are null. Its indexes and
/// triggers are lost.
pub(super) fn rebuilt(
    table: &TableDefinition,
    existing: &ExistingTable,
) -> impl Iterator<Item = String> + use<> {
    let (name, new) = (quoted(&table.name), quoted(NEW));
    let columns = list(table.names().filter(|name| existing.column(name).is_some()));
    // New columns are the last ones, as after `ADD COLUMN`: the reject log depends on the first order of the fields.
    let place = |name: &str| existing.columns.iter().position(|column| column.name == name);
    let mut again = TableDefinition { name: NEW.to_owned(), ..table.clone() };
    again.columns.sort_by_key(|column| place(&column.name).unwrap_or(usize::MAX));
    let statements = [
        create(&again, ""),
        format!("INSERT INTO {new} ({columns}) SELECT {columns} FROM {name}"),
        format!("DROP TABLE {name}"),
        format!("ALTER TABLE {new} RENAME TO {name}"),
    ];
    statements.into_iter()
}
