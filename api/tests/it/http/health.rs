//! `GET /health/live` and `/health/ready`, and what is answered before the service is ready.

use serde_json::json;
use support::{Fixture, Lock, Server, until};

conformance! {
    a_service_that_runs_is_live_and_ready,
    while_history_is_loaded_everything_else_answers_503_with_retry_after,
}

async fn a_service_that_runs_is_live_and_ready(server: &Server) {
    assert_eq!(server.get("/health/live").await.expect(200), json!({ "status": "live" }));
    assert_eq!(server.get("/health/ready").await.expect(200), json!({ "status": "ready" }));
}

async fn while_history_is_loaded_everything_else_answers_503_with_retry_after(fixture: Fixture) {
    let rows = |ids: std::ops::RangeInclusive<u32>| -> String {
        ids.map(|id| format!("{id},Ada,2021-01-01T00:00:00Z,1,1\n")).collect()
    };
    // Valid rows: only to store these must the API wait for the lock.
    fixture.shipped_package(&["departments.csv", "jobs.csv"]).write("employees.csv", rows(1..=1000));
    fixture.start().await.stop().await.unwrap();
    let lock = Lock::take(&fixture).await;
    fixture.write("employees.csv", rows(1..=1500));
    let server = fixture.start_with(&[]);
    until("the database is open", async || server.get("/batches").await.status == 200).await;
    assert_eq!(server.all("/batches?table=employees").await.len(), 1);
    server.get("/health/live").await.expect(200);
    server.get("/batches?table=employees&kind=history").await.expect(200);
    let batch = server.all("/batches").await[0]["id"].as_str().unwrap().to_owned();
    server.get(&format!("/batches/{batch}")).await.expect(200);
    let read = ["/view/employees", "/view/employees/1", "/rejected/employees", "/dictionary", "/problems"];
    let requests = read.map(|path| server.call("GET", path)).into_iter();
    let post = server.request("departments", "text/csv", "101,A\n").header("idempotency-key", "k");
    for request in requests.chain([server.call("GET", "/health/ready"), server.call("GET", "/"), post]) {
        let answer = server.send(request).await;
        assert!(answer.problem(503, "not-ready").contains("history is being loaded"));
        assert_eq!(answer.header("retry-after"), Some("1"));
    }

    lock.give_back().await;
    server.until_ready().await;
    assert_eq!(server.all("/view/employees").await.len(), 1500);
    let post = server.request("departments", "text/csv", "101,A\n").header("idempotency-key", "k");
    server.send(post).await.expect(201);
    server.stop().await.unwrap();
}
