//! Lists of backups, and what their paths refuse.

use std::fs;

use serde_json::{Value, json};
use support::Fixture;

use super::filled;

conformance! {
    backups_are_listed_newest_first_page_by_page,
    a_page_of_backups_begins_behind_a_place_whether_or_not_a_backup_is_there,
    a_file_without_a_manifest_is_listed_so,
    a_trial_restore_is_kept_in_the_manifest_and_shown_in_the_list,
    what_is_no_path_method_or_parameter_of_backups_is_refused,
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
    // Its trial restore cannot be recorded in a manifest; the answer says the result all the same.
    let verified = server.post_empty("/backup/employees/from-elsewhere.avro/verify").await;
    assert_eq!(verified.expect(200)["rows"], 3);
    assert_eq!(server.all("/backup/employees").await, list);
    server.stop().await.unwrap();
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
    let verified = server.post_empty(&path).await.expect(200);
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
    server.post_empty(&path).await.problem(422, "damaged-backup");
    assert_eq!(listed().await["verified"], "damaged");
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
        ("/backup/employees", "GET, HEAD, POST, OPTIONS"),
        (&*file, "GET, HEAD, OPTIONS"),
        (&*format!("{file}/verify"), "POST, OPTIONS"),
        ("/restore/employees", "POST, OPTIONS"),
        ("/hash/employees", "GET, HEAD, OPTIONS"),
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
