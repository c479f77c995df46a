//! Data packages of a size that nobody expects: each is served whole, or refused before a table is made.

use std::fs::File;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::{Engine, Fixture, field, output_of};

use crate::API;

conformance! {
    a_table_of_more_columns_than_the_engine_has_is_refused_before_a_table_is_made,
    a_table_of_very_many_columns_goes_through_everything,
    a_package_of_very_many_tables_is_served_whole,
    a_descriptor_of_100_mb_is_refused_without_being_read,
}

fn most_columns(fixture: &Fixture) -> (u32, &'static str) {
    match fixture.engine {
        Engine::Sqlite => (2000, "SQLite"),
        Engine::MySql => (1017, "InnoDB"),
    }
}

async fn a_table_of_more_columns_than_the_engine_has_is_refused_before_a_table_is_made(fixture: Fixture) {
    let fields: Vec<Value> = (0..10_000).map(|i| field(&format!("f{i}"), "integer")).collect();
    let schema = |fields: Value| json!({ "fields": fields, "primaryKey": "f0" });
    fixture.package(&json!({ "resources": [
        { "name": "first", "path": "first.csv", "schema": schema(json!([field("f0", "integer")])) },
        { "name": "wide", "path": "wide.csv", "schema": schema(json!(fields)) },
    ] }));
    let (most, engine) = most_columns(&fixture);
    let why = fixture.refusal().await;
    assert_eq!(
        why,
        format!(
            "a table may have {most} columns in {engine}, but table `wide` has 10000; divide it into several tables with \
             the same primary key"
        )
    );
    assert!(fixture.try_sql("SELECT * FROM first").await.is_err());
}

async fn a_table_of_very_many_columns_goes_through_everything(fixture: Fixture) {
    // A row of InnoDB has 8126 bytes, of which an integer takes 8.
    let most = if fixture.engine == Engine::Sqlite { 2000 } else { 900 };
    let fields: Vec<Value> = (0..most).map(|i| field(&format!("f{i}"), "integer")).collect();
    let server = fixture.one_table("wide", &json!({ "fields": fields, "primaryKey": "f0" })).start().await;
    let row = |id: u32| -> Value { (0..most).map(|i| (format!("f{i}"), json!(id + i))).collect() };
    server.post_json("wide", json!([row(1), row(2), { "f0": "x" }])).await.expect(207);
    assert_eq!(server.get("/view/wide/2").await.expect(200), row(2));
    let hash = server.hash("wide").await;
    server.back_up("wide").await;
    server.post_json("wide", json!([row(3)])).await.expect(201);
    server.restore("wide", "").await.expect(200);
    assert_eq!(server.hash("wide").await, hash);
    server.stop().await.unwrap();
}

async fn a_package_of_very_many_tables_is_served_whole(fixture: Fixture) {
    // MariaDB needs 30 ms for each.
    let many = if fixture.engine == Engine::Sqlite { 2000 } else { 200 };
    let table = |i: u32| {
        let parent = i.checked_sub(1).map(|parent| format!("t{parent}"));
        let key = parent
            .map(|parent| json!([{ "fields": "up", "reference": { "resource": parent, "fields": "id" } }]));
        let fields = [field("id", "integer"), field("up", "integer")];
        json!({ "name": format!("t{i}"), "path": "t.csv",
            "schema": { "fields": fields, "primaryKey": "id", "foreignKeys": key } })
    };
    let tables: Vec<Value> = (0..many).rev().map(table).collect();
    let server = fixture.package(&json!({ "resources": tables })).start().await;
    server.post_json("t0", json!([{ "id": 1 }])).await.expect(201);
    server.post_json("t1", json!([{ "id": 1, "up": 1 }, { "id": 2, "up": 9 }])).await.expect(207);
    server.get(&format!("/view/t{}", many - 1)).await.expect(200);
    assert_eq!(server.get("/").await.status, 200);
    server.stop().await.unwrap();
}

async fn a_descriptor_of_100_mb_is_refused_without_being_read(fixture: Fixture) {
    let file = fixture.data().join("datapackage.json");
    File::create(&file).unwrap().set_len(100 << 20).unwrap();
    let started = Instant::now();
    let ran = output_of(API.command(&fixture)).await;
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    assert_eq!(ran.status.code(), Some(1));
    let why = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(why.contains("it has 104857600 bytes, and a descriptor may have 16777216"), "{why}");
}
