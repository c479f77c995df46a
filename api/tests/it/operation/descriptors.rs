//! What a process says of the descriptor that it starts with.

use serde_json::{Value, json};
use support::{Fixture, field, output_of};

use crate::API;

embedded! {
    all_reasons_of_a_refused_descriptor_are_a_list_on_stderr_and_no_table_is_made,
    what_is_passed_over_is_a_warning,
    a_table_without_a_schema_is_described_by_its_rows_and_a_warning_says_how,
    a_table_without_a_schema_and_without_rows_is_a_refusal_to_start,
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

async fn a_table_without_a_schema_is_described_by_its_rows_and_a_warning_says_how(fixture: Fixture) {
    let keyed = json!({ "missingValues": ["", "NA"], "fields": [] });
    let package = json!({ "resources": [
        { "name": "t", "path": "t.csv" },
        { "name": "u", "path": "u.csv", "schema": keyed },
        { "name": "v", "data": [{ "id": 1, "when": "2024-02-28" }] },
    ] });
    fixture.package(&package).write("t.csv", "id;zip;on\n1;0870;28.02.2024\n2;;29.02.2024\n");
    fixture.write("u.csv", "n,x\nNA,1\n5,1\n");
    let api = API.start(&fixture);
    api.until_ready().await;
    let warning = "WARN the data package: table `t`: `schema` is missing, and is made of its 2 rows: id integer, zip string, \
                   on date %d.%m.%Y; primary key id; `client describe` writes such a schema";
    assert!(fixture.log().contains(warning), "{}", fixture.log());
    assert!(!fixture.log().contains("0870"), "{}", fixture.log());
    api.signal("TERM");
    assert_eq!(api.ended().await, Some(0));

    // The second start describes the same rows, and so finds its tables as they were.
    let server = fixture.start().await;
    assert_eq!(
        server.all("/view/t").await,
        [
            json!({ "id": 1, "zip": "0870", "on": "2024-02-28" }),
            json!({ "id": 2, "zip": null, "on": "2024-02-29" })
        ]
    );
    assert_eq!(server.all("/view/u").await[1], json!({ "_id": 2, "n": 5, "x": 1 }));
    assert_eq!(server.get("/view/v/1").await.expect(200), json!({ "id": 1, "when": "2024-02-28" }));
    let schema = &server.get("/dictionary").await.expect(200)["resources"][0]["schema"];
    assert_eq!(schema["primaryKey"], "id");
    server.stop().await.unwrap();
}

async fn a_table_without_a_schema_and_without_rows_is_a_refusal_to_start(fixture: Fixture) {
    fixture.package(&json!({ "resources": [{ "name": "t", "path": "none.csv" }] }));
    let why = fixture.refusal().await;
    let sentence = "table `t`: `schema` is missing, and its fields cannot be found out: there is no file none.csv; describe \
                    them in `schema`";
    assert!(why.ends_with(sentence), "{why}");
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
