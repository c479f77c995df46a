//! A pipeline for one table: groups of batches are stored in order, with up to three transactions in progress.
//!
//! A group goes through three stages. It is judged, its rows are written, and it is recorded and committed. It enters a
//! stage when the group before it has left that stage:
//!
//! - it is judged knowing the keys that the group before it takes, although that has not committed yet;
//! - its rows are written after those of the group before it, since two transactions that write to one table at the same
//!   time cost the database more than they gain;
//! - it commits after the group before it.
//!
//! So the table and the ledger are at every moment as if the groups had been stored one by one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use dictionary::{ExistingKeys, Table};
use futures_util::{Stream, StreamExt};
use tokio::sync::oneshot::{self, error::TryRecvError};
use tokio_util::task::AbortOnDropHandle;

use super::{Ended, Error, Incoming};
use crate::store::ids::new_id;
use crate::store::{self, Store};
use crate::tasks;

/// Transactions in progress: one that commits, one that writes rows, one that is judged. On SQLite one writes and commits
/// while the next is judged on a connection that reads.
const DEPTH: usize = 3;

/// If the previous group failed after this long, the database was probably busy, so this group reports
/// [`store::Error::Busy`] too.
const BUSY_AFTER: Duration = Duration::from_secs(3);

/// Batches that share a transaction, each with its id in the ledger.
pub struct Group {
    pub batches: Vec<Incoming>,
    pub ids: Vec<String>,
}

/// A group that failed.
pub struct Failed {
    pub group: Arc<Group>,
    pub error: Error,
}

impl Failed {
    /// Whether the group may be stored all the same.
    pub fn may_be_stored(&self) -> bool {
        matches!(self.error, Error::Store(store::Error::Unknown(_)) | Error::Task(_))
    }
}

/// What the failure of a group means for later groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// None of them may be stored.
    StopAll,
    /// Groups that were judged against its uncommitted keys fail too. Later groups continue.
    AbandonDependents,
}

/// Stores groups in order; for each, how its batches ended. Each group is a task of its own, so that one is judged while
/// another is written. The tasks end when the stream is dropped.
pub fn run<'g>(
    store: &Arc<Store>,
    table: &Arc<Table>,
    groups: impl Stream<Item = Vec<Incoming>> + 'g,
    on_failure: OnFailure,
) -> impl Stream<Item = Result<Vec<Ended>, Failed>> + 'g {
    let (store, table) = (Arc::clone(store), Arc::clone(table));
    let mut last = None;
    groups
        .map(move |batches| {
            let ids = batches.iter().map(|_| new_id()).collect();
            let (judged, next_judged) = oneshot::channel();
            let (written, next_written) = oneshot::channel();
            let (committed, next_committed) = oneshot::channel();
            let signals = Signals {
                judged: next_judged,
                later: LaterSignals { written: next_written, committed: next_committed },
            };
            let previous = last.replace(signals);
            let stages = Stages { on_failure, previous, judged, written, committed };
            let group = Arc::new(Group { batches, ids });
            let storing = stages.run(Arc::clone(&store), Arc::clone(&table), Arc::clone(&group));
            let storing = AbortOnDropHandle::new(tokio::spawn(storing));
            async move {
                match storing.await {
                    Ok(Ok(ended)) => {
                        // Freeing so many rows takes time that the next group need not wait for.
                        tokio::task::spawn_blocking(move || drop(group));
                        Ok(ended)
                    }
                    Ok(Err(error)) => Err(Failed { group, error }),
                    // Only this group is lost: the others are tasks of their own.
                    Err(error) => Err(Failed { group, error: Error::Task(tasks::failure(&error)) }),
                }
            }
        })
        .buffered(DEPTH)
}

/// Keys taken by groups that have not committed yet, newest first.
type UncommittedKeys = Vec<Arc<ExistingKeys>>;

/// The signals of a group to the next one, one for each stage. A channel that closes means that the group failed.
struct Signals {
    judged: oneshot::Receiver<UncommittedKeys>,
    later: LaterSignals,
}

/// The signals of the stages after judging.
struct LaterSignals {
    written: oneshot::Receiver<()>,
    committed: oneshot::Receiver<()>,
}

/// The stages of one group.
struct Stages {
    on_failure: OnFailure,
    /// The signals of the group before it; `None` for the first group.
    previous: Option<Signals>,
    judged: oneshot::Sender<UncommittedKeys>,
    written: oneshot::Sender<()>,
    committed: oneshot::Sender<()>,
}

