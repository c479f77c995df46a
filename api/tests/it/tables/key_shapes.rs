//! Keys of several fields, tables without a primary key, and references to the table itself.

use serde_json::{Value, json};
use support::{Fixture, Server, field};

conformance! {
    a_row_is_found_by_a_key_of_several_fields,
    rows_are_paged_through_in_the_order_of_a_key_of_several_fields,
    a_key_of_several_fields_is_stored_once,
    a_reference_of_several_fields_needs_a_row_that_has_all_of_them,
    a_table_without_a_primary_key_numbers_its_rows_as_they_are_stored,
    a_row_may_reference_its_own_table_in_the_same_batch_and_in_a_stored_one,
    rows_of_every_shape_of_key_are_verified,
    every_shape_of_key_is_backed_up_and_restored_with_an_equal_hash,
    rows_that_others_reference_by_several_fields_are_not_restored_away,
    a_table_of_any_name_numbers_its_rows_after_a_restore_too,
}

/// `lines` has a key of two fields, one of which may hold a comma; `notes` has no primary key and references `lines`;
/// `people` references itself.
fn package() -> Value {
    let lines = json!({
        "fields": [field("order", "integer"), field("item", "string"), field("count", "integer")],
        "primaryKey": ["order", "item"],
        "uniqueKeys": [["count", "order"]],
    });
    let notes = json!({
        "fields": [field("order", "integer"), field("item", "string"), field("text", "string")],
        "foreignKeys": [{ "fields": ["order", "item"],
            "reference": { "resource": "lines", "fields": ["order", "item"] } }],
    });
    let people = json!({
        "fields": [field("id", "integer"), field("manager", "integer")],
        "primaryKey": "id",
        "foreignKeys": [{ "fields": "manager", "reference": { "resource": "", "fields": "id" } }],
    });
    let resource =
        |name: &str, schema: &Value| json!({ "name": name, "path": format!("{name}.csv"), "schema": schema });
    json!({ "resources": [resource("lines", &lines), resource("notes", &notes), resource("people", &people)] })
}

const LINES: &str = "order,item,count\n2,b,1\n1,\"a,b\",1\n1,50%,2\n";
const NOTES: &str = "order,item,text\n1,\"a,b\",first\n9,x,no such line\n,,of nothing\n1,\"a,b\",first\n";
const PEOPLE: &str = "id,manager\n3,2\n1,\n2,1\n4,9\n5,5\n";

async fn start(fixture: &Fixture) -> Server {
    fixture
        .package(&package())
        .write("lines.csv", LINES)
        .write("notes.csv", NOTES)
        .write("people.csv", PEOPLE);
    fixture.start().await
}

fn codes(rejects: &Value) -> Vec<&str> {
    let errors = rejects.as_array().unwrap().iter().flat_map(|reject| reject["errors"].as_array().unwrap());
    errors.map(|error| error["code"].as_str().unwrap()).collect()
}

async fn a_row_is_found_by_a_key_of_several_fields(fixture: Fixture) {
    let server = start(&fixture).await;
    let line = |order: u64, item: &str, count: u64| json!({ "order": order, "item": item, "count": count });
    assert_eq!(server.get("/view/lines/2,b").await.expect(200), line(2, "b", 1));
    assert_eq!(server.get("/view/lines/1,a%252Cb").await.expect(200), line(1, "a,b", 1));
    assert_eq!(server.get("/view/lines/1,50%2525").await.expect(200), line(1, "50%", 2));
    let detail = server.get("/view/lines/1,c").await.problem(404, "unknown-row");
    assert_eq!(detail, "lines has no row with order, item 1,c");
    for id in ["1", "x,b", "1,a,b"] {
        let detail = server.get(&format!("/view/lines/{id}")).await.problem(400, "bad-id");
        assert!(detail.contains("order (an integer within 64 bits), item (a string)"), "{detail}");
    }
    server.stop().await.unwrap();
}

