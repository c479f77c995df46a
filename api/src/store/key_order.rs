//! Conditions on the primary key of a table, and its order.

use dictionary::{Table, Value};

use super::sql_text::{placeholders, quoted, row_of};

/// The columns of a primary key, quoted.
pub(super) struct KeyOrder(Vec<String>);

impl KeyOrder {
    pub(super) fn of(table: &Table) -> KeyOrder {
        KeyOrder(table.key().map(|field| quoted(&field.name)).collect())
    }

    /// The columns, separated by commas.
    pub(super) fn columns(&self) -> String {
        self.0.join(", ")
    }

    /// The condition that the key is a given one.
    pub(super) fn is(&self) -> String {
        self.0.iter().map(|column| format!("{column} = ?")).collect::<Vec<_>>().join(" AND ")
    }

    /// The condition that the key comes after a given one, with the [arguments](KeyOrder::arguments) of that.
    pub(super) fn is_after(&self) -> String {
        match self.0.as_slice() {
            [column] => format!("{column} > ?"),
            // Not every engine finds where to begin by the comparison of rows.
            columns => {
                let (row, given) = (row_of(columns), placeholders(columns.len()));
                format!("{} >= ? AND {row} > ({given})", columns[0])
            }
        }
    }

    /// The arguments of [`is_after`](KeyOrder::is_after).
    pub(super) fn arguments(key: Vec<Value>) -> Vec<Value> {
        if key.len() == 1 {
            key
        } else {
            key.first().cloned().into_iter().chain(key.iter().cloned()).collect()
        }
    }
}
