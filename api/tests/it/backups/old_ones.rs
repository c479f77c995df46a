//! The oldest backups are deleted, and what is in use is not.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};
use support::{Fixture, manifest_name, until};

use super::age;
use super::filled;

conformance! {
    the_oldest_backups_go_and_what_has_no_manifest_stays,
    a_backup_in_use_is_spared,
    backups_at_the_same_time_leave_the_newest,
}

async fn the_oldest_backups_go_and_what_has_no_manifest_stays(fixture: Fixture) {
    let server = fixture.shipped_package(&["jobs.csv"]).start_with(&["--backup-keep", "2"]);
    server.until_ready().await;
    let first = server.back_up("jobs").await;
    let file = fs::read(fixture.backup_file("jobs", &first)).unwrap();
    // As a process leaves it that is killed before the manifest.
    let forlorn = "jobs-20010101T000000.000Z.avro";
    fixture.put_backup("jobs", forlorn, &file);
    for (name, days) in [("jobs-20020101T000000.000Z.json", 2), ("jobs-20020102T000000.000Z.json", 0)] {
        fixture.put_backup("jobs", name, b"{}");
        age(&fixture.backup_file("jobs", name), days * 24 + 1);
    }
    let mut kept = vec![first];
    for _ in 0..3 {
        kept.insert(0, server.back_up("jobs").await);
    }
    kept.truncate(2);
    let expected: Vec<String> = kept.iter().cloned().chain([forlorn.to_owned()]).collect();
    assert_eq!(server.backups("jobs").await, expected);
    let left: BTreeSet<String> = fs::read_dir(fixture.backups().join("jobs"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    // A manifest whose file may still be on its way stays as well.
    let new = "jobs-20020102T000000.000Z.json".to_owned();
    let manifests = kept.iter().map(|name| manifest_name(name)).chain([new]);
    assert_eq!(left, expected.iter().cloned().chain(manifests).collect());
    server.stop().await.unwrap();
}

async fn a_backup_in_use_is_spared(fixture: Fixture) {
    let server =
        fixture.shipped_package(&["departments.csv", "jobs.csv"]).start_with(&["--backup-keep", "1"]);
    server.until_ready().await;
    // Larger than what buffers on the way hold.
    let row = |id: u32| json!({ "department_id": 100 + id, "department_name": format!("{id:x<100}") });
    for thousand in 0..60 {
        let rows: Vec<Value> = (thousand * 1000..(thousand + 1) * 1000).map(row).collect();
        server.post_json("departments", json!(rows)).await.expect(201);
    }
    server.stop().await.unwrap();
    let server = fixture.start_with(&["--backup-keep", "1", "--backup-codec", "null"]);
    server.until_ready().await;
    let used = server.back_up("departments").await;
    let size = fs::metadata(fixture.backup_file("departments", &used)).unwrap().len();
    assert!(size > 6_000_000, "{size}");
    let mut download = server.call("GET", &format!("/backup/departments/{used}")).send().await.unwrap();
    let mut read = download.chunk().await.unwrap().unwrap().len() as u64;
    let second = server.back_up("departments").await;
    assert_eq!(server.backups("departments").await, [second.clone(), used.clone()]);
    while let Some(chunk) = download.chunk().await.unwrap() {
        read += chunk.len() as u64;
    }
    assert_eq!(read, size);
    drop(download);
    until("the backup that is no longer in use is deleted", async || {
        let newest = server.back_up("departments").await;
        server.backups("departments").await == [newest]
    })
    .await;
    server.stop().await.unwrap();
}

async fn backups_at_the_same_time_leave_the_newest(fixture: Fixture) {
    filled(&fixture, 20).await.stop().await.unwrap();
    let server = fixture.start_with(&["--backup-keep", "1"]);
    server.until_ready().await;
    for _ in 0..20 {
        let made = (0..3).map(|_| server.back_up("employees"));
        let mut names = futures_util::future::join_all(made).await;
        names.sort();
        assert_eq!(server.backups("employees").await, names[2..]);
    }
    server.stop().await.unwrap();
}
