//! `POST /verify/{table}`: where the rows are that were sent.

use std::collections::HashSet;

use dictionary::decode::Start;
use dictionary::request::{CSV_WITH_HEADER, fingerprint};
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use support::{Answer, Fixture, Server};

conformance! {
    each_row_is_told_where_it_is,
    it_takes_what_new_records_takes,
    it_refuses_what_new_records_refuses,
    it_changes_nothing,
    what_one_load_stored_and_another_rejected_is_told_apart_by_the_key,
    values_are_compared_by_type,
    a_row_that_is_no_utf_8_is_found_in_the_log,
    a_row_that_was_taken_out_or_changed_is_no_longer_stored,
    an_entry_of_the_reject_log_that_is_gone_or_there_twice_shows,
    what_the_table_and_the_reject_log_hold_is_there_twice,
    a_later_restore_is_named,
    history_is_found_by_its_key,
    an_empty_key_that_was_stored_once_is_stored,
    an_answer_is_of_one_state,
}

const CSV: &str = "text/csv";

/// A `POST /verify/{table}`, to which headers and query can be added.
fn request(server: &Server, table: &str, media: &str, body: impl Into<reqwest::Body>) -> RequestBuilder {
    server.call("POST", &format!("/verify/{table}")).header("content-type", media).body(body)
}

async fn verify(server: &Server, key: &str, body: &str) -> Value {
    let request = request(server, "departments", CSV, body.to_owned()).header("idempotency-key", key);
    let answer = server.send(request).await.expect(200);
    let figures =
        ["stored", "rejected", "differs", "missing", "twice"].map(|name| answer[name].as_u64().unwrap());
    assert_eq!(answer["rows"], figures.iter().sum::<u64>());
    answer
}

async fn load(server: &Server, key: &str, body: &str) -> Answer {
    server.send(server.request("departments", CSV, body.to_owned()).header("idempotency-key", key)).await
}

/// Where each row is.
fn found(answer: &Value) -> Vec<&str> {
    answer["findings"].as_array().unwrap().iter().map(|row| row["found"].as_str().unwrap()).collect()
}

async fn each_row_is_told_where_it_is(server: &Server) {
    server.post_csv("departments", "1,Archive\nx,Press\n3,Museum\n").await.expect(207);
    let body = "1,Archive\nx,Press\n3,Library\n4,Garden\n";
    let answer = server.send(request(server, "departments", CSV, body)).await.expect(200);
    assert_eq!(answer["response"], "1 of 4 rows stored in departments, 1 rejected, 1 different, 1 missing");
    let reject = server.all("/rejected/departments").await[0]["id"].clone();
    let finding =
        |row: u64, found: &str| json!({ "row": row, "line": row, "found": found, "recorded": false });
    let mut findings =
        [finding(1, "stored"), finding(2, "rejected"), finding(3, "differs"), finding(4, "missing")];
    findings[1]["rejects"] = json!([reject]);
    findings[2]["fields"] = json!(["department_name"]);
    assert_eq!(answer["findings"], Value::from_iter(findings));
    let figures = ["rows", "stored", "rejected", "differs", "missing", "twice", "unrecorded"];
    assert_eq!(figures.map(|name| answer[name].as_u64().unwrap()), [4, 1, 1, 1, 1, 0, 4]);
    assert_eq!(
        (&answer["table"], &answer["batches"], &answer["since"]),
        (&json!("departments"), &json!([]), &Value::Null)
    );
    // Under a number or a source of its own, the same text is another row.
    for query in [[("first_row", "2")], [("source", "other.csv")]] {
        let answer = server.send(request(server, "departments", CSV, body).query(&query)).await.expect(200);
        assert_eq!(found(&answer), ["stored", "missing", "differs", "missing"]);
    }
}

async fn it_takes_what_new_records_takes(server: &Server) {
    let bodies = [
        (
            "application/json",
            r#"[{"department_id": 1, "department_name": "A"}, {"department_id": "x"}]"#,
            Value::Null,
        ),
        ("application/x-ndjson", "{\"department_id\": 2, \"department_name\": \"A\"}\n\n{\n", json!(12)),
        ("text/csv", "3,A\n\"x\"\"\n\",B\n", json!(11)),
        ("text/csv; header=present", "department_name,department_id\nA,4\nB,x\n", json!(12)),
        ("text/csv; header=absent", "\u{feff}5,A\r\n\r\n6\r\n", json!(12)),
    ];
    for (media, body, line) in bodies {
        let query = [("source", "a.csv"), ("first_row", "20"), ("first_line", "10"), ("end_offset", "99")];
        let key = media.replace([' ', ';'], "");
        let load = server.request("departments", media, body).query(&query).header("idempotency-key", &key);
        server.send(load).await.expect(207);
        let ask = request(server, "departments", media, body).query(&query).header("idempotency-key", &key);
        let answer = server.send(ask).await.expect(200);
        assert_eq!(found(&answer), ["stored", "rejected"], "{media}: {answer}");
        let [first, second] = [0, 1].map(|i| answer["findings"][i].clone());
        assert_eq!(
            (&first["row"], &second["row"], &second["line"]),
            (&json!(20), &json!(21), &line),
            "{media}"
        );
        assert_eq!((&answer["unrecorded"], &answer["batches"][0]["first_row"]), (&json!(0), &json!(20)));
        assert_eq!(
            (&answer["batches"][0]["rejected"], &answer["batches"][0]["logged"]),
            (&json!(1), &json!(1))
        );
    }
}

