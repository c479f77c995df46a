//! SIGTERM: what is under way ends, nothing new is begun, and the process ends by itself.

use std::time::{Duration, Instant};

use generator::Options;
use serde_json::{Value, json};
use support::{Fixture, Lock, Process, until};

use crate::API;
use crate::backups::filled;

conformance! {
    a_stop_lets_a_load_end_and_refuses_new_work_meanwhile,
    a_stop_ends_soon_where_nothing_is_under_way_however_many_connections_are_open,
    work_that_does_not_end_in_time_is_undone,
    a_second_signal_stops_at_once,
    a_stop_inside_a_history_load_is_soon_and_the_next_start_goes_on,
}

embedded! {
    a_stop_lets_a_restore_end_whose_sender_has_left,
}

const EMPLOYEE: &str = "1500,Ada,2021-01-01T00:00:00Z,1,1\n";

fn post(api: &Process, media: &str, body: &'static str) -> reqwest::RequestBuilder {
    api.request("employees", media, body).header("idempotency-key", "k")
}

/// A load that waits for the lock, and whose sender waits for its answer.
fn load(api: &Process) -> tokio::task::JoinHandle<reqwest::Result<(u16, Value)>> {
    let request = post(api, "text/csv", EMPLOYEE);
    tokio::spawn(async move {
        loop {
            let response = request.try_clone().unwrap().send().await?;
            // The question whether it is under way had its key.
            if response.status() != 409 {
                return Ok((response.status().as_u16(), response.json().await?));
            }
        }
    })
}

/// Waits until its key is in use: a second request with the key is then refused before its body is read.
async fn until_under_way(api: &Process) {
    let conflicts = async || post(api, "application/json", "[").send().await.unwrap().status() == 409;
    until("the load is under way", conflicts).await;
}

async fn start(fixture: &Fixture, stop_timeout: &str) -> Process {
    let api = API.start_with(
        fixture.shipped_package(&["departments.csv", "jobs.csv"]),
        &[("STOP_TIMEOUT", stop_timeout)],
    );
    api.until_ready().await;
    api
}

async fn employees(fixture: &Fixture) -> usize {
    let server = fixture.start().await;
    let employees = server.all("/view/employees").await.len();
    let batches = server.all("/batches?table=employees&kind=load").await.len();
    assert_eq!(employees, batches, "a row without a batch, or a batch without its row");
    server.stop().await.unwrap();
    employees
}

async fn a_stop_lets_a_load_end_and_refuses_new_work_meanwhile(fixture: Fixture) {
    let api = start(&fixture, "25").await;
    let lock = Lock::take(&fixture).await;
    let loading = load(&api);
    until_under_way(&api).await;
    api.signal("TERM");
    until("the process is no longer ready", async || !api.is_ready().await).await;
    for (method, path) in [("GET", "/health/ready"), ("POST", "/new_records/jobs"), ("GET", "/view/jobs")] {
        let request = api.call(method, path).header("content-type", "text/csv").body("9000,A\n");
        let answer = api.send(request).await;
        assert_eq!(answer.expect(503)["type"], "/problems/stopping", "{method} {path}");
        assert_eq!(answer.header("retry-after"), Some("1"));
    }
    api.get("/health/live").await.expect(200);
    assert!(!loading.is_finished(), "the load has ended although the lock is held");
    lock.give_back().await;
    let (status, outcome) = loading.await.unwrap().unwrap();
    assert_eq!((status, &outcome["inserted"]), (201, &json!(1)));
    assert_eq!(api.ended().await, Some(0));
    let log = fixture.log();
    assert!(log.contains("1 of 1 row inserted into employees") && log.ends_with("INFO stopped\n"), "{log}");
    assert!(!log.contains("stopped before all work had ended"), "{log}");
    assert_eq!(employees(&fixture).await, 1);
}

async fn a_stop_ends_soon_where_nothing_is_under_way_however_many_connections_are_open(fixture: Fixture) {
    let api = start(&fixture, "25").await;
    let idle: Vec<_> = (0..20).map(|_| std::net::TcpStream::connect(api.addr).unwrap()).collect();
    api.get("/view/jobs").await.expect(200);
    api.signal("TERM");
    let started = Instant::now();
    assert_eq!(api.ended().await, Some(0));
    assert!(started.elapsed() < Duration::from_secs(20), "it took {:?}", started.elapsed());
    drop(idle);
}

async fn a_stop_lets_a_restore_end_whose_sender_has_left(fixture: Fixture) {
    let server = filled(&fixture, 1500).await;
    server.back_up("employees").await;
    server.stop().await.unwrap();
    fixture.sql(&["DELETE FROM employees WHERE employee_id = 1500"]).await;
    let api = API.start(&fixture);
    api.until_ready().await;
    let lock = Lock::take(&fixture).await;
    let restoring = api.begin("POST", "/restore/employees");
    until("the restore waits", async || !fixture.staging_files().is_empty()).await;
    restoring.abort();
    api.signal("TERM");
    until("the process is no longer ready", async || !api.is_ready().await).await;
    lock.give_back().await;
    assert_eq!(api.ended().await, Some(0));
    let server = fixture.start().await;
    assert_eq!(server.all("/batches?kind=restore").await.len(), 1);
    server.get("/view/employees/1500").await.expect(200);
    server.stop().await.unwrap();
}

async fn work_that_does_not_end_in_time_is_undone(fixture: Fixture) {
    let api = start(&fixture, "1").await;
    let lock = Lock::take(&fixture).await;
    let loading = load(&api);
    until_under_way(&api).await;
    api.signal("TERM");
    let started = Instant::now();
    assert_eq!(api.ended().await, Some(0));
    assert!(started.elapsed() < Duration::from_secs(20), "it took {:?}", started.elapsed());
    assert!(loading.await.unwrap().is_err(), "there is an answer");
    assert!(fixture.log().contains("WARN stopped before all work had ended"), "{}", fixture.log());
    lock.give_back().await;
    assert_eq!(employees(&fixture).await, 0);
}

async fn a_second_signal_stops_at_once(fixture: Fixture) {
    let api = start(&fixture, "3600").await;
    let lock = Lock::take(&fixture).await;
    let loading = load(&api);
    until_under_way(&api).await;
    api.signal("TERM");
    until("the process is no longer ready", async || !api.is_ready().await).await;
    api.signal("INT");
    assert_eq!(api.ended().await, Some(0));
    assert!(loading.await.unwrap().is_err(), "there is an answer");
    lock.give_back().await;
    assert_eq!(employees(&fixture).await, 0);
}

async fn a_stop_inside_a_history_load_is_soon_and_the_next_start_goes_on(fixture: Fixture) {
    const ROWS: u32 = 60_000;
    fixture.shipped_package(&[]);
    generator::write(&fixture.data(), &Options { employees: ROWS, ..Options::default() }).unwrap();
    let api = API.start(&fixture);
    let loaded = async || {
        let newest = api.get("/batches?table=employees&limit=1").await;
        newest.status == 200 && newest.text() != "[]"
    };
    until("the load is under way", loaded).await;
    api.signal("TERM");
    let started = Instant::now();
    assert_eq!(api.ended().await, Some(0));
    assert!(started.elapsed() < Duration::from_secs(20), "it took {:?}", started.elapsed());
    let server = fixture.start().await;
    let batches = server.all("/batches?table=employees").await;
    let received: u64 = batches.iter().map(|batch| batch["received"].as_u64().unwrap()).sum();
    assert_eq!(received, u64::from(ROWS));
    server.stop().await.unwrap();
}
