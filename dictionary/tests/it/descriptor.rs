//! What a descriptor may say, and the sentence that each refusal is.

use std::fs;
use std::path::Path;

use dictionary::{Dictionary, Reserved};
use serde_json::{Value, json};

/// Two tables with a field of every type, and nothing that need not be there.
fn package() -> Value {
    json!({ "resources": [
        {
            "name": "departments",
            "path": "departments.csv",
            "schema": {
                "fields": [
                    { "name": "id", "type": "integer" },
                    { "name": "label", "type": "string" }
                ],
                "primaryKey": "id"
            }
        },
        {
            "name": "employees",
            "path": "employees.csv",
            "schema": {
                "fields": [
                    { "name": "code", "type": "string" },
                    { "name": "age", "type": "integer" },
                    { "name": "score", "type": "number" },
                    { "name": "active", "type": "boolean" },
                    { "name": "born", "type": "date" },
                    { "name": "hired", "type": "datetime" },
                    { "name": "department", "type": "integer" }
                ],
                "primaryKey": "code",
                "foreignKeys": [
                    { "fields": "department", "reference": { "resource": "departments", "fields": "id" } }
                ]
            }
        }
    ]})
}

/// The package with the value at a JSON pointer set; `null` removes it.
fn with(pointer: &str, value: Value) -> Value {
    let mut package = package();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match package.pointer_mut(parent).unwrap_or_else(|| panic!("{parent} is not there")) {
        Value::Object(members) if value.is_null() => drop(members.remove(name).unwrap()),
        Value::Object(members) => drop(members.insert(name.to_owned(), value)),
        Value::Array(items) => match items.get_mut(name.parse::<usize>().unwrap()) {
            Some(item) => *item = value,
            None => items.push(value),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            panic!("{pointer} is below no object")
        }
    }
    package
}

fn parse(package: &Value) -> Result<Dictionary, String> {
    Dictionary::parse(package.to_string().as_bytes()).map_err(|error| error.to_string())
}

#[test]
fn each_fault_is_refused_in_one_sentence() {
    parse(&package()).unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/refusals.txt");
    let expected = fs::read_to_string(&file).unwrap();
    let mut found = String::new();
    for line in expected.lines().filter(|line| !line.starts_with(' ')) {
        found += &format!("{line}\n");
        if let Some((pointer, value)) = line.split_once(' ').filter(|_| line.starts_with('/')) {
            let fault = with(pointer, serde_json::from_str(value).unwrap());
            let refusal = parse(&fault).err().unwrap_or_else(|| panic!("accepted: {line}"));
            found += &format!("    {refusal}\n");
        }
    }
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&file, &found).unwrap();
    } else {
        let other = expected.lines().zip(found.lines()).find(|(expected, found)| expected != found);
        assert_eq!(other, None, "UPDATE=1 accepts what is found");
        assert_eq!(expected.len(), found.len());
    }
}

#[test]
fn json_that_is_broken_is_refused_with_its_position() {
    let error = Dictionary::parse(b"{\n  \"resources\": [}").unwrap_err().to_string();
    assert_eq!(error, "the data package is not valid JSON: expected value at line 2 column 17");
}

#[test]
fn a_package_that_is_no_object_is_refused() {
    let error = Dictionary::parse(b"[]").unwrap_err().to_string();
    assert_eq!(error, "the data package: must be an object");
}

#[test]
fn a_reserved_name_is_refused_for_a_table_and_not_for_a_field() {
    let reserved = [
        Reserved::Name { name: "report", why: "which is the name of a report" },
        Reserved::Prefix { prefix: "own_", why: "but own_ is reserved" },
    ];
    let parse = |pointer, name| {
        Dictionary::parse_with(with(pointer, json!(name)).to_string().as_bytes(), &reserved).map(drop)
    };
    for (name, why) in [
        ("report", "resource 1: `name` is \"report\", which is the name of a report"),
        ("Report", "resource 1: `name` is \"Report\", which is the name of a report"),
        ("OWN_table", "resource 1: `name` is \"OWN_table\", but own_ is reserved"),
    ] {
        assert_eq!(parse("/resources/0/name", name).unwrap_err().to_string(), why);
        assert_eq!(parse("/resources/1/schema/fields/1/name", name), Ok(()));
    }
    for name in ["reports", "my_own_table"] {
        let why = parse("/resources/0/name", name).unwrap_err().to_string();
        assert!(why.ends_with("references `departments`, which is no table here"), "{why}");
    }
}

