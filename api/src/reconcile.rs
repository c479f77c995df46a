//! Compares rows that were sent with what the database holds: is each of them stored exactly once?

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use dictionary::decode::Row;
use dictionary::wire::{Balance, Finding, Found, Reconciled, Recorded};
use dictionary::{Code, Key, RowsHash, Table, Value};
use foldhash::fast::RandomState;

use crate::store::reconcile_query::{FoundRows, RowsToFind};
use crate::store::rejects::RejectedRow;
use crate::store::{self, Store};

/// Rows to be looked for.
#[derive(Debug)]
pub struct Sent {
    /// The rows, at least one.
    pub rows: Vec<Row>,
    /// The bytes they were decoded from.
    pub body: Vec<u8>,
    /// The file or sender, if the request names it.
    pub source: Option<String>,
    /// The idempotency key that they were sent with, and the fingerprint of their request.
    pub key: Option<(String, String)>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A fault of this program.
    #[error("the rows were not compared: {0}")]
    Fault(#[from] tokio::task::JoinError),
}

/// Looks for rows in the table and the reject log, in one state of the database and without changing it.
///
/// # Errors
/// When the database fails.
pub async fn reconcile(store: &Store, table: &Arc<Table>, sent: Sent) -> Result<Reconciled, Error> {
    let number = |row: Option<&Row>| row.map_or(1, |row| row.number);
    let rows_to_find = RowsToFind {
        key: sent.key.as_ref().map(|(key, fingerprint)| (key.as_str(), fingerprint.as_str())),
        source: sent.source.as_deref(),
        first: number(sent.rows.first()),
        last: number(sent.rows.last()),
        longest: sent.rows.iter().map(|row| row.raw.len()).max().unwrap_or_default(),
    };
    let keys = sent.rows.iter().filter_map(|row| key(table, row));
    let mut query = store.reconcile_query(table).await?;
    let found = query.find(&rows_to_find, keys).await?;
    let (on, dictionary) = (Arc::clone(table), store.dictionary().hash().to_owned());
    // Hashing a thousand rows would hold up others.
    let comparing = tokio::task::spawn_blocking(move || {
        let reconciled = compare(&on, &sent.rows, &sent.body, &found, &dictionary);
        (reconciled, found.batches)
    });
    let (mut reconciled, batches) = comparing.await?;
    if reconciled.balance.differs + reconciled.balance.missing > 0
        && let Some(last) = batches.last()
    {
        reconciled.since = query.replaced_since(&last.batch.id).await?;
    }
    Ok(Reconciled { batches, ..reconciled })
}

/// The row's primary key, if it has one that can be read.
fn key<'r>(table: &Table, row: &'r Row) -> Option<Key<'r>> {
    let values: Option<Vec<&Value>> = table.primary_key.iter().map(|i| row.values.get(*i)).collect();
    Key::new(values?.into_iter())
}

fn compare(table: &Table, rows: &[Row], body: &[u8], found: &FoundRows, dictionary: &str) -> Reconciled {
    let mut logged: HashMap<u64, Vec<&RejectedRow>, RandomState> = HashMap::default();
    for reject in &found.rejects {
        logged.entry(reject.row).or_default().push(reject);
    }
    let mut claimed: HashSet<Key, RandomState> = HashSet::default();
    let (mut hash, mut balance) = (RowsHash::default(), Balance::default());
    let findings = rows.iter().map(|row| {
        // Two rows of one key cannot both be the one that is stored.
        let of_row = || found.row_ids.get(&row.number).map(Key::One);
        let key = key(table, row).or_else(of_row).filter(|key| !claimed.contains(key));
        let check = RowCheck {
            table,
            row,
            raw: &body[row.raw.clone()],
            dictionary,
            by: found.batches.iter().filter(|batch| batch.covers(row.number)).collect(),
            rejects: logged.get(&row.number).map_or(&[], Vec::as_slice),
            stored: key.as_ref().and_then(|key| found.row(key)).map(|stored| &stored[..table.fields.len()]),
        };
        let held = check.held();
        if held.found == Found::Stored {
            claimed.extend(key);
        }
        let finding = held.into_finding(table, row, !check.by.is_empty(), &mut hash);
        balance.count(&finding);
        finding
    });
    let findings = findings.collect();
    Reconciled {
        response: balance.sentence(&table.name),
        table: table.name.clone(),
        balance,
        hash: hash.finish(),
        batches: Vec::new(),
        since: None,
        findings,
    }
}

