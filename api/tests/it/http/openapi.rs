//! The OpenAPI document.

use std::collections::HashSet;

use serde_json::{Value, json};
use support::{Fixture, field, repository};

conformance! {
    the_document_has_every_endpoint_of_every_table,
    the_document_of_many_tables_stays_small,
}

/// All values under a member of this name, wherever it is.
fn members<'v>(value: &'v Value, name: &str, found: &mut Vec<&'v Value>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                if key == name {
                    found.push(value);
                }
                members(value, name, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| members(item, name, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

async fn the_document_has_every_endpoint_of_every_table(fixture: Fixture) {
    let id = json!({ "fields": [field("id", "integer"), field("größe", "number")], "primaryKey": "id" });
    fixture.package(&json!({ "resources": [
        { "name": "a b", "path": "a.csv", "schema": id },
        { "name": "c", "path": "c.csv", "schema": id },
    ] }));
    let server = fixture.start().await;
    let document = server.get("/openapi.json").await.expect(200);
    for table in ["a%20b", "c"] {
        for (method, path) in
            [("post", "new_records"), ("get", "view"), ("post", "backup"), ("get", "backup")]
        {
            assert!(
                document["paths"][format!("/{path}/{table}")][method].is_object(),
                "{method} {path} {table}"
            );
        }
        server.get(&format!("/view/{table}")).await.expect(200);
    }
    assert_eq!(document["paths"]["/batches/{id}"]["get"]["parameters"][0]["in"], "path");
    let row = &document["components"]["schemas"]["row.a.20b"];
    assert_eq!(row["properties"]["größe"]["type"], json!(["number", "null"]));

    let (mut references, mut ids) = (Vec::new(), Vec::new());
    members(&document, "$ref", &mut references);
    assert!(references.len() > 20);
    for reference in references {
        let pointer = reference.as_str().unwrap().strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer}");
    }
    members(&document, "operationId", &mut ids);
    let distinct: HashSet<_> = ids.iter().map(|id| id.as_str().unwrap()).collect();
    assert_eq!(distinct.len(), ids.len());
    server.stop().await.unwrap();
}

async fn the_document_of_many_tables_stays_small(fixture: Fixture) {
    let id = json!({ "fields": [field("id", "integer")], "primaryKey": "id" });
    let resource = |i: usize| json!({ "name": format!("t{i}"), "path": format!("t{i}.csv"), "schema": id });
    fixture.package(&json!({ "resources": (0..60).map(resource).collect::<Vec<_>>() }));
    let server = fixture.start().await;
    let document = server.get("/openapi.json").await.expect(200);
    let table = &document["paths"]["/view/{table}"]["get"]["parameters"][0];
    assert_eq!((&table["name"], table["schema"]["enum"].as_array().unwrap().len()), (&json!("table"), 60));
    server.stop().await.unwrap();
}

#[test]
fn the_committed_document_is_that_of_the_shipped_package() {
    support::run(support::Engine::Sqlite, async |fixture| {
        let server = fixture.shipped_package(&[]).start().await;
        let document = server.get("/openapi.json").await.expect(200);
        let document = serde_json::to_string_pretty(&document).unwrap() + "\n";
        let file = repository().join("docs/openapi.json");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&file, &document).unwrap();
        }
        let committed = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(committed == document, "UPDATE=1 cargo test -p api --test it the_committed_document");
        server.stop().await.unwrap();
    });
}
