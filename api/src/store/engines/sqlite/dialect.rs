//! The SQL of SQLite.

use dictionary::Physical;

use crate::store::schema::{ColumnDefinition, TableDefinition};
use crate::store::sql_text::{Dialect, quoted, row_of, rows_of_placeholders};

pub(super) static DIALECT: Dialect = Dialect {
    quote: '`',
    numbered_arguments: false,
    json_rows: Some(|columns| format!("json_group_array(json_array({columns}))")),
    // There is one writer: while it writes, rows change by it alone.
    share_lock: "",
    tuples: |rows, width| format!("VALUES {}", rows_of_placeholders(rows, width)),
    // The setting is per connection and cannot change within a transaction.
    without_reference_checks: None,
    ten_seconds_at_most: "",
    delete_listed: |table, key, listed, _| format!("DELETE FROM {table} WHERE {} IN ({listed})", row_of(key)),
    name_fault: |_| None,
    table_name_fault: |_| None,
    // <https://www.sqlite.org/limits.html>
    most_columns: (2000, "SQLite"),
};

/// The type of a column.
pub(super) fn sql_type(column: &ColumnDefinition) -> &'static str {
    match column.ty {
        Physical::Integer | Physical::Boolean => "INTEGER",
        Physical::Double => "REAL",
        Physical::Text | Physical::Date | Physical::DateTime => "TEXT",
    }
}

/// The statement that creates a table if it is missing, in one of the attached databases.
pub(super) fn create(table: &TableDefinition, database: &str) -> String {
    let mut lines: Vec<String> = table.columns.iter().map(define).collect();
    lines.extend(table.table_constraints());
    let lines = lines.join(",\n  ");
    format!("CREATE TABLE IF NOT EXISTS {database}{} (\n  {lines}\n) STRICT", quoted(&table.name))
}

/// The statements that create the indexes of a table if they are missing.
pub(super) fn create_indexes(table: &TableDefinition) -> impl Iterator<Item = String> {
    table.indexes.iter().map(|(name, columns)| {
        format!("CREATE INDEX IF NOT EXISTS {} ON {} ({columns})", quoted(name), quoted(&table.name))
    })
}

/// A column, as a line of the statement that creates the table.
pub(super) fn define(column: &ColumnDefinition) -> String {
    let mut line = format!("{} {}", quoted(&column.name), sql_type(column));
    if column.required {
        line += " NOT NULL";
    }
    line
}
