//! A table as it exists in the database, and how it differs from the needed one.

use super::schema::{ColumnDefinition, Reference, TableDefinition};
use super::sql_text::list;

/// The type of texts of a limited length, where an engine has one.
const VARCHAR: &str = "varchar(";

/// What the names of the server's own tables begin with.
const OWN: char = '_';

/// A table as the database has it.
#[derive(Debug, Default)]
pub(super) struct ExistingTable {
    /// None where there is no such table.
    pub(super) columns: Vec<ExistingColumn>,
    /// What it is, where it is not a table as this program makes it: a view, or a table of another kind.
    pub(super) kind: Option<String>,
    /// What is unique other than the primary key.
    pub(super) unique: Vec<Unique>,
    pub(super) references: Vec<Reference>,
    /// The text of each CHECK.
    pub(super) checks: Vec<String>,
    /// Names of triggers.
    pub(super) triggers: Vec<String>,
}

/// A column as the database has it.
#[derive(Debug)]
pub(super) struct ExistingColumn {
    pub(super) name: String,
    pub(super) sql_type: String,
    pub(super) required: bool,
    pub(super) key: bool,
    /// A property that no field has, such as a default: the end of a sentence that begins with the column.
    pub(super) extra: Option<String>,
}

/// A unique constraint or index.
#[derive(Debug)]
pub(super) struct Unique {
    pub(super) name: String,
    /// Its columns; fewer than it has where some are expressions.
    pub(super) columns: Vec<String>,
    /// Whether it is over whole values, as the column compares them, in all rows.
    pub(super) plain: bool,
}

impl Unique {
    /// With its parts: the column of each, if it has one, and whether it is plain.
    pub(super) fn of(name: String, parts: Vec<(Option<String>, bool)>) -> Unique {
        let plain = parts.iter().all(|(column, plain)| *plain && column.is_some());
        Unique { name, columns: parts.into_iter().filter_map(|(column, _)| column).collect(), plain }
    }
}

/// A foreign key with its columns, and what each of them references; `None` where that is the primary key.
pub(super) fn reference_of(table: String, columns: Vec<(String, Option<String>)>) -> Reference {
    let (columns, parents): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    Reference { columns, table, parents: parents.into_iter().flatten().collect() }
}

impl ExistingTable {
    /// The column of a name.
    pub(super) fn column(&self, name: &str) -> Option<&ExistingColumn> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Whether there is no such table.
    pub(super) fn is_missing(&self) -> bool {
        self.columns.is_empty()
    }
}

impl TableDefinition {
    /// Whether the table that the database has is this one of the server's own tables as an earlier version of this program
    /// made it: it has columns that are retired, texts of another longest length, or lacks columns that may be null.
    pub(super) fn is_of_earlier_version(
        &self,
        existing: &ExistingTable,
        sql_type: impl Fn(&ColumnDefinition) -> String,
    ) -> bool {
        let differs = |column: &ColumnDefinition| match existing.column(&column.name) {
            Some(found) => found.sql_type.starts_with(VARCHAR) && found.sql_type != sql_type(column),
            None => true,
        };
        let is_retired = |found: &ExistingColumn| self.retired.contains(&found.name.as_str());
        let lacks_a_value =
            self.columns.iter().any(|column| column.required && existing.column(&column.name).is_none());
        self.name.starts_with(OWN)
            && !existing.is_missing()
            && !lacks_a_value
            && (existing.columns.iter().any(is_retired) || self.columns.iter().any(differs))
    }

    /// Whether an upgrade may change the table that the database has: one of the server's own, or one that this is not refused
    /// for. `sql_type` is the type of a column before the upgrade.
    pub(super) fn is_ours_or_fits(
        &self,
        existing: &ExistingTable,
        sql_type: impl Fn(&ColumnDefinition) -> String,
    ) -> bool {
        self.name.starts_with(OWN) || self.difference(existing, sql_type).is_none()
    }

    /// How the table that the database has differs from this one, in words; `None` if it does not.
    pub(super) fn difference(
        &self,
        existing: &ExistingTable,
        sql_type: impl Fn(&ColumnDefinition) -> String,
    ) -> Option<String> {
        let kind = existing.kind.as_ref().map(|kind| format!("it is {kind}"));
        kind.or_else(|| self.missing_column(existing))
            .or_else(|| {
                self.columns.iter().find_map(|column| self.column_difference(column, existing, &sql_type))
            })
            .or_else(|| self.extra_column(existing))
            .or_else(|| self.unique_difference(existing))
            .or_else(|| self.check_difference(existing))
            .or_else(|| self.reference_difference(existing))
    }

