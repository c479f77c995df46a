//! Groups of batches one after the other, as a file has them, with two transactions at work at once.
//!
//! A group is judged when the one before it is judged, knowing the keys that one takes; it is written
//! while that one is still being written; and it commits when that one has. So the table and the ledger
//! are at every moment as if the groups had been stored one by one.

use dictionary::{Known, Table};
use futures_util::{Stream, StreamExt};
use tokio::sync::oneshot;

use super::{Ended, Error, Incoming};
use crate::store::Store;
use crate::store::ledger::new_id;

/// Transactions at work at once. More would only wait for each other's commit; SQLite has one writer
/// anyway.
const AT_ONCE: usize = 2;

/// Stores groups of batches of one table in order; for each, how its batches ended.
///
/// # Errors
/// A group fails as [`super::batch`] does, except that it is not run again; then no later one is stored.
pub fn in_order<'s>(
    store: &'s Store,
    table: &'s Table,
    groups: impl Stream<Item = Vec<Incoming>> + 's,
) -> impl Stream<Item = Result<Vec<Ended>, Error>> + 's {
    let mut before = None;
    groups
        .map(move |group| {
            let (judged, next_judged) = oneshot::channel();
            let (stored, next_stored) = oneshot::channel();
            let before = before.replace(Before { judged: next_judged, stored: next_stored });
            Turn { before, judged, stored }.take(store, table, group)
        })
        .buffered(AT_ONCE)
}

/// What a group waits for from the one before it.
struct Before {
    judged: oneshot::Receiver<Known>,
    stored: oneshot::Receiver<()>,
}

/// A group's place in the order.
struct Turn {
    /// Nothing for the first group.
    before: Option<Before>,
    judged: oneshot::Sender<Known>,
    stored: oneshot::Sender<()>,
}

impl Turn {
    async fn take(self, store: &Store, table: &Table, group: Vec<Incoming>) -> Result<Vec<Ended>, Error> {
        let ids: Vec<String> = group.iter().map(|_| new_id()).collect();
        let (taken, stored_before) = match self.before {
            None => (None, None),
            Some(Before { judged, stored }) => {
                (Some(judged.await.map_err(|_| Error::Abandoned)?), Some(stored))
            }
        };
        let mut tx = store.begin().await?;
        let judgement = super::judge_within(store, &mut tx, table, &group, &ids, taken.as_ref()).await?;
        let (known, written) = judgement.split();
        // Whoever waited for it may have ended because of another error.
        let _nobody_waits = self.judged.send(known);
        let ended = written.write(store, &mut tx, table).await?;
        if let Some(stored_before) = stored_before {
            stored_before.await.map_err(|_| Error::Abandoned)?;
        }
        tx.commit().await?;
        let _nobody_waits = self.stored.send(());
        for (incoming, ended) in group.iter().zip(&ended) {
            super::log(incoming, ended);
        }
        // Giving back the memory of so many rows takes time that the next group need not wait for.
        tokio::task::spawn_blocking(move || drop(group));
        Ok(ended)
    }
}
