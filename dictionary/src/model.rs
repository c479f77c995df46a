//! The model: tables and fields as the rest of the product sees them.

use std::sync::Arc;

use crate::pattern::Pattern;
use crate::source::Source;
use crate::text::shortened;
use crate::types::Type;
use crate::value::Value;

/// A data dictionary: the tables of one Data Package, parents before children.
#[derive(Debug)]
pub struct Dictionary {
    pub(crate) tables: Vec<Arc<Table>>,
    pub(crate) descriptor: serde_json::Value,
    pub(crate) hash: String,
    pub(crate) notes: Vec<String>,
}

impl Dictionary {
    /// The tables, each after every table that it references.
    pub fn tables(&self) -> &[Arc<Table>] {
        &self.tables
    }

    /// The table of this exact name.
    pub fn table(&self, name: &str) -> Option<&Arc<Table>> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// The descriptor as read, with the content of the files that it references in their place.
    pub fn descriptor(&self) -> &serde_json::Value {
        &self.descriptor
    }

    /// SHA-256 of the descriptor's content with that of the files that it references (not of its spacing or member order), in hexadecimal.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// What the reader of the descriptor should know, such as a resource that is passed over: a sentence each.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}

/// A Data Resource with a Table Schema.
#[derive(Debug, Clone)]
pub struct Table {
    /// The resource's name, which is the table's name in the database and in paths.
    pub name: String,
    /// The resource's title, if it has one.
    pub title: Option<String>,
    /// The name of the historical rows' source, in the ledger and in messages: where it is one file, its path relative to
    /// the descriptor's folder.
    pub path: String,
    /// Where the historical rows are, and how they are written.
    pub source: Source,
    /// The fields, in schema order; at least one.
    pub fields: Vec<Field>,
    /// The column [`ROW_ID`] of a table whose schema has no primary key. It is the last column.
    pub row_id: Option<Field>,
    /// Indexes of the primary key's columns, in its order; at least one.
    pub primary_key: Vec<usize>,
    /// Indexes of the fields of each other key, whose values may occur only once.
    pub unique_keys: Vec<Vec<usize>>,
    /// The foreign keys.
    pub foreign_keys: Vec<ForeignKey>,
    /// Whether CSV in the table's plain form starts with a header record.
    pub header: bool,
    /// The delimiter of CSV in the table's plain form, one ASCII character.
    pub delimiter: u8,
    /// Which columns a header may have.
    pub fields_match: FieldsMatch,
    /// Whether the labels of a header match names in any case.
    pub header_ignores_case: bool,
}

/// Which columns a CSV with a header may have: Table Schema's `fieldsMatch`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldsMatch {
    /// Those of all fields, in order.
    Exact,
    /// Those of all fields, in any order.
    Equal,
    /// At least those of all fields.
    Subset,
    /// Those of some fields.
    Superset,
    /// Those of at least one field, and others.
    Partial,
}

impl Table {
    /// What a CSV header of this table looks like, for messages.
    pub fn header_wanted(&self) -> String {
        let names: Vec<_> = self.fields.iter().map(|field| field.name.as_str()).collect();
        let names = shortened(&names.join(", "));
        format!("the fields {names}, separated by {}", delimiter_in_words(self.delimiter))
    }

    /// The columns of the table in the database: its fields, and [`ROW_ID`] where it has that.
    pub fn columns(&self) -> impl ExactSizeIterator<Item = &Field> + Clone {
        Columns(self.fields.iter(), self.row_id.as_ref())
    }

    /// The column of an index.
    pub fn column(&self, i: usize) -> &Field {
        self.fields.get(i).or(self.row_id.as_ref()).unwrap_or(&self.fields[0])
    }

    /// The columns of the primary key.
    pub fn key(&self) -> impl ExactSizeIterator<Item = &Field> + Clone {
        self.primary_key.iter().map(|i| self.column(*i))
    }

    /// The names of the primary key's columns, separated by commas.
    pub fn key_name(&self) -> String {
        names(self.key())
    }

    /// A primary key as paths and parameters have it: the texts of its values. Several are separated by commas; a comma and
    /// a percent sign in one of them are then percent-encoded.
    pub fn key_text(&self, row: &[Value]) -> String {
        let texts = self.primary_key.iter().map(|i| row[*i].text());
        if self.primary_key.len() == 1 {
            return texts.collect();
        }
        texts.map(|text| text.replace('%', "%25").replace(',', "%2C")).collect::<Vec<_>>().join(",")
    }

    /// Reads a primary key that [`key_text`](Table::key_text) wrote, a value for each of its columns.
    ///
    /// # Errors
    /// What a key looks like.
    pub fn read_key(&self, text: &str) -> Result<Vec<Value>, String> {
        let is_one = self.primary_key.len() == 1;
        let parts: Vec<String> = if is_one {
            vec![text.to_owned()]
        } else {
            text.split(',').map(|part| part.replace("%2C", ",").replace("%25", "%")).collect()
        };
        let values = self.key().zip(&parts).map(|(field, part)| field.ty.read_canonical(part));
        let values: Option<Vec<Value>> = values.collect();
        values
            .filter(|values| values.len() == self.primary_key.len() && parts.len() == values.len())
            .ok_or_else(|| {
                let expected: Vec<_> =
                    self.key().map(|field| format!("{} ({})", field.name, field.ty.expected())).collect();
                match self.key().next() {
                    Some(field) if is_one => field.ty.expected().into_owned(),
                    _ => format!("{}, separated by commas", expected.join(", ")),
                }
            })
    }