    fn missing_column(&self, existing: &ExistingTable) -> Option<String> {
        let missing = self.names().find(|name| existing.column(name).is_none())?;
        Some(format!("the column `{missing}` is missing"))
    }

    fn extra_column(&self, existing: &ExistingTable) -> Option<String> {
        let is_extra = |found: &&ExistingColumn| self.columns.iter().all(|column| column.name != found.name);
        let extra = existing.columns.iter().find(is_extra)?;
        Some(format!("it has a column `{}` that is no field", extra.name))
    }

    fn unique_difference(&self, existing: &ExistingTable) -> Option<String> {
        let of_several = || self.unique.iter().filter(|columns| columns.len() > 1);
        let is_wanted = |found: &Unique| match found.columns.as_slice() {
            // Which columns are unique by themselves has been compared.
            [_] => found.plain,
            columns => found.plain && of_several().any(|wanted| same(columns, wanted)),
        };
        if let Some(extra) = existing.unique.iter().find(|found| !is_wanted(found)) {
            return Some(format!("it has a unique index `{}` that is no constraint of a field", extra.name));
        }
        let missing =
            of_several().find(|wanted| existing.unique.iter().all(|found| !same(&found.columns, wanted)))?;
        Some(format!("it lacks UNIQUE ({})", list(missing.iter().map(String::as_str))))
    }

    fn check_difference(&self, existing: &ExistingTable) -> Option<String> {
        let wanted = self.check.map(plain);
        if let Some(extra) = existing.checks.iter().find(|check| Some(plain(check)) != wanted) {
            return Some(format!("it has CHECK ({extra}), which is no constraint of a field"));
        }
        let missing = self.check.filter(|_| existing.checks.is_empty())?;
        Some(format!("it lacks CHECK ({missing})"))
    }

    fn reference_difference(&self, existing: &ExistingTable) -> Option<String> {
        let is_same = |found: &Reference, wanted: &Reference| {
            found.columns == wanted.columns
                && found.table == wanted.table
                && (found.parents.is_empty() || found.parents == wanted.parents)
        };
        let columns = |reference: &Reference| list(reference.columns.iter().map(String::as_str));
        let is_extra = |found: &&Reference| self.references.iter().all(|wanted| !is_same(found, wanted));
        if let Some(extra) = existing.references.iter().find(is_extra) {
            let (columns, table) = (columns(extra), &extra.table);
            return Some(format!(
                "it has a foreign key ({columns}) to `{table}` that is no foreign key of the dictionary"
            ));
        }
        let is_missing =
            |wanted: &&Reference| existing.references.iter().all(|found| !is_same(found, wanted));
        let missing = self.references.iter().find(is_missing)?;
        Some(format!("it lacks a foreign key ({}) to `{}`", columns(missing), missing.table))
    }
}

impl TableDefinition {
    fn column_difference(
        &self,
        column: &ColumnDefinition,
        existing: &ExistingTable,
        sql_type: impl Fn(&ColumnDefinition) -> String,
    ) -> Option<String> {
        let name = &column.name;
        let found = existing.column(name)?;
        if let Some(extra) = &found.extra {
            return Some(format!("the column `{name}` {extra}"));
        }
        let of_it = |columns: &[String]| columns.len() == 1 && columns[0] == *name;
        let is_unique = existing.unique.iter().any(|unique| unique.plain && of_it(&unique.columns));
        let parent = |references: &[Reference]| {
            let found = references.iter().find(|reference| of_it(&reference.columns));
            found.map_or("nothing".to_owned(), |found| format!("`{}`", found.table))
        };
        let facts = [
            ("type", sql_type(column), found.sql_type.clone()),
            ("required", column.required.to_string(), found.required.to_string()),
            ("primary key", self.primary_key.contains(name).to_string(), found.key.to_string()),
            ("unique", self.unique.iter().any(|key| of_it(key)).to_string(), is_unique.to_string()),
            ("references", parent(&self.references), parent(&existing.references)),
        ];
        let (what, wanted, has) = facts.into_iter().find(|(_, wanted, has)| wanted != has)?;
        Some(format!("the column `{name}` has {what} {has}, but needs {wanted}"))
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

/// Groups neighbours that have the same name.
pub(super) fn grouped<N: PartialEq, T>(parts: impl IntoIterator<Item = (N, T)>) -> Vec<(N, Vec<T>)> {
    let mut groups: Vec<(N, Vec<T>)> = Vec::new();
    for (name, part) in parts {
        match groups.last_mut() {
            Some((last, parts)) if *last == name => parts.push(part),
            _ => groups.push((name, vec![part])),
        }
    }
    groups
}
