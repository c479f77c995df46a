//! Judging a batch: which rows go in, and which are rejected with all their reasons.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use compact_str::format_compact;
use foldhash::fast::RandomState;

use crate::code::Code;
use crate::decode::Row;
use crate::error_limit::ErrorLimit;
use crate::model::Table;
use crate::row_error::{Received, Reject, RowError};
use crate::text::shortened;
use crate::value::Value;

/// A set of values of one column.
pub type Values = HashSet<Value, RandomState>;

/// Which keys of a batch exist already, by the index of their field.
#[derive(Debug, Default)]
pub struct ExistingKeys {
    /// For the primary key and each unique field: the values of the batch that a stored row has.
    pub unique: HashMap<usize, Values>,
    /// For each foreign key: the values of the batch that the parent table has. A foreign key that is not listed is not
    /// judged, so that a file can be checked without a database.
    pub parents: HashMap<usize, Values>,
    /// The words in messages for the row that has an existing key; by default "a stored row".
    pub holder: Option<&'static str>,
}

impl ExistingKeys {
    /// Adds the keys of accepted rows, so that the next batch is judged as if these rows were stored.
    pub fn add_accepted(&mut self, table: &Table, accepted: &[&Row]) {
        for field in table.unique_fields() {
            let existing = self.unique.entry(field).or_default();
            existing.extend(accepted.iter().filter_map(|row| row.valid(field)).cloned());
        }
    }

    /// Adds those keys that other batches have taken, as far as these batches have them too.
    pub fn add_taken(&mut self, others: &ExistingKeys, batches: &[&KeysToLookUp]) {
        for (field, others) in &others.unique {
            let keys = batches.iter().flat_map(|batch| batch.of_field(*field));
            let taken = keys.filter(|key| others.contains(*key)).cloned();
            self.unique.entry(*field).or_default().extend(taken);
        }
    }
}

/// The distinct keys and references of a batch that are valid by themselves. The database is asked for them, which fills
/// [`ExistingKeys`]. They are gathered before the transaction, which makes it shorter.
#[derive(Debug)]
pub struct KeysToLookUp(Vec<(usize, Values)>);

impl KeysToLookUp {
    /// Of the rows of one batch.
    pub fn of(table: &Table, rows: &[Row]) -> KeysToLookUp {
        let mut fields: Vec<usize> =
            table.unique_fields().chain(table.references().map(|(i, _)| i)).collect();
        fields.sort_unstable();
        fields.dedup();
        let values = |field| rows.iter().filter_map(move |row| row.valid(field)).cloned().collect();
        KeysToLookUp(fields.into_iter().map(|field| (field, values(field))).collect())
    }

    /// The keys or references of one field.
    pub fn of_field(&self, field: usize) -> impl Iterator<Item = &Value> {
        self.0.iter().filter(move |(of, _)| *of == field).flat_map(|(_, values)| values)
    }
}

/// What judging a batch found.
#[derive(Debug)]
pub struct Verdict<'r> {
    /// The rows to insert, in order.
    pub accepted: Vec<&'r Row>,
    /// The rejects, in order, each with the range of its bytes in the body.
    pub rejected: Vec<(Reject, Range<usize>)>,
}

/// Judges the rows of one batch, in order. Of two rows with one key the earlier accepted one wins.
pub fn judge<'r>(table: &Table, rows: &'r [Row], existing: &ExistingKeys) -> Verdict<'r> {
    let mut judge = Judge::new(table, existing, rows.len());
    let mut verdict = Verdict { accepted: Vec::with_capacity(rows.len()), rejected: Vec::new() };
    let mut limit = ErrorLimit::default();
    for row in rows {
        let key_errors = judge.check_keys(row);
        if row.errors.is_empty() && key_errors.is_empty() {
            judge.take_keys(row);
            verdict.accepted.push(row);
        } else {
            verdict.rejected.push((reject(table, row, key_errors, &mut limit), row.raw.clone()));
        }
    }
    verdict
}

struct Judge<'a, 'r> {
    table: &'a Table,
    holder: &'static str,
    unique: Vec<Unique<'a, 'r>>,
    references: Vec<Reference<'a>>,
}

/// A unique field.
struct Unique<'a, 'r> {
    field: usize,
    /// The values that exist in the table.
    existing: Option<&'a Values>,
    /// The values that this batch has taken, each with the row that took it.
    taken: HashMap<&'r Value, &'r Row, RandomState>,
}

/// A foreign key that is judged.
struct Reference<'a> {
    field: usize,
    parent: &'a Table,
    /// The values that exist in the parent table.
    existing: &'a Values,
}

impl<'a, 'r> Judge<'a, 'r> {
    fn new(table: &'a Table, existing: &'a ExistingKeys, rows: usize) -> Self {
        let unique = table.unique_fields().map(|field| Unique {
            field,
            existing: existing.unique.get(&field),
            taken: HashMap::with_capacity_and_hasher(rows, RandomState::default()),
        });
        let references = table.references().filter_map(|(field, parent)| {
            Some(Reference { field, parent, existing: existing.parents.get(&field)? })
        });
        Judge {
            table,
            holder: existing.holder.unwrap_or("a stored row"),
            unique: unique.collect(),
            references: references.collect(),
        }
    }

    /// The errors of a row's keys, each with the index of its field.
    fn check_keys(&self, row: &Row) -> Vec<(usize, RowError)> {
        let unique =
            self.unique.iter().filter_map(|unique| Some((unique.field, self.check_unique(unique, row)?)));
        let references = self.references.iter();
        let references =
            references.filter_map(|reference| Some((reference.field, self.check_reference(reference, row)?)));
        unique.chain(references).collect()
    }

    fn check_unique(&self, unique: &Unique<'_, '_>, row: &Row) -> Option<RowError> {
        let value = row.valid(unique.field)?;
        let holder = match unique.taken.get(value) {
            Some(Row { number, line: Some(line), .. }) if line != number => {
                format!("row {number}, line {line}")
            }
            Some(row) => format!("row {}", row.number),
            None if unique.existing?.contains(value) => self.holder.to_owned(),
            None => return None,
        };
        let field = &self.table.fields[unique.field];
        let (name, text) = (&field.name, shortened(&value.text()));
        let (code, what) = if unique.field == self.table.primary_key {
            (Code::PrimaryKey, "the primary key")
        } else {
            (Code::UniqueError, "the unique value")
        };
        let message = format!("field `{name}`: {what} \"{text}\" is taken by {holder}");
        Some(RowError::of(field, code, Received::Text(&text), Some(message)))
    }

    fn check_reference(&self, reference: &Reference<'_>, row: &Row) -> Option<RowError> {
        let value = row.valid(reference.field)?;
        if reference.existing.contains(value) {
            return None;
        }
        let field = &self.table.fields[reference.field];
        let (name, text) = (&field.name, shortened(&value.text()));
        let (parent, key) = (&reference.parent.name, &reference.parent.key().name);
        let message = format!("field `{name}`: no row of `{parent}` has {key} \"{text}\"");
        let error = RowError::of(field, Code::ForeignKey, Received::Text(&text), Some(message));
        Some(RowError { expected: Some(format_compact!("a {key} of {parent}")), ..error })
    }

    fn take_keys(&mut self, row: &'r Row) {
        for unique in &mut self.unique {
            if let Some(value) = row.valid(unique.field) {
                unique.taken.insert(value, row);
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
