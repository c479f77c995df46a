//! Judging a batch: which rows go in, and which are rejected with all their reasons.

use std::collections::BTreeMap;
use std::ops::Range;

use compact_str::format_compact;

use crate::code::Code;
use crate::decode::Row;
use crate::error_limit::ErrorLimit;
use crate::key_set::KeySet;
use crate::model::Table;
use crate::row_error::{Received, Reject, RowError};
use crate::text::shortened;

/// Which keys exist already, by the index of their field.
#[derive(Debug, Clone, Default)]
pub struct ExistingKeys {
    /// For the primary key and each unique field: values that stored rows have, at least those that the batch has too.
    pub unique: BTreeMap<usize, KeySet>,
    /// For each foreign key: values that the parent table has, at least those that the batch has too. A foreign key that is
    /// not listed is not judged, so that a file can be checked without a database.
    pub parents: BTreeMap<usize, KeySet>,
    /// The words in messages for the row that has an existing key; by default "a stored row".
    pub holder: Option<&'static str>,
}

impl ExistingKeys {
    /// Adds those unique keys that other batches have taken, as far as these rows have them too.
    pub fn add_taken<'r>(&mut self, others: &ExistingKeys, rows: impl Iterator<Item = &'r Row> + Clone) {
        for (field, others) in &others.unique {
            let keys = rows.clone().filter_map(|row| row.valid(*field));
            self.unique.entry(*field).or_default().extend(keys.filter(|key| others.contains(key)));
        }
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

/// Judges the rows of one batch, in order. Of two rows with one key the earlier accepted one wins. The keys of accepted rows
/// are added to the existing ones, so that the next batch is judged as if these rows were stored.
pub fn judge<'r>(table: &Table, rows: &'r [Row], existing: &mut ExistingKeys) -> Verdict<'r> {
    let mut judge = Judge::new(table, existing);
    let mut verdict = Verdict { accepted: Vec::with_capacity(rows.len()), rejected: Vec::new() };
    let mut limit = ErrorLimit::default();
    for row in rows {
        let key_errors = judge.check_keys(row, &verdict.accepted);
        if row.errors.is_empty() && key_errors.is_empty() {
            judge.take_keys(row);
            verdict.accepted.push(row);
        } else {
            verdict.rejected.push((reject(table, row, key_errors, &mut limit), row.raw.clone()));
        }
    }
    verdict
}

struct Judge<'a> {
    table: &'a Table,
    holder: &'static str,
    /// For each unique field, the values that are taken.
    unique: Vec<(usize, &'a mut KeySet)>,
    references: Vec<Reference<'a>>,
}

/// A foreign key that is judged.
struct Reference<'a> {
    field: usize,
    parent: &'a Table,
    /// The values that exist in the parent table.
    existing: &'a KeySet,
}

impl<'a> Judge<'a> {
    fn new(table: &'a Table, existing: &'a mut ExistingKeys) -> Self {
        let ExistingKeys { unique, parents, holder } = existing;
        for field in table.unique_fields() {
            unique.entry(field).or_default();
        }
        let references = table
            .references()
            .filter_map(|(field, parent)| Some(Reference { field, parent, existing: parents.get(&field)? }));
        Judge {
            table,
            holder: holder.unwrap_or("a stored row"),
            unique: unique.iter_mut().map(|(field, taken)| (*field, taken)).collect(),
            references: references.collect(),
        }
    }

    /// The errors of a row's keys, each with the index of its field. `accepted` are the rows of the batch before it.
    fn check_keys(&self, row: &Row, accepted: &[&Row]) -> Vec<(usize, RowError)> {
        let unique = self.unique.iter();
        let unique = unique
            .filter_map(|(field, taken)| Some((*field, self.check_unique(*field, taken, row, accepted)?)));
        let references = self.references.iter();
        let references =
            references.filter_map(|reference| Some((reference.field, self.check_reference(reference, row)?)));
        unique.chain(references).collect()
    }

    fn check_unique(&self, field: usize, taken: &KeySet, row: &Row, accepted: &[&Row]) -> Option<RowError> {
        let value = row.valid(field).filter(|value| taken.contains(value))?;
        let holder = match accepted.iter().find(|earlier| earlier.values[field] == *value) {
            Some(Row { number, line: Some(line), .. }) if line != number => {
                format!("row {number}, line {line}")
            }
            Some(earlier) => format!("row {}", earlier.number),
            None => self.holder.to_owned(),
        };
        let (code, what) = if field == self.table.primary_key {
            (Code::PrimaryKey, "the primary key")
        } else {
            (Code::UniqueError, "the unique value")
        };
        let field = &self.table.fields[field];
        let (name, text) = (&field.name, shortened(&value.text()));
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

    fn take_keys(&mut self, row: &Row) {
        for (field, taken) in &mut self.unique {
            taken.extend(row.valid(*field));
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
