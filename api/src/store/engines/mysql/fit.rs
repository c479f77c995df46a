//! Makes tables of the database those that the dictionary describes.
//!
//! A table is changed by one statement, which is done wholly or not at all if the process or the server is killed. The
//! next start goes on with the other tables.

use sqlx::{AssertSqlSafe, Connection, Executor, MySqlConnection};

use super::Engine;
use super::dialect::Flavor;
use crate::store::change::Change;
use crate::store::error::Result;
use crate::store::existing::{ExistingReference, ExistingTable, Unique};
use crate::store::schema::TableDefinition;
use crate::store::sql_text::{list, quoted};

/// Without these checks, a column that is part of a foreign key can be made longer. Open transactions of other processes
/// are waited for.
const SESSION: &str = "SET SESSION foreign_key_checks = 0, lock_wait_timeout = 60";

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
            self.apply(&mut connection, &plans).await?;
        } else {
            plans.clear();
        }
        connection.close().await?;
        let applied = plans
            .into_iter()
            .flat_map(|(table, _, changes)| changes.into_iter().map(|change| (table.name.clone(), change)));
        Ok(applied.collect())
    }

    async fn apply(&self, connection: &mut MySqlConnection, plans: &[Plan<'_>]) -> Result<()> {
        let is_reference = |change: &&Change| matches!(change, Change::DropReference(_));
        let drops_key =
            |(_, _, changes): &Plan| changes.iter().any(|change| matches!(change, Change::DropUnique(_)));
        let children_first = plans.iter().any(drops_key);
        let mut statements = Vec::new();
        if children_first {
            // A key that a foreign key references cannot be dropped before it.
            for (table, existing, changes) in plans.iter().rev() {
                let dropped: Vec<Change> = changes.iter().filter(is_reference).cloned().collect();
                statements.extend(self.flavor.alter(table, existing, &dropped));
            }
        }
        for (table, existing, changes) in plans {
            if existing.is_missing() {
                // A new column of a later table may reference it.
                statements.push(self.flavor.create(table));
            }
            let left = changes.iter().filter(|change| !(children_first && is_reference(change)));
            let left: Vec<Change> = left.cloned().collect();
            statements.extend(self.flavor.alter(table, existing, &left));
        }
        for statement in statements {
            connection.execute(AssertSqlSafe(statement)).await?;
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
