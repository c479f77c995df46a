//! Rows of typed values, such as those of a backup.

use std::ops::Range;

use super::Row;
use crate::code::Code;
use crate::constraints;
use crate::model::Table;
use crate::row_error::Received;
use crate::value::Value;

/// A row of typed values, a value for each column and null where there is none, with the errors that it shows
/// by itself. A value of another type than its field's is a type error, as is a string of another format.
pub fn typed(table: &Table, number: u64, values: Vec<Value>) -> Row {
    let mut row = Row::new(number, None, Range::default());
    row.values = vec![Value::Null; table.columns().len()];
    for ((i, field), value) in table.columns().enumerate().zip(values) {
        let fits = field.ty.holds(&value);
        if fits && constraints::satisfies(field, &value) {
            row.values[i] = value;
            continue;
        }
        let text = value.text().into_owned();
        let received = if value.is_null() { Received::Absent } else { Received::Text(&text) };
        let read = if fits { Ok(value) } else { Err(Code::TypeError) };
        row.put(i, field, read, received);
    }
    row
}

/// Whether the dictionary allows a row of typed values. [`typed`] gives the reasons if it does not.
pub fn is_allowed(table: &Table, values: &[Value]) -> bool {
    let mut cells = table.columns().zip(values);
    cells.all(|(field, value)| field.ty.holds(value) && constraints::satisfies(field, value))
}
