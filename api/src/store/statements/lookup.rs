//! Look-ups of rows by the values of a column, in statements of a few fixed shapes, so that all of them stay prepared.

use std::collections::HashSet;

use dictionary::decode::MAX_ROWS;
use dictionary::judge::Values;
use dictionary::{Physical, Table, Value};
use foldhash::fast::RandomState;
use sqlx::SqlStr;

use super::json_rows::{self, are_short};
use crate::store::engines::Tx;
use crate::store::error::Result;
use crate::store::row::Row;
use crate::store::sql_text::{Dialect, list, placeholders, quoted};

/// A query for the rows in which a column holds one of some values.
pub(in crate::store) struct Lookup {
    types: Vec<Physical>,
    range: SqlStr,
    /// The same as one JSON text, where the engine prefers that.
    json_range: Option<SqlStr>,
    /// Values and text, smallest first.
    shapes: Vec<(usize, SqlStr)>,
}

impl Lookup {
    /// Which of the values the column holds.
    pub(in crate::store) fn new(dialect: &Dialect, table: &str, column: &str, ty: Physical) -> Lookup {
        Lookup::of(dialect, table, &quoted(column), column, vec![ty], "")
    }

    /// Which of the values the column holds, in rows that nobody else may change or delete until the transaction ends.
    pub(in crate::store) fn locking(dialect: &Dialect, table: &str, column: &str, ty: Physical) -> Lookup {
        Lookup::of(dialect, table, &quoted(column), column, vec![ty], dialect.share_lock)
    }

    fn of(
        dialect: &Dialect,
        table: &str,
        columns: &str,
        column: &str,
        types: Vec<Physical>,
        lock: &str,
    ) -> Lookup {
        let select = format!("SELECT {columns} FROM {} WHERE {}", quoted(table), quoted(column));
        let text = |count: usize| dialect.render(&format!("{select} IN ({}){lock}", placeholders(count)));
        let shapes = [1, 16, 256, MAX_ROWS].map(|n| (n, text(n))).to_vec();
        let range = dialect.render(&format!("{select} BETWEEN ? AND ?{lock}"));
        Lookup { types, range, json_range: None, shapes }
    }

    /// Whole rows of a table by its primary key.
    pub(in crate::store) fn of_rows(dialect: &Dialect, table: &Table) -> Lookup {
        let (name, key) = (&table.name, &table.key().name);
        let columns = list(table.fields.iter().map(|field| field.name.as_str()));
        let types = table.fields.iter().map(|field| field.ty.physical()).collect();
        let json_range = dialect.json_rows.filter(|_| are_short(table)).map(|json_rows| {
            let (json, name, key) = (json_rows(&columns), quoted(name), quoted(key));
            dialect.render(&format!("SELECT {json} FROM {name} WHERE {key} BETWEEN ? AND ?"))
        });
        Lookup { json_range, ..Lookup::of(dialect, name, &columns, key, types, "") }
    }

    /// The given values, and perhaps others.
    pub(in crate::store) async fn run<'v>(
        &self,
        tx: &mut Tx,
        values: impl Iterator<Item = &'v Value> + Send,
    ) -> Result<Values> {
        Ok(self.rows(tx, values).await?.into_iter().flatten().collect())
    }

    /// The rows that hold the values, and perhaps others.
    pub(in crate::store) async fn rows<'v>(
        &self,
        tx: &mut Tx,
        values: impl Iterator<Item = &'v Value> + Send,
    ) -> Result<Vec<Row>> {
        let distinct: HashSet<&Value, RandomState> = values.collect();
        let (dense, sparse) = runs(distinct.into_iter().collect());
        let mut found = Vec::new();
        for ends in dense {
            match &self.json_range {
                None => found.append(&mut tx.fetch(&self.range, ends.iter(), &self.types).await?),
                Some(range) => {
                    for json in tx.fetch(range, ends.iter(), &[Physical::Text]).await?.into_iter().flatten() {
                        found.append(&mut json_rows::read(&json.text(), &self.types, MAX_ROWS)?);
                    }
                }
            }
        }
        for values in sparse.chunks(MAX_ROWS) {
            let shape = self.shapes.iter().find(|(size, _)| *size >= values.len());
            let Some(((size, text), any)) = shape.zip(values.first()) else { continue };
            // A value that is asked for twice changes nothing, and so fills the shape.
            let arguments = values.iter().chain(std::iter::repeat(any)).take(*size).copied();
            found.append(&mut tx.fetch(text, arguments, &self.types).await?);
        }
        Ok(found)
    }
}

/// Parts distinct values into runs of integers that lie close together, each given by its ends, and the rest.
/// Ids mostly come in runs, and a range is asked for in a fraction of the time that its values would take.
fn runs(mut values: Vec<&Value>) -> (Vec<[Value; 2]>, Vec<&Value>) {
    const GAP: u64 = 8;
    const LEAST: usize = 12;
    let integer = |value: &Value| if let Value::Integer(integer) = value { Some(*integer) } else { None };
    values.sort_unstable_by_key(|value| integer(value));
    let close =
        |a: &&Value, b: &&Value| integer(a).zip(integer(b)).is_some_and(|(a, b)| a.abs_diff(b) <= GAP);
    let (mut dense, mut sparse) = (Vec::new(), Vec::new());
    for run in values.chunk_by(close) {
        match run {
            [first, .., last] if run.len() >= LEAST => dense.push([(*first).clone(), (*last).clone()]),
            few => sparse.extend(few),
        }
    }
    (dense, sparse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_that_lie_close_together_are_asked_for_as_a_range() {
        let near = (1..=30).map(|i| i * 8).chain([i64::MIN, -5, 10_000, i64::MAX]);
        let values: Vec<Value> = near.map(Value::Integer).rev().collect();
        let (dense, sparse) = runs(values.iter().collect());
        assert_eq!(dense, [[Value::Integer(8), Value::Integer(240)]]);
        assert_eq!(sparse, [i64::MIN, -5, 10_000, i64::MAX].map(Value::Integer).iter().collect::<Vec<_>>());
    }

    #[test]
    fn strings_are_asked_for_one_by_one() {
        let values: Vec<Value> = (10..50).map(|i| Value::String(i.to_string().into())).collect();
        let (dense, sparse) = runs(values.iter().collect());
        assert_eq!((dense.len(), sparse.len()), (0, 40));
    }
}
