//! The whole API on a data package that is not the shipped one.

use serde_json::{Value, json};
use support::{Fixture, Server};

conformance! {
    history_of_the_package_is_loaded_and_judged,
    the_three_media_types_store_the_same_rows,
    every_type_is_printed_in_its_one_form,
    null_is_an_empty_cell_na_an_absent_member_and_json_null,
    a_string_that_only_json_can_tell_from_null_is_kept,
    a_value_that_breaks_its_format_pattern_or_enum_is_rejected,
    a_unique_value_is_stored_once_and_null_any_number_of_times,
    a_reference_by_string_is_by_bytes_and_may_be_null,
    rejects_come_back_in_the_columns_of_the_table,
    names_that_are_words_of_sql_are_names,
}

/// Three tables: places, their members, and one whose names are words of SQL.
fn package() -> Value {
    let places = json!({
        "fields": [
            { "name": "code", "type": "string" },
            { "name": "kind", "type": "string", "constraints": { "required": true, "enum": ["shop", "depot"] } },
            { "name": "opened", "type": "date", "constraints": { "minimum": "2000-01-01" } },
            { "name": "rating", "type": "number", "constraints": { "minimum": 0, "maximum": 5 } },
            { "name": "note", "type": "string" },
        ],
        "primaryKey": ["code"],
        "missingValues": ["", "NA"],
    });
    let members = json!({
        "fields": [
            { "name": "id", "type": "string", "format": "uuid" },
            { "name": "email", "type": "string", "format": "email", "constraints": { "unique": true } },
            { "name": "nick", "type": "string", "constraints": { "pattern": "[a-z]{2,8}|[0-9]+" } },
            { "name": "active", "type": "boolean", "constraints": { "required": true } },
            { "name": "joined", "type": "datetime" },
            { "name": "place", "type": "string" },
        ],
        "primaryKey": "id",
        "foreignKeys": [{ "fields": ["place"], "reference": { "resource": "places", "fields": ["code"] } }],
    });
    let words = json!({
        "fields": [{ "name": "select", "type": "integer" }, { "name": "where", "type": "string" }],
        "primaryKey": "select",
        "foreignKeys": [{ "fields": "where", "reference": { "resource": "places", "fields": "code" } }],
    });
    let dialect = json!({ "header": true, "delimiter": ";" });
    json!({ "resources": [
        { "name": "order", "path": "order.csv", "schema": words },
        { "name": "members", "path": "history/members.csv", "schema": members },
        { "name": "places", "path": "places.csv", "dialect": dialect, "schema": places },
    ] })
}

/// A server with this package.
pub async fn start(fixture: &Fixture) -> Server {
    fixture.package(&package()).start().await
}

const ID: &str = "123e4567-e89b-12d3-a456-42661417400";

/// A place of which only the code is of interest.
pub fn place(code: &str) -> Value {
    json!({ "code": code, "kind": "shop", "opened": null, "rating": null, "note": null })
}

async fn history_of_the_package_is_loaded_and_judged(fixture: Fixture) {
    let places = "kind;code;rating;opened\nshop;A;4.50;NA\ndepot;B;;2020-02-29\nkiosk;C;6;1999-12-31\n";
    let members = format!(
        "id,email,nick,active,joined,place\r\n\
         {ID}1,a@example.org,ada,TRUE,2021-07-27T18:02:08+02:00,A\r\n\
         {ID}2,a@example.org,bob,0,,C\r\n\
         {ID}3,,,1,,\r\n"
    );
    std::fs::create_dir(fixture.data().join("history")).unwrap();
    fixture.write("places.csv", places).write("history/members.csv", members);
    let server = start(&fixture).await;
    let place_a = json!({ "code": "A", "kind": "shop", "opened": null, "rating": 4.5, "note": null });
    assert_eq!(server.get("/view/places/A").await.expect(200), place_a);
    assert_eq!(server.get("/view/places/B").await.expect(200)["opened"], "2020-02-29");
    let member = server.get(&format!("/view/members/{ID}1")).await.expect(200);
    assert_eq!(member["joined"], "2021-07-27T16:02:08Z");
    assert_eq!((&member["active"], &member["place"]), (&json!(true), &json!("A")));
    assert_eq!(server.all("/view/members").await.len(), 2);
    let reject = server.all("/rejected/places").await[0].clone();
    let broken: Vec<_> = reject["errors"].as_array().unwrap().iter().map(|e| &e["constraint"]).collect();
    assert_eq!(broken, ["enum", "minimum", "maximum"]);
    assert_eq!((&reject["row"], &reject["line"]), (&json!(3), &json!(4)));
    let reject = server.all("/rejected/members").await[0].clone();
    let codes: Vec<_> = reject["errors"].as_array().unwrap().iter().map(|e| &e["code"]).collect();
    assert_eq!(codes, ["unique-error", "foreign-key"]);
    assert_eq!(server.all("/view/order").await, Vec::<Value>::new());
    server.stop().await.unwrap();
}