/// A row to look for, with everything that the answer depends on.
struct RowCheck<'e> {
    table: &'e Table,
    row: &'e Row,
    /// The row as sent.
    raw: &'e [u8],
    /// The hash of the current dictionary.
    dictionary: &'e str,
    /// The batches that received it under the key of the request.
    by: Vec<&'e Recorded>,
    /// The entries of its number in the reject log.
    rejects: &'e [&'e RejectedRow],
    /// What the table holds under its key.
    stored: Option<&'e [Value]>,
}

/// Where a row is, and what is held of it there.
struct Held<'e> {
    found: Found,
    stored: Option<&'e [Value]>,
    rejects: Vec<&'e RejectedRow>,
    /// Whether it is in the log, and its equal in the table all the same.
    also_stored: bool,
}

impl<'e> RowCheck<'e> {
    fn held(&self) -> Held<'e> {
        let in_table = |found| Held { found, stored: self.stored, rejects: Vec::new(), also_stored: false };
        let in_log = |found, rejects| Held { found, stored: None, rejects, also_stored: false };
        let by_table = || match self.stored {
            Some(stored) if stored == self.row.values => in_table(Found::Stored),
            Some(_) => in_table(Found::Differs),
            None => in_table(Found::Missing),
        };
        let same = || -> Vec<&'e RejectedRow> {
            self.rejects.iter().copied().filter(|reject| reject.raw == self.raw).collect()
        };
        if self.by.is_empty() {
            // Nothing shows when it was received, or if it was. So the table is compared first.
            let held = by_table();
            let same = same();
            let logged = held.found != Found::Stored && !same.is_empty();
            return if logged { in_log(Found::Rejected, same) } else { held };
        }
        // Each batch that received it has stored it or rejected it, once.
        let entries =
            |batch: &Recorded| self.rejects.iter().filter(|reject| reject.batch == batch.batch.id).count();
        if self.by.iter().any(|batch| entries(batch) > 1) {
            return in_log(Found::Twice, self.rejects.to_vec());
        }
        if self.by.iter().any(|batch| entries(batch) == 0) {
            return if self.was_storable() { by_table() } else { in_log(Found::Missing, Vec::new()) };
        }
        let same = same();
        if same.len() < self.rejects.len() {
            return in_log(Found::Differs, self.rejects.to_vec());
        }
        // The table may have the row from elsewhere, unless there are more entries than the ledger counts.
        let too_many = self.by.iter().any(|batch| batch.logged > batch.batch.counts.rejected);
        let held = by_table();
        if too_many && held.found == Found::Stored {
            return Held { found: Found::Twice, rejects: same, ..held };
        }
        Held { also_stored: held.found == Found::Stored, ..in_log(Found::Rejected, same) }
    }

    /// Whether a batch could have stored it: if it is valid by itself, or was by another dictionary. A version of this
    /// program before the rule that a key has a character stored the empty one by the same dictionary.
    fn was_storable(&self) -> bool {
        let same = self.by.iter().all(|batch| batch.batch.dictionary == self.dictionary);
        let is_empty_key = |field: usize| {
            let value = self.row.values.get(field);
            self.table.primary_key.contains(&field)
                && matches!(value, Some(Value::String(key)) if key.is_empty())
        };
        let could_be = |field: usize, code| code == Code::ConstraintError && (!same || is_empty_key(field));
        self.row.errors.iter().all(|(field, error)| could_be(*field, error.code))
    }
}

impl Held<'_> {
    /// As the answer shows it. Adds what is held to the hash.
    fn into_finding(self, table: &Table, row: &Row, recorded: bool, hash: &mut RowsHash) -> Finding {
        if let Some(stored) = self.stored {
            hash.stored(row.number, stored);
        }
        // Several batches may have received the same file; it has the row once.
        let counted = if self.found == Found::Twice { self.rejects.len() } else { 1 };
        for reject in self.rejects.iter().take(counted) {
            hash.rejected(row.number, &reject.raw);
        }
        let pairs = table.fields.iter().zip(row.values.iter().zip(self.stored.unwrap_or_default()));
        let fields = pairs.filter(|(_, (sent, held))| sent != held).map(|(field, _)| field.name.clone());
        Finding {
            row: row.number,
            line: row.line,
            found: self.found,
            fields: fields.collect(),
            rejects: self.rejects.iter().map(|reject| reject.id.clone()).collect(),
            recorded,
            also_stored: self.also_stored,
        }
    }
}
