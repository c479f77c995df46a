//! Cells of the ledger and the reject log, and queries of both.

use dictionary::{Physical, Value};
use sqlx::SqlStr;

use super::engine::Row;
use super::sql::{list, sql};
use super::{Page, Result, Store};

pub(super) const TEXT: Physical = Physical::Text;
pub(super) const INTEGER: Physical = Physical::Integer;

pub(super) fn text(value: &str) -> Value {
    Value::String(value.to_owned())
}

pub(super) fn some_text(value: Option<&str>) -> Value {
    value.map_or(Value::Null, text)
}

pub(super) fn number(value: u64) -> Value {
    Value::Integer(value.cast_signed())
}

pub(super) fn some_number(value: Option<u64>) -> Value {
    value.map_or(Value::Null, number)
}

/// The cells of a row, taken from left to right.
pub(super) struct Cells(pub(super) std::vec::IntoIter<Value>);

impl Cells {
    pub(super) fn text(&mut self) -> Option<String> {
        match self.0.next() {
            Some(Value::String(text)) => Some(text),
            None | Some(Value::Null) => None,
            Some(other) => Some(other.text().into_owned()),
        }
    }

    pub(super) fn number(&mut self) -> Option<u64> {
        match self.0.next() {
            Some(Value::Integer(number)) => Some(number.cast_unsigned()),
            _ => None,
        }
    }

    pub(super) fn count(&mut self) -> u64 {
        self.number().unwrap_or_default()
    }
}

impl Store {
    /// A page of one of this program's own tables; conditions without a value are left out.
    pub(super) async fn list(
        &self,
        table: &str,
        columns: &[(&str, Physical)],
        conditions: impl IntoIterator<Item = (&'static str, Option<Value>)>,
        order: &str,
        limit: u32,
    ) -> Result<Page<Row>> {
        let (question, arguments, types) = select(table, columns, conditions, order);
        self.engine.page(&question, arguments, &types, limit).await
    }
}

/// A query with its arguments except the limit, and the types of its columns; conditions without a value
/// are left out.
pub(super) fn select(
    table: &str,
    columns: &[(&str, Physical)],
    conditions: impl IntoIterator<Item = (&'static str, Option<Value>)>,
    order: &str,
) -> (SqlStr, Vec<Value>, Vec<Physical>) {
    let set = conditions.into_iter().filter_map(|(condition, value)| Some((condition, value?)));
    let (wanted, arguments): (Vec<&str>, Vec<Value>) = set.unzip();
    let filter = if wanted.is_empty() { String::new() } else { format!(" WHERE {}", wanted.join(" AND ")) };
    let names = list(columns.iter().map(|(name, _)| *name));
    let question = sql(format!("SELECT {names} FROM `{table}`{filter} ORDER BY {order} LIMIT ?"));
    (question, arguments, columns.iter().map(|(_, ty)| *ty).collect())
}
