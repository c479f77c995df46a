//! Descriptors as they are written: JSON and YAML, in one file or several, and with resources that are no tables.

use dictionary::Dictionary;
use serde_json::{Value, json};

const YAML: &str = "
name: things
resources:
  - name: t
    path: t.csv
    schema: &schema
      fields:
        - {name: id, type: integer}
        - name: note
          type: string
          description: >
            In several
            lines
      primaryKey: id
  - name: u
    path: u.csv
    schema: *schema
";

fn parse(text: &str) -> Result<Dictionary, String> {
    Dictionary::parse(text.as_bytes()).map_err(|error| error.to_string())
}

fn schema() -> Value {
    json!({ "fields": [{ "name": "id", "type": "integer" }], "primaryKey": "id" })
}

/// A package of one table, and other resources.
fn with(others: &Value) -> Result<Dictionary, String> {
    let mut resources = vec![json!({ "name": "t", "path": "t.csv", "schema": schema() })];
    resources.extend(others.as_array().unwrap().clone());
    parse(&json!({ "resources": resources }).to_string())
}

#[test]
fn yaml_and_json_of_the_same_content_are_the_same_dictionary() {
    let yaml = parse(YAML).unwrap();
    assert_eq!(yaml.table("u").unwrap().fields[1].description.as_deref(), Some("In several lines\n"));
    let json = parse(&yaml.descriptor().to_string()).unwrap();
    assert_eq!(json.hash(), yaml.hash());
}

#[test]
fn a_byte_order_mark_is_passed_over() {
    let json = with(&json!([])).unwrap().descriptor().to_string();
    assert_eq!(parse(&format!("\u{feff}{json}")).unwrap().hash(), parse(&json).unwrap().hash());
    assert_eq!(parse(&format!("\u{feff}{YAML}")).unwrap().hash(), parse(YAML).unwrap().hash());
}

#[test]
fn what_is_no_descriptor_is_called_what_it_is() {
    for (bytes, why) in [
        (&b"\xff\xfe{\0}\0"[..], "is UTF-16; save it as UTF-8"),
        (b"\x1f\x8b\x08", "is compressed with gzip; unpack it"),
        (b"PK\x03\x04", "is a zip archive; unpack it, and name the descriptor in it"),
        (
            b"version https://git-lfs.github.com/spec/v1\n",
            "is a pointer of Git LFS, not the file; fetch it with `git lfs pull`",
        ),
        (b"<html>", "is HTML or XML, not JSON or YAML"),
        (b"a: \xe9", "is neither JSON nor YAML: it is not UTF-8"),
        (b"", "is not valid JSON: EOF while parsing a value at line 1 column 0"),
    ] {
        assert_eq!(Dictionary::parse(bytes).unwrap_err().to_string(), format!("the data package {why}"));
    }
    let broken = parse("resources: [\n  - a: b: c").unwrap_err();
    assert!(broken.starts_with("the data package is neither JSON nor valid YAML: "), "{broken}");
    let long = vec![b' '; (16 << 20) + 1];
    let long = Dictionary::parse(&long).unwrap_err().to_string();
    assert_eq!(long, "the data package has 16777217 bytes, and may have 16777216");
}

#[test]
fn aliases_that_multiply_are_refused_in_little_time() {
    let mut yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..12 {
        let aliases = vec![format!("*a{}", i - 1); 10].join(", ");
        yaml += &format!("a{i}: &a{i} [{aliases}]\n");
    }
    let started = std::time::Instant::now();
    let why = parse(&yaml).unwrap_err();
    assert!(why.starts_with("the data package is neither JSON nor valid YAML: "), "{why}");
    assert!(started.elapsed() < std::time::Duration::from_secs(5), "{:?}", started.elapsed());
    let deep = "[".repeat(100_000);
    assert!(parse(&format!("a: {deep}")).unwrap_err().len() < 2000);
}

