//! The one way in for rows: history and requests both end here.
//!
//! A batch is judged and stored in one transaction: the accepted rows, the rejected rows, the batch's
//! record and its answer commit together or not at all.

pub mod history;
mod in_order;
mod lane;

use std::sync::Arc;

use dictionary::decode::{Columns, Row};
use dictionary::judge::Candidates;
use dictionary::wire::{Batch, Counts, Outcome};
use dictionary::{Known, Table, Verdict, judge};

use crate::memory::Room;
use crate::store::ledger::{Entry, SentBefore, Stored, now};
use crate::store::rejected::LoggedReject;
use crate::store::{self, Store, Tx};
pub use lane::Lanes;

/// A decoded batch on its way in.
#[derive(Debug)]
pub struct Incoming {
    /// Its rows, at least one.
    pub rows: Vec<Row>,
    /// What the database must be asked about them.
    pub candidates: Candidates,
    /// The bytes it was decoded from, of which rejects keep their part.
    pub body: Vec<u8>,
    /// The columns of its CSV.
    pub columns: Option<Columns>,
    /// What the ledger calls it.
    pub kind: Kind,
    /// The file or sender, if told.
    pub source: Option<String>,
    /// Offset in the source of the first byte behind it, where known.
    pub end_offset: Option<u64>,
    /// Who sends it.
    pub actor: String,
    /// How it is recognised when it is sent again.
    pub key: Option<Key>,
    /// What it holds of the memory for requests.
    pub room: Room,
}

/// What the ledger calls a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// From the data package's own files, at start.
    History,
    /// From a request.
    Load,
}

impl Kind {
    /// As written in the ledger.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::History => "history",
            Kind::Load => "load",
        }
    }
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
    /// Judged and stored now.
    Stored(Box<Outcome>),
    /// It was stored before, with this status and answer.
    Before(Stored),
}

/// Why a batch was not taken. Nothing of it is stored.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The sender used its key for another batch.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// A batch before it in the same file could not be stored.
    #[error("a batch before this one was not stored")]
    Abandoned,
    /// The store could not take it.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A fault of this program.
    #[error("the answer cannot be written: {0}")]
    Answer(#[from] serde_json::Error),
}

/// Batches that are judged and not yet written.
struct Judged<'b> {
    known: Known,
    unwritten: Unwritten<'b>,
}

/// What is to be written of judged batches.
struct Unwritten<'b> {
    accepted: Vec<&'b Row>,
    entries: Vec<Entry>,
    ended: Vec<Ended>,
}

impl<'b> Judged<'b> {
    /// What is known of the keys now that these batches take theirs, and what is to be written.
    fn split(self) -> (Known, Unwritten<'b>) {
        (self.known, self.unwritten)
    }
}

impl Unwritten<'_> {
    /// Writes the rows, and says when the last of them are under way: those of several batches together, since
    /// fewer and larger statements are what makes it fast.
    async fn insert(
        &self,
        store: &Store,
        tx: &mut Tx,
        table: &Table,
        ending: impl FnOnce() + Send,
    ) -> Result<(), Error> {
        Ok(store.insert(tx, table, &self.accepted, ending).await?)
    }

    /// Writes the ledger and the reject log.
    async fn record(self, store: &Store, tx: &mut Tx) -> Result<Vec<Ended>, Error> {
        store.record(tx, self.entries).await?;
        Ok(self.ended)
    }
}

/// Judges batches within a transaction; the tables are asked once for all. `taken` are keys of batches
/// that commit before these and that the tables may not show yet.
async fn judge_within<'b>(
    store: &Store,
    tx: &mut Tx,
    table: &Table,
    incoming: &'b [Incoming],
    ids: &[String],
    taken: &[Arc<Known>],
) -> Result<Judged<'b>, Error> {
    let keys: Vec<&str> =
        incoming.iter().filter_map(|batch| Some(batch.key.as_ref()?.key.as_str())).collect();
    let mut before = store.stored(tx, table, &keys).await?;
    let before =
        incoming.iter().map(|batch| sent_before(batch, &mut before)).collect::<Result<Vec<_>, _>>()?;
    let new = incoming.iter().zip(&before).filter(|(_, before)| before.is_none());
    let candidates: Vec<&Candidates> = new.map(|(batch, _)| &batch.candidates).collect();
    let mut known = store.known(tx, table, &candidates).await?;
    for taken in taken {
        known.include(taken, &candidates);
    }
    let (mut accepted, mut entries, mut ended) = (Vec::new(), Vec::new(), Vec::new());
    for ((incoming, id), before) in incoming.iter().zip(ids).zip(before) {
        if let Some(before) = before {
            ended.push(before);
            continue;
        }
        let verdict = judge(table, &incoming.rows, &known);
        known.remember(table, &verdict.accepted);
        let (entry, outcome) = account(store, table, incoming, id, &verdict)?;
        accepted.extend(verdict.accepted);
        entries.push(entry);
        ended.push(Ended::Stored(Box::new(outcome)));
    }
    Ok(Judged { known, unwritten: Unwritten { accepted, entries, ended } })
}

