//! The model: tables and fields as the rest of the product sees them.

use std::sync::Arc;

use regex::Regex;

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
    /// The name of the historical rows' source, in the ledger and in messages: where it is one file, its path relative to
    /// the descriptor's folder.
    pub path: String,
    /// Where the historical rows are, and how they are written.
    pub source: Source,
    /// The fields, in schema order; at least one.
    pub fields: Vec<Field>,
    /// Index of the primary key's field.
    pub primary_key: usize,
    /// CSV cells that mean null.
    pub missing_values: Vec<String>,
    /// Whether CSV in the table's plain form starts with a header record.
    pub header: bool,
    /// The delimiter of CSV in the table's plain form, one ASCII character.
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
    /// The table whose primary key its values must be.
    pub references: Option<Arc<Table>>,
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
    /// The least number of characters; at least 1 where the string is a primary key.
    pub min_length: Option<u64>,
    /// The greatest number of characters; at most 255 where the string is a key or unique.
    pub max_length: Option<u64>,
    /// An expression that the whole value matches.
    pub pattern: Option<Pattern>,
    /// The values allowed.
    pub one_of: Option<Vec<Value>>,
}

/// A `pattern` as written and as compiled to match whole values.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// As in the descriptor.
    pub source: String,
    pub(crate) whole: Regex,
}
