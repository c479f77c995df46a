//! Statements in a few fixed shapes, so that all of them stay prepared.
//!
//! A statement that is prepared anew for each number of rows would be closed and evicted again, which
//! costs more than it does.

use std::collections::HashSet;

use dictionary::judge::Values;
use dictionary::{Physical, Table, Value};
use foldhash::fast::RandomState;
use futures_util::future::join;
use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use super::engine::{Row, Tx, size};
use super::reading::is_short;
use super::{Result, json_rows};

/// Arguments that every engine takes in one statement (SQLite: 32,766; MySQL: 65,535).
const MAX_ARGUMENTS: usize = 32_766;

/// Rows in one statement.
const MAX_ROWS: usize = 1000;

/// Bytes of values in one statement, if it has more than one row: MariaDB takes 16 MiB by default.
pub(super) const MAX_BYTES: usize = 4 << 20;

/// Text made of names that the dictionary checked, and of placeholders.
pub(super) fn sql(text: String) -> SqlStr {
    AssertSqlSafe(text).into_sql_str()
}

/// Quoted names of columns, separated by commas.
pub(super) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// An insert of any number of rows.
pub(super) struct Insert {
    /// Rows and text, largest first; the last has one row.
    shapes: Vec<(usize, SqlStr)>,
}

impl Insert {
    pub(super) fn new<'a>(table: &str, columns: impl IntoIterator<Item = &'a str> + Clone) -> Insert {
        let width = columns.clone().into_iter().count();
        let row = format!("({})", vec!["?"; width].join(","));
        let head = format!("INSERT INTO `{table}` ({}) VALUES ", list(columns));
        let most = (MAX_ARGUMENTS / width).clamp(1, MAX_ROWS);
        // Two to each power of two: any number of rows then takes few statements.
        let sizes =
            (0..=12).rev().flat_map(|power| [3 << power >> 1, 1 << power]).filter(|rows| *rows <= most);
        let text = |rows: usize| sql(head.clone() + &vec![row.as_str(); rows].join(","));
        Insert { shapes: sizes.map(|rows| (rows, text(rows))).collect() }
    }

    /// `ending` is called when the last statement is under way.
    pub(super) async fn run(&self, tx: &mut Tx, rows: &[&[Value]], ending: impl FnOnce()) -> Result<()> {
        let mut ending = Some(ending);
        let binder = tx.binder();
        let mut statements = self.statements(rows);
        let bind = |(text, rows)| binder.bind(Flat::new(rows)).map(|arguments| (text, arguments));
        let mut next = statements.next().map(bind);
        while let Some(now) = next {
            let (text, arguments) = now?;
            // The next statement is bound while the database runs this one.
            let ahead = async {
                let next = statements.next().map(bind);
                if next.is_none()
                    && let Some(ending) = ending.take()
                {
                    ending();
                }
                next
            };
            let (done, bound) = join(tx.execute(text, arguments), ahead).await;
            done?;
            next = bound;
        }
        Ok(())
    }

    /// The rows in as few statements as there are shapes for.
    fn statements<'r, 'v>(
        &self,
        mut rows: &'r [&'v [Value]],
    ) -> impl Iterator<Item = (&SqlStr, &'r [&'v [Value]])> {
        std::iter::from_fn(move || {
            let most = rows.len().min(1.max(fitting(rows)));
            let (size, text) = self.shapes.iter().find(|(size, _)| *size <= most)?;
            let (now, rest) = rows.split_at(*size);
            rows = rest;
            Some((text, now))
        })
    }
}

/// How many rows from the first one on fit into a statement.
fn fitting(rows: &[&[Value]]) -> usize {
    let mut left = MAX_BYTES;
    let fits = |row: &&&[Value]| {
        let rest = left.checked_sub(size(row));
        left = rest.unwrap_or_default();
        rest.is_some()
    };
    rows.iter().take(MAX_ROWS).take_while(fits).count()
}

