//! What a process says of the descriptor that it starts with.

use serde_json::{Value, json};
use support::{Fixture, field, output_of};

use crate::API;

embedded! {
    all_reasons_of_a_refused_descriptor_are_a_list_on_stderr_and_no_table_is_made,
    what_is_passed_over_is_a_warning,
    a_header_that_is_nearly_right_is_a_warning_without_its_cells,
    a_descriptor_in_yaml_with_its_schema_in_another_file_is_served_whole,
}

fn schema() -> Value {
    json!({ "fields": [field("id", "integer"), field("note", "string")], "primaryKey": "id" })
}

async fn all_reasons_of_a_refused_descriptor_are_a_list_on_stderr_and_no_table_is_made(fixture: Fixture) {
    let package = json!({ "resources": [
        { "name": "t", "path": "t.csv", "schema": schema() },
        { "name": "u", "path": "/u.csv", "schema": schema() },
        { "name": "_v", "path": "v.csv", "schema": schema() },
    ] });
    let ran = output_of(API.command(fixture.package(&package))).await;
    let file = fixture.data().join("datapackage.json");
    let expected = format!(
        "error: {} is refused: 2 reasons\n\
         - table `u`: `path` is \"/u.csv\", but must name a file inside the data package's folder\n\
         - resource 3: `name` is \"_v\", but names that begin with `_` are the server's own; rename the resource\n",
        file.display()
    );
    assert_eq!(String::from_utf8_lossy(&ran.stderr), expected);
    assert!(fixture.log().contains("2 reasons"), "{}", fixture.log());
    assert!(fixture.try_sql("SELECT * FROM t").await.is_err());
}

async fn what_is_passed_over_is_a_warning(fixture: Fixture) {
    let package = json!({ "resources": [
        { "name": "t", "path": "t.csv", "schema": schema() },
        { "name": "map", "path": "map.geojson" },
    ] });
    let api = API.start(fixture.package(&package));
    api.until_ready().await;
    let warning = "WARN the data package: resource 2, \"map\", is passed over: it is no table: its format is \"geojson\"";
    assert!(fixture.log().contains(warning), "{}", fixture.log());
}

async fn a_header_that_is_nearly_right_is_a_warning_without_its_cells(fixture: Fixture) {
    let mut schema = schema();
    schema["fieldsMatch"] = json!("subset");
    let package = json!({ "resources": [{ "name": "t", "path": "t.csv", "schema": schema }] });
    fixture.package(&package).write("t.csv", "note,secret,id\na,b,1\n");
    let api = API.start(&fixture);
    api.until_ready().await;
    let warning = "the history file has columns that are no fields of the table and are passed over: 1";
    assert!(fixture.log().contains(warning), "{}", fixture.log());
    assert!(!fixture.log().contains("secret"), "{}", fixture.log());
}

async fn a_descriptor_in_yaml_with_its_schema_in_another_file_is_served_whole(fixture: Fixture) {
    fixture.write("datapackage.json", "resources:\n- {name: t, path: t.csv, schema: t.schema.json}\n");
    fixture.write("t.schema.json", schema().to_string()).write("t.csv", "id,note\n1,a\n");
    let server = fixture.start().await;
    assert_eq!(server.get("/dictionary").await.expect(200)["resources"][0]["schema"], schema());
    assert_eq!(server.get("/view/t/1").await.expect(200), json!({ "id": 1, "note": "a" }));
    server.stop().await.unwrap();
}
