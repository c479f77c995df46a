//! Tables that are there already.

use serde_json::json;

use crate::server::Fixture;

conformance! {
    a_table_that_differs_from_the_dictionary_is_a_refusal_with_the_difference,
}

fn package(field: serde_json::Value) -> String {
    let schema = json!({ "fields": [{ "name": "id", "type": "integer" }, field], "primaryKey": "id" });
    json!({ "resources": [{ "name": "things", "path": "things.csv", "schema": schema }] }).to_string()
}

async fn a_table_that_differs_from_the_dictionary_is_a_refusal_with_the_difference(fixture: Fixture) {
    let first = package(json!({ "name": "size", "type": "integer" }));
    fixture.write("datapackage.json", &first);
    fixture.start().await.stop().await.unwrap();
    for (field, difference) in [
        (json!({ "name": "weight", "type": "integer" }), "the column `weight` is missing"),
        (json!({ "name": "size", "type": "number" }), "the column `size` has type"),
        (
            json!({ "name": "size", "type": "integer", "constraints": { "required": true } }),
            "the column `size` has required false, but needs true",
        ),
        (
            json!({ "name": "size", "type": "integer", "constraints": { "unique": true } }),
            "the column `size` has unique false, but needs true",
        ),
    ] {
        let refusal = fixture.write("datapackage.json", package(field)).refusal().await;
        let start = "the table `things` in the database differs from the data dictionary: ";
        assert!(refusal.starts_with(&(start.to_owned() + difference)), "{refusal}");
    }
    fixture.write("datapackage.json", &first).start().await.stop().await.unwrap();
}
