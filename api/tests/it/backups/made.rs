//! Backups as they are made.

use std::collections::BTreeSet;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use dictionary::hash::hexadecimal;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use support::Fixture;

use super::{filled, load_employees};

conformance! {
    a_backup_is_a_file_and_a_manifest_that_tells_of_it,
    a_backup_is_downloaded_byte_for_byte,
    an_empty_table_is_backed_up_and_restored_too,
    what_the_dictionary_refuses_is_told_and_takes_no_good_backup_with_it,
    every_codec_is_written_and_restored,
    a_backup_shows_one_moment_while_writers_go_on,
    backups_of_one_table_at_the_same_time_have_names_of_their_own,
}

async fn a_backup_is_a_file_and_a_manifest_that_tells_of_it(fixture: Fixture) {
    let server = filled(&fixture, 1500).await;
    let made = server.post_empty("/backup/employees").await.expect(201);
    let name = made["name"].as_str().unwrap();
    assert_eq!(made["response"], format!("1500 rows of employees backed up as {name}"));
    let digits = name.strip_prefix("employees-").and_then(|name| name.strip_suffix("Z.avro")).unwrap();
    assert_eq!(digits.len(), "20210727T160208.123".len(), "{name}");
    let file = fs::read(fixture.backup_file("employees", name)).unwrap();
    assert_eq!(made["bytes"], file.len());
    assert_eq!(made["sha256"], hexadecimal(&Sha256::digest(&file)));
    assert_eq!(made["content_hash"], server.hash("employees").await);
    assert_eq!((&made["rows"], &made["codec"]), (&json!(1500), &json!("snappy")));
    let manifest = fs::read(fixture.manifest_file("employees", name)).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let mut told = made.clone();
    told.as_object_mut().unwrap().remove("response");
    assert_eq!(manifest, told);
    assert_eq!(server.all("/backup/employees").await, [told]);
    server.stop().await.unwrap();
}

async fn a_backup_is_downloaded_byte_for_byte(fixture: Fixture) {
    let server = filled(&fixture, 100).await;
    let name = server.back_up("employees").await;
    let path = format!("/backup/employees/{name}");
    let (answer, file) =
        (server.get(&path).await, fs::read(fixture.backup_file("employees", &name)).unwrap());
    assert_eq!((answer.status.as_u16(), &answer.body), (200, &file));
    assert_eq!(answer.header("content-disposition"), Some(&*format!("attachment; filename=\"{name}\"")));
    let head = server.send(server.call("HEAD", &path)).await;
    let length = file.len().to_string();
    assert_eq!((head.header("content-length"), head.body.len()), (Some(&*length), 0));
    server.stop().await.unwrap();
}

async fn an_empty_table_is_backed_up_and_restored_too(fixture: Fixture) {
    let server = filled(&fixture, 0).await;
    let (empty, name) = (server.hash("employees").await, server.back_up("employees").await);
    load_employees(&server, 1..=10).await;
    assert_ne!(server.hash("employees").await, empty);
    let restored = server.restore("employees", "").await.expect(200);
    assert_eq!((&restored["name"], &restored["removed"]), (&json!(name), &json!(10)));
    assert_eq!(server.hash("employees").await, empty);
    server.stop().await.unwrap();
}

async fn what_the_dictionary_refuses_is_told_and_takes_no_good_backup_with_it(fixture: Fixture) {
    filled(&fixture, 20).await.stop().await.unwrap();
    let server = fixture.start_with(&["--backup-keep", "2"]);
    server.until_ready().await;
    let good = server.back_up("employees").await;
    fixture.sql(&["UPDATE employees SET employee_id = 0 WHERE employee_id = 7"]).await;
    let mut bad = Vec::new();
    for _ in 0..4 {
        let made = server.post_empty("/backup/employees").await.expect(201);
        let why = "it cannot be restored, because the data dictionary refuses 1 row of it: row 1: field \
                   `employee_id`: minimum expects at least 1, got \"0\"";
        assert!(made["response"].as_str().unwrap().ends_with(why), "{}", made["response"]);
        assert_eq!((&made["rows"], &made["refused"]), (&json!(20), &json!(1)));
        bad.insert(0, made["name"].as_str().unwrap().to_owned());
    }
    assert_eq!(server.backups("employees").await, [bad[0].clone(), bad[1].clone(), good.clone()]);
    server.restore("employees", "").await.problem(422, "damaged-backup");
    assert_eq!(server.restore("employees", &format!("backup={good}")).await.expect(200)["after"], 20);
    let newest = server.back_up("employees").await;
    assert_eq!(server.backups("employees").await, [newest, bad[0].clone()]);
    server.stop().await.unwrap();
}

async fn every_codec_is_written_and_restored(fixture: Fixture) {
    let server = filled(&fixture, 300).await;
    let hash = server.hash("employees").await;
    server.stop().await.unwrap();
    for codec in ["null", "deflate", "snappy", "zstandard"] {
        let server = fixture.start_with(&["--backup-codec", codec]);
        server.until_ready().await;
        let name = server.back_up("employees").await;
        let file = fs::read(fixture.backup_file("employees", &name)).unwrap();
        let named = format!("avro.codec{}{codec}", char::from(codec.len() as u8 * 2));
        let holds = |part: &[u8]| file.windows(part.len()).any(|window| window == part);
        assert_eq!(holds(named.as_bytes()), codec != "null", "{codec}");
        fixture.sql(&["DELETE FROM employees WHERE employee_id > 100"]).await;
        assert_eq!(server.restore("employees", "").await.expect(200)["added"], 200);
        assert_eq!(server.hash("employees").await, hash);
        server.stop().await.unwrap();
    }
}

async fn a_backup_shows_one_moment_while_writers_go_on(fixture: Fixture) {
    let server = filled(&fixture, 3000).await;
    let (mut next, done) = (3001, AtomicBool::new(false));
    let write = async {
        while !done.load(Ordering::Relaxed) {
            load_employees(&server, next..=next + 49).await;
            next += 50;
        }
    };
    let back_up = async {
        let mut names = Vec::new();
        for _ in 0..5 {
            names.push(server.back_up("employees").await);
        }
        done.store(true, Ordering::Relaxed);
        names
    };
    let (names, ()) = futures_util::future::join(back_up, write).await;
    let mut counts = BTreeSet::new();
    for name in names {
        let path = format!("/backup/employees/{name}/verify");
        let rows = server.post_empty(&path).await.expect(200)["rows"].as_u64().unwrap();
        // Of a batch there are all rows or none.
        assert_eq!(rows % 50, 0, "{rows}");
        counts.insert(rows);
    }
    assert!(counts.len() > 1, "nobody wrote: {counts:?}");
    server.stop().await.unwrap();
}

async fn backups_of_one_table_at_the_same_time_have_names_of_their_own(fixture: Fixture) {
    let server = filled(&fixture, 10).await;
    let names = futures_util::future::join_all((0..8).map(|_| server.back_up("employees"))).await;
    let distinct: BTreeSet<String> = names.into_iter().collect();
    assert_eq!(distinct.len(), 8);
    assert_eq!(server.backups("employees").await, distinct.into_iter().rev().collect::<Vec<_>>());
    server.stop().await.unwrap();
}
