//! A database that is away, freezes, only reads, or is killed. Servers are a MariaDB of each test.

use serde_json::json;
use sqlx::{Connection, SqliteConnection};
use support::{Engine, on_mariadb, run, until};

use crate::API;

#[test]
fn a_database_that_is_not_up_yet_is_waited_for() {
    on_mariadb(&[], async |mut database, fixture| {
        database.kill();
        let api = API.start(fixture.shipped_package(&["departments.csv"]));
        api.get("/health/live").await.expect(200);
        api.get("/health/ready").await.expect(503);
        database.restart(&[]);
        api.until_ready().await;
        assert!(api.get("/view/departments/1").await.text().contains("Product Management"));
    });
}

#[test]
fn a_database_that_is_frozen_is_answered_for_and_left() {
    on_mariadb(&[], async |database, fixture| {
        let server = fixture.shipped_package(&[]).start().await;
        database.signal("STOP");
        let state = format!("/proc/{}/status", database.child.id());
        let stopped = async || std::fs::read_to_string(&state).unwrap().contains("State:\tT");
        until("the database is stopped", stopped).await;
        let (posted, ready, read) = futures_util::future::join3(
            server.post_csv("departments", "1,A\n"),
            server.get("/health/ready"),
            server.get("/view/departments"),
        )
        .await;
        for answer in [posted, ready, read] {
            assert_eq!(answer.status, 503, "{}", answer.text());
            assert!(answer.header("retry-after").is_some());
        }
        database.signal("CONT");
        server.until_ready().await;
        let again = || server.request("departments", "text/csv", "1,A\n").header("idempotency-key", "k");
        until("a batch is stored", async || server.send(again()).await.status == 201).await;
        database.signal("STOP");
        let stopped = std::time::Instant::now();
        server.stop().await.unwrap();
        assert!(stopped.elapsed().as_secs() < 10, "the stop took {:?}", stopped.elapsed());
    });
}

#[test]
fn a_sqlite_file_that_another_program_locks_makes_nobody_wait_long() {
    run(Engine::Sqlite, async |fixture| {
        let server = fixture.shipped_package(&[]).start().await;
        let mut other = SqliteConnection::connect(&fixture.database_url).await.unwrap();
        sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
        let started = std::time::Instant::now();
        let senders = (1..=10).map(|id| server.post_csv("departments", format!("{id},A\n")));
        for answer in futures_util::future::join_all(senders).await {
            answer.problem(503, "busy");
        }
        assert!(started.elapsed().as_secs() < 15, "the last one waited {:?}", started.elapsed());
        other.close().await.unwrap();
        server.post_csv("departments", "1,A\n").await.expect(201);
        server.stop().await.unwrap();
    });
}

#[test]
fn while_a_database_only_reads_the_api_is_not_ready() {
    on_mariadb(&[], async |database, mut fixture| {
        database.sql(&["CREATE USER u", "GRANT ALL ON app.* TO u"]).await;
        fixture.database_url = database.url.replace("root", "u") + "/app";
        let server = fixture.shipped_package(&[]).start().await;
        database.sql(&["SET GLOBAL read_only = 1"]).await;
        for answer in [server.get("/health/ready").await, server.post_csv("departments", "1,A\n").await] {
            answer.problem(503, "store-away");
        }
        server.get("/health/live").await.expect(200);
        server.get("/view/departments").await.expect(200);
        database.sql(&["SET GLOBAL read_only = 0"]).await;
        server.get("/health/ready").await.expect(200);
        server.post_csv("departments", "1,A\n").await.expect(201);
        server.stop().await.unwrap();
    });
}

#[test]
fn a_database_that_is_killed_under_load_ends_with_every_row_once() {
    const SENDERS: u32 = 8;
    const BATCHES: u32 = 20;
    const TOTAL: u32 = SENDERS * BATCHES * 500;
    on_mariadb(&[], async |mut database, fixture| {
        let server = fixture.shipped_package(&["departments.csv", "jobs.csv"]).start().await;
        let send = async |sender: u32| {
            let mut unavailable = 0;
            for batch in 0..BATCHES {
                let first = (sender * BATCHES + batch) * 500;
                let rows: String =
                    (1..=500).map(|i| format!("{},Ada,2021-01-01T00:00:00Z,1,1\n", first + i)).collect();
                let request = || {
                    server
                        .request("employees", "text/csv", rows.clone())
                        .header("idempotency-key", format!("{sender}-{batch}"))
                };
                loop {
                    let answer = server.send(request()).await;
                    match answer.status.as_u16() {
                        201 => break assert_eq!(answer.json()["inserted"], 500),
                        503 | 409 => unavailable += 1,
                        other => panic!("{other}: {}", answer.text()),
                    }
                    assert!(answer.header("retry-after").is_some());
                    tokio::task::yield_now().await;
                }
            }
            unavailable
        };
        let kill = async {
            for _ in 0..3 {
                let before = server.count("employees").await;
                until("rows come in", async || server.count("employees").await > before + 2000).await;
                assert!(server.count("employees").await < TOTAL.into(), "the load is over before the kill");
                database.kill();
                database.restart(&[]);
            }
        };
        let senders = futures_util::future::join_all((0..SENDERS).map(send));
        let (unavailable, ()) = futures_util::future::join(senders, kill).await;
        println!("503 and 409 answered by sender: {unavailable:?}");
        let rows = server.all("/view/employees").await;
        let expected: Vec<_> = (1..=TOTAL).map(|id| json!(id)).collect();
        assert_eq!(rows.iter().map(|row| row["employee_id"].clone()).collect::<Vec<_>>(), expected);
        assert_eq!(server.all("/rejected/employees").await, Vec::<serde_json::Value>::new());
        server.stop().await.unwrap();
    });
}
