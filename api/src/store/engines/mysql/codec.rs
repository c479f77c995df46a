//! How values are bound and read.

use chrono::{NaiveDate, NaiveDateTime};
use dictionary::{Physical, Value};
use futures_util::TryStreamExt;
use sqlx::mysql::{MySqlArguments, MySqlExecutor, MySqlRow};
use sqlx::{Arguments, Row as _, SqlStr};

use crate::store::error::{Error, Result};
use crate::store::row::{ReadLimit, Row};

/// Runs a query and reads its rows within a limit.
pub(super) async fn fetch<'v>(
    executor: impl MySqlExecutor<'_>,
    sql: &SqlStr,
    arguments: impl Iterator<Item = &'v Value> + Send,
    types: &[Physical],
    limit: &mut ReadLimit,
) -> Result<Vec<Row>> {
    let arguments = bind(arguments)?;
    let mut stream = sqlx::query_with(sql.clone(), arguments).fetch(executor);
    let mut rows = Vec::new();
    while let Some(row) = stream.try_next().await? {
        let row = types.iter().enumerate().map(|(i, ty)| decode(&row, i, *ty)).collect::<Result<_>>()?;
        if !limit.admits(&row, rows.is_empty()) {
            break;
        }
        rows.push(row);
    }
    Ok(rows)
}

/// Arguments for values.
pub(in crate::store::engines) fn bind<'v>(values: impl Iterator<Item = &'v Value>) -> Result<MySqlArguments> {
    let mut arguments = MySqlArguments::default();
    let count = values.size_hint().0;
    arguments.reserve(count, count * 8);
    for value in values {
        let added = match value {
            Value::Null => arguments.add(Option::<i64>::None),
            Value::Integer(i) => arguments.add(i),
            Value::Number(n) => arguments.add(n),
            Value::Boolean(b) => arguments.add(b),
            Value::String(s) => arguments.add(s.as_str()),
            Value::Date(d) => arguments.add(d),
            Value::DateTime(t) => arguments.add(t),
        };
        added.map_err(|e| Error::Fault(e.to_string()))?;
    }
    Ok(arguments)
}

fn decode(row: &MySqlRow, i: usize, ty: Physical) -> Result<Value> {
    let value = match ty {
        Physical::Integer => row.try_get::<Option<i64>, _>(i)?.map(Value::Integer),
        Physical::Double => row.try_get::<Option<f64>, _>(i)?.map(Value::Number),
        Physical::Boolean => row.try_get::<Option<bool>, _>(i)?.map(Value::Boolean),
        Physical::Text => row.try_get::<Option<String>, _>(i)?.map(|text| Value::String(text.into())),
        Physical::Date => row.try_get::<Option<NaiveDate>, _>(i)?.map(Value::Date),
        Physical::DateTime => row.try_get::<Option<NaiveDateTime>, _>(i)?.map(Value::DateTime),
    };
    Ok(value.unwrap_or(Value::Null))
}
