//! A table as it exists in the database, and how it differs from the needed one.

use super::schema::{ColumnDefinition, TableDefinition};
use super::sql_text::list;

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

/// A foreign key.
#[derive(Debug)]
pub(super) struct Reference {
    pub(super) columns: Vec<String>,
    pub(super) table: String,
    /// The columns that it references; none where those are the primary key.
    pub(super) parents: Vec<String>,
}

impl Unique {
    /// With its parts: the column of each, if it has one, and whether it is plain.
    pub(super) fn of(name: String, parts: Vec<(Option<String>, bool)>) -> Unique {
        let plain = parts.iter().all(|(column, plain)| *plain && column.is_some());
        Unique { name, columns: parts.into_iter().filter_map(|(column, _)| column).collect(), plain }
    }
}

impl Reference {
    /// With its columns, and what each of them references.
    pub(super) fn of(table: String, columns: Vec<(String, Option<String>)>) -> Reference {
        let (columns, parents): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
        Reference { columns, table, parents: parents.into_iter().flatten().collect() }
    }
}

impl ExistingTable {
    /// Whether there is no such table.
    pub(super) fn is_missing(&self) -> bool {
        self.columns.is_empty()
    }
}

impl TableDefinition {
    /// Whether one of the server's own tables has a text that an earlier version made shorter. A table of the dictionary is
    /// never changed.
    pub(super) fn is_too_narrow(
        &self,
        existing: &ExistingTable,
        sql_type: impl Fn(&ColumnDefinition) -> String,
    ) -> bool {
        self.name.starts_with('_') && self.narrow_columns(existing, sql_type).next().is_some()
    }

    /// The texts that have fewer characters in the database.
    pub(super) fn narrow_columns<'t>(
        &'t self,
        existing: &'t ExistingTable,
        sql_type: impl Fn(&ColumnDefinition) -> String + 't,
    ) -> impl Iterator<Item = &'t ColumnDefinition> {
        self.columns.iter().filter(move |column| {
            let found = existing.columns.iter().find(|found| found.name == column.name);
            let has = found.and_then(|found| varchar(&found.sql_type));
            has.zip(varchar(&sql_type(column))).is_some_and(|(has, wanted)| has < wanted)
        })
    }

    /// Whether the table that the database has still has a retired column.
    pub(super) fn has_retired(&self, existing: &ExistingTable) -> bool {
        existing.columns.iter().any(|column| self.retired.contains(&column.name.as_str()))
    }

    /// Whether the table that the database has lacks a column of this one.
    pub(super) fn lacks_column(&self, existing: &ExistingTable) -> bool {
        let is_there = |name: &str| existing.columns.iter().any(|column| column.name == name);
        !self.names().all(is_there)
    }

    /// How the table that the database has differs from this one, in words; `None` if it does not.
    pub(super) fn difference(
        &self,
        existing: &ExistingTable,
        sql_type: impl Fn(&ColumnDefinition) -> String,
    ) -> Option<String> {
        let kind = existing.kind.as_ref().map(|kind| format!("it is {kind}"));
        kind.or_else(|| self.columns.iter().find_map(|column| column.difference(existing, &sql_type)))
            .or_else(|| self.extra_column(existing))
            .or_else(|| self.unique_difference(existing))
            .or_else(|| self.check_difference(existing))
            .or_else(|| self.extra_reference(existing))
    }

    fn extra_column(&self, existing: &ExistingTable) -> Option<String> {
        let is_extra = |found: &&ExistingColumn| self.columns.iter().all(|column| column.name != found.name);
        let extra = existing.columns.iter().find(is_extra)?;
        Some(format!("it has a column `{}` that is no field", extra.name))
    }

    fn unique_difference(&self, existing: &ExistingTable) -> Option<String> {
        let together: Vec<&str> = self.unique.into_iter().flat_map(columns_of).collect();
        let is_wanted = |found: &Unique| match found.columns.as_slice() {
            // Which columns are unique by themselves has been compared.
            [_] => found.plain,
            columns => found.plain && !together.is_empty() && same(columns, &together),
        };
        if let Some(extra) = existing.unique.iter().find(|found| !is_wanted(found)) {
            return Some(format!("it has a unique index `{}` that is no constraint of a field", extra.name));
        }
        let missing =
            !together.is_empty() && existing.unique.iter().all(|found| !same(&found.columns, &together));
        missing.then(|| format!("it lacks UNIQUE ({})", list(together)))
    }

    fn check_difference(&self, existing: &ExistingTable) -> Option<String> {
        let wanted = self.check.map(plain);
        if let Some(extra) = existing.checks.iter().find(|check| Some(plain(check)) != wanted) {
            return Some(format!("it has CHECK ({extra}), which is no constraint of a field"));
        }
        let missing = self.check.filter(|_| existing.checks.is_empty())?;
        Some(format!("it lacks CHECK ({missing})"))
    }

    fn extra_reference(&self, existing: &ExistingTable) -> Option<String> {
        let is_wanted = |found: &Reference| {
            let [name] = found.columns.as_slice() else { return false };
            let column = self.columns.iter().find(|column| column.name == *name);
            let wanted = column.and_then(|column| column.references.as_ref());
            wanted.is_some_and(|(table, key)| {
                *table == found.table && found.parents.iter().all(|parent| parent == key)
            })
        };
        let extra = existing.references.iter().find(|found| !is_wanted(found))?;
        let (columns, table) = (list(extra.columns.iter().map(String::as_str)), &extra.table);
        Some(format!(
            "it has a foreign key ({columns}) to `{table}` that is no foreign key of the dictionary"
        ))
    }
}

impl ColumnDefinition {
    fn difference(
        &self,
        existing: &ExistingTable,
        sql_type: impl Fn(&ColumnDefinition) -> String,
    ) -> Option<String> {
        let name = &self.name;
        let Some(found) = existing.columns.iter().find(|found| found.name == *name) else {
            return Some(format!("the column `{name}` is missing"));
        };
        if let Some(extra) = &found.extra {
            return Some(format!("the column `{name}` {extra}"));
        }
        let of_it = |columns: &[String]| columns.len() == 1 && columns[0] == *name;
        let unique = existing.unique.iter().any(|unique| unique.plain && of_it(&unique.columns));
        let parent = existing.references.iter().find(|reference| of_it(&reference.columns));
        let table = |table: Option<&String>| table.map_or("nothing".to_owned(), |name| format!("`{name}`"));
        let facts = [
            ("type", sql_type(self), found.sql_type.clone()),
            ("required", self.required.to_string(), found.required.to_string()),
            ("primary key", self.key.to_string(), found.key.to_string()),
            ("unique", self.unique.to_string(), unique.to_string()),
            (
                "references",
                table(self.references.as_ref().map(|(table, _)| table)),
                table(parent.map(|reference| &reference.table)),
            ),
        ];
        let (what, wanted, has) = facts.into_iter().find(|(_, wanted, has)| wanted != has)?;
        Some(format!("the column `{name}` has {what} {has}, but needs {wanted}"))
    }
}

/// The characters that a `varchar` takes.
fn varchar(sql_type: &str) -> Option<u64> {
    sql_type.strip_prefix("varchar(")?.split_once(')')?.0.parse().ok()
}

/// The names in a list of quoted ones.
fn columns_of(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.split('`').skip(1).step_by(2)
}

/// Whether both hold the same columns, in whatever order.
fn same(some: &[String], others: &[&str]) -> bool {
    some.len() == others.len() && some.iter().all(|name| others.contains(&name.as_str()))
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
