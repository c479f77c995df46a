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
        Value::Object(members) if value.is_null() && members.contains_key(name) => drop(members.remove(name)),
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
            found += &format!("    {}\n", refusal.replace('\n', "\n    "));
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
fn all_faults_of_a_descriptor_are_refused_at_once() {
    let faulty = json!({ "resources": [
        { "name": "parents", "path": "../p.csv", "schema": { "fields": [{ "name": "id" }] } },
        {
            "name": "children",
            "path": "c.csv",
            "format": "xls",
            "compression": "rar",
            "encoding": "nonsense",
            "dialect": { "delimiter": "ab", "quoteChar": "cd", "header": 1, "commentRows": "x" },
            "schema": {
                "fields": [
                    { "name": "id", "type": "integer", "missingValues": 5, "constraints":
                        { "required": 1, "unique": 2, "pattern": "a", "minimum": "a", "other": 1, "enum": [] } },
                    { "name": "text", "type": "string", "constraints": { "maxLength": -1, "pattern": "(" } }
                ],
                "primaryKey": ["no", "nor"],
                "uniqueKeys": [["id"], ["neither"]],
                "foreignKeys": [
                    { "fields": "never", "reference": { "resource": "parents", "fields": ["a", "b"] } },
                    { "fields": "id" }
                ]
            }
        },
        {
            "name": "others",
            "path": "o.csv",
            "schema": {
                "fields": [{ "name": "id", "type": "integer" }, { "name": "text", "type": "string" }],
                "foreignKeys": [
                    { "fields": "id", "reference": { "resource": "parents", "fields": "id" } },
                    { "fields": "id", "reference": { "resource": "nowhere", "fields": "id" } },
                    { "fields": ["id", "text"], "reference": { "fields": ["text", "gone"] } }
                ]
            }
        }
    ] });
    let error = Dictionary::parse(faulty.to_string().as_bytes()).unwrap_err();
    let reasons: Vec<String> = error.reasons().collect();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/all_refusals.txt");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&file, reasons.join("\n") + "\n").unwrap();
    }
    let expected = fs::read_to_string(&file).unwrap();
    assert_eq!(reasons, expected.lines().collect::<Vec<_>>(), "UPDATE=1 accepts what is found");
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
        let no_files = |_: &str| Err("but no file is here".to_owned());
        Dictionary::parse_with(with(pointer, json!(name)).to_string().as_bytes(), &reserved, &no_files)
            .map(drop)
    };
    for (name, why) in [
        ("report", "resource 1: `name` is \"report\", which is the name of a report; rename the resource"),
        ("Report", "resource 1: `name` is \"Report\", which is the name of a report; rename the resource"),
        ("OWN_table", "resource 1: `name` is \"OWN_table\", but own_ is reserved; rename the resource"),
    ] {
        assert_eq!(parse("/resources/0/name", name).unwrap_err().reasons().next().as_deref(), Some(why));
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
fn a_field_may_have_two_foreign_keys() {
    let key = json!({ "fields": "department", "reference": { "resource": "departments", "fields": "id" } });
    let dictionary = parse(&with("/resources/1/schema/foreignKeys/1", key)).unwrap();
    assert_eq!(dictionary.table("employees").unwrap().foreign_keys.len(), 2);
}

#[test]
fn of_tables_that_reference_each_other_the_first_one_is_checked_by_the_judge_only() {
    let back = json!([{ "fields": "label", "reference": { "resource": "employees", "fields": "code" } }]);
    let dictionary = parse(&with("/resources/0/schema/foreignKeys", back)).unwrap();
    let tables: Vec<_> =
        dictionary.tables().iter().map(|t| (t.name.as_str(), t.foreign_keys[0].is_to_key)).collect();
    assert_eq!(tables, [("departments", false), ("employees", true)]);
}

#[test]
fn a_table_without_a_primary_key_has_row_numbers() {
    for none in [json!(null), json!(""), json!([])] {
        let dictionary = parse(&with("/resources/1/schema/primaryKey", none)).unwrap();
        let employees = dictionary.table("employees").unwrap();
        assert_eq!(employees.key_name(), "_id");
        assert_eq!(employees.columns().len(), employees.fields.len() + 1);
        assert_eq!(employees.field("_id"), None);
    }
}

#[test]
fn a_key_of_several_fields_is_required_in_each() {
    let dictionary = parse(&with("/resources/1/schema/primaryKey", json!(["department", "code"]))).unwrap();
    let employees = dictionary.table("employees").unwrap();
    assert_eq!(employees.key_name(), "department, code");
    assert!(employees.key().all(|field| field.constraints.required));
}

#[test]
fn the_texts_of_a_key_share_the_length_that_an_index_has() {
    let mut package = with("/resources/1/schema/uniqueKeys", json!([["code", "mail", "department"]]));
    package["resources"][1]["schema"]["fields"][3] = json!({ "name": "mail", "type": "string" });
    let dictionary = parse(&package).unwrap();
    let employees = dictionary.table("employees").unwrap();
    let most = |name| employees.fields[employees.field(name).unwrap()].constraints.max_length;
    assert_eq!([most("code"), most("mail"), most("department")], [Some(325), Some(325), None]);
}

#[test]
fn a_foreign_key_to_fields_that_are_no_key_is_checked_by_the_judge_only() {
    for (field, is_to_key) in [("id", true), ("label", false)] {
        let key = json!([{ "fields": "code", "reference": { "resource": "departments", "fields": field } }]);
        let mut package = with("/resources/1/schema/foreignKeys", key);
        if field == "id" {
            package["resources"][1]["schema"]["foreignKeys"][0]["fields"] = json!("department");
        }
        let dictionary = parse(&package).unwrap();
        assert_eq!(dictionary.table("employees").unwrap().foreign_keys[0].is_to_key, is_to_key);
        assert_eq!(dictionary.notes().iter().any(|note| note.contains("only the server does")), !is_to_key);
    }
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
        ("/resources/0/schema/fields/0/title", json!({ "en": "Number", "fr": "Numéro" })),
        ("/resources/0/title", json!({ "de": "Abteilungen" })),
        ("/resources/0/description", json!(null)),
        ("/resources/0/profile", json!("https://example.org/profile.json")),
        ("/profile", json!("fiscal-data-package")),
        ("/resources/0/schema/$schema", json!("https://datapackage.org/profiles/2.0/tableschema.json")),
        (
            "/resources/0/dialect",
            json!({ "$schema": "https://datapackage.org/profiles/2.0/tabledialect.json" }),
        ),
        ("/resources/0/schema/x-own", json!({ "any": ["thing"] })),
        ("/resources/0/schema/fields/0/x-own", json!(null)),
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
        ("/resources/0/format", json!("CSV")),
        ("/resources/0/mediatype", json!("text/csv; charset=utf-8")),
        ("/resources/0/dialect", json!({ "caseSensitiveHeader": false })),
        ("/resources/0/dialect", json!(null)),
        ("/resources/0/schema/fields/0/constraints", json!(null)),
        ("/resources/0/schema/fields/0/constraints", json!({ "minimum": null })),
        ("/resources/0/schema/foreignKeys", json!(null)),
        ("/resources/1/schema/fields/2/groupChar", json!("")),
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
        ("/resources/0/schema/fieldsMatch", json!(["exact"])),
        ("/resources/0/schema/fieldsMatch", json!("equal")),
        ("/resources/0/schema/fieldsMatch", json!("subset")),
        ("/resources/0/schema/fieldsMatch", json!("superset")),
        ("/resources/0/schema/fieldsMatch", json!(["partial"])),
        ("/resources/0/schema/missingValues", json!([])),
        ("/resources/0/schema/fields/0/format", json!("default")),
        ("/resources/1/schema/fields/2/decimalChar", json!(".")),
        ("/resources/1/schema/fields/2/bareNumber", json!(true)),
        ("/resources/1/schema/fields/3/trueValues", json!(["true", "True", "TRUE", "1"])),
        ("/resources/1/schema/fields/3/falseValues", json!(["false", "False", "FALSE", "0"])),
        ("/resources/1/schema/foreignKeys/0/fields", json!(["department"])),
        ("/resources/1/schema/fields/1/format", json!("int32")),
        ("/resources/1/schema/fields/1/constraints", json!({ "minimum": null, "enum": [1, 9, "none"] })),
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
    assert_eq!((table.delimiter, &table.fields[0].missing_values[..]), (b',', &[String::new()][..]));
    let label = &table.fields[1].constraints;
    assert!(!label.required && !label.unique && label.max_length.is_none());
}

#[test]
fn a_primary_key_is_required_and_a_text_in_a_key_or_unique_has_at_most_650_characters() {
    let unique =
        with("/resources/0/schema/fields/1/constraints", json!({ "unique": true, "maxLength": 700 }));
    let dictionary = parse(&unique).unwrap();
    let employees = dictionary.table("employees").unwrap();
    assert!(employees.key().next().unwrap().constraints.required);
    assert_eq!(employees.key().next().unwrap().constraints.max_length, Some(650));
    assert_eq!(dictionary.table("departments").unwrap().fields[1].constraints.max_length, Some(650));
    let shorter = with("/resources/1/schema/fields/0/constraints", json!({ "maxLength": 20 }));
    assert_eq!(
        parse(&shorter).unwrap().table("employees").unwrap().key().next().unwrap().constraints.max_length,
        Some(20)
    );
}

#[test]
fn parents_come_before_children() {
    let mut package = package();
    package["resources"].as_array_mut().unwrap().reverse();
    let dictionary = parse(&package).unwrap();
    let names: Vec<_> = dictionary.tables().iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names, ["departments", "employees"]);
    let key = &dictionary.table("employees").unwrap().foreign_keys[0];
    assert_eq!((key.fields.as_slice(), key.parent.as_str()), (&[6][..], "departments"));
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

#[test]
fn what_has_no_effect_or_is_taken_for_granted_is_noted() {
    let notes = |pointer, value| parse(&with(pointer, value)).unwrap().notes().to_vec();
    assert_eq!(parse(&package()).unwrap().notes(), Vec::<String>::new());
    for (pointer, value, note) in [
        (
            "/resources/1/schema/fields/1/format",
            json!("int32"),
            "table `employees`, field `age`: `format` \"int32\" has no effect on type integer",
        ),
        (
            "/resources/1/schema/fields/0/format",
            json!("wkt"),
            "table `employees`, field `code`: `format` \"wkt\" of a string is not checked; any text is taken",
        ),
        (
            "/resources/1/schema/fields/4/format",
            json!("%d/%m"),
            "table `employees`, field `born`: `format` \"%d/%m\" does not say the whole date; as in strptime, the year \
             is 1900",
        ),
        (
            "/resources/1/schema/fields/4/format",
            json!("%Y-%d-%m"),
            "table `employees`, field `born`: `format` \"%Y-%d-%m\" reads a text that this program prints as another \
             value; do not load its own output into this field",
        ),
        (
            "/resources/1/schema/fields/1/constraints",
            json!({ "enum": [1, 9, "none"], "maximum": 5 }),
            "table `employees`, field `age`: `enum` holds \"none\", which is not an integer within 64 bits and matches \
             no value",
        ),
        (
            "/resources/1/schema/fields/1/constraints",
            json!({ "enum": [1, 9], "maximum": 5 }),
            "table `employees`, field `age`: `enum` holds \"9\", which `maximum` forbids",
        ),
        (
            "/resources/1/schema/fields/3/categories",
            json!([true]),
            "table `employees`, field `active`: `categories` have no effect on type boolean",
        ),
    ] {
        let found = notes(pointer, value);
        assert_eq!(found.first().map(String::as_str), Some(note));
    }
}
