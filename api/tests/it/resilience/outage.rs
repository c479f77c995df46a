//! A database that is away, refuses, freezes or dies. Servers are a MariaDB of each test's own.

use std::process::{Command, Output};

use crate::API;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, MySqlConnection, SqliteConnection};
use support::{Engine, Fixture, MariaDb, Process, mariadb, output_of, run, run_at, until};

conformance! {
    a_new_database_is_logged_once_without_its_account,
}

async fn a_new_database_is_logged_once_without_its_account(fixture: Fixture) {
    fixture.shipped_package(&[]);
    let address = fixture.database_url.split_once("://").unwrap().1;
    let (account, address) = address.rsplit_once('@').unwrap_or(("", address));
    let sentence = match fixture.engine {
        Engine::Sqlite => format!("new database at {address}"),
        Engine::MySql => format!("new tables in {}", address.split('?').next().unwrap()),
    };
    let said = || fixture.log().lines().filter(|line| line.contains(&format!("INFO {sentence}"))).count();
    for _ in 0..2 {
        let api = API.start(&fixture);
        api.until_ready().await;
        api.signal("TERM");
        assert_eq!(api.ended().await, Some(0));
        assert_eq!(said(), 1, "{sentence}: {}", fixture.log());
    }
    assert!(account.is_empty() || !fixture.log().contains(&format!("{account}@")), "{}", fixture.log());
}

/// Runs a claim on a MariaDB of its own, where there is one.
pub fn on_mariadb<F: Future<Output = ()>>(claim: impl FnOnce(MariaDb, Fixture) -> F) {
    if mariadb().is_none() {
        return;
    }
    let server = MariaDb::start(&[]);
    let url = format!("{}/app", server.url);
    run_at(&url, async |fixture| {
        sql(&server, &["CREATE DATABASE app"]).await;
        claim(server, fixture).await;
    });
}

async fn sql(server: &MariaDb, statements: &[&str]) {
    let mut connection = MySqlConnection::connect(&server.url).await.unwrap();
    for statement in statements {
        sqlx::query(AssertSqlSafe(*statement)).execute(&mut connection).await.unwrap();
    }
}

/// How a start ends that is refused.
async fn refused(fixture: &Fixture, url: &str) -> String {
    let mut command = API.command(fixture);
    command.env("DATABASE_URL", url);
    refusal_of(command).await
}

/// The sentence with which a process ends.
async fn refusal_of(command: Command) -> String {
    let Output { status, stdout, .. } = output_of(command).await;
    assert_eq!(status.code(), Some(1));
    let log = String::from_utf8(stdout).unwrap();
    let line = log.lines().find(|line| line.contains("ERROR")).unwrap();
    line.split_once("ERROR ").unwrap().1.to_owned()
}

