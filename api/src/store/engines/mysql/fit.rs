//! Makes tables of the database those that the dictionary describes.
//!
//! A table is changed by one statement, which is done wholly or not at all if the process or the server is killed. The
//! next start goes on with the other tables. Only a longer text in a foreign key takes several: see `widen.rs`.

use sqlx::{AssertSqlSafe, Connection, Executor, MySqlConnection};

use super::Engine;
use super::dialect::Flavor;
use super::widen::Widening;
use crate::store::change::Change;
use crate::store::error::Result;
use crate::store::existing::{ExistingReference, ExistingTable, Unique};
use crate::store::schema::{ColumnDefinition, TableDefinition};
use crate::store::sql_text::{list, quoted};

/// Open transactions of other processes are waited for, in seconds.
const SESSION: &str = "SET SESSION lock_wait_timeout = 60";

/// A table, what it is now, and what changes.
type Plan<'t> = (&'t TableDefinition, ExistingTable, Vec<Change>);

impl Engine {
    /// One process does it at a time.
    pub(in crate::store::engines) async fn fit(
        &self,
        tables: &[TableDefinition],
    ) -> Result<Vec<(String, Change)>> {
        let mut connection = self.pool.acquire().await?.detach();
        connection.execute(super::LOCK).await?;
        connection.execute(SESSION).await?;
        let mut plans: Vec<Plan> = Vec::new();
        for table in tables {
            let existing = self.inspect(&table.name).await?;
            let changes = table.changes(&existing, |column| self.sql_type(column));
            plans.push((table, existing, changes));
        }
        let widens = |(_, _, changes): &Plan| changes.iter().all(Change::widens);
        if plans.iter().all(widens) {
            self.apply(&mut connection, tables, &plans).await?;
        } else {
            plans.clear();
        }
        connection.close().await?;
        let applied = plans
            .into_iter()
            .flat_map(|(table, _, changes)| changes.into_iter().map(|change| (table.name.clone(), change)));
        Ok(applied.collect())
    }

    async fn apply(
        &self,
        connection: &mut MySqlConnection,
        tables: &[TableDefinition],
        plans: &[Plan<'_>],
    ) -> Result<()> {
        let is_reference = |change: &Change| matches!(change, Change::DropReference(_));
        let bound = longer_in_references(tables, plans);
        let is_longer = |table: &TableDefinition, change: &Change| {
            let of_table = bound.iter().filter(|widening| widening.table.name == table.name);
            let mut columns = of_table.flat_map(|widening| &widening.columns);
            matches!(change, Change::Type { column, .. } if columns.any(|found| found.name == *column))
        };
        let drops_key =
            |(_, _, changes): &Plan| changes.iter().any(|change| matches!(change, Change::DropUnique(_)));
        // What a foreign key references cannot be changed before the foreign key is dropped.
        let references_first = !bound.is_empty() || plans.iter().any(drops_key);
        if references_first {
            for (table, existing, changes) in plans {
                let dropped: Vec<Change> =
                    changes.iter().filter(|change| is_reference(change)).cloned().collect();
                execute(connection, self.flavor.alter(table, existing, &dropped)).await?;
            }
        }
        if !bound.is_empty() {
            self.widen_all(connection, tables, &bound).await?;
        }
        for (table, existing, changes) in plans {
            if existing.is_missing() {
                // A new column of a later table may reference it.
                execute(connection, Some(self.flavor.create(table))).await?;
            }
            let is_done =
                |change: &&Change| is_longer(table, change) || references_first && is_reference(change);
            let left: Vec<Change> = changes.iter().filter(|change| !is_done(change)).cloned().collect();
            execute(connection, self.flavor.alter(table, existing, &left)).await?;
        }
        Ok(())
    }

    pub(in crate::store::engines) fn sql_to_fit(
        &self,
        table: &TableDefinition,
        existing: &ExistingTable,
        changes: &[Change],
    ) -> Vec<String> {
        self.flavor.alter(table, existing, changes).into_iter().collect()
    }
}

async fn execute(connection: &mut MySqlConnection, statement: Option<String>) -> Result<()> {
    if let Some(statement) = statement {
        connection.execute(AssertSqlSafe(statement)).await?;
    }
    Ok(())
}

/// The columns that get another type and are part of a foreign key, or are referenced by one.
fn longer_in_references<'t>(tables: &[TableDefinition], plans: &[Plan<'t>]) -> Vec<Widening<'t>> {
    let is_bound = |table: &TableDefinition, name: &String| {
        let mut references = tables.iter().flat_map(|table| &table.references);
        table.references.iter().any(|reference| reference.columns.contains(name))
            || references.any(|reference| reference.table == table.name && reference.parents.contains(name))
    };
    let widening = |(table, _, changes): &Plan<'t>| {
        let is_longer = |column: &&ColumnDefinition| {
            let is_it =
                |change: &Change| matches!(change, Change::Type { column: of, .. } if *of == column.name);
            changes.iter().any(is_it) && is_bound(table, &column.name)
        };
        let columns: Vec<_> = table.columns.iter().filter(is_longer).collect();
        (!columns.is_empty()).then_some(Widening { table, columns })
    };
    plans.iter().filter_map(widening).collect()
}