async fn it_refuses_what_new_records_refuses(server: &Server) {
    let rows = "1,A\n".repeat(1001);
    let bodies = [
        ("nothing", CSV, "1,A", ""),
        ("departments", CSV, rows.as_str(), ""),
        ("departments", CSV, "", ""),
        ("departments", CSV, "1,A", "?first_row=0"),
        ("departments", CSV, "1,A", "?source="),
        ("departments", CSV, "1,A", "?colour=red"),
        ("departments", "text/plain", "1,A", ""),
        ("departments", "text/csv; header=present", "a,b\n1,A", ""),
        ("departments", "application/json", "[{},]", ""),
    ];
    for (table, media, body, query) in bodies {
        let ask = |path: &str| {
            let path = format!("/{path}/{table}{query}");
            server.call("POST", &path).header("content-type", media).body(body.to_owned())
        };
        let (load, verify) = (server.send(ask("new_records")).await, server.send(ask("verify")).await);
        let (status, code) = (load.status.as_u16(), load.json()["type"].clone());
        let code = code.as_str().unwrap().strip_prefix("/problems/").unwrap();
        assert_eq!(verify.problem(status, code), load.problem(status, code), "{table} {media} {query}");
    }
    for key in ["a b", ""] {
        let answer =
            server.send(request(server, "departments", CSV, "1,A").header("idempotency-key", key)).await;
        answer.problem(400, "bad-idempotency-key");
    }
    let answer = server.send(server.call("GET", "/verify/departments")).await;
    answer.problem(405, "method-not-allowed");
    assert_eq!(answer.header("allow"), Some("POST"));
}

async fn it_changes_nothing(server: &Server) {
    load(server, "one", "1,A\nx,B\n").await.expect(207);
    let state = async || {
        let hash = server.get("/hash/departments").await.expect(200);
        (hash, server.all("/batches").await, server.all("/rejected/departments").await)
    };
    let before = state().await;
    for (key, body) in [("one", "1,A\nx,B\n"), ("two", "2,A\ny,B\n")] {
        verify(server, key, body).await;
    }
    assert_eq!(state().await, before);
    // The key is not used up by being asked for.
    load(server, "two", "2,A\n").await.expect(201);
}

async fn what_one_load_stored_and_another_rejected_is_told_apart_by_the_key(server: &Server) {
    let body = "1,A\nx,B\n1,A\n";
    load(server, "one", body).await.expect(207);
    load(server, "two", body).await.expect(422);
    let answers = [verify(server, "one", body).await, verify(server, "two", body).await];
    assert_eq!(found(&answers[0]), ["stored", "rejected", "rejected"]);
    assert_eq!(found(&answers[1]), ["rejected", "rejected", "rejected"]);
    let ids: HashSet<&str> = answers
        .iter()
        .flat_map(|answer| answer["findings"].as_array().unwrap())
        .filter_map(|finding| finding["rejects"][0].as_str())
        .collect();
    assert_eq!(ids.len(), 5, "each entry of the log belongs to one of them");
    assert_ne!(answers[0]["hash"], answers[1]["hash"]);
    // Without a key, what the table holds comes first; but it can be only one of two rows.
    let answer = server.send(request(server, "departments", CSV, body)).await.expect(200);
    assert_eq!(found(&answer), ["stored", "rejected", "rejected"]);
    // A row that was sent under no such key is not taken for one that was.
    assert_eq!(verify(server, "three", body).await["unrecorded"], 3);
}

