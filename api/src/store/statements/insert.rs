//! Inserts of many rows in statements of a few fixed shapes, so that all of them stay prepared.
//!
//! A statement that is prepared anew for each number of rows would be closed and evicted again, which
//! costs more than it saves.

use dictionary::Value;
use futures_util::future::join;
use sqlx::SqlStr;

use crate::store::engines::{Binder, Bound, Tx};
use crate::store::error::Result;
use crate::store::row::{STATEMENT_BYTES, size};
use crate::store::sql_text::{Dialect, list, placeholders, quoted};

/// Arguments that every engine takes in one statement (SQLite: 32,766; MySQL: 65,535).
const MAX_ARGUMENTS: usize = 32_766;

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
        rows: &[&[Value]],
        on_last: impl FnOnce(),
    ) -> Result<()> {
        let mut on_last = Some(on_last);
        let binder = tx.binder();
        let mut statements = self.statements(rows);
        let bind = |(text, rows)| bind_rows(binder, rows).map(|arguments| (text, arguments));
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

/// Binds all values of the rows of one statement.
pub(in crate::store) fn bind_rows(binder: Binder, rows: &[&[Value]]) -> Result<Bound> {
    binder.bind(Flat::new(rows))
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
