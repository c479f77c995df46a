//! Which field each column of a CSV holds.

use std::borrow::Cow;

use super::BodyError;
use super::spreadsheet::{MARKED, unmark};
use crate::csv_scanner::{self, Quotes, Scan, Scanner};
use crate::model::Table;
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    /// The field of this index.
    Field(usize),
    /// The one of [`REASONS`], which is passed over.
    Reason(usize),
    /// [`MARKED`], which says that cells are marked for a spreadsheet.
    Marked,
}

impl Column {
    fn of(table: &Table, name: &str) -> Option<Column> {
        let reason = || REASONS.iter().position(|reason| *reason == name).map(Column::Reason);
        let marked = || (name == MARKED).then_some(Column::Marked);
        table.field(name).map(Column::Field).or_else(reason).or_else(marked)
    }

    fn name(self, table: &Table) -> &str {
        match self {
            Column::Field(i) => &table.fields[i].name,
            Column::Reason(i) => REASONS[i],
            Column::Marked => MARKED,
        }
    }
}

impl Columns {
    fn new(table: &Table, columns: Vec<Column>) -> Columns {
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

    /// From a header record, which matches fields by name, in any order. It may name [`REASONS`] and [`MARKED`] as well.
    ///
    /// # Errors
    /// When it names something else or a field twice, or lacks a required field.
    pub fn from_header(table: &Table, record: &[u8]) -> Result<Columns, BodyError> {
        let refuse = |why: &str| {
            Err(BodyError::HeaderMismatch(format!("{why}; the header must name {}", table.header_wanted())))
        };
        let mut scanner = Scanner::new(table.delimiter);
        if record.is_empty() || !matches!(scanner.scan(record, true), Scan::Record(_, Quotes::Good)) {
            return refuse("it is empty, or a quote in it is in a wrong position");
        }
        let mut columns: Vec<Column> = Vec::with_capacity(table.fields.len());
        for name in csv_scanner::cells(record, table.delimiter) {
            let name = String::from_utf8_lossy(&name);
            let mismatch = |what| refuse(&format!("`{}` {what}", shortened(&name)));
            match Column::of(table, &name) {
                None => return mismatch("is not a field of the table"),
                Some(column) if columns.contains(&column) => return mismatch("occurs twice"),
                Some(column) => columns.push(column),
            }
        }
        let columns = Columns::new(table, columns);
        let absent = columns.absent.iter().map(|i| &table.fields[*i]);
        match absent.clone().find(|field| field.constraints.required) {
            Some(field) => refuse(&format!("the required field `{}` is missing", field.name)),
            None => Ok(columns),
        }
    }

    /// From the names of fields, separated by commas, as [`names`](Columns::names) writes them.
    pub fn from_names(table: &Table, names: &str) -> Option<Columns> {
        let columns = names.split(',').map(|name| Column::of(table, name)).collect::<Option<_>>();
        columns.map(|columns| Columns::new(table, columns))
    }

    /// The names of the fields, separated by commas; `None` if they are all there in schema order.
    pub fn names(&self, table: &Table) -> Option<String> {
        let names = || self.columns.iter().map(|column| column.name(table)).collect::<Vec<_>>().join(",");
        (*self != Columns::in_order(table)).then(names)
    }

    /// Whether these are the columns of a CSV of rejects.
    pub fn hold_reasons(&self) -> bool {
        self.columns.iter().any(|column| match column {
            Column::Field(_) => false,
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
