//! The one way in for rows: history and requests both end here.
//!
//! A batch is judged and stored in one transaction: the accepted rows, the rejected rows, the batch's
//! record and its answer commit together or not at all.

pub mod history;

use std::sync::Arc;
use std::time::Duration;

use dictionary::decode::{Columns, Row};
use dictionary::wire::{Batch, Counts, Outcome};
use dictionary::{Reject, Table, judge};

use crate::store::ledger::{Stored, new_id, now};
use crate::store::{self, Store, Tx};

/// How often a transaction that lost against another writer is run before the sender must wait.
const ATTEMPTS: u32 = 5;

/// A decoded batch on its way in.
#[derive(Debug)]
pub struct Incoming {
    /// The table it is for.
    pub table: Arc<Table>,
    /// Its rows, at least one.
    pub rows: Vec<Row>,
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
    /// The store could not take it.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A fault of this program.
    #[error("the answer cannot be written: {0}")]
    Answer(#[from] serde_json::Error),
}

/// Judges a batch and stores what comes of it, in one transaction.
///
/// # Errors
/// When its key was used for another batch, or the store cannot take it.
pub async fn batch(store: &Store, incoming: &Incoming) -> Result<Ended, Error> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        match once(store, incoming).await {
            // Another writer was first: judged again, this batch sees what that one wrote.
            Err(Error::Store(store::Error::Lost)) if attempt < ATTEMPTS => {
                tokio::time::sleep(Duration::from_millis(5 << attempt)).await;
            }
            Err(Error::Store(store::Error::Lost)) => return Err(store::Error::Busy.into()),
            Ok(Ended::Stored(outcome)) => {
                log(incoming, &outcome);
                return Ok(Ended::Stored(outcome));
            }
            other => return other,
        }
    }
}

async fn once(store: &Store, incoming: &Incoming) -> Result<Ended, Error> {
    let mut tx = store.begin().await?;
    let ended = within(store, &mut tx, incoming).await?;
    tx.commit().await?;
    Ok(ended)
}

/// Judges a batch and writes what comes of it within a transaction.
async fn within(store: &Store, tx: &mut Tx, incoming: &Incoming) -> Result<Ended, Error> {
    let table = &incoming.table;
    if let Some(Key { key, fingerprint }) = &incoming.key
        && let Some(stored) = store.stored(tx, table, &incoming.actor, key).await?
    {
        if stored.fingerprint != *fingerprint {
            return Err(Error::KeyReused);
        }
        return Ok(Ended::Before(stored));
    }
    let known = store.known(tx, table, &incoming.rows).await?;
    let verdict = judge(table, &incoming.rows, &known);
    store.insert(tx, table, &verdict.accepted).await?;

    let counts = Counts {
        received: incoming.rows.len() as u64,
        inserted: verdict.accepted.len() as u64,
        rejected: verdict.rejected.len() as u64,
        ..Counts::default()
    };
    let raw = |range: std::ops::Range<usize>| &incoming.body[range];
    let logged: Vec<(Reject, &[u8])> =
        verdict.rejected.into_iter().map(|(reject, range)| (reject, raw(range))).collect();
    let at = now();
    let batch = record(store, incoming, counts, at);
    let outcome = Outcome {
        response: sentence(table, &counts),
        batch: batch.id.clone(),
        table: table.name.clone(),
        counts,
        rejects: logged.iter().map(|(reject, _)| reject.clone()).collect(),
    };
    // An answer is replayed only to who sends the same request again, and for that it needs a fingerprint.
    let fingerprint = incoming.key.as_ref().and_then(|key| key.fingerprint.clone());
    let answer = fingerprint.is_some().then(|| serde_json::to_string(&outcome)).transpose()?;
    let stored = Stored { fingerprint, status: batch.status, answer };
    let columns = incoming.columns.as_ref().and_then(|columns| columns.names(table));
    store.record(tx, &batch, at, stored, &logged, columns.as_deref()).await?;
    Ok(Ended::Stored(Box::new(outcome)))
}

fn record(store: &Store, incoming: &Incoming, counts: Counts, at: chrono::NaiveDateTime) -> Batch {
    let first = incoming.rows.first();
    Batch {
        id: new_id(),
        table: incoming.table.name.clone(),
        kind: incoming.kind.as_str().to_owned(),
        source: incoming.source.clone(),
        first_row: first.map_or(1, |row| row.number),
        first_line: first.and_then(|row| row.line),
        end_offset: incoming.end_offset,
        actor: incoming.actor.clone(),
        idempotency_key: incoming.key.as_ref().map(|key| key.key.clone()),
        counts,
        status: counts.status(),
        dictionary: store.dictionary().hash().to_owned(),
        created_at: dictionary::Value::DateTime(at).text().into_owned(),
    }
}

fn sentence(table: &Table, counts: &Counts) -> String {
    let rows = if counts.received == 1 { "row" } else { "rows" };
    let inserted = format!("{} of {} {rows} inserted into {}", counts.inserted, counts.received, table.name);
    match counts.rejected {
        0 => inserted,
        rejected => format!("{inserted}, {rejected} rejected"),
    }
}

/// One line for each batch: counts and codes, never a cell's value.
fn log(incoming: &Incoming, outcome: &Outcome) {
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
