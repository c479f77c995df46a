//! Groups of batches of one table, one after the other, with up to three transactions at work at once.
//!
//! A group is judged when the one before it is judged, knowing the keys that one takes; its rows are written
//! when those of that one are, since two that write to one table cost the database more than they gain; and
//! it commits when that one has. So the table and the ledger are at every moment as if the groups had been
//! stored one by one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use dictionary::{Known, Table};
use futures_util::{Stream, StreamExt};
use tokio::sync::oneshot::{self, error::TryRecvError};

use super::{Ended, Error, Incoming};
use crate::store::ledger::new_id;
use crate::store::{self, Store};

/// Transactions at work at once: one that records and commits, one that writes rows, one that is judged.
const AT_ONCE: usize = 3;

/// How long a group waits for one that fails before it fails as well.
const PATIENCE: Duration = Duration::from_secs(3);

/// Batches that share a transaction, each with the id that the ledger is to know it by.
pub struct Group {
    pub batches: Vec<Incoming>,
    pub ids: Vec<String>,
}

/// A group that was not stored, unless its commit has an unknown outcome.
pub struct Failed {
    pub group: Group,
    pub error: Error,
}

/// What the failure of a group means for those behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// None of them may be stored.
    IsTheEnd,
    /// Those are abandoned that were judged by what it was to store; then it goes on.
    IsItsOwn,
}

/// Stores groups in order; for each, how its batches ended.
pub fn in_order<'s>(
    store: &'s Store,
    table: &'s Table,
    groups: impl Stream<Item = Vec<Incoming>> + 's,
    failure: Failure,
) -> impl Stream<Item = Result<Vec<Ended>, Failed>> + 's {
    let mut before = None;
    groups
        .map(move |batches| {
            let ids = batches.iter().map(|_| new_id()).collect();
            let (judged, next_judged) = oneshot::channel();
            let (written, next_written) = oneshot::channel();
            let (stored, next_stored) = oneshot::channel();
            let next = Before { judged: next_judged, written: next_written, stored: next_stored };
            let turn = Turn { failure, before: before.replace(next), judged, written, stored };
            turn.take(store, table, Group { batches, ids })
        })
        .buffered(AT_ONCE)
}

/// What is known of the keys since the last groups took theirs, the newest first: of those that may not have
/// committed.
type Taken = Vec<Arc<Known>>;

/// What a group waits for from the one before it.
struct Before {
    judged: oneshot::Receiver<Taken>,
    written: oneshot::Receiver<()>,
    stored: oneshot::Receiver<()>,
}

/// A group's place in the order.
struct Turn {
    failure: Failure,
    /// Nothing for the first group.
    before: Option<Before>,
    judged: oneshot::Sender<Taken>,
    written: oneshot::Sender<()>,
    stored: oneshot::Sender<()>,
}

impl Turn {
    async fn take(self, store: &Store, table: &Table, group: Group) -> Result<Vec<Ended>, Failed> {
        match self.store(store, table, &group).await {
            Ok(ended) => {
                for (incoming, ended) in group.batches.iter().zip(&ended) {
                    super::log(incoming, ended);
                }
                // Giving back the memory of so many rows takes time that the next group need not wait for.
                tokio::task::spawn_blocking(move || drop(group));
                Ok(ended)
            }
            Err(error) => Err(Failed { group, error }),
        }
    }

    async fn store(self, store: &Store, table: &Table, group: &Group) -> Result<Vec<Ended>, Error> {
        let came = Instant::now();
        let (mut taken, mut before) = (Taken::new(), None);
        if let Some(Before { judged, written, stored }) = self.before {
            match judged.await {
                Ok(known) => (taken, before) = (known, Some((written, stored))),
                // That one has waited in vain for all of them.
                Err(_) if came.elapsed() > PATIENCE => return Err(store::Error::Busy.into()),
                Err(_) if self.failure == Failure::IsItsOwn => {}
                Err(_) => return Err(Error::Abandoned),
            }
        }
        // A restore comes before it or behind it, and then finds what those before it have stored.
        let _turn = store.turn(table).await?;
        let mut tx = store.begin().await?;
        match before.as_mut().map(|(_, stored)| stored.try_recv()) {
            // The tables show what it took, and what became of that since.
            Some(Ok(())) => (taken, before) = (Taken::new(), None),
            Some(Err(TryRecvError::Closed)) if self.failure == Failure::IsTheEnd => {
                return Err(Error::Abandoned);
            }
            Some(Err(TryRecvError::Closed)) => (taken, before) = (Taken::new(), None),
            Some(Err(TryRecvError::Empty)) | None => {}
        }
        let judged = super::judge_within(store, &mut tx, table, &group.batches, &group.ids, &taken).await?;
        let (known, unwritten) = judged.split();
        // Whoever waited for it may have ended because of another error.
        taken.truncate(AT_ONCE - 2);
        taken.insert(0, Arc::new(known));
        let _nobody_waits = self.judged.send(taken);
        let stored_before = match before {
            None => None,
            Some((written, stored)) => {
                written.await.map_err(|_| Error::Abandoned)?;
                Some(stored)
            }
        };
        let mut written = Some(self.written);
        let mut say_written = || {
            if let Some(written) = written.take() {
                let _nobody_waits = written.send(());
            }
        };
        unwritten.insert(store, &mut tx, table, &mut say_written).await?;
        say_written();
        let ended = unwritten.record(store, &mut tx).await?;
        if let Some(stored_before) = stored_before {
            stored_before.await.map_err(|_| Error::Abandoned)?;
        }
        tx.commit().await?;
        let _nobody_waits = self.stored.send(());
        Ok(ended)
    }
}
