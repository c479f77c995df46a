//! The only way in for rows, from history and from requests.
//!
//! A batch is judged and stored in one transaction: its accepted rows, its rejected rows, its ledger entry and its answer
//! commit together or not at all. Requests go through `group_commit`, and both through `pipeline`.

mod group_commit;
pub mod history;
mod pipeline;
mod reasons;

use std::ops::Range;
use std::sync::Arc;

use dictionary::decode::{Columns, Row};
use dictionary::wire::{Batch, BatchKind, Counts, Outcome};
use dictionary::{ExistingKeys, Reject, Table, Value, Verdict, judge};

use crate::memory::Reservation;
use crate::store::ids::now;
use crate::store::ledger::{BatchesSentBefore, LedgerEntry, SentBefore};
use crate::store::rejects::logged;
use crate::store::{self, Store, Tx};
pub use group_commit::TableQueues;
pub use reasons::Reasons;

/// A decoded batch on its way in.
#[derive(Debug)]
pub struct Incoming {
    /// Its rows, at least one.
    pub rows: Vec<Row>,
    /// The bytes it was decoded from. Each reject keeps its part of them.
    pub body: Vec<u8>,
    /// The columns of its CSV.
    pub columns: Option<Arc<Columns>>,
    /// What the ledger calls it.
    pub kind: BatchKind,
    /// The file or sender, if the request names it.
    pub source: Option<String>,
    /// Offset in the source of the first byte after the batch, where known.
    pub end_offset: Option<u64>,
    /// Who sends it.
    pub actor: String,
    /// How it is recognised when it is sent again.
    pub key: Option<Key>,
    /// Its share of the memory for requests.
    pub reserved: Reservation,
}

/// An idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Chosen by the sender, unique per table and actor.
    pub key: String,
    /// SHA-256 of the request it came with; `None` where the key itself is made of the content.
    pub fingerprint: Option<String>,
}

/// How a batch ended.
#[derive(Debug)]
pub enum Ended {
    /// It was judged and stored now.
    Stored(Stored),
    /// It is a repeat of a batch that was stored before, with this answer.
    Repeat(SentBefore),
}

/// A batch that was judged and stored.
#[derive(Debug)]
pub struct Stored {
    /// The result in a sentence.
    pub response: String,
    /// Its id in the ledger.
    pub id: String,
    /// How its rows ended.
    pub counts: Counts,
    /// Why rows of it are rejected.
    pub reasons: Reasons,
    /// The answer as JSON, byte for byte as the ledger keeps it for a repeat; empty where no sender gets one.
    pub answer: String,
}

/// Why a batch was not taken. Nothing of it is stored, unless the error says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The sender used its key for another batch.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// An earlier batch of the same file could not be stored.
    #[error("a batch before this one was not stored")]
    Abandoned,
    /// A fault of this program. The batch may be stored all the same.
    #[error("storing the batch failed: {0}")]
    Task(&'static str),
    /// The store could not take it.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A fault of this program.
    #[error("the answer cannot be written: {0}")]
    Answer(#[from] serde_json::Error),
}

/// What must be written of judged batches.
struct Unwritten<'b> {
    accepted: Vec<&'b Row>,
    entries: Vec<LedgerEntry>,
    ended: Vec<Ended>,
}

impl Unwritten<'_> {
    /// Writes the accepted rows of all batches together, since fewer and larger statements are faster. `on_last` is
    /// called when the last statement is on its way.
    async fn insert(
        &mut self,
        store: &Store,
        tx: &mut Tx,
        table: &Table,
        on_last: impl FnOnce() + Send,
    ) -> Result<(), Error> {
        let ids = match table.row_id {
            Some(_) if !self.accepted.is_empty() => self.number_rows(store, tx, table).await?,
            Some(_) | None => Vec::new(),
        };
        Ok(store.records.insert(tx, table, &self.accepted, &ids, on_last).await?)
    }

    /// The number of each accepted row. In a batch they ascend with the rows, so that the batch's first number and its
    /// rejects say which row has which.
    async fn number_rows(&mut self, store: &Store, tx: &mut Tx, table: &Table) -> Result<Vec<Value>, Error> {
        let mut next = store.records.take_row_ids(tx, table, self.accepted.len() as u64).await?;
        let (mut ids, mut rest) = (Vec::with_capacity(self.accepted.len()), self.accepted.as_slice());
        for entry in &mut self.entries {
            let of_batch = usize::try_from(entry.batch.counts.inserted).unwrap_or(usize::MAX);
            let (rows, later) = rest.split_at(of_batch.min(rest.len()));
            rest = later;
            entry.batch.first_id = (!rows.is_empty()).then_some(next.cast_unsigned());
            // Rows that reference their own table may come in another order.
            let mut order: Vec<usize> = (0..rows.len()).collect();
            order.sort_by_key(|i| rows[*i].number);
            let first = ids.len();
            ids.resize(first + rows.len(), Value::Null);
            for i in order {
                ids[first + i] = Value::Integer(next);
                next += 1;
            }
        }
        Ok(ids)
    }

    /// Writes the ledger and the reject log.
    async fn append_batches(self, store: &Store, tx: &mut Tx) -> Result<Vec<Ended>, Error> {
        store.append_batches(tx, self.entries).await?;
        Ok(self.ended)
    }
}

