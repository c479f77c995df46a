//! Tables as the server defines them, whatever the engine: the tables of the dictionary and the server's own.

use dictionary::hash::hexadecimal;
use dictionary::{Physical, Table};
use sha2::{Digest, Sha256};

use super::sql_text::quoted;

/// A table as each engine creates it.
#[derive(Clone)]
pub(super) struct TableDefinition {
    pub(super) name: String,
    pub(super) columns: Vec<ColumnDefinition>,
    /// Columns that are unique together.
    pub(super) unique: Option<&'static str>,
    /// Name and columns of secondary indexes; each costs every insert, so each names its query.
    pub(super) indexes: &'static [(&'static str, &'static str)],
    pub(super) check: Option<&'static str>,
    /// Columns that earlier versions of this program had. They are dropped where they are found.
    pub(super) retired: &'static [&'static str],
}

/// A column as each engine creates it.
#[derive(Clone)]
pub(super) struct ColumnDefinition {
    pub(super) name: String,
    pub(super) ty: Physical,
    /// In characters.
    pub(super) max_length: Option<u64>,
    pub(super) required: bool,
    pub(super) key: bool,
    pub(super) unique: bool,
    /// Table and column.
    pub(super) references: Option<(String, String)>,
}

/// A column of the database that references a table, whether the dictionary knows it or not.
#[derive(Debug, Clone)]
pub(super) struct ForeignKey {
    pub(super) table: String,
    pub(super) column: String,
}

/// Columns of a table from which on strings that are no key count as without a limit: a row has space
/// for so many short strings only (InnoDB: 65,535 bytes).
const MANY_COLUMNS: usize = 50;

/// Characters of the longest table name of which MariaDB can make names of constraints, such as `jobs_ibfk_1`: they may
/// have 64.
const NAMED_BY_ENGINE: usize = 54;

impl TableDefinition {
    /// A table of the dictionary. No secondary index: no query of the product needs one.
    pub(super) fn of(table: &Table) -> TableDefinition {
        let many = table.fields.len() > MANY_COLUMNS;
        let indexed = |i: usize, field: &dictionary::Field| {
            i == table.primary_key || field.constraints.unique || field.references.is_some()
        };
        let column = |(i, field): (usize, &dictionary::Field)| ColumnDefinition {
            name: field.name.clone(),
            ty: field.ty.physical(),
            max_length: field.constraints.max_length.filter(|_| !many || indexed(i, field)),
            required: field.constraints.required,
            key: i == table.primary_key,
            unique: field.constraints.unique && i != table.primary_key,
            references: field.references.as_ref().map(|to| (to.name.clone(), to.key().name.clone())),
        };
        TableDefinition {
            name: table.name.clone(),
            columns: table.fields.iter().enumerate().map(column).collect(),
            unique: None,
            indexes: &[],
            check: None,
            retired: &[],
        }
    }

    /// A table of the dictionary under another name and without references, in which the engine checks rows.
    pub(super) fn staging_of(table: &Table, name: &str) -> TableDefinition {
        let definition = TableDefinition::of(table);
        let columns =
            definition.columns.into_iter().map(|column| ColumnDefinition { references: None, ..column });
        TableDefinition { name: name.to_owned(), columns: columns.collect(), ..definition }
    }

    /// The names of its columns.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.columns.iter().map(|column| column.name.as_str())
    }

    /// Foreign keys, and constraints over several columns.
    pub(super) fn table_constraints(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for column in &self.columns {
            if let Some((table, key)) = &column.references {
                let (name, table, key) = (quoted(&column.name), quoted(table), quoted(key));
                let constraint = self.constraint(lines.len() + 1);
                lines.push(format!("{constraint}FOREIGN KEY ({name}) REFERENCES {table} ({key})"));
            }
        }
        lines.extend(self.unique.map(|columns| format!("UNIQUE ({columns})")));
        lines.extend(self.check.map(|check| format!("CHECK ({check})")));
        lines
    }

    /// The words that name a constraint of a table with a long name; the names that engines make of it themselves would
    /// be too long for them.
    fn constraint(&self, number: usize) -> String {
        if self.name.chars().count() <= NAMED_BY_ENGINE {
            return String::new();
        }
        let hash = hexadecimal(&Sha256::digest(&self.name));
        format!("CONSTRAINT {} ", quoted(&format!("_fk_{}_{number}", &hash[..16])))
    }
}
