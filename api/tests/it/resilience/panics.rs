//! A panic: the batch that caused it has no answer, and all other batches go on.

use std::sync::Arc;

use api::ingest::{Ended, Error, Incoming, TableQueues};
use api::memory::Reservation;
use api::store::Store;
use dictionary::decode::{self, Columns, Start};
use dictionary::wire::BatchKind;
use dictionary::{Dictionary, Table};
use futures_util::future::join;
use support::Fixture;

conformance! {
    after_a_panic_its_table_still_takes_batches,
}

fn incoming(table: &Table, csv: &str) -> Incoming {
    let columns = Columns::in_order(table);
    let (rows, columns) = decode::csv(csv.as_bytes(), table, Some(columns), Start::default()).unwrap();
    Incoming {
        rows,
        body: csv.as_bytes().to_vec(),
        columns: Some(columns.into()),
        kind: BatchKind::Load,
        source: None,
        end_offset: None,
        actor: "anonymous".to_owned(),
        key: None,
        reserved: Reservation::default(),
    }
}

async fn after_a_panic_its_table_still_takes_batches(fixture: Fixture) {
    let json = std::fs::read(fixture.shipped_package(&[]).data().join("datapackage.json")).unwrap();
    let dictionary = Arc::new(Dictionary::parse(&json).unwrap());
    let table = dictionary.table("jobs").unwrap();
    let store = Store::open(&fixture.database_url, Arc::clone(&dictionary), 8 << 20).await;
    let store = Arc::new(store.unwrap());
    let queues = TableQueues::new(&store);
    for id in 1..=3 {
        // No request can cause this: a reject whose text is outside of its body.
        let broken = Incoming { body: Vec::new(), ..incoming(table, "rejected\n") };
        let good = incoming(table, &format!("{id},A\n"));
        // They may share a transaction, which then runs again for each.
        let (broken, good) = join(queues.store(table, broken), queues.store(table, good)).await;
        assert!(matches!(broken, Err(Error::Task(_))), "the batch with the panic has another answer");
        let stored = matches!(good, Ok(Ended::Stored(outcome)) if outcome.counts.inserted == 1);
        assert!(stored, "the batch beside the panic was not stored");
    }
    assert_eq!(store.totals.tally(table).await.unwrap().rows, 3);
    store.close().await;
}