/// All values of several rows, with their exact number.
struct Flat<'r, 'v> {
    rows: std::slice::Iter<'r, &'v [Value]>,
    row: std::slice::Iter<'v, Value>,
    left: usize,
}

impl<'r, 'v> Flat<'r, 'v> {
    fn new(rows: &'r [&'v [Value]]) -> Self {
        Flat { rows: rows.iter(), row: [].iter(), left: rows.iter().map(|row| row.len()).sum() }
    }
}

impl<'v> Iterator for Flat<'_, 'v> {
    type Item = &'v Value;

    fn next(&mut self) -> Option<&'v Value> {
        loop {
            if let Some(value) = self.row.next() {
                self.left -= 1;
                return Some(value);
            }
            self.row = self.rows.next()?.iter();
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

/// A question for the rows in which a column holds one of some values.
pub(super) struct Lookup {
    types: Vec<Physical>,
    range: SqlStr,
    /// The same as one JSON text, where rows are short: see [`Reading`](super::Reading).
    json_range: Option<SqlStr>,
    /// Values and text, smallest first.
    shapes: Vec<(usize, SqlStr)>,
}

impl Lookup {
    /// Which of the values the column holds.
    pub(super) fn new(table: &str, column: &str, ty: Physical) -> Lookup {
        Lookup::of(table, &format!("`{column}`"), column, vec![ty])
    }

    fn of(table: &str, columns: &str, column: &str, types: Vec<Physical>) -> Lookup {
        let select = format!("SELECT {columns} FROM `{table}` WHERE `{column}`");
        let text = |count: usize| sql(format!("{select} IN ({})", vec!["?"; count].join(",")));
        let shapes = [1, 16, 256, dictionary::decode::MAX_ROWS].map(|n| (n, text(n))).to_vec();
        Lookup { types, range: sql(format!("{select} BETWEEN ? AND ?")), json_range: None, shapes }
    }

    /// Whole rows of a table by its primary key.
    pub(super) fn of_rows(table: &Table) -> Lookup {
        let (name, key) = (&table.name, &table.key().name);
        let columns = list(table.fields.iter().map(|field| field.name.as_str()));
        let types = table.fields.iter().map(|field| field.ty.physical()).collect();
        let json = format!(
            "SELECT json_group_array(json_array({columns})) FROM `{name}` WHERE `{key}` BETWEEN ? AND ?"
        );
        let json_range = is_short(table).then(|| sql(json));
        Lookup { json_range, ..Lookup::of(name, &columns, key, types) }
    }

    /// The given values, and perhaps others.
    pub(super) async fn run<'v>(
        &self,
        tx: &mut Tx,
        values: impl Iterator<Item = &'v Value> + Send,
    ) -> Result<Values> {
        Ok(self.rows(tx, values).await?.into_iter().flatten().collect())
    }

    /// The rows that hold the values, and perhaps others.
    pub(super) async fn rows<'v>(
        &self,
        tx: &mut Tx,
        values: impl Iterator<Item = &'v Value> + Send,
    ) -> Result<Vec<Row>> {
        let distinct: HashSet<&Value, RandomState> = values.collect();
        let (dense, sparse) = runs(distinct.into_iter().collect());
        let mut found = Vec::new();
        for ends in dense {
            match self.json_range.as_ref().filter(|_| tx.prefers_json()) {
                None => found.append(&mut tx.fetch(&self.range, ends.iter(), &self.types).await?),
                Some(range) => {
                    for json in tx.fetch(range, ends.iter(), &[Physical::Text]).await?.into_iter().flatten() {
                        found.append(&mut json_rows::read(&json.text(), &self.types, MAX_ROWS)?);
                    }
                }
            }
        }
        for values in sparse.chunks(dictionary::decode::MAX_ROWS) {
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
        let values: Vec<Value> = (10..50).map(|i| Value::String(i.to_string())).collect();
        let (dense, sparse) = runs(values.iter().collect());
        assert_eq!((dense.len(), sparse.len()), (0, 40));
    }
}
