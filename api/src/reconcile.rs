//! Rows that were sent, held against what the database has of them: is each of them there, exactly once?

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use dictionary::decode::Row;
use dictionary::wire::{Balance, Finding, Found, Reconciled, Recorded};
use dictionary::{Code, RowsHash, Table, Value};
use foldhash::fast::RandomState;

use crate::store::evidence::{Asked, Evidence, Logged};
use crate::store::{self, Store};

/// Rows to be looked for.
#[derive(Debug)]
pub struct Sent {
    /// The rows, at least one.
    pub rows: Vec<Row>,
    /// The bytes they were decoded from.
    pub body: Vec<u8>,
    /// The file or sender, if told.
    pub source: Option<String>,
    /// The idempotency key that they were sent with.
    pub key: Option<String>,
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
    let asked = Asked {
        key: sent.key.as_deref(),
        source: sent.source.as_deref(),
        first: number(sent.rows.first()),
        last: number(sent.rows.last()),
    };
    let keys = sent.rows.iter().filter_map(|row| key(table, row));
    let mut tx = store.begin_reading().await?;
    let evidence = store.evidence(&mut tx, table, &asked, keys).await?;
    let (on, dictionary) = (Arc::clone(table), store.dictionary().hash().to_owned());
    // Hashing a thousand rows would hold up others.
    let comparing = tokio::task::spawn_blocking(move || {
        let reconciled = compare(&on, &sent.rows, &sent.body, &evidence, &dictionary);
        (reconciled, evidence.batches)
    });
    let (mut reconciled, batches) = comparing.await?;
    if reconciled.balance.differs + reconciled.balance.missing > 0
        && let Some(last) = batches.last()
    {
        reconciled.since = store.replaced_since(&mut tx, table, &last.batch.id).await?;
    }
    Ok(Reconciled { batches, ..reconciled })
}

/// The row's primary key, if it can be read.
fn key<'r>(table: &Table, row: &'r Row) -> Option<&'r Value> {
    row.values.get(table.primary_key).filter(|value| !value.is_null())
}

fn compare(table: &Table, rows: &[Row], body: &[u8], evidence: &Evidence, dictionary: &str) -> Reconciled {
    let mut logged: HashMap<u64, Vec<&Logged>, RandomState> = HashMap::default();
    for reject in &evidence.rejects {
        logged.entry(reject.row).or_default().push(reject);
    }
    let mut claimed: HashSet<&Value, RandomState> = HashSet::default();
    let (mut hash, mut balance) = (RowsHash::default(), Balance::default());
    let findings = rows.iter().map(|row| {
        let by = evidence.batches.iter().filter(|batch| batch.covers(row.number)).collect();
        let here = Here {
            table,
            row,
            raw: &body[row.raw.clone()],
            by,
            rejects: logged.get(&row.number).map_or(&[], Vec::as_slice),
            // Two rows of one key cannot both be the one that is stored.
            stored: key(table, row)
                .filter(|key| !claimed.contains(key))
                .and_then(|key| evidence.rows.get(key)),
        };
        let finding = here.find(dictionary, &mut hash);
        if let (Found::Stored, Some(key)) = (finding.found, key(table, row)) {
            claimed.insert(key);
        }
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

/// A row, and what there is of it.
struct Here<'e> {
    table: &'e Table,
    row: &'e Row,
    /// The row as sent.
    raw: &'e [u8],
    /// The batches that received it under the key of the request.
    by: Vec<&'e Recorded>,
    /// The entries of its number in the reject log.
    rejects: &'e [&'e Logged],
    /// What the table holds under its key.
    stored: Option<&'e Vec<Value>>,
}

impl Here<'_> {
    /// Where the row is. What is held of it goes into the hash.
    fn find(&self, dictionary: &str, hash: &mut RowsHash) -> Finding {
        let fields = self.fields();
        let equal = fields.as_ref().is_some_and(Vec::is_empty);
        let rejects: Vec<&Logged> =
            self.rejects.iter().copied().filter(|reject| reject.raw == self.raw).collect();
        let found = if self.by.is_empty() {
            // Nothing says when it was received, if ever: what the table holds comes first.
            match (equal, rejects.is_empty()) {
                (true, _) => Found::Stored,
                (false, false) => Found::Rejected,
                (false, true) if fields.is_some() => Found::Differs,
                (false, true) => Found::Missing,
            }
        } else {
            self.find_received(equal, fields.is_some(), dictionary)
        };
        let is_rejected = matches!(found, Found::Rejected | Found::Twice);
        match (found, self.stored) {
            // Of another batch that received the same, there may be another entry.
            (Found::Rejected, _) => {
                rejects.first().into_iter().for_each(|first| hash.rejected(self.row.number, &first.raw));
            }
            (Found::Twice, _) => {
                rejects.iter().for_each(|reject| hash.rejected(self.row.number, &reject.raw));
            }
            (Found::Stored | Found::Differs, Some(stored)) => hash.stored(self.row.number, stored),
            (Found::Stored | Found::Differs | Found::Missing, _) => {}
        }
        if let (Found::Twice, true, Some(stored)) = (found, equal, self.stored) {
            hash.stored(self.row.number, stored);
        }
        let altered = found == Found::Differs && fields.is_none();
        Finding {
            row: self.row.number,
            line: self.row.line,
            found,
            fields: fields.filter(|_| found == Found::Differs).unwrap_or_default(),
            rejects: if is_rejected {
                rejects.iter().map(|reject| reject.id.clone()).collect()
            } else if altered {
                self.rejects.iter().map(|reject| reject.id.clone()).collect()
            } else {
                Vec::new()
            },
            recorded: !self.by.is_empty(),
        }
    }

    /// Of a row that batches are known to have received: each of them stored it or rejected it.
    fn find_received(&self, equal: bool, held: bool, dictionary: &str) -> Found {
        let entries = |batch: &Recorded| {
            self.rejects.iter().filter(|reject| reject.batch == batch.batch.id).collect::<Vec<_>>()
        };
        let more_than_counted = |batch: &&Recorded| batch.logged > batch.batch.counts.rejected;
        if self.by.iter().any(|batch| entries(batch).len() > 1) {
            return Found::Twice;
        }
        if self.by.iter().any(|batch| entries(batch).is_empty()) {
            // What is no row by itself was not stored, unless by another dictionary.
            let same = self.by.iter().all(|batch| batch.batch.dictionary == dictionary);
            let storable =
                |(_, error): &(usize, dictionary::RowError)| !same && error.code == Code::ConstraintError;
            return match (equal, held) {
                _ if !self.row.errors.iter().all(storable) => Found::Missing,
                (true, _) => Found::Stored,
                (false, true) => Found::Differs,
                (false, false) => Found::Missing,
            };
        }
        if self.rejects.iter().any(|reject| reject.raw != self.raw) {
            return Found::Differs;
        }
        if equal && self.by.iter().any(more_than_counted) { Found::Twice } else { Found::Rejected }
    }

    /// The fields in which the table has other values; `None` if it has no row of that key.
    fn fields(&self) -> Option<Vec<String>> {
        let pairs = self.table.fields.iter().zip(self.row.values.iter().zip(self.stored?));
        Some(pairs.filter(|(_, (sent, held))| sent != held).map(|(field, _)| field.name.clone()).collect())
    }
}
