//! Backups and restores that fail: nothing is lost, nothing is half there.

use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use sqlx::{Connection, Executor, SqliteConnection};
use support::{Engine, Fixture, on_mariadb, run, until};

use super::{age, filled};
use crate::API;

conformance! {
    a_store_that_cannot_be_written_to_is_503,
    what_a_killed_process_left_is_removed,
}

async fn a_store_that_cannot_be_written_to_is_503(fixture: Fixture) {
    let server = filled(&fixture, 10).await;
    let name = server.back_up("employees").await;
    // A file in place of the folder: also root cannot write into it.
    let jobs = fixture.backups().join("jobs");
    fs::write(&jobs, "in the way").unwrap();
    let answer = server.post_empty("/backup/jobs").await;
    answer.problem(503, "store-away");
    assert!(!answer.text().contains(fixture.backups().to_str().unwrap()), "{}", answer.text());
    assert_eq!(server.backups("jobs").await, Vec::<String>::new());
    assert_eq!(server.backups("employees").await, [name]);
    fs::remove_file(&jobs).unwrap();
    server.back_up("jobs").await;
    server.stop().await.unwrap();
}

async fn what_a_killed_process_left_is_removed(fixture: Fixture) {
    let server = filled(&fixture, 10).await;
    let name = server.back_up("employees").await;
    server.stop().await.unwrap();
    let file =
        |suffix: &str| fixture.backup_file("employees", &format!("employees-20010101T000000.000Z{suffix}"));
    for suffix in [".avro#1", ".json#12"] {
        fs::write(file(suffix), "half").unwrap();
        age(&file(suffix), 1);
    }
    // Another process may be at work on this one.
    fs::write(file(".avro#2"), "half").unwrap();
    // The name of a large backup that is not there yet.
    fs::write(file(".avro"), "").unwrap();
    let server = fixture.start().await;
    assert!(!file(".avro#1").exists() && !file(".json#12").exists() && file(".avro#2").exists());
    assert_eq!(server.backups("employees").await, [name]);
    server.stop().await.unwrap();
}

#[test]
fn a_sender_that_leaves_does_not_end_what_it_asked_for() {
    run(Engine::Sqlite, async |fixture| {
        let server = filled(&fixture, 100).await;
        server.back_up("employees").await;
        // Another program writes, so that the restore has begun and has not ended when its sender leaves.
        let mut writer = SqliteConnection::connect(&fixture.database_url).await.unwrap();
        writer.execute("BEGIN IMMEDIATE").await.unwrap();
        let mut stream = TcpStream::connect(server.addr).unwrap();
        write!(stream, "POST /restore/employees HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n")
            .unwrap();
        until("the restore has begun", async || !fixture.staging_files().is_empty()).await;
        drop(stream);
        // The server has seen that it left once it answers a later request.
        server.get("/health/live").await.expect(200);
        writer.execute("ROLLBACK").await.unwrap();
        until("the restore ends although its sender has left", async || {
            server.all("/batches?kind=restore").await.len() == 1
        })
        .await;
        server.stop().await.unwrap();
    });
}

#[test]
fn a_database_that_dies_in_a_restore_has_the_table_as_before_or_as_after() {
    on_mariadb(&[], async |mut database, fixture| {
        let server = filled(&fixture, 20_000).await;
        let (after, name) = (server.hash("employees").await, server.back_up("employees").await);
        let mut longest = Duration::from_millis(1500);
        let mut restores = 0;
        for _ in 0..3 {
            fixture.sql(&["DELETE FROM employees WHERE employee_id % 2 = 0"]).await;
            let before = server.hash("employees").await;
            let restore = async { server.restore("employees", &format!("backup={name}")).await };
            let kill = async {
                tokio::time::sleep(longest.mul_f64(fastrand::f64())).await;
                database.kill();
                database.restart(&[]);
            };
            let (answer, ()) = futures_util::future::join(restore, kill).await;
            // The log has one line for each connection that ended with it.
            until("the database is there again", async || {
                let paths = ["/hash/employees", "/batches?kind=restore"];
                let answers = futures_util::future::join_all(paths.map(|path| server.get(path))).await;
                answers.iter().all(|answer| answer.status == 200)
            })
            .await;
            let hash = server.hash("employees").await;
            match answer.status.as_u16() {
                200 => assert_eq!(hash, after),
                503 => assert!(hash == before || hash == after, "{hash}"),
                other => panic!("{other}: {}", answer.text()),
            }
            if answer.status == 200 {
                longest = longest.mul_f64(0.7);
            }
            let ledger = server.all("/batches?kind=restore").await;
            assert_eq!(ledger.len(), restores + usize::from(hash == after), "{ledger:?}");
            restores = ledger.len();
        }
        server.restore("employees", "").await.expect(200);
        assert_eq!(server.hash("employees").await, after);
        server.stop().await.unwrap();
    });
}

#[test]
fn a_backup_store_that_is_full_is_507_and_keeps_what_it_has() {
    run(Engine::Sqlite, async |fixture| {
        let server = filled(&fixture, 20_000).await;
        server.stop().await.unwrap();
        fs::create_dir_all(fixture.backups()).unwrap();
        let Some(api) = API.on_a_small_disk(&fixture, fixture.backups().to_str().unwrap(), "1m") else {
            return;
        };
        api.until_ready().await;
        let mut names = Vec::new();
        let no_room = loop {
            let answer = api.post_empty("/backup/employees").await;
            if answer.status != 201 {
                break answer;
            }
            names.insert(0, answer.json()["name"].clone());
            assert!(names.len() < 9, "the disk is not small");
        };
        no_room.problem(507, "disk-full");
        assert!(!names.is_empty(), "not even one backup fits on the disk: make it larger");
        let list = api.get("/backup/employees").await.expect(200);
        let listed: Vec<_> = list.as_array().unwrap().iter().map(|backup| backup["name"].clone()).collect();
        assert_eq!(listed, names);
        for name in &names {
            api.post_empty(&format!("/backup/employees/{}/verify", name.as_str().unwrap())).await.expect(200);
        }
    });
}

#[test]
fn a_restore_onto_a_full_disk_is_507_and_leaves_the_table() {
    run(Engine::Sqlite, async |mut fixture| {
        let server = filled(&fixture, 20_000).await;
        server.back_up("employees").await;
        server.stop().await.unwrap();
        let disk = fixture.shipped_package(&["employees.csv"]).data().join("disk");
        fs::create_dir(&disk).unwrap();
        fs::set_permissions(&disk, fs::Permissions::from_mode(0o755)).unwrap();
        fixture.database_url = format!("sqlite://{}/app.db", disk.display());
        let Some(api) = API.on_a_small_disk(&fixture, disk.to_str().unwrap(), "1200k") else { return };
        api.until_ready().await;
        let before = api.get("/hash/employees").await.expect(200);
        assert_eq!(before["rows"], 1930);
        api.post_empty("/restore/employees").await.problem(507, "disk-full");
        assert_eq!(api.get("/hash/employees").await.expect(200), before);
        // It goes on with what fits.
        api.post_empty("/backup/jobs").await.expect(201);
        api.post_empty("/restore/jobs").await.expect(200);
    });
}
