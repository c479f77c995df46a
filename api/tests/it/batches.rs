//! The ledger.

use std::fs;

use serde_json::Value;

use crate::server::Fixture;

conformance! {
    the_counts_of_every_batch_add_up_and_their_sum_is_the_records_of_the_files,
}

async fn the_counts_of_every_batch_add_up_and_their_sum_is_the_records_of_the_files(fixture: Fixture) {
    let server = fixture.mission(&["departments.csv", "jobs.csv", "employees.csv"]).start().await;
    server.post_csv("departments", "13,Archive\r\n1,Taken\r\n").await.expect(207);
    let batches = server.all("/batches").await;
    let count = |batch: &Value, name: &str| batch[name].as_u64().unwrap();
    for batch in &batches {
        let parts = ["inserted", "replaced", "unchanged", "skipped", "rejected", "withheld"];
        let sum: u64 = parts.iter().map(|part| count(batch, part)).sum();
        assert_eq!(count(batch, "received"), sum, "{batch}");
    }
    for table in ["departments", "jobs", "employees"] {
        let file = fs::read_to_string(fixture.data().join(format!("{table}.csv"))).unwrap();
        let history = batches.iter().filter(|b| b["table"] == table && b["kind"] == "history");
        let received: u64 = history.map(|batch| count(batch, "received")).sum();
        assert_eq!(received, file.lines().count() as u64, "{table}");
    }
    server.stop().await.unwrap();
}