#[test]
fn a_path_with_a_nul_character_is_refused() {
    let error = parse(&with("/resources/0/path", json!("departments.csv\0"))).unwrap_err();
    assert!(error.ends_with("but must name a file inside the data package's folder"), "{error}");
}

#[test]
fn a_field_with_two_foreign_keys_is_refused() {
    let key = json!({ "fields": "department", "reference": { "resource": "departments", "fields": "id" } });
    let error = parse(&with("/resources/1/schema/foreignKeys/1", key)).unwrap_err();
    assert_eq!(error, "table `employees`, field `department`: has two foreign keys, but may have one");
}

#[test]
fn tables_that_reference_each_other_are_refused() {
    let back = json!([{ "fields": "label", "reference": { "resource": "employees", "fields": "code" } }]);
    let error = parse(&with("/resources/0/schema/foreignKeys", back)).unwrap_err();
    assert_eq!(
        error,
        "the foreign keys of `departments`, `employees` form a cycle, so no table could be filled first"
    );
}

#[test]
fn annotations_pass() {
    for (pointer, value) in [
        ("/$schema", json!("https://datapackage.org/profiles/2.0/datapackage.json")),
        ("/name", json!("anything")),
        ("/licenses", json!([{ "name": "MIT" }])),
        ("/contributors", json!([])),
        ("/x-own", json!({ "any": ["thing"] })),
        ("/resources/0/title", json!("Departments")),
        ("/resources/0/description", json!("All of them")),
        ("/resources/0/sources", json!([])),
        ("/resources/0/bytes", json!(5)),
        ("/resources/0/hash", json!("sha256:00")),
        ("/resources/0/schema/title", json!("Departments")),
        ("/resources/0/schema/fields/0/title", json!("Number")),
        ("/resources/0/schema/fields/0/description", json!("Identifies it")),
        ("/resources/0/schema/fields/0/example", json!(5)),
        ("/resources/0/schema/fields/0/examples", json!([5])),
        ("/resources/0/schema/fields/0/rdfType", json!("http://schema.org/Thing")),
    ] {
        assert!(parse(&with(pointer, value)).is_ok(), "{pointer}");
    }
}

#[test]
fn properties_that_say_the_default_or_how_rows_are_written_pass() {
    for (pointer, value) in [
        ("/resources/0/type", json!("table")),
        ("/resources/0/profile", json!("tabular-data-resource")),
        ("/resources/0/format", json!("csv")),
        ("/resources/0/mediatype", json!("text/csv")),
        ("/resources/0/encoding", json!("utf-8")),
        ("/resources/0/path", json!(["departments.csv"])),
        ("/resources/0/path", json!("history/2021/departments.csv")),
        ("/resources/0/path", json!("./departments..csv")),
        ("/resources/0/dialect", json!({ "header": true, "delimiter": ",", "quoteChar": "\"" })),
        ("/resources/0/dialect", json!({ "doubleQuote": true, "lineTerminator": "\r\n", "headerRows": [1] })),
        ("/resources/0/path", json!(["a.csv", "b.csv"])),
        ("/resources/0/path", json!("https://example.com/departments.csv")),
        ("/resources/0/format", json!(".XLSX")),
        ("/resources/0/mediatype", json!("application/x-unknown")),
        ("/resources/0/encoding", json!("ISO-8859-1")),
        ("/resources/0/encoding", json!("utf-8-sig")),
        ("/resources/0/compression", json!("gz")),
        ("/resources/0/innerpath", json!("a.csv")),
        ("/resources/0/dialect", json!({ "delimiter": "é", "quoteChar": null, "escapeChar": "\\" })),
        ("/resources/0/dialect", json!({ "delimiter": "\\t", "quoteChar": "'", "doubleQuote": false })),
        (
            "/resources/0/dialect",
            json!({ "skipInitialSpace": true, "lineTerminator": "\r", "commentChar": "#" }),
        ),
        ("/resources/0/dialect", json!({ "commentRows": [1], "headerRows": [2, 3], "headerJoin": "-" })),
        ("/resources/0/dialect", json!({ "nullSequence": "NULL", "caseSensitiveHeader": false })),
        ("/resources/0/dialect", json!({ "property": "rows", "itemType": "object", "itemKeys": ["id"] })),
        ("/resources/0/dialect", json!({ "sheetNumber": 2, "csvddfVersion": 1.2, "unknown": [] })),
        ("/resources/0/dialect", json!({ "csv": { "delimiter": ";" } })),
        ("/resources/0/schema/primaryKey", json!(["id"])),
        ("/resources/0/schema/fieldsMatch", json!("exact")),
        ("/resources/0/schema/missingValues", json!([])),
        ("/resources/0/schema/fields/0/format", json!("default")),
        ("/resources/1/schema/fields/2/decimalChar", json!(".")),
        ("/resources/1/schema/fields/2/bareNumber", json!(true)),
        ("/resources/1/schema/fields/3/trueValues", json!(["true", "True", "TRUE", "1"])),
        ("/resources/1/schema/fields/3/falseValues", json!(["false", "False", "FALSE", "0"])),
        ("/resources/1/schema/foreignKeys/0/fields", json!(["department"])),
    ] {
        let read = parse(&with(pointer, value.clone()));
        assert!(read.is_ok(), "{pointer} = {value}: {}", read.unwrap_err());
    }
}