impl Flavor {
    /// The statement that makes the changes of a table; `None` if there are none, or no statement makes one of them.
    fn alter(self, table: &TableDefinition, existing: &ExistingTable, changes: &[Change]) -> Option<String> {
        let mut parts: Vec<String> = Vec::new();
        let mut key_changes = false;
        for change in changes {
            let part = match change {
                Change::Kind(_) => return None,
                Change::AddColumn { column, .. } => self.column("ADD COLUMN", table, column),
                Change::Property { column, .. }
                | Change::Type { column, .. }
                | Change::Required { column, .. } => self.column("MODIFY COLUMN", table, column),
                Change::DropColumn { column } => Some(format!("DROP COLUMN {}", quoted(column))),
                Change::PrimaryKey { .. } => {
                    key_changes = true;
                    None
                }
                Change::AddUnique { columns, .. } => Some(format!("ADD UNIQUE ({})", names(columns))),
                Change::DropUnique(unique) => {
                    parts.extend(index_of_reference(existing, changes, unique));
                    Some(format!("DROP INDEX {}", quoted(&unique.name)))
                }
                Change::AddCheck(check) => Some(format!("ADD CHECK ({check})")),
                // MariaDB gives the CHECK of a column the column's name.
                Change::DropCheck(check) if existing.column(&check.name).is_some() => {
                    self.column("MODIFY COLUMN", table, &check.name)
                }
                Change::DropCheck(check) => Some(format!("DROP CONSTRAINT {}", quoted(&check.name))),
                Change::AddReference { reference, .. } => {
                    let lines = table.references.iter().zip(table.foreign_keys());
                    lines
                        .filter(|(found, _)| *found == reference)
                        .map(|(_, line)| format!("ADD {line}"))
                        .next()
                }
                Change::DropReference(found) => Some(format!("DROP FOREIGN KEY {}", quoted(&found.name))),
            };
            parts.extend(part.filter(|part| !parts.contains(part)));
        }
        if key_changes {
            let has_key = existing.columns.iter().any(|column| column.key);
            parts.extend(has_key.then(|| "DROP PRIMARY KEY".to_owned()));
            parts.push(format!("ADD PRIMARY KEY ({})", names(&table.primary_key)));
        }
        (!parts.is_empty()).then(|| format!("ALTER TABLE {} {}", quoted(&table.name), parts.join(", ")))
    }

    fn column(self, what: &str, table: &TableDefinition, name: &str) -> Option<String> {
        let column = table.columns.iter().find(|column| column.name == name)?;
        Some(format!("{what} {}", self.define(column)))
    }
}

/// A foreign key needs an index of its columns. Where a unique one was it, and is dropped, another one is made.
fn index_of_reference(existing: &ExistingTable, changes: &[Change], unique: &Unique) -> Option<String> {
    let is_dropped = |found: &ExistingReference| {
        changes
            .iter()
            .any(|change| matches!(change, Change::DropReference(dropped) if dropped.name == found.name))
    };
    let begins = |found: &&ExistingReference| {
        found.reference.columns.first() == unique.columns.first() && !is_dropped(found)
    };
    let needs_it = existing.references.iter().find(begins)?;
    Some(format!("ADD KEY ({})", names(&needs_it.reference.columns)))
}

fn names(columns: &[String]) -> String {
    list(columns.iter().map(String::as_str))
}