async fn the_three_media_types_store_the_same_rows(fixture: Fixture) {
    let rows = json!([
        { "code": "A", "kind": "shop", "opened": "2020-02-29", "rating": 4.5, "note": "a;b \"c\"\nd" },
        { "code": "B", "kind": "depot", "opened": null, "rating": 0, "note": null },
    ]);
    let csv =
        "code;kind;opened;rating;note\r\nB;depot;NA;0;\r\nA;shop;2020-02-29;4.50;\"a;b \"\"c\"\"\nd\"\r\n";
    let lines: String = rows.as_array().unwrap().iter().map(|row| format!("{row}\n")).collect();
    let bodies = [("text/csv", csv.to_owned()), ("application/x-ndjson", lines)];
    for (media, body) in bodies.into_iter().chain([("application/json", rows.to_string())]) {
        let server = start(&fixture).await;
        server.post("places", media, body).await.expect(201);
        assert_eq!(server.get("/view/places").await.expect(200), rows, "{media}");
        server.stop().await.unwrap();
        fixture.drop_database().await;
    }
}

async fn every_type_is_printed_in_its_one_form(fixture: Fixture) {
    let server = start(&fixture).await;
    let body = "code;kind;opened;rating;note\na;shop;2020-01-01;-0.0;\nb;shop;;1e0;\nc;shop;;+0.10;\nd;shop;;1e-7;\n";
    server.post("places", "text/csv", body).await.expect(201);
    let csv = server.get("/view/places?format=csv").await;
    assert_eq!(
        csv.text(),
        "code;kind;opened;rating;note\r\na;shop;2020-01-01;0;\r\nb;shop;;1;\r\nc;shop;;0.1;\r\nd;shop;;1e-7;\r\n"
    );
    let ratings = server.get("/view/places").await;
    let members: Vec<_> = ratings.text().split("\"rating\":").skip(1).collect();
    let numbers: Vec<_> = members.iter().map(|text| text.split(',').next().unwrap()).collect();
    assert_eq!(numbers, ["0", "1", "0.1", "1e-7"]);
    let members =
        format!("id,active,joined\n{ID}1,False,2021-01-01T01:00:00+02:30\n{ID}2,1,1000-01-01T00:00:00\n");
    server.post("members", "text/csv", members).await.expect(201);
    let csv = server.get("/view/members?format=csv").await;
    assert_eq!(
        csv.text(),
        format!(
            "id,email,nick,active,joined,place\r\n{ID}1,,,false,2020-12-31T22:30:00Z,\r\n\
             {ID}2,,,true,1000-01-01T00:00:00Z,\r\n"
        )
    );
    server.stop().await.unwrap();
}

async fn null_is_an_empty_cell_na_an_absent_member_and_json_null(fixture: Fixture) {
    let server = start(&fixture).await;
    server.post_csv("places", "code;kind;note\na;shop;\nb;shop;NA\nc;shop;\"\"\n").await.expect(201);
    let rows = json!([{ "code": "d", "kind": "shop" }, { "code": "e", "kind": "shop", "note": null }]);
    server.post_json("places", rows).await.expect(201);
    assert_eq!(server.all("/view/places").await, ["a", "b", "c", "d", "e"].map(place));
    let answer = server.post_csv("places", "code;kind\nNA;shop\nf;NA\n").await;
    let required = json!(["constraint-error"]);
    assert_eq!(answer.rejects(), json!([[1, 2, required], [2, 3, required]]));
    server.stop().await.unwrap();
}

async fn a_string_that_only_json_can_tell_from_null_is_kept(fixture: Fixture) {
    let server = start(&fixture).await;
    let rows =
        json!([{ "code": "NA", "kind": "shop", "note": "" }, { "code": "b", "kind": "shop", "note": "NA" }]);
    server.post_json("places", rows.clone()).await.expect(201);
    assert_eq!(server.get("/view/places/NA").await.expect(200)["note"], "");
    assert_eq!(server.get("/view/places/b").await.expect(200)["note"], "NA");
    server.stop().await.unwrap();
}

