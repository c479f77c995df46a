//! A table as it exists in the database.

use super::schema::{ColumnDefinition, Reference, TableDefinition};

/// The type of texts of a limited length, where an engine has one.
pub(super) const VARCHAR: &str = "varchar(";

/// What the names of the server's own tables begin with.
pub(super) const OWN: char = '_';

/// A table as the database has it.
#[derive(Debug, Default)]
pub(super) struct ExistingTable {
    /// None where there is no such table.
    pub(super) columns: Vec<ExistingColumn>,
    /// What it is, where it is not a table as this program makes it: a view, or a table of another kind.
    pub(super) kind: Option<String>,
    /// What is unique other than the primary key.
    pub(super) unique: Vec<Unique>,
    pub(super) references: Vec<ExistingReference>,
    pub(super) checks: Vec<Check>,
    /// Names of triggers.
    pub(super) triggers: Vec<String>,
    /// Statements that make its indexes and triggers again, on an engine that may have to make the table again.
    pub(super) dependents: Vec<String>,
}

/// A CHECK.
#[derive(Debug, Clone)]
pub(super) struct Check {
    /// Empty where the engine has no names for them.
    pub(super) name: String,
    pub(super) condition: String,
}

/// A foreign key.
#[derive(Debug, Clone)]
pub(super) struct ExistingReference {
    /// Empty where the engine has no names for them.
    pub(super) name: String,
    pub(super) reference: Reference,
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
#[derive(Debug, Clone)]
pub(super) struct Unique {
    pub(super) name: String,
    /// Its columns; fewer than it has where some are expressions.
    pub(super) columns: Vec<String>,
    /// Whether it is over whole values, as the column compares them, in all rows.
    pub(super) plain: bool,
    /// Whether it is made as this program makes a constraint, and not as an index of its own.
    pub(super) is_constraint: bool,
}

impl Unique {
    /// With its parts: the column of each, if it has one, and whether it is plain.
    pub(super) fn of(name: String, parts: Vec<(Option<String>, bool)>, is_constraint: bool) -> Unique {
        let plain = parts.iter().all(|(column, plain)| *plain && column.is_some());
        let columns = parts.into_iter().filter_map(|(column, _)| column).collect();
        Unique { name, columns, plain, is_constraint }
    }
}

impl ExistingReference {
    /// With its columns, and what each of them references; `None` where that is the primary key.
    pub(super) fn of(name: String, table: String, columns: Vec<(String, Option<String>)>) -> Self {
        let (columns, parents): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
        let parents = parents.into_iter().flatten().collect();
        ExistingReference { name, reference: Reference { columns, table, parents } }
    }
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