#[test]
fn parts_in_other_files_are_part_of_the_descriptor_and_of_its_hash() {
    let package = json!({ "resources": [{ "name": "t", "path": "t.csv", "schema": "schemas/t.yaml", "dialect": "d.json" }] });
    let read = |note: &str| {
        let yaml = format!("fields:\n- name: id\n  type: integer\n  description: {note}\nprimaryKey: id\n");
        let files = move |path: &str| match path {
            "schemas/t.yaml" => Ok(yaml.clone().into_bytes()),
            "d.json" => Ok(br#"{"delimiter": ";"}"#.to_vec()),
            other => Err(format!("which is not there: {other}")),
        };
        Dictionary::parse_with(package.to_string().as_bytes(), &[], &files).unwrap()
    };
    let dictionary = read("one");
    assert_eq!(dictionary.tables()[0].delimiter, b';');
    assert_eq!(dictionary.descriptor()["resources"][0]["dialect"], json!({ "delimiter": ";" }));
    assert_eq!(parse(&dictionary.descriptor().to_string()).unwrap().hash(), dictionary.hash());
    assert_ne!(read("two").hash(), dictionary.hash());
}

#[test]
fn references_that_are_refused_hide_no_other_reason() {
    let package = json!({ "resources": [
        { "name": "t", "path": "t.csv", "schema": "https://example.org/t.json" },
        { "name": "u", "path": "u.csv", "schema": { "fields": [{ "name": "id", "type": "int" }], "primaryKey": "id" } },
        "../v.json",
    ] });
    let why = parse(&package.to_string()).unwrap_err();
    assert_eq!(
        why.lines().collect::<Vec<_>>(),
        [
            "3 reasons",
            "- resource 1: `schema` is \"https://example.org/t.json\", which is not fetched; download it into the data \
             package's folder, and name the file",
            "- resource 3: `resources` is \"../v.json\", but must name a file inside the data package's folder",
            "- table `u`, field `id`: `type` is \"int\", but must be one of integer, number, string, boolean, date, datetime, time, year, yearmonth, duration, geopoint, geojson, object, array, list, any",
        ]
    );
}

#[test]
fn what_is_no_table_is_passed_over_with_a_note() {
    let dictionary = with(&json!([
        { "name": "map", "path": "map.geojson", "format": "geojson" },
        { "name": "report", "path": "report.pdf" },
        { "name": "code", "path": "code", "type": "file" },
        { "name": "far", "path": "https://example.org/far.csv" },
    ]))
    .unwrap();
    assert_eq!(dictionary.tables().len(), 1);
    assert_eq!(
        dictionary.notes(),
        [
            "resource 2, \"map\", is passed over: it is no table: its format is \"geojson\", and it has no `schema`",
            "resource 3, \"report\", is passed over: it is no table: its format is \"pdf\", and it has no `schema`",
            "resource 4, \"code\", is passed over: it is no table: its `type` is \"file\", and it has no `schema`",
            "resource 5, \"far\", is passed over: its file is not fetched, and it has no `schema`; download the file, and \
             describe its fields",
        ]
    );
    let none = parse(r#"{"resources": [{"name": "map", "path": "map.geojson"}]}"#).unwrap_err();
    assert!(
        none.starts_with("the data package: no resource is a table, and at least one table is needed; "),
        "{none}"
    );
}

#[test]
fn a_table_without_a_schema_is_refused() {
    for resource in [
        json!({ "name": "u", "path": "u.csv" }),
        json!({ "name": "u", "path": "u.csv.gz", "schema": null }),
        json!({ "name": "u", "path": "u", "profile": "tabular-data-resource" }),
        json!({ "name": "u", "path": ["u1.TSV", "u2.TSV"] }),
        json!({ "name": "u", "data": [{ "a": 1 }] }),
    ] {
        let why = with(&json!([resource])).map(drop).unwrap_err();
        let sentence = "table `u`: `schema` is missing; describe the fields of its file there";
        assert!(why.contains(sentence), "{resource}: {why}");
    }
}

#[test]
fn every_reason_is_named_at_once() {
    let field = |i: usize| json!({ "name": format!("f{i}"), "type": "int" });
    let fields: Vec<Value> = (0..34).map(field).collect();
    let why = with(&json!([
        { "name": "u", "path": "/u.csv", "encoding": "ebcdic", "schema": { "fields": fields, "fieldsMatch": "all" } },
        { "name": "_v", "path": "v.csv", "schema": schema() },
        { "name": "T", "path": "w.csv", "schema": schema() },
    ]))
    .unwrap_err();
    let expected = "type` is \"int\", but must be one of integer, number, string, boolean, date, datetime, time, year, yearmonth, duration, geopoint, geojson, object, array, list, any";
    assert_eq!(
        why.lines().collect::<Vec<_>>(),
        [
            "39 reasons",
            "- table `u`: `path` is \"/u.csv\", but must name a file inside the data package's folder",
            "- table `u`: `encoding` is \"ebcdic\", which is no encoding of the WHATWG's list, such as utf-8, utf-16le, windows-1252 or shift_jis; save the file in UTF-8",
            "- table `u`: `fieldsMatch` is \"all\", but must be exact, equal, subset, superset or partial",
            &format!("- table `u`, field `f0`: `{expected}"),
            &format!("- table `u`, field `f1`: `{expected}"),
            &format!("- table `u`, field `f2`: `{expected}"),
            "  and 31 more of this kind",
            "- resource 3: `name` is \"_v\", but names that begin with `_` are the server's own; rename the resource",
            "- the data package: the resource name `T` is taken by `t`; names must differ by more than case",
        ]
    );
}
