//! Look-ups of rows by a key, in statements of a few fixed shapes, so that all of them stay prepared.

use std::cmp::Ordering;

use dictionary::decode::MAX_ROWS;
use dictionary::{Key, KeySet, Physical, Table, Value};
use sqlx::SqlStr;

use super::MAX_ARGUMENTS;
use super::json_rows::{self, are_short};
use crate::store::engines::Tx;
use crate::store::error::Result;
use crate::store::row::Row;
use crate::store::sql_text::{Dialect, list, placeholders, quoted, row_of};

/// A query for the rows in which some columns hold one of some keys.
pub(in crate::store) struct Lookup {
    types: Vec<Physical>,
    /// The rows of a range of keys, for keys of one column.
    range: SqlStr,
    /// The same as one JSON text, where the engine prefers that.
    json_range: Option<SqlStr>,
    /// Keys and text, smallest first.
    shapes: Vec<(usize, SqlStr)>,
}

impl Lookup {
    /// Which of the keys the columns hold.
    pub(in crate::store) fn new(
        dialect: &Dialect,
        table: &str,
        columns: &[&str],
        types: Vec<Physical>,
    ) -> Lookup {
        Lookup::of(dialect, table, &list(columns.iter().copied()), columns, types, "")
    }

    /// Which of the keys the columns hold, in rows that nobody else may change or delete until the transaction ends.
    pub(in crate::store) fn locking(
        dialect: &Dialect,
        table: &str,
        columns: &[&str],
        types: Vec<Physical>,
    ) -> Lookup {
        Lookup::of(dialect, table, &list(columns.iter().copied()), columns, types, dialect.share_lock)
    }

    fn of(
        dialect: &Dialect,
        table: &str,
        selected: &str,
        columns: &[&str],
        types: Vec<Physical>,
        lock: &str,
    ) -> Lookup {
        let key = row_of(&columns.iter().map(|column| quoted(column)).collect::<Vec<_>>());
        let select = format!("SELECT {selected} FROM {} WHERE {key}", quoted(table));
        let keys = |count: usize| match columns {
            [_] => placeholders(count),
            columns => (dialect.tuples)(count, columns.len()),
        };
        let text = |count: usize| dialect.render(&format!("{select} IN ({}){lock}", keys(count)));
        let most = (MAX_ARGUMENTS / columns.len().max(1)).min(MAX_ROWS);
        let shapes = [1, 16, 256, most].map(|n| (n.min(most), text(n.min(most)))).to_vec();
        let range = dialect.render(&format!("{select} BETWEEN ? AND ?{lock}"));
        Lookup { types, range, json_range: None, shapes }
    }

    /// Whole rows of a table by its primary key.
    pub(in crate::store) fn of_rows(dialect: &Dialect, table: &Table) -> Lookup {
        let key: Vec<&str> = table.key().map(|field| field.name.as_str()).collect();
        let columns = list(table.columns().map(|field| field.name.as_str()));
        let types = table.columns().map(|field| field.ty.physical()).collect();
        let json_range =
            dialect.json_rows.filter(|_| are_short(table)).zip(key.first()).map(|(json_rows, key)| {
                let (json, name, key) = (json_rows(&columns), quoted(&table.name), quoted(key));
                dialect.render(&format!("SELECT {json} FROM {name} WHERE {key} BETWEEN ? AND ?"))
            });
        Lookup { json_range, ..Lookup::of(dialect, &table.name, &columns, &key, types, "") }
    }

    /// Those of the given keys that the table has, and perhaps others that it has.
    pub(in crate::store) async fn run<'v>(
        &self,
        tx: &mut Tx,
        keys: impl Iterator<Item = Key<'v>> + Send,
    ) -> Result<KeySet> {
        Ok(self.rows(tx, keys).await?.iter().filter_map(|row| Key::new(row.iter())).collect())
    }

    /// The rows that hold the keys, and perhaps others.
    pub(in crate::store) async fn rows<'v>(
        &self,
        tx: &mut Tx,
        keys: impl Iterator<Item = Key<'v>> + Send,
    ) -> Result<Vec<Row>> {
        let (dense, sparse) = runs(keys);
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
        let most = self.shapes.last().map_or(1, |(size, _)| *size);
        for keys in sparse.chunks(most) {
            let shape = self.shapes.iter().find(|(size, _)| *size >= keys.len());
            let Some(((size, text), any)) = shape.zip(keys.first()) else { continue };
            // The last places of the statement repeat the first key, which changes nothing.
            let keys = keys.iter().chain(std::iter::repeat(any)).take(*size);
            let arguments: Vec<&Value> = keys.flat_map(|key| key.values().iter().copied()).collect();
            found.append(&mut tx.fetch(text, arguments.into_iter(), &self.types).await?);
        }
        Ok(found)
    }
}

/// Parts keys into runs of integers that lie close together, each given by its ends, and the rest; each key once.
/// Ids mostly come in runs, and a range is asked for in a fraction of the time that its keys would take.
fn runs<'v>(keys: impl Iterator<Item = Key<'v>>) -> (Vec<[Value; 2]>, Vec<Key<'v>>) {
    const GAP: u64 = 8;
    const LEAST: usize = 12;
    // Sorting integers takes a third of the time of sorting keys.
    let (mut integers, mut sparse) = (Vec::new(), Vec::new());
    for key in keys {
        match key {
            Key::One(value @ Value::Integer(integer)) => integers.push((*integer, value)),
            Key::One(_) | Key::Several(_) => sparse.push(key),
        }
    }
    sparse.sort_unstable_by(order);
    sparse.dedup();
    integers.sort_unstable_by_key(|(integer, _)| *integer);
    integers.dedup_by_key(|(integer, _)| *integer);
    let mut dense = Vec::new();
    for run in integers.chunk_by(|(a, _), (b, _)| a.abs_diff(*b) <= GAP) {
        match run {
            [(_, first), .., (_, last)] if run.len() >= LEAST => {
                dense.push([(*first).clone(), (*last).clone()]);
            }
            few => sparse.extend(few.iter().map(|(_, value)| Key::One(value))),
        }
    }
    (dense, sparse)
}

/// The order of two keys of one table.
fn order(a: &Key, b: &Key) -> Ordering {
    let parts = a.values().iter().zip(b.values());
    parts
        .map(|(a, b)| a.order(b).unwrap_or(Ordering::Equal))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_that_lie_close_together_are_asked_for_as_a_range() {
        let near = (1..=30).map(|i| i * 8).chain([i64::MIN, -5, 10_000, i64::MAX]);
        let values: Vec<Value> = near.map(Value::Integer).rev().collect();
        let twice = values.iter().chain(&values).map(Key::One);
        let (dense, sparse) = runs(twice);
        assert_eq!(dense, [[Value::Integer(8), Value::Integer(240)]]);
        let rest = [i64::MIN, -5, 10_000, i64::MAX].map(Value::Integer);
        assert_eq!(sparse, rest.iter().map(Key::One).collect::<Vec<_>>());
    }

    #[test]
    fn strings_are_asked_for_one_by_one() {
        let values: Vec<Value> = (10..50).map(|i| Value::String(i.to_string().into())).collect();
        let (dense, sparse) = runs(values.iter().map(Key::One));
        assert_eq!((dense.len(), sparse.len()), (0, 40));
    }
}
