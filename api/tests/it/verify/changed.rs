//! Rows and rejects that another program changed or deleted after they were loaded.

use serde_json::{Value, json};
use support::Fixture;

use super::{found, load, verify};

conformance! {
    a_row_that_was_taken_out_or_changed_is_no_longer_stored,
    an_entry_of_the_reject_log_that_is_gone_or_there_twice_shows,
    what_the_table_and_the_reject_log_hold_is_there_twice,
    a_later_restore_is_named,
}

async fn a_row_that_was_taken_out_or_changed_is_no_longer_stored(fixture: Fixture) {
    let server = fixture.shipped_package(&[]).start().await;
    let body: String = (1..=1000).map(|id| format!("{id},A\n")).collect();
    load(&server, "one", &body).await.expect(201);
    let whole = verify(&server, "one", &body).await;
    assert_eq!(found(&whole), ["stored"; 1000]);
    fixture.sql(&["DELETE FROM departments WHERE department_id = 500"]).await;
    fixture.sql(&["UPDATE departments SET department_name = 'a' WHERE department_id = 1000"]).await;
    let answer = verify(&server, "one", &body).await;
    assert_eq!(
        (&answer["stored"], &answer["missing"], &answer["differs"]),
        (&json!(998), &json!(1), &json!(1))
    );
    let findings = answer["findings"].as_array().unwrap();
    assert_eq!(
        (&findings[499]["found"], &findings[999]["fields"][0]),
        (&json!("missing"), &json!("department_name"))
    );
    assert_eq!(answer["since"], Value::Null, "nothing in the ledger did it");
    assert_ne!(answer["hash"], whole["hash"]);
    fixture
        .sql(&["UPDATE departments SET department_name = 'A'", "INSERT INTO departments VALUES (500, 'A')"])
        .await;
    assert_eq!(verify(&server, "one", &body).await, whole);
    server.stop().await.unwrap();
}

async fn an_entry_of_the_reject_log_that_is_gone_or_there_twice_shows(fixture: Fixture) {
    let server = fixture.shipped_package(&[]).start().await;
    let body = "1,A\nx,B\n1,A\n1,C\n";
    load(&server, "one", body).await.expect(207);
    assert_eq!(found(&verify(&server, "one", body).await), ["stored", "rejected", "rejected", "rejected"]);
    fixture.sql(&["CREATE TABLE kept AS SELECT * FROM _rejected", "DELETE FROM _rejected"]).await;
    let answer = verify(&server, "one", body).await;
    assert_eq!(found(&answer), ["stored", "missing", "missing", "missing"]);
    let batch = &answer["batches"][0];
    assert_eq!((&batch["rejected"], &batch["logged"]), (&json!(3), &json!(0)));
    fixture
        .sql(&[
            "INSERT INTO _rejected SELECT * FROM kept",
            "UPDATE kept SET id = 'again' WHERE `row_number` = 2",
        ])
        .await;
    fixture.sql(&["INSERT INTO _rejected SELECT * FROM kept WHERE id = 'again'"]).await;
    let answer = verify(&server, "one", body).await;
    assert_eq!(found(&answer), ["stored", "twice", "rejected", "rejected"]);
    assert_eq!(answer["findings"][1]["rejects"].as_array().unwrap().len(), 2);
    fixture
        .sql(&[
            "DELETE FROM _rejected WHERE id = 'again'",
            "UPDATE _rejected SET raw = 'y,B' WHERE `row_number` = 2",
        ])
        .await;
    let answer = verify(&server, "one", body).await;
    assert_eq!(found(&answer), ["stored", "differs", "rejected", "rejected"]);
    assert_eq!(answer["findings"][1]["rejects"].as_array().unwrap().len(), 1);
    server.stop().await.unwrap();
}

async fn what_the_table_and_the_reject_log_hold_is_there_twice(fixture: Fixture) {
    let server = fixture.shipped_package(&[]).start().await;
    load(&server, "one", "1,A\nx,B\n").await.expect(207);
    // That another load stored a row which this one rejected is no fault.
    load(&server, "two", "1,A\n2,B\n").await.expect(207);
    fixture.sql(&["CREATE TABLE kept AS SELECT * FROM _rejected WHERE raw = 'x,B'"]).await;
    fixture
        .sql(&[
            "UPDATE kept SET id = 'other', `row_number` = 1, raw = '1,A'",
            "INSERT INTO _rejected SELECT * FROM kept",
        ])
        .await;
    let answer = verify(&server, "one", "1,A\nx,B\n").await;
    assert_eq!(found(&answer), ["twice", "rejected"]);
    assert_eq!(answer["findings"][0]["rejects"], json!(["other"]));
    assert_eq!(found(&verify(&server, "two", "1,A\n2,B\n").await), ["rejected", "stored"]);
    server.stop().await.unwrap();
}

async fn a_later_restore_is_named(fixture: Fixture) {
    let server = fixture.shipped_package(&[]).start().await;
    load(&server, "one", "1,A\n").await.expect(201);
    server.post_empty("/backup/departments").await.expect(201);
    load(&server, "two", "2,B\n").await.expect(201);
    assert_eq!(verify(&server, "two", "2,B\n").await["since"], Value::Null);
    let restored = server.post_empty("/restore/departments").await.expect(200);
    let answer = verify(&server, "two", "2,B\n").await;
    assert_eq!((found(&answer), &answer["since"]["id"]), (vec!["missing"], &restored["batch"]));
    assert_eq!(
        (&answer["since"]["kind"], &answer["since"]["source"]),
        (&json!("restore"), &restored["name"])
    );
    assert_eq!(verify(&server, "one", "1,A\n").await["since"], Value::Null, "that one is as it was");
    // What is lost after the restore was not lost by it.
    load(&server, "three", "3,C\n").await.expect(201);
    fixture.sql(&["DELETE FROM departments WHERE department_id = 3"]).await;
    assert_eq!(verify(&server, "three", "3,C\n").await["since"], Value::Null);
    server.stop().await.unwrap();
}
