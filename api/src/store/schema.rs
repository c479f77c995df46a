//! Tables as the server defines them, whatever the engine: the tables of the dictionary and the server's own.

use dictionary::hash::hexadecimal;
use dictionary::{Physical, Table};
use sha2::{Digest, Sha256};

use super::sql_text::{list, quoted};

/// A table as each engine creates it.
#[derive(Clone)]
pub(super) struct TableDefinition {
    pub(super) name: String,
    pub(super) columns: Vec<ColumnDefinition>,
    /// Columns of the primary key, in its order.
    pub(super) primary_key: Vec<String>,
    /// Columns of each other key, in its order.
    pub(super) unique: Vec<Vec<String>>,
    pub(super) references: Vec<Reference>,
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
    /// Whether it is part of a key.
    pub(super) indexed: bool,
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) columns: Vec<String>,
    pub(super) table: String,
    /// The columns that it references.
    pub(super) parents: Vec<String>,
}

/// A foreign key of the database that references a table, whether the dictionary knows it or not.
#[derive(Debug, Clone)]
pub(super) struct ForeignKey {
    /// The table that has it.
    pub(super) table: String,
    pub(super) columns: Vec<String>,
    /// The columns that it references; none where those are the primary key.
    pub(super) parents: Vec<String>,
}

impl ForeignKey {
    /// Of a table, with its columns and what each of them references.
    pub(super) fn of(table: String, columns: Vec<(String, Option<String>)>) -> ForeignKey {
        let (columns, parents): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
        ForeignKey { table, columns, parents: parents.into_iter().flatten().collect() }
    }
}

/// Columns of a table from which on strings that are no key count as without a limit: a row has space
/// for so many short strings only (InnoDB: 65,535 bytes).
const MANY_COLUMNS: usize = 50;

/// MariaDB names a constraint after its table, such as `jobs_ibfk_1`, and a name has at most 64 characters. So the table's name
/// may have this many.
const NAMED_BY_ENGINE: usize = 54;

impl TableDefinition {
    /// A table of the dictionary. No secondary index: no query of the product needs one.
    pub(super) fn of(table: &Table) -> TableDefinition {
        let many = table.columns().len() > MANY_COLUMNS;
        let is_indexed = |i: usize| {
            let references = table.foreign_keys.iter().map(|key| &key.fields);
            [&table.primary_key]
                .into_iter()
                .chain(&table.unique_keys)
                .chain(references)
                .any(|key| key.contains(&i))
        };
        let column = |(i, field): (usize, &dictionary::Field)| ColumnDefinition {
            name: field.name.clone(),
            ty: field.ty.physical(),
            max_length: field.constraints.max_length.filter(|_| !many || is_indexed(i)),
            required: field.constraints.required,
            indexed: is_indexed(i),
        };
        let names =
            |fields: &[usize]| fields.iter().map(|i| table.column(*i).name.clone()).collect::<Vec<_>>();
        let references = table.foreign_keys.iter().filter(|key| key.is_to_key).map(|key| Reference {
            columns: names(&key.fields),
            table: key.parent.clone(),
            parents: key.parent_fields.clone(),
        });
        TableDefinition {
            name: table.name.clone(),
            columns: table.columns().enumerate().map(column).collect(),
            primary_key: names(&table.primary_key),
            unique: table.unique_keys.iter().map(|key| names(key)).collect(),
            references: references.collect(),
            indexes: &[],
            check: None,
            retired: &[],
        }
    }

    /// A table of the dictionary under another name and without references, in which the engine checks rows.
    pub(super) fn staging_of(table: &Table, name: &str) -> TableDefinition {
        TableDefinition { name: name.to_owned(), references: Vec::new(), ..TableDefinition::of(table) }
    }

    /// The names of its columns.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.columns.iter().map(|column| column.name.as_str())
    }

    /// The foreign keys, as lines of the statement that creates the table.
    pub(super) fn foreign_keys(&self) -> impl Iterator<Item = String> {
        let list_of = |names: &[String]| list(names.iter().map(String::as_str));
        (1..).zip(&self.references).map(move |(number, Reference { columns, table, parents })| {
            let (columns, parents) = (list_of(columns), list_of(parents));
            let constraint = self.constraint(number);
            format!("{constraint}FOREIGN KEY ({columns}) REFERENCES {} ({parents})", quoted(table))
        })
    }

    /// Keys and conditions, as lines of the statement that creates the table.
    pub(super) fn table_constraints(&self) -> Vec<String> {
        let list_of = |names: &[String]| list(names.iter().map(String::as_str));
        let mut lines = vec![format!("PRIMARY KEY ({})", list_of(&self.primary_key))];
        lines.extend(self.unique.iter().map(|columns| format!("UNIQUE ({})", list_of(columns))));
        lines.extend(self.foreign_keys());
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
