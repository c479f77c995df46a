//! The server's own tables, of which each column is declared once: its name, its type, and the part of a record that it
//! holds. The table's definition, inserts, queries and the reading of rows follow from that declaration.

use dictionary::iso_text::read_datetime;
use dictionary::wire::{BatchKind, InLog};
use dictionary::{Physical, RowError, Value};

use super::error::{Error, Result};
use super::row::Row;
use super::schema::{ColumnDefinition, Reference, TableDefinition};

/// A table of the server's own, with a record in each row.
pub(super) struct OwnTable<R: 'static> {
    pub(super) name: &'static str,
    pub(super) columns: &'static [OwnColumn<R>],
    /// Columns that are unique together, if there are any.
    pub(super) unique: &'static [&'static str],
    /// Name and columns of secondary indexes; each costs every insert, so each names its query.
    pub(super) indexes: &'static [(&'static str, &'static str)],
    pub(super) check: Option<&'static str>,
    /// Columns that earlier versions of this program had.
    pub(super) retired: &'static [&'static str],
}

/// A column of one of these tables.
pub(super) struct OwnColumn<R> {
    pub(super) name: &'static str,
    /// The type of the record's part. [`physical`](OwnColumn::physical) is the type in the database.
    pub(super) part_type: Physical,
    pub(super) required: bool,
    pub(super) kind: ColumnKind,
    /// Takes the cell out of a record.
    pub(super) take: fn(&mut R) -> Result<Value>,
    /// Puts a cell into a record.
    pub(super) set: fn(&mut R, Value) -> Result<()>,
}

/// How a column is stored. Numbers are the length of the longest text that it takes, in characters.
#[derive(Clone, Copy)]
pub(super) enum ColumnKind {
    /// A text that is the primary key.
    Key(u64),
    /// A text that references a column of a table: length, table, column.
    Reference(u64, &'static str, &'static str),
    /// A text of limited length.
    ShortText(u64),
    /// A text of any length, or a number.
    Unlimited,
    /// A datetime, which is text in the record.
    DateTime,
}

/// A part of a record that is stored in one cell.
pub(super) trait Cell: Default {
    const TYPE: Physical;
    const REQUIRED: bool = true;

    /// The cell.
    fn into_value(self) -> Result<Value>;

    /// The part; `None` for a cell of another type.
    fn from_value(value: Value) -> Option<Self>;
}

impl Cell for String {
    const TYPE: Physical = Physical::Text;

    fn into_value(self) -> Result<Value> {
        Ok(Value::String(self.into()))
    }

    fn from_value(value: Value) -> Option<Self> {
        if let Value::String(text) = value { Some(text.into()) } else { None }
    }
}

impl Cell for u64 {
    const TYPE: Physical = Physical::Integer;

    fn into_value(self) -> Result<Value> {
        Ok(Value::Integer(self.cast_signed()))
    }

    fn from_value(value: Value) -> Option<Self> {
        if let Value::Integer(number) = value { Some(number.cast_unsigned()) } else { None }
    }
}

impl Cell for BatchKind {
    const TYPE: Physical = Physical::Text;

    fn into_value(self) -> Result<Value> {
        Ok(Value::String(self.as_str().into()))
    }

    fn from_value(value: Value) -> Option<Self> {
        BatchKind::from_word(&String::from_value(value)?)
    }
}

/// The errors of a row are stored as a JSON array. Earlier versions of this program stored each error as answers show it.
impl Cell for Vec<RowError> {
    const TYPE: Physical = Physical::Text;

    fn into_value(self) -> Result<Value> {
        serde_json::to_string(&self.iter().map(InLog).collect::<Vec<_>>())
            .map(|json| Value::String(json.into()))
            .map_err(|error| Error::Fault(error.to_string()))
    }

    fn from_value(value: Value) -> Option<Self> {
        serde_json::from_str(&String::from_value(value)?).ok()
    }
}

impl<C: Cell> Cell for Option<C> {
    const TYPE: Physical = C::TYPE;
    const REQUIRED: bool = false;

    fn into_value(self) -> Result<Value> {
        self.map_or(Ok(Value::Null), C::into_value)
    }

    fn from_value(value: Value) -> Option<Self> {
        if value == Value::Null { Some(None) } else { C::from_value(value).map(Some) }
    }
}

/// The type of a part of a record, and whether it is required. The closure is not called: it lets the compiler infer the
/// type of the part.
pub(super) const fn type_of<R, C: Cell>(_part: fn(&R) -> &C) -> (Physical, bool) {
    (C::TYPE, C::REQUIRED)
}

