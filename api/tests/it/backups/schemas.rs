//! `schemas/avro/*.avsc` hold the schemas of the shipped package. `UPDATE=1` rewrites them.

use std::fs;
use std::path::Path;

use apache_avro::Schema;
use api::backup::schema;
use dictionary::Dictionary;
use serde_json::json;

#[test]
fn the_committed_schemas_are_what_the_dictionary_gives() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let package = fs::read(repository.join("data/datapackage.json")).unwrap();
    let folder = repository.join("schemas/avro");
    let mut names = Vec::new();
    for table in Dictionary::parse(&package).unwrap().tables() {
        let fresh = serde_json::to_string_pretty(&schema::json(table)).unwrap() + "\n";
        let path = folder.join(format!("{}.avsc", table.name));
        if std::env::var_os("UPDATE").is_some() {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, &fresh).unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), fresh, "stale: UPDATE=1 rewrites it");
        names.push(path);
    }
    let mut committed: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    committed.sort();
    names.sort();
    assert_eq!(committed, names);
}

#[test]
fn types_follow_from_the_dictionary() {
    let bounded = json!({ "required": true, "minimum": -2_147_483_648_i64, "maximum": 2_147_483_647_i64 });
    let fields = json!([
        { "name": "id", "type": "integer", "constraints": bounded },
        { "name": "large", "type": "integer", "constraints": { "minimum": 0, "maximum": 2_147_483_648_i64 } },
        { "name": "open", "type": "integer", "constraints": { "required": true, "minimum": 0 } },
        { "name": "number", "type": "number" },
        { "name": "flag", "type": "boolean", "constraints": { "required": true } },
        { "name": "day", "type": "date" },
        { "name": "at", "type": "datetime", "constraints": { "required": true } },
        { "name": "text", "type": "string" },
    ]);
    let table = |name: &str| {
        let package = json!({ "resources": [{ "name": name, "path": "x.csv",
            "schema": { "fields": fields, "primaryKey": "id" } }] });
        schema::json(Dictionary::parse(package.to_string().as_bytes()).unwrap().tables().first().unwrap())
    };
    let optional = |name: &str, ty: &str| json!({ "name": name, "type": ["null", ty], "default": null });
    let expected = json!([
        { "name": "id", "type": "int" },
        optional("large", "long"),
        { "name": "open", "type": "long" },
        optional("number", "double"),
        { "name": "flag", "type": "boolean" },
        optional("day", "string"),
        { "name": "at", "type": "string" },
        optional("text", "string"),
    ]);
    assert_eq!(table("things"), json!({ "type": "record", "name": "things", "fields": expected }));
    // A table may be named like a type of Avro, a record not.
    for (name, record) in [("record", "record_"), ("Int", "Int"), ("long", "long_")] {
        let schema = table(name);
        assert_eq!(schema["name"], record);
        Schema::parse(&schema).unwrap();
    }
}
