//! Inserts of many rows in statements of a few fixed shapes, so that all of them stay prepared.
//!
//! A statement that is prepared anew for each number of rows would be closed and evicted again, which
//! costs more than it saves.

use dictionary::Value;
use futures_util::future::join;
use sqlx::SqlStr;

use super::MAX_ARGUMENTS;
use crate::store::engines::{Binder, Bound, Tx};
use crate::store::error::Result;
use crate::store::row::{STATEMENT_BYTES, size};
use crate::store::sql_text::{Dialect, list, placeholders, quoted};

/// Rows in one statement.
const MAX_ROWS: usize = 1000;

/// An insert of any number of rows.
pub(in crate::store) struct Insert {
    /// Rows and text, largest first; the last has one row.
    shapes: Vec<(usize, SqlStr)>,
}

impl Insert {
    pub(in crate::store) fn new<'a>(
        dialect: &Dialect,
        table: &str,
        columns: impl IntoIterator<Item = &'a str> + Clone,
    ) -> Insert {
        Insert::with_prefix("", dialect, table, columns)
    }

    /// With text before each statement.
    pub(super) fn with_prefix<'a>(
        prefix: &str,
        dialect: &Dialect,
        table: &str,
        columns: impl IntoIterator<Item = &'a str> + Clone,
    ) -> Insert {
        let width = columns.clone().into_iter().count();
        let row = format!("({})", placeholders(width));
        let head = format!("{prefix}INSERT INTO {} ({}) VALUES ", quoted(table), list(columns));
        let most = (MAX_ARGUMENTS / width).clamp(1, MAX_ROWS);
        // Two to each power of two: any number of rows then takes few statements.
        let sizes =
            (0..=12).rev().flat_map(|power| [3 << power >> 1, 1 << power]).filter(|rows| *rows <= most);
        let text = |rows: usize| dialect.render(&(head.clone() + &vec![row.as_str(); rows].join(",")));
        Insert { shapes: sizes.map(|rows| (rows, text(rows))).collect() }
    }

    /// Inserts the rows. `on_last` is called when the last statement is being sent.
    pub(in crate::store) async fn run(
        &self,
        tx: &mut Tx,
        rows: Rows<'_, '_>,
        on_last: impl FnOnce(),
    ) -> Result<()> {
        let mut on_last = Some(on_last);
        let binder = tx.binder();
        let mut statements = self.statements(rows);
        let bind = |(text, rows): (_, Rows)| rows.bind(binder).map(|arguments| (text, arguments));
        let mut next = statements.next().map(bind);
        while let Some(now) = next {
            let (text, arguments) = now?;
            // The next statement is bound while the database runs this one.
            let ahead = async {
                let next = statements.next().map(bind);
                if next.is_none()
                    && let Some(on_last) = on_last.take()
                {
                    on_last();
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
    fn statements<'r, 'v>(&self, mut rows: Rows<'r, 'v>) -> impl Iterator<Item = (&SqlStr, Rows<'r, 'v>)> {
        std::iter::from_fn(move || {
            let most = rows.values.len().min(1.max(fitting(rows.values)));
            let (size, text) = self.shapes.iter().find(|(size, _)| *size <= most)?;
            let (now, rest) = rows.split_at(*size);
            rows = rest;
            Some((text, now))
        })
    }
}

/// Rows to insert.
#[derive(Clone, Copy)]
pub(in crate::store) struct Rows<'r, 'v> {
    /// The values of each row.
    pub(in crate::store) values: &'r [&'v [Value]],
    /// One more value for each row, after the others; empty where they have none.
    pub(in crate::store) ids: &'v [Value],
}

impl<'r, 'v> Rows<'r, 'v> {
    /// Rows whose values are all given.
    pub(in crate::store) fn new(values: &'r [&'v [Value]]) -> Rows<'r, 'v> {
        Rows { values, ids: &[] }
    }

    fn split_at(self, size: usize) -> (Rows<'r, 'v>, Rows<'r, 'v>) {
        let (values, later) = self.values.split_at(size);
        let (ids, later_ids) = self.ids.split_at(size.min(self.ids.len()));
        (Rows { values, ids }, Rows { values: later, ids: later_ids })
    }

    /// Binds all values.
    pub(in crate::store) fn bind(self, binder: Binder) -> Result<Bound> {
        binder.bind(Flat {
            left: self.values.iter().map(|row| row.len()).sum::<usize>() + self.ids.len(),
            rows: self.values.iter(),
            ids: self.ids.iter(),
            id: None,
            row: [].iter(),
        })
    }
}

/// How many rows from the first one on fit into a statement.
fn fitting(rows: &[&[Value]]) -> usize {
    let mut left = STATEMENT_BYTES;
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
    ids: std::slice::Iter<'v, Value>,
    row: std::slice::Iter<'v, Value>,
    /// What comes after the values of the row.
    id: Option<&'v Value>,
    left: usize,
}

impl<'v> Iterator for Flat<'_, 'v> {
    type Item = &'v Value;

    fn next(&mut self) -> Option<&'v Value> {
        loop {
            if let Some(value) = self.row.next().or_else(|| self.id.take()) {
                self.left -= 1;
                return Some(value);
            }
            self.row = self.rows.next()?.iter();
            self.id = self.ids.next();
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}