/// The error for a value that does not fit its column, when it is written or read.
pub(super) fn invalid_cell(column: &str) -> Error {
    Error::Fault(format!("a value does not fit the column `{column}`"))
}

/// Declares the columns of an [`OwnTable`]: the name and kind of each, and the part of the record that it holds.
macro_rules! columns {
    ($record:ty; $($name:literal: $kind:expr => $($part:ident).+),+ $(,)?) => {
        &[$(super::own_table::OwnColumn {
            name: $name,
            part_type: super::own_table::type_of::<$record, _>(|record| &record.$($part).+).0,
            required: super::own_table::type_of::<$record, _>(|record| &record.$($part).+).1,
            kind: $kind,
            take: |record| super::own_table::Cell::into_value(std::mem::take(&mut record.$($part).+)),
            set: |record: &mut $record, value| {
                let part = super::own_table::Cell::from_value(value);
                record.$($part).+ = part.ok_or_else(|| super::own_table::invalid_cell($name))?;
                Ok(())
            },
        }),+]
    };
}
pub(super) use columns;

impl<R> OwnColumn<R> {
    /// The type in the database.
    fn physical(&self) -> Physical {
        if matches!(self.kind, ColumnKind::DateTime) { Physical::DateTime } else { self.part_type }
    }

    fn definition(&self) -> ColumnDefinition {
        let max_length = match self.kind {
            ColumnKind::Key(most) | ColumnKind::ShortText(most) | ColumnKind::Reference(most, ..) => {
                Some(most)
            }
            ColumnKind::Unlimited | ColumnKind::DateTime => None,
        };
        ColumnDefinition {
            name: self.name.to_owned(),
            ty: self.physical(),
            max_length,
            required: self.required,
            indexed: false,
        }
    }

    /// The foreign key that it is.
    fn reference(&self) -> Option<Reference> {
        let ColumnKind::Reference(_, table, column) = self.kind else { return None };
        let columns = vec![self.name.to_owned()];
        Some(Reference { columns, table: table.to_owned(), parents: vec![column.to_owned()] })
    }

    fn cell(&self, record: &mut R) -> Result<Value> {
        let value = (self.take)(record)?;
        if let (ColumnKind::DateTime, Value::String(text)) = (self.kind, &value) {
            return read_datetime(text).map(Value::DateTime).ok_or_else(|| invalid_cell(self.name));
        }
        Ok(value)
    }

    fn read(&self, record: &mut R, value: Value) -> Result<()> {
        let is_time = matches!(value, Value::DateTime(_));
        (self.set)(record, if is_time { Value::String(value.text().into()) } else { value })
    }
}

impl<R: Default> OwnTable<R> {
    /// The table as the engines create it.
    pub(super) fn definition(&self) -> TableDefinition {
        let is_key = |column: &&OwnColumn<R>| matches!(column.kind, ColumnKind::Key(_));
        let together: Vec<String> = self.unique.iter().map(|name| (*name).to_owned()).collect();
        TableDefinition {
            name: self.name.to_owned(),
            columns: self.columns.iter().map(OwnColumn::definition).collect(),
            primary_key: self.columns.iter().filter(is_key).map(|column| column.name.to_owned()).collect(),
            unique: if together.is_empty() { Vec::new() } else { vec![together] },
            references: self.columns.iter().filter_map(OwnColumn::reference).collect(),
            indexes: self.indexes,
            check: self.check,
            retired: self.retired,
        }
    }

    /// A record as a row of the table.
    ///
    /// # Errors
    /// When a part of it cannot be stored.
    pub(super) fn row(&self, mut record: R) -> Result<Row> {
        self.columns.iter().map(|column| column.cell(&mut record)).collect()
    }

    /// All columns.
    pub(super) fn all(&self) -> Selection<R> {
        Selection(self.columns.iter().collect())
    }

    /// Some columns. The other parts of the records that they are read into stay empty.
    pub(super) fn columns_named(&self, names: &[&str]) -> Selection<R> {
        Selection(self.columns.iter().filter(|column| names.contains(&column.name)).collect())
    }
}

/// Columns of an [`OwnTable`] that a query reads.
pub(super) struct Selection<R: 'static>(Vec<&'static OwnColumn<R>>);

impl<R: Default> Selection<R> {
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|column| column.name)
    }

    pub(super) fn types(&self) -> Vec<Physical> {
        self.0.iter().map(|column| column.physical()).collect()
    }

    /// The record of a row.
    ///
    /// # Errors
    /// When a cell does not fit its column.
    pub(super) fn read(&self, row: Row) -> Result<R> {
        let mut record = R::default();
        for (column, value) in self.0.iter().zip(row) {
            column.read(&mut record, value)?;
        }
        Ok(record)
    }
}
