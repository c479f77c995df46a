//! How a row is found: by the key of its batch, and by its values.

use std::collections::HashSet;

use dictionary::decode::Start;
use dictionary::request::{CSV_WITH_HEADER, fingerprint};
use serde_json::{Value, json};
use support::{Fixture, Server, field};

use super::{CSV, found, load, request, verify};

conformance! {
    what_one_load_stored_and_another_rejected_is_told_apart_by_the_key,
    values_are_compared_by_type,
    a_row_that_is_no_utf_8_is_found_in_the_log,
    history_is_found_by_its_key,
    an_empty_key_that_was_stored_once_is_stored,
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
    let fields =
        ["integer", "number", "string", "boolean", "date", "datetime"].map(|ty| field(&format!("{ty}_"), ty));
    let schema = json!({ "fields": fields, "primaryKey": "integer_" });
    let server = fixture.one_table("all", &schema).start().await;
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

/// The empty string is no key any more, and there are rows from before.
async fn an_empty_key_that_was_stored_once_is_stored(fixture: Fixture) {
    let fields = [field("word", "string"), field("note", "string")];
    let schema = json!({ "fields": fields, "primaryKey": "word", "missingValues": ["NA"] });
    let server = fixture.one_table("words", &schema).start().await;
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
