//! Which field each column of a CSV holds.

use std::borrow::Cow;

use super::spreadsheet::{MARKED, unmark};
use crate::csv_scanner::cells;
use crate::model::{FieldsMatch, Table};
use crate::text::shortened;

/// The columns that a CSV of rejects has after the table's columns. A header may name them; they are then
/// ignored, so that such a CSV can be corrected and sent as it is. Only where `_codes` says that a row
/// was more, less or other than its cells, that cell must be cleared first, or the row would be taken for another one.
pub const REASONS: [&str; 5] = ["_reject_id", "_line", CODES, "_fields", "_reason"];
pub(super) const CODES: &str = "_codes";

/// Which field each CSV column holds. Made once for a file or body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    columns: Vec<Column>,
    /// Fields that no column holds, ascending.
    absent: Vec<usize>,
    /// Whether cells are marked for a spreadsheet.
    are_marked: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Column {
    /// The field of this index.
    Field(usize),
    /// The one of [`REASONS`], which is passed over.
    Reason(usize),
    /// [`MARKED`], which says that cells are marked for a spreadsheet.
    Marked,
    /// One that is of no field and is passed over, as `fieldsMatch` allows.
    Other,
}

impl Column {
    /// A column of the server's own, which no field is named like.
    pub(super) fn of_server(name: &str) -> Option<Column> {
        let reason = REASONS.iter().position(|reason| *reason == name).map(Column::Reason);
        reason.or_else(|| (name == MARKED).then_some(Column::Marked))
    }

    fn of(table: &Table, name: &str) -> Option<Column> {
        let other = || name.is_empty().then_some(Column::Other);
        table.field(name).map(Column::Field).or_else(|| Column::of_server(name)).or_else(other)
    }

    /// Its name; empty where it is of no field.
    pub(super) fn name(self, table: &Table) -> &str {
        match self {
            Column::Field(i) => &table.fields[i].name,
            Column::Reason(i) => REASONS[i],
            Column::Marked => MARKED,
            Column::Other => "",
        }
    }
}

impl Column {
    /// The index of its field.
    pub(super) fn field(self) -> Option<usize> {
        match self {
            Column::Field(i) => Some(i),
            Column::Reason(_) | Column::Marked | Column::Other => None,
        }
    }
}

/// A text as a cell of CSV.
fn cell(text: &str) -> Cow<'_, str> {
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")).into(),
        false => text.into(),
    }
}

impl Columns {
    pub(super) fn new(table: &Table, columns: Vec<Column>) -> Columns {
        let mut is_absent = vec![true; table.fields.len()];
        for column in &columns {
            if let Column::Field(i) = column {
                is_absent[*i] = false;
            }
        }
        let absent = (0..table.fields.len()).filter(|i| is_absent[*i]).collect();
        Columns { absent, are_marked: columns.contains(&Column::Marked), columns }
    }

    /// Without a header: every field, in schema order.
    pub fn in_order(table: &Table) -> Columns {
        Columns::new(table, (0..table.fields.len()).map(Column::Field).collect())
    }

    /// From the names of fields, as [`names`](Columns::names) writes them.
    pub fn from_names(table: &Table, names: &str) -> Option<Columns> {
        let names = cells(names.as_bytes(), b',');
        let columns =
            names.map(|name| Column::of(table, std::str::from_utf8(&name).ok()?)).collect::<Option<_>>();
        columns.map(|columns| Columns::new(table, columns))
    }

    /// The columns of these fields; `None` if one is no field of the table.
    pub fn of_fields<'n>(table: &Table, names: impl Iterator<Item = &'n str>) -> Option<Columns> {
        let columns = names.map(|name| table.field(name).map(Column::Field)).collect::<Option<_>>();
        columns.map(|columns| Columns::new(table, columns))
    }

    /// The names of the fields as a record of CSV; `None` if they are all there in schema order. A column of no field has
    /// an empty name.
    pub fn names(&self, table: &Table) -> Option<String> {
        (*self != Columns::in_order(table)).then(|| self.all_names(table))
    }

    /// The names of the fields as a record of CSV.
    pub fn all_names(&self, table: &Table) -> String {
        self.columns.iter().map(|column| cell(column.name(table))).collect::<Vec<_>>().join(",")
    }

    /// What a header of these columns has otherwise than the schema says, as a sentence without any cell; `None` if nothing.
    pub fn note(&self, table: &Table) -> Option<String> {
        let mut notes = Vec::new();
        let fields: Vec<usize> = self.iter().filter_map(Column::field).collect();
        if table.fields_match == FieldsMatch::Exact && !fields.is_sorted() {
            notes.push(
                "has its columns in another order than the schema, and is read by their names".to_owned(),
            );
        }
        let may_lack = matches!(table.fields_match, FieldsMatch::Superset | FieldsMatch::Partial);
        if !self.absent.is_empty() && !may_lack {
            let names: Vec<&str> = self.absent.iter().map(|i| table.fields[*i].name.as_str()).collect();
            notes.push(format!(
                "has no column for {}, so these fields have no values",
                shortened(&names.join(", "))
            ));
        }
        let others = self.iter().filter(|column| *column == Column::Other).count();
        if others > 0 {
            notes.push(format!("has columns that are no fields of the table and are passed over: {others}"));
        }
        (!notes.is_empty()).then(|| notes.join("; it "))
    }

    /// Whether these are the columns of a CSV of rejects.
    pub fn hold_reasons(&self) -> bool {
        self.columns.iter().any(|column| match column {
            Column::Field(_) | Column::Other => false,
            Column::Reason(_) | Column::Marked => true,
        })
    }

    /// The text of a cell, without the marks that it has for a spreadsheet.
    pub(super) fn unmarked<'c>(&self, cell: Cow<'c, str>) -> Cow<'c, str> {
        match cell {
            cell if !self.are_marked => cell,
            Cow::Borrowed(text) => unmark(text),
            Cow::Owned(text) => Cow::Owned(unmark(&text).into_owned()),
        }
    }

    /// The columns from left to right.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = Column> {
        self.columns.iter().copied()
    }

    /// The fields that no column holds.
    pub(super) fn absent(&self) -> impl Iterator<Item = usize> {
        self.absent.iter().copied()
    }
}