/// What a group takes over from the group before it, unless that has committed.
#[derive(Default)]
struct Inherited {
    keys: UncommittedKeys,
    previous: Option<LaterSignals>,
}

impl Stages {
    /// Stores the group, and logs how its batches ended.
    async fn run(self, store: Arc<Store>, table: Arc<Table>, group: Arc<Group>) -> Result<Vec<Ended>, Error> {
        let ended = self.run_in_step(&store, &table, &group).await?;
        for (incoming, ended) in group.batches.iter().zip(&ended) {
            super::log(incoming, ended);
        }
        Ok(ended)
    }

    /// Judges, writes and commits the group, in step with the group before it.
    async fn run_in_step(self, store: &Store, table: &Table, group: &Group) -> Result<Vec<Ended>, Error> {
        let Stages { on_failure, previous, judged, written, committed } = self;
        let mut inherited = Inherited::wait_for(previous, on_failure).await?;
        // A restore runs before this group or after it. It then finds what the earlier groups have stored.
        let _lock = store.locks.lock_shared(table).await?;
        let mut tx = store.begin_judging().await?;
        inherited.forget_previous_if_ended(on_failure)?;
        let (keys, mut unwritten) =
            super::judge_group(store, &mut tx, table, &group.batches, &group.ids, &inherited.keys).await?;
        let mut tx = store.begin_writing(tx).await?;
        send(judged, inherited.with(keys));
        let previous_committed = inherited.wait_until_written().await?;
        let mut written = Some(written);
        let mut say_written = || {
            if let Some(written) = written.take() {
                send(written, ());
            }
        };
        unwritten.insert(store, &mut tx, table, &mut say_written).await?;
        say_written();
        let ended = unwritten.append_batches(store, &mut tx).await?;
        if let Some(previous_committed) = previous_committed {
            previous_committed.await.map_err(|_| Error::Abandoned)?;
        }
        tx.commit().await?;
        send(committed, ());
        Ok(ended)
    }
}

/// Sends the signal. The next group may have failed for another reason and no longer receive.
fn send<T>(channel: oneshot::Sender<T>, message: T) {
    let _next_has_failed = channel.send(message);
}

impl Inherited {
    /// Waits until the previous group is judged.
    async fn wait_for(previous: Option<Signals>, on_failure: OnFailure) -> Result<Inherited, Error> {
        let Some(Signals { judged, later }) = previous else { return Ok(Inherited::default()) };
        let started = Instant::now();
        match judged.await {
            Ok(keys) => Ok(Inherited { keys, previous: Some(later) }),
            Err(_) if started.elapsed() > BUSY_AFTER => Err(store::Error::Busy.into()),
            Err(_) => match on_failure {
                // Groups before that one may still be writing. The database itself refuses keys that they take, and
                // this group is then run again.
                OnFailure::AbandonDependents => Ok(Inherited::default()),
                OnFailure::StopAll => Err(Error::Abandoned),
            },
        }
    }

    /// Forgets the previous group if it has ended by now: its keys are in the tables now, or never will be. Call it after the
    /// transaction has begun, which then sees that commit.
    fn forget_previous_if_ended(&mut self, on_failure: OnFailure) -> Result<(), Error> {
        let ended = self.previous.as_mut().map(|later| later.committed.try_recv());
        match ended {
            None | Some(Err(TryRecvError::Empty)) => {}
            Some(Err(TryRecvError::Closed)) if on_failure == OnFailure::StopAll => {
                return Err(Error::Abandoned);
            }
            Some(Ok(()) | Err(TryRecvError::Closed)) => *self = Inherited::default(),
        }
        Ok(())
    }

    /// The keys that the next group must know: of this group, and of those before it that may not have committed when
    /// the next group is judged.
    fn with(&mut self, keys: ExistingKeys) -> UncommittedKeys {
        let mut all = std::mem::take(&mut self.keys);
        // When the next group is judged, at most DEPTH - 1 groups are uncommitted: this one and DEPTH - 2 before it.
        all.truncate(DEPTH - 2);
        all.insert(0, Arc::new(keys));
        all
    }

    /// Waits until the rows of the previous group are written; returns what reports its commit.
    async fn wait_until_written(self) -> Result<Option<oneshot::Receiver<()>>, Error> {
        let Some(LaterSignals { written, committed }) = self.previous else { return Ok(None) };
        written.await.map_err(|_| Error::Abandoned)?;
        Ok(Some(committed))
    }
}