async fn rows_are_paged_through_in_the_order_of_a_key_of_several_fields(fixture: Fixture) {
    let server = start(&fixture).await;
    let mut path = "/view/lines?limit=1".to_owned();
    let mut items = Vec::new();
    loop {
        let page = server.get(&path).await;
        items.extend(page.expect(200).as_array().unwrap().iter().map(|row| row["item"].clone()));
        match page.next_page() {
            Some(next) => path = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(items, ["50%", "a,b", "b"]);
    server.stop().await.unwrap();
}

async fn a_key_of_several_fields_is_stored_once(fixture: Fixture) {
    let server = start(&fixture).await;
    let body = "order,item,count\n2,b,7\n2,c,1\n3,b,1\n3,b,2\n3,,3\n4,d,\n4,e,\n";
    let answer = server.post_csv("lines", body).await;
    let rejects = answer.expect(207)["rejects"].clone();
    assert_eq!(codes(&rejects), ["primary-key", "unique-error", "primary-key", "constraint-error"]);
    assert_eq!(
        rejects[0]["errors"][0]["message"],
        "fields `order`, `item`: the primary key \"2, b\" is taken by a stored row"
    );
    assert!(rejects[2]["errors"][0]["message"].as_str().unwrap().ends_with("is taken by row 3, line 4"));
    server.stop().await.unwrap();
}

async fn a_reference_of_several_fields_needs_a_row_that_has_all_of_them(fixture: Fixture) {
    let server = start(&fixture).await;
    let rejects = server.all("/rejected/notes").await;
    assert_eq!(rejects.iter().map(|reject| reject["row"].clone()).collect::<Vec<_>>(), [json!(2)]);
    assert_eq!(
        rejects[0]["errors"][0]["message"],
        "fields `order`, `item`: no row of `lines` has order, item \"9, x\""
    );
    // A part that is null references nothing.
    server.post_csv("notes", "order,item,text\n,b,a\n2,,b\n").await.expect(201);
    server.stop().await.unwrap();
}

async fn a_table_without_a_primary_key_numbers_its_rows_as_they_are_stored(fixture: Fixture) {
    let server = start(&fixture).await;
    server.post_csv("notes", "order,item,text\n2,b,new\n").await.expect(201);
    let ids = |rows: Vec<Value>| rows.iter().map(|row| row["_id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(server.all("/view/notes").await), [1, 2, 3, 4]);
    assert_eq!(server.get("/view/notes/4").await.expect(200)["text"], "new");
    let answer = server.post_json("notes", json!([{ "_id": 9, "text": "x" }])).await;
    assert_eq!(codes(&answer.expect(422)["rejects"]), ["extra-cell"]);
    server.stop().await.unwrap();
    // A number is never given again.
    fixture.sql(&["DELETE FROM notes WHERE _id = 4"]).await;
    let server = fixture.start().await;
    server.post_csv("notes", "order,item,text\n2,b,newer\n").await.expect(201);
    assert_eq!(ids(server.all("/view/notes").await), [1, 2, 3, 5]);
    server.stop().await.unwrap();
}

async fn a_row_may_reference_its_own_table_in_the_same_batch_and_in_a_stored_one(fixture: Fixture) {
    let server = start(&fixture).await;
    let ids = |rows: Vec<Value>| rows.iter().map(|row| row["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(server.all("/view/people").await), [1, 2, 3, 5]);
    let rejects = server.all("/rejected/people").await;
    assert_eq!(rejects.iter().map(|reject| reject["row"].clone()).collect::<Vec<_>>(), [json!(4)]);
    // Two rows that wait for each other wait for ever.
    let answer = server.post_csv("people", "id,manager\n10,11\n11,10\n12,3\n13,12\n14,x\n").await;
    assert_eq!(codes(&answer.expect(207)["rejects"]), ["foreign-key", "foreign-key", "type-error"]);
    assert_eq!(ids(server.all("/view/people").await), [1, 2, 3, 5, 12, 13]);
    server.stop().await.unwrap();
}

async fn rows_of_every_shape_of_key_are_verified(fixture: Fixture) {
    let server = start(&fixture).await;
    for (table, file, stored, rejected) in
        [("lines", LINES, 3, 0), ("notes", NOTES, 3, 1), ("people", PEOPLE, 4, 1)]
    {
        let send = |path: String| {
            let request = server.call("POST", &path).header("content-type", "text/csv").body(file);
            server.send(request.header("idempotency-key", format!("{table}-again")))
        };
        let sent = send(format!("/new_records/{table}?source=again.csv")).await;
        let repeats_are_rejected = if table == "notes" { 207 } else { 422 };
        sent.expect(repeats_are_rejected);
        if table == "notes" {
            let verified = send(format!("/verify/{table}?source=again.csv")).await.expect(200);
            assert_eq!(
                (&verified["stored"], &verified["rejected"]),
                (&json!(stored), &json!(rejected)),
                "{verified}"
            );
            assert_eq!(verified["missing"], 0, "{verified}");
            continue;
        }
        let by_key =
            server.call("POST", &format!("/verify/{table}")).header("content-type", "text/csv").body(file);
        let verified = server.send(by_key).await.expect(200);
        assert_eq!(verified["stored"], stored, "{verified}");
    }
    server.stop().await.unwrap();
}

async fn every_shape_of_key_is_backed_up_and_restored_with_an_equal_hash(fixture: Fixture) {
    let server = start(&fixture).await;
    for table in ["lines", "notes", "people"] {
        let (hash, backup) = (server.hash(table).await, server.back_up(table).await);
        let rows = server.all(&format!("/view/{table}")).await;
        fixture
            .sql(&match table {
                "lines" => [
                    "UPDATE `lines` SET count = 40 WHERE item = 'b'",
                    "DELETE FROM `lines` WHERE item = '50%'",
                ],
                "notes" => {
                    ["UPDATE notes SET text = 'other' WHERE _id = 2", "DELETE FROM notes WHERE _id = 3"]
                }
                _ => ["UPDATE people SET manager = NULL WHERE id = 3", "DELETE FROM people WHERE id = 2"],
            })
            .await;
        let restored = server.restore(table, &format!("backup={backup}")).await.expect(200);
        assert_eq!((&restored["added"], &restored["changed"]), (&json!(1), &json!(1)), "{table}");
        assert_eq!((server.hash(table).await, server.all(&format!("/view/{table}")).await), (hash, rows));
    }
    // The numbers go on after the largest one.
    server.post_csv("notes", "order,item,text\n2,b,new\n").await.expect(201);
    assert_eq!(server.get("/view/notes/4").await.expect(200)["text"], "new");
    server.stop().await.unwrap();
}

async fn rows_that_others_reference_by_several_fields_are_not_restored_away(fixture: Fixture) {
    let server = start(&fixture).await;
    let backup = server.back_up("lines").await;
    server.post_csv("lines", "order,item,count\n7,z,1\n").await.expect(201);
    server.post_csv("notes", "order,item,text\n7,z,needs it\n").await.expect(201);
    let detail = server.restore("lines", &format!("backup={backup}")).await.problem(409, "restore-orphans");
    assert!(detail.contains("1 row of notes would have a order, item"), "{detail}");
    server.stop().await.unwrap();
}

async fn a_table_of_any_name_numbers_its_rows_after_a_restore_too(fixture: Fixture) {
    let name = "it's \\ a \"table\"";
    let path = "it%27s%20%5C%20a%20%22table%22";
    let server = fixture.one_table(name, &json!({ "fields": [field("text", "string")] })).start().await;
    server.post_csv(path, "text\na\nb\n").await.expect(201);
    let backup = server.post_empty(&format!("/backup/{path}")).await.expect(201)["name"].clone();
    fixture.sql(&["UPDATE `_sequences` SET `value` = 0"]).await;
    server.post_empty(&format!("/restore/{path}?backup={}", backup.as_str().unwrap())).await.expect(200);
    server.post_csv(path, "text\nc\n").await.expect(201);
    assert_eq!(server.get(&format!("/view/{path}/3")).await.expect(200)["text"], "c");
    server.stop().await.unwrap();
}
