//! Records of a file, in any form.

use super::columns::Columns;
use super::{Row, csv, json};
use crate::csv_scanner::Record;
use crate::model::Table;
use crate::source::Form;

/// Decodes the records that were found in a file. `first` is the number of the first one.
pub fn of_file(
    form: Form,
    body: &[u8],
    table: &Table,
    columns: &Columns,
    first: u64,
    records: &[Record],
) -> Vec<Row> {
    match form {
        Form::Csv => csv::records(body, table, columns, first, records),
        Form::Ndjson => json::objects(body, table, first, records),
    }
}
