//! What the database holds of rows that were sent: the batches that received them, their entries in the reject
//! log, and the rows under their keys. All of it is read in one transaction, and so belongs to one state.

use std::collections::{HashMap, HashSet};

use dictionary::request::contested_key;
use dictionary::wire::{Batch, Recorded};
use dictionary::{Key, Table, Value};
use foldhash::fast::RandomState;

use super::engines::Tx;
use super::error::Result;
use super::ledger::Ledger;
use super::records::Records;
use super::rejects::{RejectLog, RejectedRow};
use super::statements::{Filter, number, text};

/// Batches whose rejects are read where no key says which batch it was: the newest ones.
const MOST_BATCHES: u64 = 16;

/// Once so many bytes of rejects are read, no further batch is.
const MOST_BYTES: usize = 16 << 20;

/// Which rows to find.
#[derive(Debug, Default)]
pub struct RowsToFind<'a> {
    /// The idempotency key of the batch that they are, and the fingerprint of its request.
    pub key: Option<(&'a str, &'a str)>,
    /// The file or sender.
    pub source: Option<&'a str>,
    /// The number of the first row.
    pub first: u64,
    /// The number of the last row.
    pub last: u64,
    /// Bytes of the longest row.
    pub longest: usize,
}

/// What was found.
#[derive(Debug, Default)]
pub struct FoundRows {
    /// The batches of that key that received these rows, oldest first.
    pub batches: Vec<Recorded>,
    /// The rejects of these batches; where there are none, of the newest ones of that source that hold rows of these
    /// numbers.
    pub rejects: Vec<RejectedRow>,
    /// Rows of the table by primary key; those that were asked for, and perhaps others.
    pub rows: HashMap<Vec<Value>, Vec<Value>, RandomState>,
    /// In a table without a primary key: which number the gateway gave to a row of the file, by its number in the file.
    pub row_ids: HashMap<u64, Value, RandomState>,
}

impl FoundRows {
    /// The stored row of a key.
    pub fn row(&self, key: &Key) -> Option<&[Value]> {
        let key: Vec<Value> = key.values().iter().map(|value| (*value).clone()).collect();
        self.rows.get(&key).map(Vec::as_slice)
    }

    /// Finds which numbers the rows of the batches have: in each batch, those that were not rejected have numbers that follow
    /// each other.
    fn number_rows(&mut self) {
        for Recorded { batch, .. } in &self.batches {
            let Some(first) = batch.first_id else { continue };
            let rejected =
                self.rejects.iter().filter(|reject| reject.batch == batch.id).map(|reject| reject.row);
            let rejected: HashSet<u64> = rejected.collect();
            let rows = batch.first_row..batch.first_row + batch.counts.received;
            let stored = rows.filter(|row| !rejected.contains(row));
            let numbered = stored.zip(first..).map(|(row, id)| (row, Value::Integer(id.cast_signed())));
            self.row_ids.extend(numbered);
        }
    }
}

/// Finds rows of one table, in one transaction.
pub struct ReconcileQuery<'s> {
    pub(super) records: &'s Records,
    pub(super) ledger: &'s Ledger,
    pub(super) rejects: &'s RejectLog,
    pub(super) tx: Tx,
    pub(super) table: &'s Table,
}