#[test]
fn a_database_that_is_not_up_yet_is_waited_for() {
    on_mariadb(async |mut database, fixture| {
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
fn an_account_that_is_refused_is_named_without_its_password() {
    on_mariadb(async |database, fixture| {
        sql(&database, &["CREATE USER u IDENTIFIED BY 'right'", "GRANT ALL ON app.* TO u"]).await;
        fixture.shipped_package(&[]);
        let address = database.url.rsplit('@').next().unwrap();
        for (url, code) in [
            (format!("mysql://u:hunter2@{address}/app"), 1045),
            (format!("mysql://root@{address}/nowhere"), 1049),
            (format!("mysql://u:right@{address}/mysql"), 1044),
        ] {
            let sentence = format!(
                "the database refuses the account, or has no such schema (error {code}); see DATABASE_URL"
            );
            assert_eq!(refused(&fixture, &url).await, sentence);
        }
        sql(&database, &["REVOKE ALL ON app.* FROM u", "GRANT SELECT ON app.* TO u"]).await;
        let missing = refused(&fixture, &format!("mysql://u:right@{address}/app")).await;
        assert!(missing.contains("(error 1142)"), "{missing}");
        let broken = refused(&fixture, "mysql://u:hunter2#@[/app").await;
        assert!(broken.starts_with("DATABASE_URL is no URL") && !broken.contains("hunter2"), "{broken}");
    });
}

#[test]
fn a_database_that_only_reads_is_a_refusal() {
    on_mariadb(async |database, fixture| {
        sql(&database, &["CREATE USER u", "GRANT ALL ON app.* TO u", "SET GLOBAL read_only = 1"]).await;
        fixture.shipped_package(&[]);
        let url = database.url.replace("root", "u") + "/app";
        assert_eq!(refused(&fixture, &url).await, "the database only reads; it needs to be writable");
    });
}

/// Runs a claim on a MariaDB of its own that takes packets of so many bytes.
fn on_mariadb_with_packets<F: Future<Output = ()>>(bytes: u64, claim: impl FnOnce(MariaDb, Fixture) -> F) {
    if mariadb().is_none() {
        return;
    }
    let server = MariaDb::start(&[&format!("--max-allowed-packet={bytes}")]);
    run_at(&format!("{}/app", server.url), async |fixture| {
        sql(&server, &["CREATE DATABASE app"]).await;
        claim(server, fixture).await;
    });
}

#[test]
fn a_body_limit_beyond_what_the_database_takes_in_a_packet_is_a_refusal() {
    on_mariadb_with_packets(16 << 20, async |_database, fixture| {
        fixture.shipped_package(&[]);
        let with_limit = async |limit: &str| {
            let mut command = API.command(&fixture);
            command.env("BODY_LIMIT", limit);
            refusal_of(command).await
        };
        assert_eq!(
            with_limit("64MiB").await,
            "the database takes packets of 16777216 bytes at most, but a row of a body of BODY_LIMIT = 67108864 \
             bytes may need 93672792; set the server's max_allowed_packet to 93672792 or more, or BODY_LIMIT to \
             9437184 or less"
        );
        assert!(with_limit("9437185").await.ends_with("or BODY_LIMIT to 9437184 or less"));
        let server = fixture.start_with(&["--body-limit", "9437184"]);
        server.until_ready().await;
        server.stop().await.unwrap();
    });
}

#[test]
fn a_database_that_takes_only_small_packets_is_a_refusal() {
    on_mariadb_with_packets(1 << 20, async |_database, fixture| {
        fixture.shipped_package(&[]);
        let sentence = "the database takes packets of 1048576 bytes at most, but a batch may need 15379116; set the \
                        server's max_allowed_packet to 15379116 or more";
        let mut command = API.command(&fixture);
        command.env("BODY_LIMIT", "1KiB");
        assert_eq!(refusal_of(command).await, sentence);
    });
}

#[test]
fn a_row_as_large_as_a_body_may_be_is_stored_or_rejected_whole() {
    const LIMIT: usize = 24 << 20;
    // The least with which the API starts.
    on_mariadb_with_packets(36 << 20, async |_database, fixture| {
        let field = |name: &str, ty: &str| json!({ "name": name, "type": ty });
        let schema =
            json!({ "fields": [field("id", "integer"), field("text", "string")], "primaryKey": "id" });
        let package = json!({ "resources": [{ "name": "texts", "path": "texts.csv", "schema": schema }] });
        fixture.write("datapackage.json", package.to_string());
        let server = fixture.start_with(&["--body-limit", "24MiB"]);
        server.until_ready().await;
        let (csv, text) = ("text/csv; header=absent", "x".repeat(LIMIT - 10));
        server.post("texts", csv, format!("1,{text}\n")).await.expect(201);
        assert_eq!(server.get("/view/texts/1").await.expect(200)["text"].as_str(), Some(text.as_str()));
        // A row that is not UTF-8 is kept as base64, which is longer by a third.
        for (start, encoding) in [(b"x,".as_slice(), "utf-8"), (b"2,\xff", "base64")] {
            let row = [start, text.as_bytes()].concat();
            let answer = server.post("texts", csv, row.clone()).await;
            assert_eq!(answer.json()["rejected"], 1, "{encoding}: {}", answer.status);
            let batch = &answer.json()["batch"];
            let logged = server.get(&format!("/rejected/texts?batch={}", batch.as_str().unwrap())).await;
            let logged = logged.expect(200)[0].clone();
            assert_eq!(logged["encoding"], encoding);
            let raw = logged["raw"].as_str().unwrap();
            let bytes = match encoding {
                "base64" => BASE64_STANDARD.decode(raw).unwrap(),
                _ => raw.as_bytes().to_vec(),
            };
            assert!(bytes == row, "{encoding}: {} bytes", bytes.len());
        }
        server.stop().await.unwrap();
    });
}

#[test]
fn a_database_that_is_frozen_is_answered_for_and_left() {
    on_mariadb(async |database, fixture| {
        let server = fixture.shipped_package(&[]).start().await;
        let signal = |name: &str| {
            let pid = database.child.id().to_string();
            assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
        };
        signal("STOP");
        let state = format!("/proc/{}/status", database.child.id());
        let stopped = async || std::fs::read_to_string(&state).unwrap().contains("State:\tT");
        until("the database stands still", stopped).await;
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
        signal("CONT");
        server.until_ready().await;
        let again = || server.request("departments", "text/csv", "1,A\n").header("idempotency-key", "k");
        until("a batch is stored", async || server.send(again()).await.status == 201).await;
        signal("STOP");
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
    on_mariadb(async |database, mut fixture| {
        sql(&database, &["CREATE USER u", "GRANT ALL ON app.* TO u"]).await;
        fixture.database_url = database.url.replace("root", "u") + "/app";
        let server = fixture.shipped_package(&[]).start().await;
        sql(&database, &["SET GLOBAL read_only = 1"]).await;
        for answer in [server.get("/health/ready").await, server.post_csv("departments", "1,A\n").await] {
            answer.problem(503, "store-away");
        }
        server.get("/health/live").await.expect(200);
        server.get("/view/departments").await.expect(200);
        sql(&database, &["SET GLOBAL read_only = 0"]).await;
        server.get("/health/ready").await.expect(200);
        server.post_csv("departments", "1,A\n").await.expect(201);
        server.stop().await.unwrap();
    });
}

#[test]
fn a_database_url_of_sqlite_that_names_no_database_file_is_a_refusal() {
    run(Engine::Sqlite, async |mut fixture| {
        let folder = fixture.shipped_package(&[]).data();
        let text = format!("sqlite://{}", folder.join("datapackage.json").display());
        let nothing = "DATABASE_URL names no file; use sqlite://FILE, since memory keeps nothing";
        for (url, sentence) in [
            ("sqlite://", nothing),
            ("sqlite::memory:", nothing),
            ("sqlite://app.db?mode=memory", nothing),
            (&format!("sqlite://{}", folder.display()), "DATABASE_URL names a folder; use sqlite://FILE"),
            (&text, "the database failed: its file is no SQLite database; see DATABASE_URL"),
            ("postgres://localhost/app", "DATABASE_URL must start with sqlite:// or mysql://"),
        ] {
            url.clone_into(&mut fixture.database_url);
            assert_eq!(fixture.refusal().await, sentence, "{url}");
        }
    });
}

#[test]
fn a_database_url_whose_folder_is_missing_is_a_refusal() {
    run(Engine::Sqlite, async |mut fixture| {
        let missing = fixture.shipped_package(&[]).data().join("nope");
        fixture.database_url = format!("sqlite://{}/x.db", missing.display());
        let sentence = format!(
            "DATABASE_URL names a file in the folder {}, which is missing; make the folder, or correct DATABASE_URL",
            missing.display()
        );
        assert_eq!(fixture.refusal().await, sentence);
        assert!(!missing.exists());
    });
}

#[test]
fn without_a_setting_the_folder_of_the_database_is_made() {
    run(Engine::Sqlite, async |fixture| {
        let mut command = API.command(fixture.shipped_package(&[]));
        command.env_remove("DATABASE_URL").current_dir(fixture.data());
        let api = Process::of(command);
        api.until_ready().await;
        assert!(fixture.data().join("var/app.db").exists());
        let log = async || fixture.log().contains("INFO new database at var/app.db\n");
        until("it is said", log).await;
    });
}

#[test]
fn a_password_may_have_any_characters_once_it_is_percent_encoded() {
    on_mariadb(async |database, mut fixture| {
        sql(&database, &["CREATE USER u IDENTIFIED BY 'p@s/s#w:r?d %ä'", "GRANT ALL ON app.* TO u"]).await;
        let address = database.url.rsplit('@').next().unwrap();
        fixture.database_url = format!("mysql://u:p%40s%2Fs%23w%3Ar%3Fd%20%25%C3%A4@{address}/app");
        fixture.shipped_package(&[]).start().await.stop().await.unwrap();
    });
}

#[test]
fn a_database_that_is_killed_under_load_ends_with_every_row_once() {
    const SENDERS: u32 = 8;
    const BATCHES: u32 = 20;
    const TOTAL: u32 = SENDERS * BATCHES * 500;
    on_mariadb(async |mut database, fixture| {
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
