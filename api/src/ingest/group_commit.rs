//! Group commit: batches of requests wait in a queue for their table, and those that wait share a transaction.
//!
//! A commit costs the same for one batch as for many, and writers of one table block each other. So batches that
//! arrive while earlier transactions are in progress are stored together. Each batch is still judged separately and has
//! its own answer. Where a shared transaction fails, its batches run again one by one.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use dictionary::Table;
use dictionary::decode::MAX_ROWS;
use futures_util::{StreamExt, stream};
use tokio::sync::{mpsc, oneshot};

use super::pipeline::{self, Failed, Group, OnFailure};
use super::{Ended, Error, Incoming};
use crate::attempts::{Attempts, Limits};
use crate::store::{self, Store};

/// Batches that may wait for their table. When there are more, the sender gets 503 and tries again later.
const QUEUE: usize = 128;

/// The most batches of one transaction. No further batch is added once it has this many rows.
const GROUP: usize = 64;
const GROUP_ROWS: usize = 7 * MAX_ROWS;

/// How a single batch is tried before its sender gets 503: for about half a second.
const ATTEMPTS: Limits =
    Limits { attempts: 6, timeout: Duration::from_secs(10), pause: Duration::from_millis(20) };

/// A queue for each table.
pub struct TableQueues(HashMap<String, mpsc::Sender<Waiting>>);

struct Waiting {
    incoming: Incoming,
    answer: oneshot::Sender<Result<Ended, Error>>,
}

impl TableQueues {
    /// For the tables of a store. Their work runs on the runtime that this is called on.
    pub fn new(store: &Arc<Store>) -> TableQueues {
        let queue = |table: &Arc<Table>| {
            let (sender, waiting) = mpsc::channel(QUEUE);
            tokio::spawn(serve(Arc::clone(store), Arc::clone(table), waiting));
            (table.name.clone(), sender)
        };
        TableQueues(store.dictionary().tables().iter().map(queue).collect())
    }

    /// Judges a batch and stores it.
    ///
    /// # Errors
    /// When its key was used for another batch, or the store cannot take it. Then nothing of it is stored, unless the
    /// database went away while it committed.
    pub async fn store(&self, table: &Table, incoming: Incoming) -> Result<Ended, Error> {
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting { incoming, answer };
        // Waiting would not make a full queue shorter.
        self.0[&table.name].try_send(waiting).map_err(|_| store::Error::Busy)?;
        answered.await.unwrap_or(Err(Error::Task("the task for it panicked")))
    }
}

/// Stores what arrives for a table, until the queue is closed.
async fn serve(store: Arc<Store>, table: Arc<Table>, waiting: mpsc::Receiver<Waiting>) {
    // Groups end in the order in which they began.
    let (answers, mut next_answers) = mpsc::unbounded_channel();
    let groups = stream::unfold((waiting, answers), async |(mut waiting, answers)| {
        let group = next_group(&mut waiting).await?.into_iter().map(|one| (one.incoming, one.answer));
        let (batches, to_answer): (Vec<_>, Vec<_>) = group.unzip();
        answers.send(to_answer).ok()?;
        Some((batches, (waiting, answers)))
    });
    let mut stored = pin!(pipeline::run(&store, &table, groups, OnFailure::AbandonDependents));
    while let Some(result) = stored.next().await {
        let answers = next_answers.try_recv().unwrap_or_default();
        match result {
            Ok(ended) => {
                for (answer, ended) in answers.into_iter().zip(ended) {
                    let _sender_is_gone = answer.send(Ok(ended));
                }
            }
            // They have waited long enough.
            Err(Failed { error: Error::Store(store::Error::Busy), .. }) => {
                for answer in answers {
                    let _sender_is_gone = answer.send(Err(store::Error::Busy.into()));
                }
            }
            Err(failed) => {
                let may_be_stored = failed.may_be_stored();
                for (i, answer) in answers.into_iter().enumerate() {
                    let (store, table, group) =
                        (Arc::clone(&store), Arc::clone(&table), Arc::clone(&failed.group));
                    // Where this panics, the sender learns it from the closed channel.
                    tokio::spawn(async move {
                        let ended = retry_alone(&store, &table, &group, i, may_be_stored).await;
                        let _sender_is_gone = answer.send(ended);
                    });
                }
            }
        }
    }
}

/// Waits for a batch. Returns it with the other waiting ones, as many as may share a transaction.
async fn next_group(waiting: &mut mpsc::Receiver<Waiting>) -> Option<Vec<Waiting>> {
    let mut group = vec![waiting.recv().await?];
    let mut rows = group[0].incoming.rows.len();
    while group.len() < GROUP && rows <= GROUP_ROWS {
        let Ok(next) = waiting.try_recv() else { break };
        rows += next.incoming.rows.len();
        group.push(next);
    }
    // Batches of one file overtake each other on their way; in the order of the file their keys mostly ascend.
    group.sort_by_key(|waiting| waiting.incoming.rows.first().map(|row| row.number));
    Some(group)
}

/// Stores one batch of a group in one transaction. Every attempt uses the same id: if two of them committed, the second would
/// find its id taken. `may_be_stored` says that an earlier attempt may have committed.
async fn retry_alone(
    store: &Store,
    table: &Table,
    group: &Group,
    i: usize,
    may_be_stored: bool,
) -> Result<Ended, Error> {
    let (incoming, id) = (&group.batches[i], &group.ids[i]);
    let mut attempts = Attempts::new(ATTEMPTS, may_be_stored);
    loop {
        match store_alone(store, table, incoming, id, attempts.may_be_stored()).await {
            Err(Error::Store(error)) => attempts.failed(error).await?,
            Err(error) => return Err(error),
            Ok(ended) => {
                super::log(incoming, &ended);
                return Ok(ended);
            }
        }
    }
}

async fn store_alone(
    store: &Store,
    table: &Table,
    incoming: &Incoming,
    id: &String,
    may_be_stored: bool,
) -> Result<Ended, Error> {
    let _lock = store.locks.lock_shared(table).await?;
    let mut tx = store.begin().await?;
    if may_be_stored && let Some(committed) = store.committed(&mut tx, id).await? {
        return super::committed_before(store, committed).await;
    }
    let (incoming, id) = (std::slice::from_ref(incoming), std::slice::from_ref(id));
    let (_, mut unwritten) = super::judge_group(store, &mut tx, table, incoming, id, &[]).await?;
    unwritten.insert(store, &mut tx, table, || ()).await?;
    let ended = unwritten.append_batches(store, &mut tx).await?;
    tx.commit().await?;
    ended.into_iter().next().ok_or_else(|| store::Error::Fault("a batch had no end".to_owned()).into())
}