/// How a batch ended that was sent before under the same key.
fn sent_before(incoming: &Incoming, before: &mut SentBefore) -> Result<Option<Ended>, Error> {
    let Some(Key { key, fingerprint }) = &incoming.key else { return Ok(None) };
    match before.remove(&(key.clone(), incoming.actor.clone())) {
        Some(stored) if stored.fingerprint == *fingerprint => Ok(Some(Ended::Before(stored))),
        Some(_) => Err(Error::KeyReused),
        None => Ok(None),
    }
}

/// What the ledger keeps of a judged batch, and what its sender is told.
fn account(
    store: &Store,
    table: &Table,
    incoming: &Incoming,
    id: &str,
    verdict: &Verdict,
) -> Result<(Entry, Outcome), Error> {
    let counts = Counts {
        received: incoming.rows.len() as u64,
        inserted: verdict.accepted.len() as u64,
        rejected: verdict.rejected.len() as u64,
        ..Counts::default()
    };
    let first = incoming.rows.first();
    let at = now();
    let batch = Batch {
        id: id.to_owned(),
        table: table.name.clone(),
        kind: incoming.kind.as_str().to_owned(),
        source: incoming.source.clone(),
        first_row: first.map_or(1, |row| row.number),
        first_line: first.and_then(|row| row.line),
        end_offset: incoming.end_offset,
        actor: incoming.actor.clone(),
        idempotency_key: incoming.key.as_ref().map(|key| key.key.clone()),
        counts,
        removed: 0,
        status: counts.status(),
        dictionary: store.dictionary().hash().to_owned(),
        created_at: dictionary::Value::DateTime(at).text().into_owned(),
    };
    let outcome = Outcome {
        response: counts.sentence(&table.name),
        batch: batch.id.clone(),
        table: table.name.clone(),
        counts,
        rejects: verdict.rejected.iter().map(|(reject, _)| reject.clone()).collect(),
    };
    // An answer is replayed only to who sends the same request again, and for that it needs a fingerprint.
    let fingerprint = incoming.key.as_ref().and_then(|key| key.fingerprint.clone());
    let answer = fingerprint.is_some().then(|| serde_json::to_string(&outcome)).transpose()?;
    let columns = incoming.columns.as_ref().and_then(|columns| columns.names(table));
    let rejects = verdict.rejected.iter().map(|(reject, raw)| {
        LoggedReject::new(&batch, reject, &incoming.body[raw.clone()], columns.as_deref())
    });
    let rejects = rejects.collect();
    let stored = Stored { fingerprint, status: batch.status, answer };
    Ok((Entry { batch, at, stored, rejects }, outcome))
}

/// One line for each batch: counts and codes, never a cell's value.
fn log(incoming: &Incoming, ended: &Ended) {
    let Ended::Stored(outcome) = ended else { return };
    let mut codes: Vec<(&str, u64)> = Vec::new();
    for error in outcome.rejects.iter().flat_map(|reject| &reject.errors) {
        match codes.iter_mut().find(|(code, _)| *code == error.code.as_str()) {
            Some((_, count)) => *count += 1,
            None => codes.push((error.code.as_str(), 1)),
        }
    }
    let codes: Vec<String> = codes.into_iter().map(|(code, count)| format!("{code}={count}")).collect();
    tracing::info!(
        batch = %outcome.batch,
        kind = incoming.kind.as_str(),
        first_row = incoming.rows.first().map(|row| row.number),
        codes = codes.join(","),
        "{}",
        outcome.response
    );
}
