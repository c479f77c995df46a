//! What would have to change in a table of the database, so that it is the needed one.

use super::change::Change;
use super::existing::{ExistingColumn, ExistingReference, ExistingTable, OWN, Unique};
use super::schema::{ColumnDefinition, Reference, TableDefinition};

impl TableDefinition {
    /// Whether an upgrade may change the table that the database has: one of the server's own, or one for which the start is not
    /// refused. `sql_type` is the type of a column before the upgrade.
    pub(super) fn is_ours_or_fits(
        &self,
        existing: &ExistingTable,
        sql_type: impl Fn(&ColumnDefinition) -> String,
    ) -> bool {
        self.name.starts_with(OWN) || self.changes(existing, sql_type).iter().all(Change::widens)
    }

    /// All that would have to change in the table that the database has, so that it is this one; nothing if there is no such
    /// table. `sql_type` is the type that a column needs, as the engine reports it.
    pub(super) fn changes(
        &self,
        existing: &ExistingTable,
        sql_type: impl Fn(&ColumnDefinition) -> String,
    ) -> Vec<Change> {
        if existing.is_missing() {
            return Vec::new();
        }
        if let Some(kind) = &existing.kind {
            return vec![Change::Kind(kind.clone())];
        }
        let is_missing = |column: &&ColumnDefinition| existing.column(&column.name).is_none();
        let added = self.columns.iter().filter(is_missing);
        let mut changes: Vec<Change> = added
            .map(|column| Change::AddColumn { column: column.name.clone(), required: column.required })
            .collect();
        for column in &self.columns {
            if let Some(found) = existing.column(&column.name) {
                changes.extend(self.column_changes(column, found, &sql_type(column)));
            }
        }
        let is_extra = |found: &&ExistingColumn| self.columns.iter().all(|column| column.name != found.name);
        let extra = existing.columns.iter().filter(is_extra);
        changes.extend(extra.map(|found| Change::DropColumn { column: found.name.clone() }));
        changes.extend(self.unique_changes(existing));
        changes.extend(self.check_changes(existing));
        changes.extend(self.reference_changes(existing));
        changes
    }

    fn column_changes(&self, column: &ColumnDefinition, found: &ExistingColumn, needs: &str) -> Vec<Change> {
        let name = || column.name.clone();
        let mut changes = Vec::new();
        changes.extend(found.extra.clone().map(|property| Change::Property { column: name(), property }));
        if found.sql_type != needs {
            let (has, needs) = (found.sql_type.clone(), needs.to_owned());
            changes.push(Change::Type { column: name(), has, needs });
        }
        if found.required != column.required {
            changes.push(Change::Required { column: name(), needs: column.required });
        }
        let needs_key = self.primary_key.contains(&column.name);
        if found.key != needs_key {
            changes.push(Change::PrimaryKey { column: name(), needs: needs_key });
        }
        changes
    }

    /// Whether one of the columns is new and may be null, so that no stored row has a key of them.
    fn are_new(&self, columns: &[String], existing: &ExistingTable) -> bool {
        let mut of_key = self.columns.iter().filter(|column| columns.contains(&column.name));
        of_key.any(|column| !column.required && existing.column(&column.name).is_none())
    }

    fn unique_changes(&self, existing: &ExistingTable) -> Vec<Change> {
        let is_wanted =
            |found: &&Unique| found.plain && self.unique.iter().any(|wanted| same(&found.columns, wanted));
        let extra = existing.unique.iter().filter(|found| !is_wanted(found));
        let drop = extra.map(|found| Change::DropUnique(found.clone()));
        let is_missing = |wanted: &&Vec<String>| {
            !existing.unique.iter().any(|found| found.plain && same(&found.columns, wanted))
        };
        let missing = self.unique.iter().filter(is_missing);
        let add = missing.map(|columns| Change::AddUnique {
            columns: columns.clone(),
            are_new: self.are_new(columns, existing),
        });
        drop.chain(add).collect()
    }

    fn check_changes(&self, existing: &ExistingTable) -> Vec<Change> {
        let wanted = self.check.map(plain);
        let extra = existing.checks.iter().filter(|check| Some(plain(&check.condition)) != wanted);
        let mut changes: Vec<Change> = extra.cloned().map(Change::DropCheck).collect();
        let missing = self
            .check
            .filter(|check| existing.checks.iter().all(|found| plain(&found.condition) != plain(check)));
        changes.extend(missing.map(Change::AddCheck));
        changes
    }

    fn reference_changes(&self, existing: &ExistingTable) -> Vec<Change> {
        let is_same = |found: &ExistingReference, wanted: &Reference| {
            let found = &found.reference;
            found.columns == wanted.columns
                && found.table == wanted.table
                && (found.parents.is_empty() || found.parents == wanted.parents)
        };
        let is_extra =
            |found: &&ExistingReference| self.references.iter().all(|wanted| !is_same(found, wanted));
        let mut changes: Vec<Change> =
            existing.references.iter().filter(is_extra).cloned().map(Change::DropReference).collect();
        let is_missing =
            |wanted: &&Reference| existing.references.iter().all(|found| !is_same(found, wanted));
        let missing = self.references.iter().filter(is_missing);
        changes.extend(missing.map(|reference| Change::AddReference {
            reference: reference.clone(),
            are_new: self.are_new(&reference.columns, existing),
        }));
        changes
    }
}

/// Whether both hold the same columns, in whatever order.
fn same(some: &[String], others: &[String]) -> bool {
    some.len() == others.len() && some.iter().all(|name| others.contains(name))
}

/// A condition without what engines add to it and leave out of it: case, spaces, quotes and parentheses.
fn plain(condition: &str) -> String {
    let kept = condition.chars().filter(|c| !c.is_whitespace() && !matches!(c, '(' | ')' | '`' | '"'));
    kept.collect::<String>().to_ascii_lowercase()
}
