//! Judging a batch: which rows go in, and which are rejected with all their reasons.

use std::ops::Range;

use compact_str::format_compact;

use crate::code::Code;
use crate::decode::Row;
use crate::error_limit::ErrorLimit;
use crate::key_set::KeySet;
use crate::model::{ForeignKey, Table};
use crate::row_error::{Received, Reject, RowError};
use crate::text::shortened;

/// Which keys exist already.
#[derive(Debug, Clone, Default)]
pub struct ExistingKeys {
    /// For each of the [keys](Table::sent_keys) of the table: those that stored rows have, at least those that the batch has
    /// too. If there are fewer sets than keys, the missing ones are empty.
    pub unique: Vec<KeySet>,
    /// For each foreign key: what the parent table has, at least of what the batch references. A foreign key without a set
    /// is not judged, so that a file can be checked without a database.
    pub parents: Vec<Option<KeySet>>,
    /// The words in messages for the row that has an existing key; by default "a stored row".
    pub holder: Option<&'static str>,
}

impl ExistingKeys {
    /// The keys that rows of a table have, as [`ExistingKeys::add_taken`] takes them.
    pub fn of_rows<'r>(table: &Table, rows: impl Iterator<Item = &'r Row> + Clone) -> ExistingKeys {
        let keys = |fields: &[usize]| rows.clone().filter_map(|row| row.key(fields)).collect();
        let parents =
            table.foreign_keys.iter().map(|foreign_key| Some(keys(&foreign_key.own_fields(table)?)));
        ExistingKeys {
            unique: table.sent_keys().map(keys).collect(),
            parents: parents.collect(),
            ..ExistingKeys::default()
        }
    }

    /// Adds those keys that other batches of the table have taken, as far as these rows have them too.
    pub fn add_taken<'r>(
        &mut self,
        table: &Table,
        others: &ExistingKeys,
        rows: impl Iterator<Item = &'r Row> + Clone,
    ) {
        let taken = |fields: &'_ [usize], others: &KeySet, set: &mut KeySet| {
            let keys = rows.clone().filter_map(|row| row.key(fields));
            set.extend(keys.filter(|key| others.contains(key)));
        };
        for ((fields, others), set) in table.sent_keys().zip(&others.unique).zip(&mut self.unique) {
            taken(fields, others, set);
        }
        let parents = others.parents.iter().zip(&mut self.parents);
        for (foreign_key, (others, set)) in table.foreign_keys.iter().zip(parents) {
            if let (true, Some(others), Some(set)) = (foreign_key.parent == table.name, others, set) {
                taken(&foreign_key.fields, others, set);
            }
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
///
/// A row may reference a row of its own table that comes in the same batch, before it or after it. Each accepted row comes
/// after the one that it references.
pub fn judge<'r>(table: &Table, rows: &'r [Row], existing: &mut ExistingKeys) -> Verdict<'r> {
    let mut judge = Judge::new(table, existing);
    let mut verdict = Verdict { accepted: Vec::with_capacity(rows.len()), rejected: Vec::new() };
    let mut limit = ErrorLimit::default();
    let mut waiting = Vec::new();
    for row in rows {
        let key_errors = judge.check_keys(row, &verdict.accepted);
        if row.errors.is_empty() && key_errors.is_empty() {
            judge.take_keys(row);
            verdict.accepted.push(row);
        } else if judge.waits_for_own_table(row, &key_errors) {
            waiting.push(row);
        } else {
            verdict.rejected.push((reject(table, row, key_errors, &mut limit), row.raw.clone()));
        }
    }
    let some_waited = !waiting.is_empty();
    let mut progress = true;
    while std::mem::take(&mut progress) {
        waiting.retain(|row| {
            let is_accepted = judge.check_keys(row, &verdict.accepted).is_empty();
            if is_accepted {
                judge.take_keys(row);
                verdict.accepted.push(row);
                progress = true;
            }
            !is_accepted
        });
    }
    for row in waiting {
        let key_errors = judge.check_keys(row, &verdict.accepted);
        verdict.rejected.push((reject(table, row, key_errors, &mut limit), row.raw.clone()));
    }
    if some_waited {
        verdict.rejected.sort_by_key(|(reject, _)| reject.row);
    }
    verdict
}

struct Judge<'a> {
    table: &'a Table,
    holder: &'static str,
    /// The fields of each key, and the keys that are taken.
    unique: Vec<(&'a [usize], &'a mut KeySet)>,
    /// Each foreign key that is judged, and what the parent has.
    references: Vec<(Reference<'a>, &'a mut KeySet)>,
}

