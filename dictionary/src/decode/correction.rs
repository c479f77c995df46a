//! Rejected rows as cells of a CSV that is corrected and sent again. Such a CSV changes some rows. They are found
//! here, so that they are not sent back as other rows.

use crate::code::Code;
use crate::model::Table;
use crate::row_error::RowError;
use crate::value::Value;

use super::{CHANGED, Columns, Row, csv, json, whole};

/// How the log calls a row that is written as it was received.
pub const UTF_8: &str = "utf-8";

/// A rejected row as the log keeps it.
#[derive(Debug, Clone, Copy)]
pub struct Rejected<'r> {
    /// The row as received, or in base64.
    pub raw: &'r str,
    /// How `raw` is written: `utf-8` for the row as received, or `base64`.
    pub encoding: &'r str,
    /// The [names](Columns::names) of the columns of its CSV, where they were not in schema order.
    pub columns: Option<&'r str>,
    /// The 1-based physical line where it starts; `None` for an element of a JSON array.
    pub line: Option<u64>,
    /// All the reasons.
    pub errors: &'r [RowError],
}

/// A rejected row as cells of its table, one for each field in schema order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// The cells. A row that cannot be read as cells is whole in the first one.
    pub cells: Vec<String>,
    /// Why a CSV of these cells is not the row; `None` where it is read as the same values with the same errors.
    pub loss: Option<Loss>,
}

/// Why a CSV cannot hold a row as it was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// The row has an error of this code, and it is not known which cell belongs to which field.
    Code(Code),
    /// A string of JSON that is null in a CSV of the table.
    NullText,
    /// A value of another JSON type than its field's, which a CSV does not show.
    OtherType,
    /// No value, where a CSV of the table always has one.
    NoNull,
}

/// A rejected row as cells to correct, and whether they are the row as received.
pub fn correction(table: &Table, rejected: &Rejected) -> Correction {
    let lost = |code| Correction { cells: whole(table, rejected.raw), loss: Some(Loss::Code(code)) };
    if rejected.encoding != UTF_8 {
        return lost(Code::EncodingError);
    }
    if rejected.errors.iter().any(|error| error.code == Code::FormatError) {
        return lost(Code::FormatError);
    }
    let record = if is_json(table, rejected) {
        json::record(table, rejected.raw)
    } else {
        // Names that are no columns of the table now leave it open which cell belongs to which field.
        let columns = match rejected.columns {
            None => Some(Columns::in_order(table)),
            Some(names) => Columns::from_names(table, names),
        };
        columns.and_then(|columns| csv::record(table, rejected.raw, &columns))
    };
    let Some((row, cells)) = record else { return lost(Code::FormatError) };
    let by_code =
        rejected.errors.iter().find(|error| loses(table, error)).map(|error| Loss::Code(error.code));
    let loss = by_code.or_else(|| change(table, &row, &cells));
    Correction { cells, loss }
}

/// A rejected row of a table, read as a row of the table that a changed dictionary makes of it; `None` where it cannot be
/// read as cells.
pub fn reread(was: &Table, table: &Table, rejected: &Rejected) -> Option<Row> {
    if rejected.encoding != UTF_8 {
        return None;
    }
    if is_json(was, rejected) {
        return json::record(table, rejected.raw).map(|(row, _)| row);
    }
    // Cells are in the order of the fields that the table had.
    let columns = match rejected.columns {
        None => Columns::of_fields(table, was.fields.iter().map(|field| field.name.as_str())),
        Some(names) => Columns::from_names(table, names),
    };
    csv::record(table, rejected.raw, &columns?).map(|(row, _)| row)
}

/// The cells of [`REASONS`](super::REASONS) for a rejected row, in their order. `is_changed` says in `_codes` that the
/// cells before them are not the row as it was received.
pub fn reasons(id: &str, line: Option<u64>, errors: &[RowError], is_changed: bool) -> Vec<String> {
    let line = line.map(|line| line.to_string()).unwrap_or_default();
    let codes = errors.iter().map(|error| error.code.as_str()).chain(is_changed.then_some(CHANGED));
    let fields = errors.iter().filter_map(|error| error.field.as_deref());
    let messages: Vec<String> = errors.iter().map(RowError::to_string).collect();
    vec![id.to_owned(), line, join(codes, " "), join(fields, " "), messages.join("; ")]
}

fn join<'t>(texts: impl Iterator<Item = &'t str>, separator: &str) -> String {
    texts.collect::<Vec<_>>().join(separator)
}

/// Whether a row came as JSON. A line of a file may be both an object and a record of CSV; then its errors decide.
fn is_json(table: &Table, rejected: &Rejected) -> bool {
    let Rejected { raw, columns, line, errors, .. } = rejected;
    let is_object = columns.is_none() && raw.trim_start().starts_with('{');
    line.is_none() || is_object && json::explains(table, raw, errors)
}

/// Whether a row with this error is another one when it is written as cells of its fields: cells that belong to no
/// field are lost, and missing ones are null.
fn loses(table: &Table, error: &RowError) -> bool {
    match error.code {
        Code::MissingCell => {
            let field = error.field.as_deref().and_then(|name| table.field(name));
            field.is_none_or(|field| !table.fields[field].constraints.required)
        }
        Code::TypeError
        | Code::ConstraintError
        | Code::ExtraCell
        | Code::UniqueError
        | Code::PrimaryKey
        | Code::ForeignKey
        | Code::EncodingError
        | Code::FormatError => error.code.is_about_row(),
    }
}

/// Why the cells of a row would be read as another row; `None` if they would not.
fn change(table: &Table, row: &Row, cells: &[String]) -> Option<Loss> {
    let back = csv::row_of(table, cells);
    let changed = (0..=table.fields.len()).find(|i| held(row, *i) != held(&back, *i))?;
    let value = row.values.get(changed).unwrap_or(&Value::Null);
    Some(match cells.get(changed) {
        Some(cell) if table.fields[changed].missing_values.contains(cell) => Loss::NullText,
        Some(_) if value.is_null() && row.errors.iter().all(|(of, _)| *of != changed) => Loss::NoNull,
        _ => Loss::OtherType,
    })
}

/// A field's value, and what is wrong with it. A cell that is missing is one without a value where one is required.
fn held<'r>(row: &'r Row, field: usize) -> (Option<&'r Value>, Vec<(Code, Option<&'r str>)>) {
    let held = |error: &'r RowError| {
        if error.code == Code::MissingCell {
            (Code::ConstraintError, Some("required"))
        } else {
            (error.code, error.constraint.as_deref())
        }
    };
    let errors = row.errors.iter().filter(|(of, _)| *of == field).map(|(_, error)| held(error));
    (row.values.get(field), errors.collect())
}
