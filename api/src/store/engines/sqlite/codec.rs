//! How values are bound and read. Dates and datetimes are ISO text, as people expect to find them in the file. A datetime
//! has no `Z`: `07.5Z` would sort before `07Z`.

use std::sync::Arc;

use dictionary::iso_text::{push_local_datetime, read_date, read_datetime};
use dictionary::{Physical, Value};
use futures_util::TryStreamExt;
use sqlx::sqlite::{SqliteArguments, SqliteExecutor, SqliteRow};
use sqlx::{Arguments, Column as _, Row as _, SqlStr};

use crate::store::error::{Error, Result};
use crate::store::row::{ReadLimit, Row};

/// Runs a query and reads its rows within a limit.
pub(super) async fn fetch<'v>(
    executor: impl SqliteExecutor<'_>,
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

/// Arguments for values. A text is copied once, into memory that the connection's thread shares.
pub(in crate::store::engines) fn bind<'v>(
    values: impl Iterator<Item = &'v Value>,
) -> Result<SqliteArguments> {
    let mut arguments = SqliteArguments::default();
    arguments.reserve(values.size_hint().0, 0);
    let mut time = String::new();
    for value in values {
        let added = match value {
            Value::Null => arguments.add(Option::<i64>::None),
            Value::Integer(i) => arguments.add(i),
            Value::Number(n) => arguments.add(n),
            Value::Boolean(b) => arguments.add(b),
            Value::String(s) => arguments.add(Arc::<str>::from(s.as_str())),
            Value::Date(_) => {
                time.clear();
                value.push_text(&mut time);
                arguments.add(Arc::<str>::from(time.as_str()))
            }
            Value::DateTime(instant) => {
                time.clear();
                push_local_datetime(&mut time, *instant);
                arguments.add(Arc::<str>::from(time.as_str()))
            }
        };
        added.map_err(|e| Error::Fault(e.to_string()))?;
    }
    Ok(arguments)
}

fn decode(row: &SqliteRow, i: usize, ty: Physical) -> Result<Value> {
    let value = match ty {
        Physical::Integer => row.try_get::<Option<i64>, _>(i)?.map(Value::Integer),
        Physical::Double => row.try_get::<Option<f64>, _>(i)?.map(Value::Number),
        Physical::Boolean => row.try_get::<Option<bool>, _>(i)?.map(Value::Boolean),
        Physical::Text => row.try_get::<Option<&str>, _>(i)?.map(|text| Value::String(text.into())),
        Physical::Date => read(row, i, |text| read_date(text).map(Value::Date))?,
        Physical::DateTime => read(row, i, |text| read_datetime(text).map(Value::DateTime))?,
    };
    Ok(value.unwrap_or(Value::Null))
}

fn read(row: &SqliteRow, i: usize, read: impl Fn(&str) -> Option<Value>) -> Result<Option<Value>> {
    let Some(text) = row.try_get::<Option<&str>, _>(i)? else { return Ok(None) };
    let unread = || {
        let column = row.column(i).name();
        Error::Fault(format!("a stored value of the column `{column}` is no date as this program writes it"))
    };
    Ok(Some(read(text).ok_or_else(unread)?))
}