#[test]
fn what_is_left_out_has_table_schemas_defaults() {
    let dictionary = parse(&package()).unwrap();
    let table = dictionary.table("departments").unwrap();
    assert!(table.header);
    assert_eq!((table.delimiter, &table.missing_values[..]), (b',', &[String::new()][..]));
    let label = &table.fields[1].constraints;
    assert!(!label.required && !label.unique && label.max_length.is_none());
}

#[test]
fn a_primary_key_is_required_and_a_string_in_a_key_or_unique_has_at_most_255_characters() {
    let unique =
        with("/resources/0/schema/fields/1/constraints", json!({ "unique": true, "maxLength": 300 }));
    let dictionary = parse(&unique).unwrap();
    let employees = dictionary.table("employees").unwrap();
    assert!(employees.key().constraints.required);
    assert_eq!(employees.key().constraints.max_length, Some(255));
    assert_eq!(dictionary.table("departments").unwrap().fields[1].constraints.max_length, Some(255));
    let shorter = with("/resources/1/schema/fields/0/constraints", json!({ "maxLength": 20 }));
    assert_eq!(parse(&shorter).unwrap().table("employees").unwrap().key().constraints.max_length, Some(20));
}

#[test]
fn parents_come_before_children() {
    let mut package = package();
    package["resources"].as_array_mut().unwrap().reverse();
    let dictionary = parse(&package).unwrap();
    let names: Vec<_> = dictionary.tables().iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names, ["departments", "employees"]);
    let (field, parent) = dictionary.table("employees").unwrap().references().next().unwrap();
    assert_eq!((field, parent.name.as_str()), (6, "departments"));
}

#[test]
fn the_hash_ignores_spacing_and_member_order_and_nothing_else() {
    let hash = |json: &str| Dictionary::parse(json.as_bytes()).unwrap().hash().to_owned();
    let one = r#"{"resources":[{"name":"t","path":"t.csv","schema":{"fields":[
        {"name":"a","type":"integer"},{"name":"b","type":"string"}],"primaryKey":"a"}}],"title":"x"}"#;
    let same = r#"{ "title": "\u0078",
        "resources": [ { "schema": { "primaryKey": "a",
            "fields": [ {"type": "integer", "name": "a"}, {"type": "string", "name": "b"} ] },
          "path": "t.csv", "name": "t" } ] }"#;
    assert_eq!(hash(one), hash(same));
    assert_eq!(hash(one).len(), 64);
    for changed in [
        one.replace("\"title\":\"x\"", "\"title\":\"y\""),
        one.replace(
            r#"{"name":"a","type":"integer"},{"name":"b","type":"string"}"#,
            r#"{"name":"b","type":"string"},{"name":"a","type":"integer"}"#,
        ),
    ] {
        assert_ne!(hash(one), hash(&changed));
    }
}
