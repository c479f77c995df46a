//! A table after a restore, and what the answer says.

use serde_json::json;
use support::Fixture;

use super::{figures, filled, load_employees};
use crate::tables::second_package;

conformance! {
    a_table_is_as_it_was_whatever_was_deleted_changed_and_added,
    a_dry_run_tells_the_figures_and_changes_nothing,
    a_restore_is_a_batch_whose_counts_add_up,
    two_rows_can_swap_a_unique_value,
    the_newest_backup_is_restored_unless_one_is_named,
    nothing_of_a_restore_stays_in_the_database,
}

async fn a_table_is_as_it_was_whatever_was_deleted_changed_and_added(fixture: Fixture) {
    let server = filled(&fixture, 2500).await;
    let (hash, name) = (server.hash("employees").await, server.back_up("employees").await);
    fixture
        .sql(&[
            "DELETE FROM employees WHERE employee_id <= 1250",
            "UPDATE employees SET employee_name = 'Somebody', department_id = 1 WHERE employee_id > 2400",
        ])
        .await;
    load_employees(&server, 3001..=3010).await;
    assert_ne!(server.hash("employees").await, hash);
    let restored = server.restore("employees", "").await.expect(200);
    assert_eq!(figures(&restored), [1260, 2500, 1250, 10, 100, 1150]);
    let sentence = "1250 rows added, 10 removed, 100 changed, 1150 unchanged";
    assert_eq!(restored["response"], format!("employees restored from {name}: {sentence}"));
    assert_eq!((server.hash("employees").await, &restored["content_hash"]), (hash.clone(), &json!(hash)));
    fixture.sql(&["DELETE FROM employees"]).await;
    assert_eq!(figures(&server.restore("employees", "").await.expect(200)), [0, 2500, 2500, 0, 0, 0]);
    assert_eq!(figures(&server.restore("employees", "").await.expect(200)), [2500, 2500, 0, 0, 0, 2500]);
    assert_eq!(server.hash("employees").await, hash);
    server.stop().await.unwrap();
}

async fn a_dry_run_tells_the_figures_and_changes_nothing(fixture: Fixture) {
    let server = filled(&fixture, 100).await;
    let name = server.back_up("employees").await;
    fixture
        .sql(&[
            "DELETE FROM employees WHERE employee_id <= 10",
            "UPDATE employees SET job_id = 1 WHERE employee_id BETWEEN 51 AND 70",
        ])
        .await;
    load_employees(&server, 201..=203).await;
    let (hash, batches) = (server.hash("employees").await, server.all("/batches").await);
    let dry = server.restore("employees", "dry_run=true").await.expect(200);
    assert_eq!(figures(&dry), [93, 100, 10, 3, 20, 70]);
    assert_eq!((&dry["dry_run"], &dry["batch"]), (&json!(true), &json!(null)));
    assert!(
        dry["response"].as_str().unwrap().starts_with(&format!("employees would be restored from {name}:"))
    );
    assert_eq!((server.hash("employees").await, server.all("/batches").await), (hash, batches));
    let real = server.restore("employees", "dry_run=false").await.expect(200);
    assert_eq!(figures(&real), figures(&dry));
    server.stop().await.unwrap();
}

async fn a_restore_is_a_batch_whose_counts_add_up(fixture: Fixture) {
    let server = filled(&fixture, 100).await;
    let name = server.back_up("employees").await;
    let rejected = server.post_csv("employees", "x,y\n").await;
    assert_eq!(rejected.status, 422);
    let log = server.all("/rejected/employees").await;
    load_employees(&server, 101..=103).await;
    fixture.sql(&["DELETE FROM employees WHERE employee_id <= 10"]).await;
    let restored = server.restore("employees", "").await.expect(200);
    let batches = server.all("/batches?kind=restore").await;
    assert_eq!(batches.len(), 1);
    let batch = &batches[0];
    assert_eq!((&batch["id"], &batch["source"]), (&restored["batch"], &json!(name)));
    let counts = ["received", "inserted", "replaced", "unchanged", "rejected"];
    let counts = counts.map(|name| batch[name].as_u64().unwrap());
    assert_eq!((counts, &batch["removed"]), ([100, 10, 0, 90, 0], &json!(3)));
    assert_eq!(batch["actor"], "anonymous");
    // What was rejected stays so.
    assert_eq!(server.all("/rejected/employees").await, log);
    server.stop().await.unwrap();
}

async fn two_rows_can_swap_a_unique_value(fixture: Fixture) {
    let server = second_package::start(&fixture).await;
    let id = |n| format!("123e4567-e89b-12d3-a456-42661417400{n}");
    let member = |n, email: Option<&str>| json!({ "id": id(n), "email": email, "active": true });
    let rows = json!([member(1, Some("a@x.org")), member(2, Some("b@x.org")), member(3, None)]);
    server.post_json("members", rows).await.expect(201);
    let hash = server.hash("members").await;
    server.back_up("members").await;
    fixture
        .sql(&[
            "UPDATE members SET email = 'c@x.org' WHERE email = 'a@x.org'",
            "UPDATE members SET email = 'a@x.org' WHERE email = 'b@x.org'",
            "UPDATE members SET email = 'b@x.org' WHERE email = 'c@x.org'",
        ])
        .await;
    assert_eq!(figures(&server.restore("members", "").await.expect(200)), [3, 3, 0, 0, 2, 1]);
    assert_eq!(server.hash("members").await, hash);
    // Null differs from a value, and the other way round.
    fixture
        .sql(&["UPDATE members SET email = NULL WHERE email = 'a@x.org'", "UPDATE members SET place = NULL"])
        .await;
    assert_eq!(figures(&server.restore("members", "").await.expect(200)), [3, 3, 0, 0, 1, 2]);
    assert_eq!(server.hash("members").await, hash);
    server.stop().await.unwrap();
}

async fn the_newest_backup_is_restored_unless_one_is_named(fixture: Fixture) {
    let server = filled(&fixture, 10).await;
    server.restore("employees", "").await.problem(404, "no-backup");
    let first = server.back_up("employees").await;
    load_employees(&server, 11..=20).await;
    let second = server.back_up("employees").await;
    let file = std::fs::read(fixture.backup_file("employees", &first)).unwrap();
    // Another program put it there, and it is newer than both; it is restored by its name only.
    fixture.put_backup("employees", "zz.avro", &file);
    assert_eq!(server.restore("employees", "").await.expect(200)["name"], json!(second));
    assert_eq!(server.restore("employees", &format!("backup={first}")).await.expect(200)["after"], 10);
    server.restore("employees", "").await.expect(200);
    assert_eq!(server.restore("employees", "backup=zz.avro").await.expect(200)["after"], 10);
    server.stop().await.unwrap();
}

async fn nothing_of_a_restore_stays_in_the_database(fixture: Fixture) {
    let server = filled(&fixture, 5000).await;
    server.back_up("employees").await;
    for _ in 0..3 {
        fixture.sql(&["DELETE FROM employees"]).await;
        server.restore("employees", "").await.expect(200);
    }
    assert!(fixture.try_sql("SELECT * FROM _staging").await.is_err());
    assert_eq!(fixture.staging_files(), Vec::<String>::new());
    server.stop().await.unwrap();
}
