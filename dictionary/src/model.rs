//! The model: tables and fields as the rest of the product sees them.

use std::sync::Arc;

use crate::pattern::Pattern;
use crate::text::shortened;
use crate::types::Type;
use crate::value::Value;

/// A data dictionary: the tables of one Data Package, parents before children.
#[derive(Debug)]
pub struct Dictionary {
    pub(crate) tables: Vec<Arc<Table>>,
    pub(crate) descriptor: serde_json::Value,
    pub(crate) hash: String,
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

    /// The descriptor as read.
    pub fn descriptor(&self) -> &serde_json::Value {
        &self.descriptor
    }

    /// What the user should know about how the descriptor is read, each a sentence that names table and field.
    pub fn notes(&self) -> Vec<String> {
        let of_field = |table: &Table, field: &Field| {
            let place = format!("table `{}`, field `{}`", table.name, field.name);
            field.notes.iter().map(|note| format!("{place}: {note}")).collect::<Vec<_>>()
        };
        let of_table = |table: &Arc<Table>| {
            table.fields.iter().flat_map(|field| of_field(table, field)).collect::<Vec<_>>()
        };
        self.tables.iter().flat_map(of_table).collect()
    }

    /// SHA-256 of the descriptor's content (not of its spacing or member order), in hexadecimal.
    pub fn hash(&self) -> &str {
        &self.hash
    }
}

/// A Data Resource with a Table Schema.
#[derive(Debug, Clone)]
pub struct Table {
    /// The resource's name, which is the table's name in the database and in paths.
    pub name: String,
    /// The resource's title, if it has one.
    pub title: Option<String>,
    /// The CSV file with the historical rows, relative to the descriptor's folder.
    pub path: String,
    /// The fields, in schema order; at least one.
    pub fields: Vec<Field>,
    /// Index of the primary key's field.
    pub primary_key: usize,
    /// CSV cells that mean null.
    pub missing_values: Vec<String>,
    /// Whether CSV files start with a header record.
    pub header: bool,
    /// The CSV delimiter, one ASCII character.
    pub delimiter: u8,
}

impl Table {
    /// What a CSV header of this table looks like, for messages.
    pub fn header_wanted(&self) -> String {
        let names: Vec<_> = self.fields.iter().map(|field| field.name.as_str()).collect();
        let names = shortened(&names.join(", "));
        format!("the fields {names}, separated by {}", delimiter_in_words(self.delimiter))
    }

    /// The primary key's field.
    pub fn key(&self) -> &Field {
        &self.fields[self.primary_key]
    }

    /// The index of the field of this exact name.
    pub fn field(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }

    /// Indexes of the fields whose values may occur only once: the primary key, then `unique` ones.
    pub fn unique_fields(&self) -> impl Iterator<Item = usize> {
        let others = self.fields.iter().enumerate();
        let others = others.filter(|(i, field)| field.constraints.unique && *i != self.primary_key);
        std::iter::once(self.primary_key).chain(others.map(|(i, _)| i))
    }

    /// Index of each field that is a foreign key, with the table it references.
    pub fn references(&self) -> impl Iterator<Item = (usize, &Arc<Table>)> {
        self.fields.iter().enumerate().filter_map(|(i, f)| f.references.as_ref().map(|to| (i, to)))
    }
}

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
    /// The table whose primary key its values must be.
    pub references: Option<Arc<Table>>,
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
