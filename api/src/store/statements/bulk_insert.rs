//! Inserts of many rows whose references this program checks in place of the engine.
//!
//! The engine looks up and locks the parent of each row. Here each distinct parent is looked up and locked once, in the
//! same transaction and just before the rows are written. A parent that is locked cannot be deleted before these rows
//! are committed, and a delete after that finds them. The engine then need not check the rows.

use std::collections::HashSet;

use dictionary::{Table, Value};
use foldhash::fast::RandomState;

use super::{Insert, Lookup};
use crate::store::engines::Tx;
use crate::store::error::{Error, Result};
use crate::store::sql_text::Dialect;

/// Fewer rows are inserted faster with the engine's checks, since each look-up is a round trip.
const LEAST_ROWS: usize = 256;

/// Rows for each distinct parent, at least. A look-up of many parents costs more than the checks of few rows.
const ROWS_PER_PARENT: usize = 4;

/// An insert that the engine does not check for missing parents.
pub(in crate::store) struct BulkInsert {
    insert: Insert,
    /// For each foreign key, a look-up in the parent's primary key that locks what it finds.
    parents: Vec<(usize, Lookup)>,
}

impl BulkInsert {
    /// `None` where the table references nothing, or the engine always checks.
    pub(in crate::store) fn new(dialect: &Dialect, table: &Table) -> Option<BulkInsert> {
        let prefix = dialect.without_reference_checks?;
        let parents = table.references().map(|(field, parent)| {
            let key = parent.key();
            (field, Lookup::locking(dialect, &parent.name, &key.name, key.ty.physical()))
        });
        let parents: Vec<_> = parents.collect();
        let names = table.fields.iter().map(|field| field.name.as_str());
        let insert = Insert::with_prefix(prefix, dialect, &table.name, names);
        (!parents.is_empty()).then_some(BulkInsert { insert, parents })
    }

    /// Locks all parents of the rows until the transaction ends, and returns the insert that does not check them. `None`
    /// where the checks of the engine cost less; nothing is locked then.
    ///
    /// # Errors
    /// [`Error::Lost`] when a parent is missing: another transaction has deleted it since the rows were judged.
    pub(in crate::store) async fn lock_parents(
        &self,
        tx: &mut Tx,
        rows: &[&[Value]],
    ) -> Result<Option<&Insert>> {
        if rows.len() < LEAST_ROWS {
            return Ok(None);
        }
        let most = rows.len() / ROWS_PER_PARENT;
        let referenced = self.parents.iter().map(|(field, _)| distinct(rows, *field, most));
        let Some(referenced) = referenced.collect::<Option<Vec<_>>>() else { return Ok(None) };
        for ((_, lookup), referenced) in self.parents.iter().zip(referenced) {
            let found = lookup.run(tx, referenced.iter().copied()).await?;
            if !referenced.into_iter().all(|parent| found.contains(parent)) {
                return Err(Error::Lost);
            }
        }
        Ok(Some(&self.insert))
    }
}

/// The distinct values of a field other than null; `None` if there are more than `most`.
fn distinct<'v>(rows: &[&'v [Value]], field: usize, most: usize) -> Option<HashSet<&'v Value, RandomState>> {
    let mut values = HashSet::default();
    for row in rows {
        let value = &row[field];
        if *value != Value::Null && values.insert(value) && values.len() > most {
            return None;
        }
    }
    Some(values)
}
