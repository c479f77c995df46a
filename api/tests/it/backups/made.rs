//! Backups as they are made, listed, downloaded and kept.

use std::collections::BTreeSet;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use dictionary::hash::hexadecimal;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::left_over::age;
use super::{filled, load_employees};
use crate::server::Fixture;

conformance! {
    a_backup_is_a_file_and_a_manifest_that_tells_of_it,
    a_backup_is_downloaded_byte_for_byte,
    an_empty_table_is_backed_up_and_restored_too,
    backups_are_listed_newest_first_page_by_page,
    a_page_of_backups_begins_behind_a_place_whether_or_not_a_backup_is_there,
    a_file_without_a_manifest_is_listed_so,
    the_oldest_backups_go_and_what_has_no_manifest_stays,
    backups_at_the_same_time_leave_the_newest,
    a_backup_in_use_is_spared,
    what_the_dictionary_refuses_is_told_and_takes_no_good_backup_with_it,
    every_codec_is_written_and_restored,
    a_trial_restore_is_kept_in_the_manifest_and_shown_in_the_list,
    a_backup_shows_one_moment_while_writers_go_on,
    backups_of_one_table_at_the_same_time_have_names_of_their_own,
    what_is_no_path_method_or_parameter_of_backups_is_refused,
}

async fn a_backup_is_a_file_and_a_manifest_that_tells_of_it(fixture: Fixture) {
    let server = filled(&fixture, 1500).await;
    let made = server.send(server.call("POST", "/backup/employees")).await.expect(201);
    let name = made["name"].as_str().unwrap();
    assert_eq!(made["response"], format!("1500 rows of employees backed up as {name}"));
    let digits = name.strip_prefix("employees-").and_then(|name| name.strip_suffix("Z.avro")).unwrap();
    assert_eq!(digits.len(), "20210727T160208.123".len(), "{name}");
    let file = fs::read(fixture.backup_file("employees", name)).unwrap();
    assert_eq!(made["bytes"], file.len());
    assert_eq!(made["sha256"], hexadecimal(&Sha256::digest(&file)));
    assert_eq!(made["content_hash"], server.hash("employees").await);
    assert_eq!((&made["rows"], &made["codec"]), (&json!(1500), &json!("snappy")));
    let manifest = fs::read(fixture.backup_file("employees", &name.replace(".avro", ".json"))).unwrap();
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

async fn backups_are_listed_newest_first_page_by_page(fixture: Fixture) {
    let server = filled(&fixture, 3).await;
    let mut names = Vec::new();
    for _ in 0..5 {
        names.insert(0, server.back_up("employees").await);
    }
    assert_eq!(server.backups("employees").await, names);
    let first = server.get("/backup/employees?limit=2").await;
    let next = first.header("link").unwrap().strip_prefix('<').unwrap().split_once('>').unwrap().0.to_owned();
    let second = server.get(&next).await.expect(200);
    let listed = [&first.expect(200)[0], &second[0]].map(|backup| backup["name"].clone());
    assert_eq!(listed, [json!(names[0]), json!(names[2])]);
    let csv = server.get("/backup/employees?format=csv").await;
    let header = "name,table,created_at,bytes,rows,refused,sha256,content_hash,codec,schema_fingerprint,dictionary,\
                  engine,verified,verified_at,verify_seconds";
    assert_eq!(csv.text().lines().next(), Some(header));
    assert!(csv.text().lines().nth(1).unwrap().starts_with(&format!("{},employees,", names[0])));
    assert_eq!(server.get("/backup/jobs").await.expect(200), json!([]));
    server.stop().await.unwrap();
}

async fn a_page_of_backups_begins_behind_a_place_whether_or_not_a_backup_is_there(fixture: Fixture) {
    let server = filled(&fixture, 3).await;
    let mut names = Vec::new();
    for _ in 0..4 {
        names.insert(0, server.back_up("employees").await);
    }
    let file = fs::read(fixture.backup_file("employees", &names[0])).unwrap();
    fixture.put_backup("employees", "from-elsewhere.avro", &file);
    let all = server.backups("employees").await;
    let behind = async |after: &str| {
        let page = server.get(&format!("/backup/employees?after={after}")).await.expect(200);
        let page = page.as_array().unwrap().iter().map(|backup| backup["name"].as_str().unwrap().to_owned());
        page.collect::<Vec<_>>()
    };
    for (place, name) in all.iter().enumerate() {
        assert_eq!(behind(name).await, all[place + 1..], "{name}");
    }
    // As retention takes one between two pages.
    for name in &names[1..3] {
        fs::remove_file(fixture.backup_file("employees", name)).unwrap();
        let older: Vec<_> = server.backups("employees").await;
        let older = older.into_iter().filter(|other| other.starts_with("employees-") && other < name);
        assert_eq!(behind(name).await, older.collect::<Vec<_>>(), "{name}");
    }
    assert_eq!(behind("employees-20010101T000000.000Z.avro").await, [""; 0]);
    assert_eq!(behind("employees-99990101T000000.000Z.avro").await, server.backups("employees").await);
    for gone in ["gone.avro", "jobs-20010101T000000.000Z.avro", "..%2Fx.avro", "x", ""] {
        let answer = server.get(&format!("/backup/employees?after={gone}")).await;
        let detail = answer.problem(404, "unknown-backup");
        assert!(detail.contains("employees"), "{detail}");
    }
    server.stop().await.unwrap();
}

async fn a_file_without_a_manifest_is_listed_so(fixture: Fixture) {
    let server = filled(&fixture, 3).await;
    let name = server.back_up("employees").await;
    let file = fs::read(fixture.backup_file("employees", &name)).unwrap();
    fixture.put_backup("employees", "from-elsewhere.avro", &file);
    fixture.put_backup("employees", "notes.txt", b"no backup");
    fixture.put_backup("employees", "unfinished.avro#1", &file);
    let list = server.all("/backup/employees").await;
    let others: Vec<_> = list.iter().filter(|backup| backup["rows"].is_null()).collect();
    assert_eq!((list.len(), others.len()), (2, 1), "{list:?}");
    assert_eq!(others[0]["name"], "from-elsewhere.avro");
    assert_eq!((&others[0]["bytes"], &others[0]["sha256"]), (&json!(file.len()), &Value::Null));
    // A trial restore of it has nowhere to be kept, and is told all the same.
    let verified = server.send(server.call("POST", "/backup/employees/from-elsewhere.avro/verify")).await;
    assert_eq!(verified.expect(200)["rows"], 3);
    assert_eq!(server.all("/backup/employees").await, list);
    server.stop().await.unwrap();
}

async fn the_oldest_backups_go_and_what_has_no_manifest_stays(fixture: Fixture) {
    let server = fixture.mission(&["jobs.csv"]).start_with(&["--backup-keep", "2"]);
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
    let manifests = kept.iter().map(|name| name.replace(".avro", ".json")).chain([new]);
    assert_eq!(left, expected.iter().cloned().chain(manifests).collect());
    server.stop().await.unwrap();
}

async fn a_backup_in_use_is_spared(fixture: Fixture) {
    let server = fixture.mission(&["departments.csv", "jobs.csv"]).start_with(&["--backup-keep", "1"]);
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
    crate::server::until("what is no longer in use goes", async || {
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

async fn what_the_dictionary_refuses_is_told_and_takes_no_good_backup_with_it(fixture: Fixture) {
    filled(&fixture, 20).await.stop().await.unwrap();
    let server = fixture.start_with(&["--backup-keep", "2"]);
    server.until_ready().await;
    let good = server.back_up("employees").await;
    fixture.sql(&["UPDATE employees SET employee_id = 0 WHERE employee_id = 7"]).await;
    let mut bad = Vec::new();
    for _ in 0..4 {
        let made = server.send(server.call("POST", "/backup/employees")).await.expect(201);
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

async fn a_trial_restore_is_kept_in_the_manifest_and_shown_in_the_list(fixture: Fixture) {
    let server = filled(&fixture, 50).await;
    let name = server.back_up("employees").await;
    let listed = async || server.all("/backup/employees").await[0].clone();
    assert_eq!(listed().await["verified"], Value::Null);
    // The table itself may have changed meanwhile; that does not matter.
    fixture.sql(&["DELETE FROM employees WHERE employee_id = 7"]).await;
    let hash = server.hash("employees").await;
    let path = format!("/backup/employees/{name}/verify");
    let verified = server.send(server.call("POST", &path)).await.expect(200);
    assert_eq!(verified["response"], format!("{name} is intact: 50 rows of employees came back equal"));
    let backup = listed().await;
    assert_eq!((&verified["rows"], &verified["content_hash"]), (&json!(50), &backup["content_hash"]));
    assert_eq!((&backup["verified"], &backup["verify_seconds"]), (&json!("intact"), &verified["seconds"]));
    assert!(backup["verified_at"].as_str().unwrap() >= backup["created_at"].as_str().unwrap());
    assert_eq!(server.hash("employees").await, hash);

    let file = fixture.backup_file("employees", &name);
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, bytes).unwrap();
    server.send(server.call("POST", &path)).await.problem(422, "damaged-backup");
    assert_eq!(listed().await["verified"], "damaged");
    server.stop().await.unwrap();
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
        let rows = server.send(server.call("POST", &path)).await.expect(200)["rows"].as_u64().unwrap();
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

async fn what_is_no_path_method_or_parameter_of_backups_is_refused(fixture: Fixture) {
    let server = filled(&fixture, 1).await;
    let name = server.back_up("employees").await;
    for (method, path) in [
        ("POST", "/backup/nothing"),
        ("GET", "/backup/nothing"),
        ("GET", "/backup/nothing/x.avro"),
        ("POST", "/backup/nothing/x.avro/verify"),
        ("POST", "/restore/nothing"),
        ("GET", "/hash/nothing"),
    ] {
        server.send(server.call(method, path)).await.problem(404, "unknown-table");
    }
    let file = format!("/backup/employees/{name}");
    for (path, allowed) in [
        ("/backup/employees", "GET, HEAD, POST"),
        (&*file, "GET, HEAD"),
        (&*format!("{file}/verify"), "POST"),
        ("/restore/employees", "POST"),
        ("/hash/employees", "GET, HEAD"),
    ] {
        let answer = server.send(server.call("DELETE", path)).await;
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, Some(allowed)), "{path}");
    }
    for (method, path) in [
        ("POST", "/backup/employees?keep=1"),
        ("GET", "/backup/employees?name=x"),
        ("POST", "/restore/employees?name=x"),
        ("POST", "/restore/employees?dry_run=yes"),
        ("GET", "/hash/employees?x=1"),
    ] {
        server.send(server.call(method, path)).await.problem(400, "bad-parameter");
    }
    server.stop().await.unwrap();
}