/// A foreign key.
struct Reference<'a> {
    foreign_key: &'a ForeignKey,
    /// The fields that are referenced, where these are fields of the same table.
    own: Option<Vec<usize>>,
}

impl<'a> Judge<'a> {
    fn new(table: &'a Table, existing: &'a mut ExistingKeys) -> Self {
        let ExistingKeys { unique, parents, holder } = existing;
        unique.resize(table.sent_keys().count(), KeySet::default());
        let references = table.foreign_keys.iter().zip(parents).filter_map(|(foreign_key, parents)| {
            Some((Reference { foreign_key, own: foreign_key.own_fields(table) }, parents.as_mut()?))
        });
        Judge {
            table,
            holder: holder.unwrap_or("a stored row"),
            unique: table.sent_keys().zip(unique).collect(),
            references: references.collect(),
        }
    }

    /// The errors of a row's keys, each with the index of its first field. `accepted` are rows of the batch.
    fn check_keys(&self, row: &Row, accepted: &[&Row]) -> Vec<(usize, RowError)> {
        let unique = self.unique.iter();
        let unique = unique.filter_map(|(fields, taken)| {
            Some((fields[0], self.check_unique(fields, taken, row, accepted)?))
        });
        let references = self.references.iter().filter_map(|(reference, parents)| {
            let error = self.check_reference(reference, parents, row)?;
            Some((reference.foreign_key.fields[0], error))
        });
        unique.chain(references).collect()
    }

    /// Whether the row may be accepted once another row of the batch is: it lacks nothing but a row of its own table.
    fn waits_for_own_table(&self, row: &Row, key_errors: &[(usize, RowError)]) -> bool {
        row.errors.is_empty()
            && self.references.iter().any(|(reference, _)| reference.own.is_some())
            && key_errors.iter().all(|(_, error)| error.code == Code::ForeignKey)
    }

    fn check_unique(
        &self,
        fields: &[usize],
        taken: &KeySet,
        row: &Row,
        accepted: &[&Row],
    ) -> Option<RowError> {
        let key = row.key(fields).filter(|key| taken.contains(key))?;
        let holder = match accepted.iter().find(|earlier| earlier.key(fields).as_ref() == Some(&key)) {
            Some(Row { number, line: Some(line), .. }) if line != number => {
                format!("row {number}, line {line}")
            }
            Some(earlier) => format!("row {}", earlier.number),
            None => self.holder.to_owned(),
        };
        let (code, what) = if fields == self.table.primary_key {
            (Code::PrimaryKey, "the primary key")
        } else {
            (Code::UniqueError, if fields.len() == 1 { "the unique value" } else { "the unique key" })
        };
        let (of, text) = (self.fields_in_words(fields), shortened(&key.text()));
        let message = format!("{of}: {what} \"{text}\" is taken by {holder}");
        Some(RowError::of(&self.table.fields[fields[0]], code, Received::Text(&text), Some(message)))
    }

    fn check_reference(
        &self,
        Reference { foreign_key, own }: &Reference<'_>,
        parents: &KeySet,
        row: &Row,
    ) -> Option<RowError> {
        let key = row.key(&foreign_key.fields).filter(|key| !parents.contains(key))?;
        // A row may reference itself.
        if own.as_ref().is_some_and(|own| row.key(own).as_ref() == Some(&key)) {
            return None;
        }
        let fields = &foreign_key.fields;
        let (of, text) = (self.fields_in_words(fields), shortened(&key.text()));
        let (parent, parent_key) = (&foreign_key.parent, foreign_key.parent_name());
        let message = format!("{of}: no row of `{parent}` has {parent_key} \"{text}\"");
        let field = &self.table.fields[fields[0]];
        let error = RowError::of(field, Code::ForeignKey, Received::Text(&text), Some(message));
        Some(RowError { expected: Some(format_compact!("a {parent_key} of {parent}")), ..error })
    }

    /// Fields at the start of a message.
    fn fields_in_words(&self, fields: &[usize]) -> String {
        let names: Vec<_> = fields.iter().map(|i| format!("`{}`", self.table.fields[*i].name)).collect();
        format!("field{} {}", if names.len() == 1 { "" } else { "s" }, names.join(", "))
    }

    fn take_keys(&mut self, row: &Row) {
        for (fields, taken) in &mut self.unique {
            taken.extend(row.key(fields));
        }
        for (reference, parents) in &mut self.references {
            if let Some(own) = &reference.own {
                parents.extend(row.key(own));
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