async fn a_value_that_breaks_its_format_pattern_or_enum_is_rejected(fixture: Fixture) {
    let server = start(&fixture).await;
    let member = |i: u32, more: Value| {
        let mut row = json!({ "id": format!("{ID}{i}"), "active": true });
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        row
    };
    let rows = json!([
        member(0, json!({ "id": "123" })),
        member(1, json!({ "email": "no address" })),
        member(2, json!({ "nick": "Ada" })),
        member(3, json!({ "nick": "ada7" })),
        member(4, json!({ "active": "true" })),
        member(5, json!({ "joined": "2021-07-27" })),
        member(6, json!({ "nick": "ada", "email": "a@b.org", "joined": "2021-07-27T00:00:00Z" })),
        member(7, json!({ "nick": "77777777777777" })),
    ]);
    let answer = server.post_json("members", rows).await;
    let of = |row, code| json!([row, null, [code]]);
    let (ty, constraint) = ("type-error", "constraint-error");
    let expected = [of(1, ty), of(2, ty), of(3, constraint), of(4, constraint), of(5, ty), of(6, ty)];
    assert_eq!(answer.rejects(), json!(expected));
    let csv = "code;kind;rating\nx;kiosk;1\ny;shop;NaN\nz;shop;5.01\n";
    let answer = server.post_csv("places", csv).await;
    assert_eq!(answer.rejects(), json!([[1, 2, [constraint]], [2, 3, [ty]], [3, 4, [constraint]]]));
    server.stop().await.unwrap();
}

async fn a_unique_value_is_stored_once_and_null_any_number_of_times(fixture: Fixture) {
    let server = start(&fixture).await;
    let row = |i: u32, email: &str| format!("{ID}{i},{email},true\n");
    let body = ["id,email,active\n", &row(1, "a@b.org"), &row(2, ""), &row(3, "A@b.org"), &row(4, "a@b.org")];
    let answer = server.post_csv("members", body.concat()).await;
    assert_eq!(answer.rejects(), json!([[4, 5, ["unique-error"]]]));
    let answer =
        server.post_csv("members", ["id,email,active\n", &row(5, "a@b.org"), &row(6, "")].concat()).await;
    assert_eq!(answer.rejects(), json!([[1, 2, ["unique-error"]]]));
    assert_eq!(server.all("/view/members").await.len(), 4);
    server.stop().await.unwrap();
}

async fn a_reference_by_string_is_by_bytes_and_may_be_null(fixture: Fixture) {
    let server = start(&fixture).await;
    server.post_json("places", json!([place("a"), place("é")])).await.expect(201);
    let rows = ["a", "A", "a ", "e", "e\u{301}", "é"];
    let rows = (1..).zip(rows).map(|(i, place)| json!({ "select": i, "where": place }));
    let answer = server.post_json("order", rows.chain([json!({ "select": 7 })]).collect()).await;
    let expected: Value = (2..=5).map(|row| json!([row, null, ["foreign-key"]])).collect();
    assert_eq!(answer.rejects(), expected);
    assert_eq!(server.get("/view/order/7").await.expect(200)["where"], Value::Null);
    server.stop().await.unwrap();
}

async fn rejects_come_back_in_the_columns_of_the_table(fixture: Fixture) {
    let server = start(&fixture).await;
    let body = "note;kind;code\n\"a;b\";kiosk;x\n;shop\n";
    server.post_csv("places", body).await.expect(422);
    server
        .post_json("places", json!([{ "code": "y", "rating": "5", "opened": "2020-01-01" }]))
        .await
        .expect(422);
    let csv = server.get("/rejected/places?format=csv").await;
    // As the package's own files are written, so that it can be sent back.
    let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(csv.body.as_slice());
    let names =
        ["code", "kind", "opened", "rating", "note", "_reject_id", "_line", "_codes", "_fields", "_reason"];
    assert_eq!(reader.headers().unwrap(), names.as_slice());
    let records: Vec<_> = reader.records().map(Result::unwrap).collect();
    let cells = |i: usize| [0, 1, 2, 3, 4, 6, 7, 8].map(|column| records[i][column].to_owned());
    assert_eq!(cells(0), ["x", "kiosk", "", "", "a;b", "2", "constraint-error", "kind"]);
    assert_eq!(cells(1), ["", "shop", "", "", "", "3", "missing-cell", "code"]);
    let codes = "constraint-error type-error not-as-received";
    assert_eq!(cells(2), ["y", "", "2020-01-01", "5", "", "", codes, "kind rating"]);
    server.stop().await.unwrap();
}

async fn names_that_are_words_of_sql_are_names(fixture: Fixture) {
    let server = start(&fixture).await;
    server.post_csv("order", "select,where\n2,\n1,\n").await.expect(201);
    assert_eq!(server.get("/view/order/2").await.expect(200), json!({ "select": 2, "where": null }));
    assert_eq!(server.get("/view/order?format=csv&after=1").await.text(), "select,where\r\n2,\r\n");
    server.stop().await.unwrap();
}