async fn values_are_compared_by_type(fixture: Fixture) {
    let field = |name: &str, ty: &str| json!({ "name": name, "type": ty });
    let fields =
        ["integer", "number", "string", "boolean", "date", "datetime"].map(|ty| field(&format!("{ty}_"), ty));
    let schema = json!({ "fields": fields, "primaryKey": "integer_" });
    let package = json!({ "resources": [{ "name": "all", "path": "all.csv", "schema": schema }] });
    let server = fixture.write("datapackage.json", package.to_string()).start().await;
    let header = "integer_,number_,string_,boolean_,date_,datetime_\n";
    let stored =
        "1,-0,\u{e9},true,2021-01-01,2021-01-01T00:00:00Z\n2,0.1,,false,,2021-01-01T00:00:00Z\n3,,a,,,\n";
    server.post_csv("all", format!("{header}{stored}")).await.expect(201);
    let ask = async |rows: &str| {
        server.send(request(&server, "all", CSV, format!("{header}{rows}"))).await.expect(200)
    };
    let other =
        "1,0,\u{e9},1,2021-01-01,2021-01-01T01:00:00+01:00\n2,1e-1,,FALSE,,2021-01-01T00:00:00\n3,,a,,,\n";
    let (same, equal) = (ask(stored).await, ask(other).await);
    assert_eq!((found(&same), found(&equal)), (vec!["stored"; 3], vec!["stored"; 3]));
    assert_eq!(same["hash"], equal["hash"]);
    let differs =
        ask("1,0,E\u{301},,2021-01-02,2021-01-01T00:00:01Z\n2,0.1,x,false,,2021-01-01T00:00:00Z\n3,0,A,,,\n")
            .await;
    let fields: Vec<&Value> = differs["findings"].as_array().unwrap().iter().map(|f| &f["fields"]).collect();
    let expected = [
        json!(["string_", "boolean_", "date_", "datetime_"]),
        json!(["string_"]),
        json!(["number_", "string_"]),
    ];
    assert_eq!(fields, expected.iter().collect::<Vec<_>>());
    server.stop().await.unwrap();
}

async fn a_row_that_is_no_utf_8_is_found_in_the_log(server: &Server) {
    let body = b"1,A\n2,\xff\xfe\n".to_vec();
    server.post_csv("departments", body.clone()).await.expect(207);
    let answer = server.send(request(server, "departments", CSV, body)).await.expect(200);
    assert_eq!(found(&answer), ["stored", "rejected"]);
    let other = server.send(request(server, "departments", CSV, b"1,A\n2,\xff\xfd\n".to_vec())).await;
    assert_eq!(found(&other.expect(200)), ["stored", "missing"]);
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

/// The empty string is no key any more, and there are rows from before.
async fn an_empty_key_that_was_stored_once_is_stored(fixture: Fixture) {
    let field = |name: &str| json!({ "name": name, "type": "string" });
    let fields = [field("word"), field("note")];
    let schema = json!({ "fields": fields, "primaryKey": "word", "missingValues": ["NA"] });
    let package = json!({ "resources": [{ "name": "words", "path": "words.csv", "schema": schema }] });
    let server = fixture.write("datapackage.json", package.to_string()).start().await;
    let before = "word,note\n,one\n";
    server
        .send(server.request("words", CSV, "word,note\na,one\n").header("idempotency-key", "k"))
        .await
        .expect(201);
    let sent = fingerprint(CSV_WITH_HEADER, Start::default(), before.as_bytes());
    fixture
        .sql(&["UPDATE words SET word = ''", &format!("UPDATE _batches SET fingerprint = '{sent}'")])
        .await;
    let ask = || request(&server, "words", CSV, before).header("idempotency-key", "k");
    let answer = server.send(ask()).await.expect(200);
    assert_eq!((found(&answer), &answer["unrecorded"]), (vec!["stored"], &json!(0)));
    fixture.sql(&["DELETE FROM words"]).await;
    assert_eq!(found(&server.send(ask()).await.expect(200)), ["missing"]);
    server.stop().await.unwrap();
}

async fn history_is_found_by_its_key(fixture: Fixture) {
    let body: String =
        (1..=40).map(|id| if id == 7 { "x,A\n".to_owned() } else { format!("{id},A\n") }).collect();
    let server = fixture.shipped_package(&[]).write("departments.csv", &body).start().await;
    let batch = server.all("/batches?table=departments").await[0].clone();
    let answer = verify(&server, batch["idempotency_key"].as_str().unwrap(), &body).await;
    assert_eq!(
        (&answer["stored"], &answer["rejected"], &answer["unrecorded"]),
        (&json!(39), &json!(1), &json!(0))
    );
    assert_eq!(answer["batches"][0]["kind"], "history");
    server.stop().await.unwrap();
}

async fn an_answer_is_of_one_state(fixture: Fixture) {
    const ROUNDS: usize = 40;
    let server = fixture.shipped_package(&[]).start().await;
    let body = |round: usize| -> String {
        let row = |i| if i % 5 == 0 { format!("x{round},A\n") } else { format!("{},A\n", round * 100 + i) };
        (0..50).map(row).collect()
    };
    let loading = async {
        for round in 1..=ROUNDS {
            load(&server, &round.to_string(), &body(round)).await.expect(207);
        }
    };
    let verifying = async {
        let mut round = 1;
        while round <= ROUNDS {
            let answer = verify(&server, &round.to_string(), &body(round)).await;
            // A batch is there with all its rows and rejects, or nothing of it is.
            if answer["batches"] == json!([]) {
                assert_eq!(answer["missing"], 50, "{answer}");
            } else {
                assert_eq!((&answer["stored"], &answer["rejected"]), (&json!(40), &json!(10)), "{answer}");
                round += 1;
            }
        }
    };
    tokio::join!(verifying, loading);
    server.stop().await.unwrap();
}
