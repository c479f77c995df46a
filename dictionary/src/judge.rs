//! Judging a batch: which rows go in, and which are rejected with all their reasons.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use foldhash::fast::RandomState;

use crate::decode::Row;
use crate::error_limit::ErrorLimit;
use crate::model::Table;
use crate::row_error::{Code, Received, Reject, RowError};
use crate::text::shortened;
use crate::value::Value;

/// A set of values of one column.
pub type Values = HashSet<Value, RandomState>;

/// What the database knows of a batch's keys, per field of the table.
#[derive(Debug, Default)]
pub struct Known {
    /// For each unique field (the primary key first of all): the batch's values that are stored.
    pub stored: HashMap<usize, Values>,
    /// For each foreign key: the batch's values that the parent has. A foreign key that is not listed
    /// is not judged, which is how a file is checked without a database.
    pub parents: HashMap<usize, Values>,
    /// How messages name the holder of a stored value; by default "a stored row".
    pub holder: Option<&'static str>,
}

impl Known {
    /// Takes the keys of accepted rows as stored, so that the next batch is judged as if they were.
    pub fn remember(&mut self, table: &Table, accepted: &[&Row]) {
        for field in table.unique_fields() {
            let stored = self.stored.entry(field).or_default();
            stored.extend(accepted.iter().filter_map(|row| row.valid(field)).cloned());
        }
    }

    /// Takes as stored those candidates of batches that `others` has as stored.
    pub fn include(&mut self, others: &Known, batches: &[&Candidates]) {
        for (field, others) in &others.stored {
            let candidates = batches.iter().flat_map(|batch| batch.field(*field));
            let taken = candidates.filter(|value| others.contains(*value)).cloned();
            self.stored.entry(*field).or_default().extend(taken);
        }
    }
}

/// The distinct keys and references of a batch that are valid by themselves: what the database must be
/// asked to fill [`Known`]. Gathered before its transaction, which is the shorter for it.
#[derive(Debug)]
pub struct Candidates(Vec<(usize, Values)>);

impl Candidates {
    /// Of the rows of one batch.
    pub fn of(table: &Table, rows: &[Row]) -> Candidates {
        let mut fields: Vec<usize> =
            table.unique_fields().chain(table.references().map(|(i, _)| i)).collect();
        fields.sort_unstable();
        fields.dedup();
        let values = |field| rows.iter().filter_map(move |row| row.valid(field)).cloned().collect();
        Candidates(fields.into_iter().map(|field| (field, values(field))).collect())
    }

    /// Of one field.
    pub fn field(&self, field: usize) -> impl Iterator<Item = &Value> {
        self.0.iter().filter(move |(of, _)| *of == field).flat_map(|(_, values)| values)
    }
}

/// What judging a batch found.
#[derive(Debug)]
pub struct Verdict<'r> {
    /// The rows to insert, in order.
    pub accepted: Vec<&'r Row>,
    /// The rejects, in order, each with where its bytes lie in the body.
    pub rejected: Vec<(Reject, Range<usize>)>,
}

/// Judges the rows of one batch, in order. Of two rows with one key the earlier accepted one wins.
pub fn judge<'r>(table: &Table, rows: &'r [Row], known: &Known) -> Verdict<'r> {
    let mut judge = Judge::new(table, known, rows.len());
    let mut verdict = Verdict { accepted: Vec::with_capacity(rows.len()), rejected: Vec::new() };
    let mut limit = ErrorLimit::default();
    for row in rows {
        let key_errors = judge.check_keys(row);
        if row.errors.is_empty() && key_errors.is_empty() {
            judge.remember(row);
            verdict.accepted.push(row);
        } else {
            verdict.rejected.push((reject(table, row, key_errors, &mut limit), row.raw.clone()));
        }
    }
    verdict
}

struct Judge<'a> {
    table: &'a Table,
    known: &'a Known,
    /// Unique field, and the row that took each value of this batch.
    taken: Vec<(usize, HashMap<Value, u64, RandomState>)>,
}

impl<'a> Judge<'a> {
    fn new(table: &'a Table, known: &'a Known, rows: usize) -> Self {
        let map = || HashMap::with_capacity_and_hasher(rows, RandomState::default());
        Judge { table, known, taken: table.unique_fields().map(|i| (i, map())).collect() }
    }

    fn check_keys(&self, row: &Row) -> Vec<(usize, RowError)> {
        let mut errors = Vec::new();
        for (i, taken) in &self.taken {
            let Some(value) = row.valid(*i) else { continue };
            let stored = self.known.stored.get(i).is_some_and(|stored| stored.contains(value));
            let by = match taken.get(value) {
                Some(row) => format!("row {row}"),
                None if stored => self.known.holder.unwrap_or("a stored row").to_owned(),
                None => continue,
            };
            let field = &self.table.fields[*i];
            let (name, text) = (&field.name, shortened(&value.text()));
            let (code, what) = if *i == self.table.primary_key {
                (Code::PrimaryKey, "the primary key")
            } else {
                (Code::UniqueError, "the unique value")
            };
            let message = format!("field `{name}`: {what} \"{text}\" is taken by {by}");
            let error = RowError::of(field, code, Received::Text(&text), message);
            errors.push((*i, error));
        }
        for (i, parent) in self.table.references() {
            let (Some(value), Some(known)) = (row.valid(i), self.known.parents.get(&i)) else {
                continue;
            };
            if known.contains(value) {
                continue;
            }
            let field = &self.table.fields[i];
            let (name, text) = (&field.name, shortened(&value.text()));
            let message =
                format!("field `{name}`: no row of `{}` has {} \"{text}\"", parent.name, parent.key().name);
            let error = RowError {
                expected: Some(format!("a {} of {}", parent.key().name, parent.name)),
                ..RowError::of(field, Code::ForeignKey, Received::Text(&text), message)
            };
            errors.push((i, error));
        }
        errors
    }

    fn remember(&mut self, row: &Row) {
        for (i, taken) in &mut self.taken {
            if let Some(value) = row.valid(*i) {
                taken.insert(value.clone(), row.number);
            }
        }
    }
}

fn reject(table: &Table, row: &Row, key_errors: Vec<(usize, RowError)>, limit: &mut ErrorLimit) -> Reject {
    let mut errors = row.errors.clone();
    errors.extend(key_errors);
    // Stable, so that several errors of one field stay in the order of their rules.
    errors.sort_by_key(|(field, _)| (*field).min(table.fields.len()));
    let left_out = row.left_out + limit.bound(&mut errors);
    let mut errors: Vec<RowError> = errors.into_iter().map(|(_, error)| error).collect();
    if let Some(first) = errors.first()
        && left_out > 0
    {
        errors.push(RowError::left_out(first.code, left_out));
    }
    Reject { row: row.number, line: row.line, errors }
}