    /// The index of the field of this exact name.
    pub fn field(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }

    /// The fields of each key whose values senders give and that may occur only once: the primary key, then the others.
    pub fn sent_keys(&self) -> impl Iterator<Item = &[usize]> {
        let primary = self.row_id.is_none().then_some(self.primary_key.as_slice());
        primary.into_iter().chain(self.unique_keys.iter().map(Vec::as_slice))
    }
}

/// The column that a table without a primary key has in the database. The gateway gives each row a number, which ascends in
/// the order in which rows are stored.
pub const ROW_ID: &str = "_id";

/// The names of fields, separated by commas.
pub fn names<'f>(fields: impl Iterator<Item = &'f Field>) -> String {
    fields.map(|field| field.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// Values of some fields that must be values of a key or of other fields of a table. A row in which one of the values is null
/// references nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKey {
    /// Indexes of the fields.
    pub fields: Vec<usize>,
    /// The table that is referenced; it may be the same one.
    pub parent: String,
    /// The fields that are referenced, in the order of `fields`.
    pub parent_fields: Vec<String>,
    /// Whether the referenced fields are a key of the parent, so that the database can check it too.
    pub is_to_key: bool,
}

impl ForeignKey {
    /// The names of the fields that it references, separated by commas.
    pub fn parent_name(&self) -> String {
        self.parent_fields.join(", ")
    }

    /// The referenced fields of a table that references itself; `None` where it references another one.
    pub(crate) fn own_fields(&self, table: &Table) -> Option<Vec<usize>> {
        let is_own = self.parent == table.name;
        is_own.then(|| self.parent_fields.iter().filter_map(|name| table.field(name)).collect())
    }
}

/// See [`Table::columns`].
#[derive(Debug, Clone)]
struct Columns<'t>(std::slice::Iter<'t, Field>, Option<&'t Field>);

impl<'t> Iterator for Columns<'t> {
    type Item = &'t Field;

    fn next(&mut self) -> Option<&'t Field> {
        self.0.next().or_else(|| self.1.take())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let length = self.0.len() + usize::from(self.1.is_some());
        (length, Some(length))
    }
}

impl ExactSizeIterator for Columns<'_> {}

/// A CSV delimiter, for messages.
pub(crate) fn delimiter_in_words(delimiter: u8) -> String {
    match delimiter {
        b'\t' => "tabs".to_owned(),
        delimiter => format!("`{}`", char::from(delimiter)),
    }
}

/// A field of a Table Schema.
#[derive(Debug, Clone)]
pub struct Field {
    /// The field's name, which is the column's name.
    pub name: String,
    /// The field's title, if it has one.
    pub title: Option<String>,
    /// What it holds, in words.
    pub description: Option<String>,
    /// The type of its values.
    pub ty: Type,
    /// What its values must satisfy.
    pub constraints: Constraints,
    /// CSV cells that mean null: those of the field, or those of its table.
    pub missing_values: Vec<String>,
    /// What the user should know about how it is read.
    pub notes: Vec<String>,
}

/// Table Schema's field constraints.
#[derive(Debug, Clone, Default)]
pub struct Constraints {
    /// Null is refused. Always true for a primary key.
    pub required: bool,
    /// A value occurs at most once in the table; nulls do not count.
    pub unique: bool,
    /// The least value, inclusive.
    pub minimum: Option<Value>,
    /// The greatest value, inclusive.
    pub maximum: Option<Value>,
    /// All values are above it.
    pub exclusive_minimum: Option<Value>,
    /// All values are below it.
    pub exclusive_maximum: Option<Value>,
    /// The least number of characters; at least 1 where the string is a primary key.
    pub min_length: Option<u64>,
    /// The greatest number of characters; at most [`INDEX_LENGTH`] where the text is a key or unique.
    pub max_length: Option<u64>,
    /// Whether `max_length` is [`INDEX_LENGTH`] and not in the descriptor.
    pub is_index_length: bool,
    /// The least number of items, where `minLength` counts these.
    pub min_items: Option<u64>,
    /// The greatest number of items, where `maxLength` counts these.
    pub max_items: Option<u64>,
    /// An expression that the whole value matches.
    pub pattern: Option<Pattern>,
    /// The values allowed.
    pub one_of: Option<Vec<Value>>,
    /// The values allowed by the field's `categories`.
    pub categories: Option<Vec<Value>>,
}

/// The longest text that every engine can index, in characters: 3072 bytes in MariaDB, of 4 for a character.
pub const INDEX_LENGTH: u64 = 650;