/// Judges batches within a transaction. The database is asked once for the keys of all of them. `uncommitted` are keys of
/// batches that commit before these and that the tables may not show yet. Returns the keys of the accepted rows, and what must
/// be written.
async fn judge_group<'b>(
    store: &Store,
    tx: &mut Tx,
    table: &Table,
    incoming: &'b [Incoming],
    ids: &[String],
    uncommitted: &[Arc<ExistingKeys>],
) -> Result<(ExistingKeys, Unwritten<'b>), Error> {
    let idempotency_keys: Vec<&str> =
        incoming.iter().filter_map(|batch| Some(batch.key.as_ref()?.key.as_str())).collect();
    let recorded = store.ledger.sent_before(tx, table, &idempotency_keys).await?;
    let before = incoming.iter().map(|batch| sent_before(batch, &recorded)).collect::<Result<Vec<_>, _>>()?;
    let new = incoming.iter().zip(&before).filter(|(_, before)| before.is_none());
    let rows = new.flat_map(|(batch, _)| &batch.rows);
    let mut existing = store.records.existing_keys(tx, table, rows.clone()).await?;
    for uncommitted in uncommitted {
        existing.add_taken(table, uncommitted, rows.clone());
    }
    let mut unwritten = Unwritten { accepted: Vec::new(), entries: Vec::new(), ended: Vec::new() };
    for ((incoming, id), before) in incoming.iter().zip(ids).zip(before) {
        if let Some(before) = before {
            unwritten.ended.push(Ended::Repeat(before));
            continue;
        }
        let Verdict { accepted, rejected } = judge(table, &incoming.rows, &mut existing);
        let (entry, stored) = ledger_entry(store, table, incoming, id, rejected)?;
        unwritten.accepted.extend(accepted);
        unwritten.entries.push(entry);
        unwritten.ended.push(Ended::Stored(stored));
    }
    // Not the keys that the database has: another process may delete their rows before the next group is judged.
    let taken = ExistingKeys::of_rows(table, unwritten.accepted.iter().copied());
    Ok((taken, unwritten))
}

/// The batch that was sent before under the same key, if there is one.
fn sent_before(incoming: &Incoming, before: &BatchesSentBefore) -> Result<Option<SentBefore>, Error> {
    let Some(Key { key, fingerprint }) = &incoming.key else { return Ok(None) };
    match before.get(&(key.clone(), incoming.actor.clone())) {
        Some(before) if before.fingerprint == *fingerprint => Ok(Some(before.clone())),
        Some(_) => Err(Error::KeyReused),
        None => Ok(None),
    }
}

/// What the ledger keeps of a judged batch, and how that batch ended.
fn ledger_entry(
    store: &Store,
    table: &Table,
    incoming: &Incoming,
    id: &str,
    rejected: Vec<(Reject, Range<usize>)>,
) -> Result<(LedgerEntry, Stored), Error> {
    let received = incoming.rows.len() as u64;
    let rejects = rejected.len() as u64;
    let counts = Counts { received, inserted: received - rejects, rejected: rejects, ..Counts::default() };
    let first = incoming.rows.first();
    let fingerprint = incoming.key.as_ref().and_then(|key| key.fingerprint.clone());
    let batch = Batch {
        id: id.to_owned(),
        table: table.name.clone(),
        kind: incoming.kind,
        source: incoming.source.clone(),
        first_row: first.map_or(1, |row| row.number),
        first_line: first.and_then(|row| row.line),
        first_id: None,
        end_offset: incoming.end_offset,
        actor: incoming.actor.clone(),
        idempotency_key: incoming.key.as_ref().map(|key| key.key.clone()),
        fingerprint: fingerprint.clone(),
        counts,
        removed: 0,
        dictionary: store.dictionary().hash().to_owned(),
        created_at: dictionary::Value::DateTime(now()).text().into_owned(),
    };
    let response = counts.sentence(&table.name);
    let answer = match incoming.kind {
        BatchKind::Load => {
            let rejects = rejected.iter().map(|(reject, _)| reject).collect();
            let (response, table) = (response.clone(), table.name.as_str());
            serde_json::to_string(&Outcome { response, batch: id, table, counts, rejects })?
        }
        // Their senders get no answer for each batch.
        BatchKind::History | BatchKind::Restore => String::new(),
    };
    let reasons = Reasons::of(rejected.iter().map(|(reject, _)| reject));
    let stored = Stored { response, id: id.to_owned(), counts, reasons, answer };
    // An answer is replayed only to a sender of the same request, which is recognised by its fingerprint.
    let kept_answer = fingerprint.is_some().then(|| stored.answer.clone());
    let columns = incoming.columns.as_ref().and_then(|columns| store.rejects.names(table, columns));
    let log = |(reject, raw): (Reject, Range<usize>)| {
        logged(&batch, reject, &incoming.body[raw], columns.as_deref())
    };
    let rejects = rejected.into_iter().map(log).collect();
    Ok((LedgerEntry { batch, answer: kept_answer, rejects }, stored))
}

/// A batch whose commit had an unknown outcome, and is in the ledger. Its answer is the one that the ledger keeps; a
/// batch without a key has none there, and its answer is made again.
async fn committed_before(store: &Store, outcome: Outcome) -> Result<Ended, Error> {
    let answer = match store.ledger.answer(&outcome.batch).await? {
        Some(answer) => answer,
        None => serde_json::to_string(&outcome)?,
    };
    let Outcome { response, batch: id, counts, .. } = outcome;
    Ok(Ended::Stored(Stored { response, id, counts, reasons: Reasons::default(), answer }))
}

/// One line for each batch: counts and codes, never a cell's value.
fn log(incoming: &Incoming, ended: &Ended) {
    let Ended::Stored(stored) = ended else { return };
    tracing::info!(
        batch = %stored.id,
        kind = incoming.kind.as_str(),
        first_row = incoming.rows.first().map(|row| row.number),
        codes = stored.reasons.by_code(),
        "{}",
        stored.response
    );
}
