//! The one way in for rows: history and requests both end here.
//!
//! A batch is judged and stored in one transaction: the accepted rows, the rejected rows, the batch's
//! record and its answer commit together or not at all.

pub mod history;

use std::time::Duration;

use dictionary::decode::{Columns, Row};
use dictionary::judge::Candidates;
use dictionary::wire::{Batch, Counts, Outcome};
use dictionary::{Table, Verdict, judge};

use crate::store::ledger::{Entry, LoggedReject, SentBefore, Stored, new_id, now};
use crate::store::{self, Store, Tx};

/// How often a transaction is run before the sender must wait: for about half a second.
const ATTEMPTS: u32 = 6;

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
pub async fn batch(store: &Store, table: &Table, incoming: &Incoming) -> Result<Ended, Error> {
    let ended = batches(store, table, std::slice::from_ref(incoming)).await?;
    ended.into_iter().next().ok_or_else(|| store::Error::Fault("a batch had no end".to_owned()).into())
}

/// Judges batches of one table in order, and stores what comes of them with one commit for all.
///
/// # Errors
/// As [`batch`]; then none of them is stored, unless the store went away while it committed.
pub async fn batches(store: &Store, table: &Table, incoming: &[Incoming]) -> Result<Vec<Ended>, Error> {
    // One id for all attempts: were two of them to commit, the second would find its id taken.
    let ids: Vec<String> = incoming.iter().map(|_| new_id()).collect();
    let mut unknown = false;
    let mut attempt = 0;
    loop {
        attempt += 1;
        let error = match once(store, table, incoming, &ids, unknown).await {
            Err(Error::Store(error)) if error.may_pass() => error,
            Err(error) => return Err(error),
            Ok(ended) => {
                for (incoming, ended) in incoming.iter().zip(&ended) {
                    if let Ended::Stored(outcome) = ended {
                        log(incoming, outcome);
                    }
                }
                return Ok(ended);
            }
        };
        unknown |= matches!(error, store::Error::Unknown(_));
        // A full queue is not made shorter by waiting in it.
        if attempt == ATTEMPTS || matches!(error, store::Error::Busy) {
            return Err(match error {
                store::Error::Lost => store::Error::Busy,
                other => other,
            }
            .into());
        }
        tracing::warn!(attempt, "{error}; the transaction is run again");
        tokio::time::sleep(backoff(attempt)).await;
    }
}

/// From 10 ms on, doubling, with jitter, so that those who met do not meet again.
fn backoff(attempt: u32) -> Duration {
    Duration::from_millis(10 << attempt).mul_f64(fastrand::f64().mul_add(0.5, 0.5))
}

async fn once(
    store: &Store,
    table: &Table,
    incoming: &[Incoming],
    ids: &[String],
    unknown: bool,
) -> Result<Vec<Ended>, Error> {
    let mut tx = store.begin().await?;
    if unknown && let Some(outcomes) = store.outcomes(&mut tx, ids).await? {
        return Ok(outcomes.into_iter().map(|outcome| Ended::Stored(Box::new(outcome))).collect());
    }
    let ended = within(store, &mut tx, table, incoming, ids).await?;
    tx.commit().await?;
    Ok(ended)
}

/// Judges batches and writes what comes of them within a transaction. The tables are asked once for all,
/// and rows go in together: fewer and larger statements are what makes it fast.
async fn within(
    store: &Store,
    tx: &mut Tx,
    table: &Table,
    incoming: &[Incoming],
    ids: &[String],
) -> Result<Vec<Ended>, Error> {
    let keys: Vec<&str> =
        incoming.iter().filter_map(|batch| Some(batch.key.as_ref()?.key.as_str())).collect();
    let mut before = store.stored(tx, table, &keys).await?;
    let ended =
        incoming.iter().map(|batch| sent_before(batch, &mut before)).collect::<Result<Vec<_>, _>>()?;
    let batches = incoming.iter().zip(ids).zip(&ended);
    let new = || batches.clone().filter(|(_, ended)| ended.is_none()).map(|(new, _)| new);

    let candidates: Vec<&Candidates> = new().map(|(batch, _)| &batch.candidates).collect();
    let mut known = store.known(tx, table, &candidates).await?;
    let (mut accepted, mut entries, mut outcomes) = (Vec::new(), Vec::new(), Vec::new());
    for (incoming, id) in new() {
        let verdict = judge(table, &incoming.rows, &known);
        known.remember(table, &verdict.accepted);
        let (entry, outcome) = account(store, table, incoming, id, &verdict)?;
        accepted.extend(verdict.accepted);
        entries.push(entry);
        outcomes.push(Ended::Stored(Box::new(outcome)));
    }
    store.insert(tx, table, &accepted).await?;
    store.record(tx, &entries).await?;
    let mut outcomes = outcomes.into_iter();
    Ok(ended.into_iter().filter_map(|ended| ended.or_else(|| outcomes.next())).collect())
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
