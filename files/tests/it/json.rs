//! JSON, NDJSON and data in the descriptor.

use serde_json::json;

use crate::Folder;

#[test]
fn cells_of_json_keep_their_types() {
    let text = "[{\"id\": 1, \"name\": \"a\"},\n {\"id\": \"2\", \"name\": \"b\"}, {\"id\": 3}, 7]";
    let rows = ["1: 1 a", "2: type-error", "3: 3 ", "4: format-error"];
    assert_eq!(Folder::new().write("things.json", text).rows(&json!({ "path": "things.json" })), rows);
    assert_eq!(Folder::new().write("things.csv", text).rows(&json!({})), rows);
}

#[test]
fn lines_of_ndjson_are_rows() {
    let text = "{\"id\": 1, \"name\": \"a\"}\n\n{\"id\": 2, \"name\": \"b\"}";
    assert_eq!(Folder::new().write("things.csv", text).rows(&json!({})), ["1: 1 a", "3: 2 b"]);
    let arrays = "[\"name\", \"id\"]\n[\"a\", 1]\n[\"b\", 2, 3]\n";
    let rows = Folder::new().write("t.jsonl", arrays).rows(&json!({ "path": "t.jsonl", "format": "ndjson" }));
    assert_eq!(rows, ["2: 1 a", "3: extra-cell"]);
}

#[test]
fn an_array_within_an_object_is_found_by_property_and_members_by_item_keys() {
    let text = r#"{"a": {"rows": [0]}, "s": "},{", "b": {"n": [[]], "rows": [{"id": 1, "name": "x,]\"", "more": 1}]}}"#;
    let folder = Folder::new().write("things.json", text);
    let with = |dialect| json!({ "path": "things.json", "format": "json", "dialect": dialect });
    let rows = folder.rows(&with(json!({ "property": "b.rows", "itemKeys": ["id", "name"] })));
    assert_eq!(rows, ["1: 1 x,]\""]);
    let why = folder.refusal(&with(json!({ "property": "rows" })));
    assert_eq!(why, "things.json has no array `rows`, which `dialect.property` names");
    let why = folder.refusal(&with(json!({})));
    assert!(why.contains("must be a JSON array of objects"), "{why}");
}

#[test]
fn json_that_is_cut_off_is_refused() {
    let why = Folder::new().write("things.csv", "[{\"id\": 1}, {").refusal(&json!({}));
    assert_eq!(why, "things.csv is JSON that ends within its array; get the whole file");
}

#[test]
fn data_of_the_descriptor_are_rows() {
    let folder = Folder::new();
    for data in
        [json!([{ "id": 1, "name": "a" }]), json!([["name", "id"], ["a", 1]]), json!("id,name\n1,a\n")]
    {
        let rows = folder.rows(&json!({ "data": data }));
        assert!(rows.len() == 1 && rows[0].ends_with(": 1 a"), "{data}: {rows:?}");
    }
}