impl ReconcileQuery<'_> {
    /// What the database holds of rows with these primary keys.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find<'v>(
        &mut self,
        rows: &RowsToFind<'_>,
        keys: impl Iterator<Item = Key<'v>> + Send,
    ) -> Result<FoundRows> {
        let mut found = FoundRows::default();
        for batch in self.batches_of_request(rows.key).await? {
            let mut rejects = self.rejects_of(&batch.id, None).await?;
            found.batches.push(Recorded { batch, logged: rejects.len() as u64 });
            found.rejects.append(&mut rejects);
        }
        if found.batches.is_empty() {
            let mut bytes = 0;
            for batch in self.batches_like(rows).await? {
                if bytes > MOST_BYTES {
                    break;
                }
                let mut rejects = self.rejects_of(&batch.id, Some(rows)).await?;
                bytes += rejects.iter().map(|reject| reject.raw.len()).sum::<usize>();
                found.rejects.append(&mut rejects);
            }
        }
        found.number_rows();
        let mut stored = self.records.rows_of_keys(&mut self.tx, self.table, keys).await?;
        let of_rows = found.row_ids.iter().filter(|(row, _)| (rows.first..=rows.last).contains(row));
        let ids = of_rows.map(|(_, id)| Key::One(id));
        stored.append(&mut self.records.rows_of_keys(&mut self.tx, self.table, ids).await?);
        let key = |row: &[Value]| self.table.primary_key.iter().map(|i| row[*i].clone()).collect();
        found.rows = stored.into_iter().map(|row| (key(&row), row)).collect();
        Ok(found)
    }

    /// The newest batch after one that restored the table or replaced rows of it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn replaced_since(&mut self, batch: &str) -> Result<Option<Batch>> {
        let filter = self
            .of_table()
            .with("`id` > ?", text(batch))
            .with("(`kind` = 'restore' OR `replaced` > ?)", number(0));
        Ok(self.ledger.find(&mut self.tx, filter, "`id` DESC", 1).await?.pop())
    }

    /// The batches of a key that received the request of a fingerprint. Where another request holds the key, these
    /// are also those of the key that the request is sent with then.
    async fn batches_of_request(&mut self, key: Option<(&str, &str)>) -> Result<Vec<Batch>> {
        let Some((key, fingerprint)) = key else { return Ok(Vec::new()) };
        // History has no fingerprints: this program made its keys of the file.
        let is_same = |batch: &Batch| batch.fingerprint.as_deref().is_none_or(|other| other == fingerprint);
        let (mut same, others): (Vec<_>, Vec<_>) =
            self.batches_of_key(key).await?.into_iter().partition(is_same);
        if !others.is_empty() {
            let contested = self.batches_of_key(&contested_key(key, fingerprint)).await?;
            same.extend(contested.into_iter().filter(is_same));
            same.sort_by(|one, other| one.id.cmp(&other.id));
        }
        Ok(same)
    }

    async fn batches_of_key(&mut self, key: &str) -> Result<Vec<Batch>> {
        let filter = self.of_table().with("`idempotency_key` = ?", text(key));
        self.ledger.find(&mut self.tx, filter, "`id`", MOST_BATCHES).await
    }

    /// The newest batches of the source that have rejects and rows of these numbers.
    async fn batches_like(&mut self, rows: &RowsToFind<'_>) -> Result<Vec<Batch>> {
        let filter = self.of_table();
        let filter = match rows.source {
            Some(source) => filter.with("`source` = ?", text(source)),
            None => filter.with("`source` IS NULL AND `kind` = ?", text("load")),
        };
        let filter = filter
            .with("`first_row` <= ?", number(rows.last))
            .with("`first_row` + `received` > ?", number(rows.first))
            .with("`rejected` > ?", number(0));
        self.ledger.find(&mut self.tx, filter, "`id` DESC", MOST_BATCHES).await
    }

    /// The rejects of a batch. Of a batch that is only like the rows to find, those that can be equal to one of them:
    /// the batch may hold much larger rows.
    async fn rejects_of(&mut self, batch: &str, like: Option<&RowsToFind<'_>>) -> Result<Vec<RejectedRow>> {
        // Base64 has four bytes for three.
        let longest = |rows: &RowsToFind<'_>| number((rows.longest as u64).div_ceil(3) * 4);
        let filter = self
            .of_table()
            .with("`batch` = ?", text(batch))
            .with_some("`row_number` >= ?", like.map(|rows| number(rows.first)))
            .with_some("`row_number` <= ?", like.map(|rows| number(rows.last)))
            .with_some("OCTET_LENGTH(`raw`) <= ?", like.map(longest));
        self.rejects.rows(&mut self.tx, filter).await
    }

    fn of_table(&self) -> Filter {
        Filter::default().with("`table_name` = ?", text(&self.table.name))
    }
}
