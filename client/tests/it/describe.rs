//! `describe`: a data package for files that have none.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::fixture::Ran;

/// A folder with files, where the client runs without a server.
struct Folder(tempfile::TempDir);

impl Folder {
    fn of(files: &[(&str, &[u8])]) -> Folder {
        let folder = Folder(tempfile::tempdir().unwrap());
        files.iter().for_each(|(name, content)| folder.write(name, content));
        folder
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, content: &[u8]) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn client(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_client"));
        command.current_dir(self.path()).args(arguments).env("COLUMNS", "120");
        Ran::of(command.output().unwrap())
    }

    /// Describes files, checks each of them with the description, and returns it with what was said.
    #[track_caller]
    fn described(&self, files: &[&str]) -> (Value, String) {
        let ran = self.client(&[&["describe"], files].concat());
        let said = ran.err.clone();
        let package = ran.expect(0);
        self.write("datapackage.json", package.as_bytes());
        let package: Value = serde_json::from_str(&package).unwrap();
        for resource in package["resources"].as_array().unwrap() {
            let (name, path) = (resource["name"].as_str().unwrap(), resource["path"].as_str().unwrap());
            let checked = self.client(&["check", name, path, "--data-package", "datapackage.json"]).expect(0);
            assert!(checked.contains(", 0 invalid"), "{checked}");
        }
        (package, said)
    }

    /// The only table that a file is described as.
    #[track_caller]
    fn table(&self, file: &str) -> (Value, String) {
        let (mut package, said) = self.described(&[file]);
        (package["resources"][0].take(), said)
    }
}

/// The names and types of a table's fields.
fn types(table: &Value) -> Vec<String> {
    let fields = table["schema"]["fields"].as_array().unwrap().iter();
    let words = fields.map(|field| match field["format"].as_str() {
        None => format!("{} {}", field["name"], field["type"]),
        Some(format) => format!("{} {} {format}", field["name"], field["type"]),
    });
    words.map(|words| words.replace('"', "")).collect()
}

#[test]
fn each_column_has_the_type_that_all_its_cells_have() {
    let folder = Folder::of(&[(
        "t.csv",
        b"id,zip,phone,amount,on,at,ok,flag,account\n\
          1,0870,+49 1,1.5,2024-02-28,2024-02-28T10:00:00Z,true,1,1234567890123456\n\
          2,1234,030,2,2024-02-29,2024-02-28T11:00:00Z,False,0,1\n",
    )]);
    let (table, said) = folder.table("t.csv");
    assert_eq!(
        types(&table),
        [
            "id integer",
            "zip string",
            "phone string",
            "amount number",
            "on date",
            "at datetime",
            "ok boolean",
            "flag integer",
            "account string",
        ]
    );
    assert_eq!(table["schema"]["primaryKey"], "id");
    assert_eq!(
        table["schema"]["fields"][1],
        json!({ "name": "zip", "type": "string", "constraints": { "required": true, "maxLength": 10 } })
    );
    assert!(said.starts_with("t.csv: table t, 2 rows, primary key id\n"), "{said}");
    // The type that came closest, and where it was given up; no values.
    assert!(said.contains("integer: line 2"), "{said}");
    assert!(!said.contains("0870") && !said.contains("1234567890123456"), "{said}");
}

#[test]
fn a_type_is_decided_by_all_rows_of_a_file() {
    let rows: String = (1..=30_000).map(|i| format!("{i},{i}\n")).collect();
    let folder = Folder::of(&[("t.csv", format!("id,code\n{rows}30001,0870\n30002,\n").as_bytes())]);
    let (table, said) = folder.table("t.csv");
    assert_eq!(types(&table), ["id integer", "code string"]);
    assert_eq!(table["schema"]["fields"][1]["constraints"], json!({ "maxLength": 10 }));
    assert!(said.contains("integer: line 30002"), "{said}");
}

#[test]
fn a_date_is_read_in_the_one_format_that_fits_and_is_a_string_where_two_fit() {
    let folder = Folder::of(&[(
        "t.csv",
        b"a,b,c\n28/02/2024,03/04/2024,2024-02-28 10:00\n01/02/2024,05/06/2024,2024-02-28 11:00\n",
    )]);
    let (table, said) = folder.table("t.csv");
    assert_eq!(types(&table), ["a date %d/%m/%Y", "b string", "c datetime %Y-%m-%d %H:%M"]);
    let sentence = "column `b`: its cells fit date %d/%m/%Y and date %m/%d/%Y, and none of them decides";
    assert!(said.contains(sentence), "{said}");
}

#[test]
fn what_may_mean_that_there_is_no_value_is_counted_and_not_applied() {
    let folder = Folder::of(&[("t.csv", b"id,n,until\n1,NA,9999-12-31\n2,5,2024-01-01\n3,NA,2024-01-02\n")]);
    let (table, said) = folder.table("t.csv");
    assert_eq!(types(&table), ["id integer", "n string", "until date"]);
    assert!(table["schema"]["missingValues"].is_null());
    for sentence in [
        "column `n`: 2 cells are `NA`, the first one at line 2; if that means that there is no value, give the field \
         `\"missingValues\": [\"\", \"NA\"]`, which is then of type integer",
        "column `until`: 1 cell is `9999-12-31`, the first one at line 2",
    ] {
        assert!(said.contains(sentence), "{said}");
    }
}

#[test]
fn a_table_without_a_unique_column_has_no_primary_key_and_this_is_said() {
    let folder = Folder::of(&[("t.csv", b"a,b\n1,x\n1,\n")]);
    let (table, said) = folder.table("t.csv");
    assert!(table["schema"]["primaryKey"].is_null());
    assert!(said.contains("no column can be the primary key"), "{said}");
}

#[test]
fn a_reference_is_proposed_and_not_written() {
    let folder = Folder::of(&[
        ("customers.csv", b"customer_id,name\n1,a\n2,b\n3,c\n"),
        ("orders.csv", b"order_id,customer,amount\n7,1,4\n8,3,5\n9,1,6\n"),
    ]);
    let (package, said) = folder.described(&["customers.csv", "orders.csv"]);
    assert!(package["resources"][1]["schema"]["foreignKeys"].is_null());
    assert!(
        said.contains("orders.customer seems to reference customers.customer_id: 2 of 2 distinct values"),
        "{said}"
    );
    // The line that is shown can be pasted.
    let line = said.lines().find_map(|line| line.trim().strip_prefix("\"foreignKeys\": ")).unwrap();
    let mut pasted = package;
    pasted["resources"][1]["schema"]["foreignKeys"] = serde_json::from_str(line).unwrap();
    folder.write("datapackage.json", pasted.to_string().as_bytes());
    let checked =
        folder.client(&["check", "orders", "orders.csv", "--data-package", "datapackage.json"]).expect(0);
    assert!(checked.contains("references to customers"), "{checked}");
}

#[test]
fn a_name_that_is_not_allowed_is_made_valid_and_stays_the_title() {
    let folder = Folder::of(&[("_my.csv", b",_id,Id,id\n1,2,3,4\n"), ("twice.csv", b"a,a\n1,2\n")]);
    let (table, _) = folder.table("_my.csv");
    assert_eq!(table["name"], "my");
    let fields = table["schema"]["fields"].as_array().unwrap();
    let names: Vec<_> = fields.iter().map(|field| (&field["name"], &field["title"])).collect();
    let named = |name: &str| Value::from(name);
    assert_eq!(
        names,
        [
            (&named("column1"), &named("")),
            (&named("id_2"), &named("_id")),
            (&named("Id"), &Value::Null),
            (&named("id_3"), &named("id")),
        ]
    );
    let (table, said) = folder.table("twice.csv");
    assert_eq!(table["dialect"], json!({ "header": false, "commentRows": [1] }));
    assert!(said.contains("its header has a label twice"), "{said}");
}

#[test]
fn delimiter_and_encoding_are_found_and_written() {
    let folder = Folder::of(&[
        ("semicolon.csv", b"id;price\n1;1,5\n2;2,5\n"),
        ("tab.csv", b"id\tprice\n1\t1\n"),
        ("pipe.csv", b"id|a,b|c\n1|2,3|4\n"),
        ("latin.csv", b"id,city\n1,K\xf6ln\n"),
        ("utf8.csv", "id,city\n1,Köln\n".as_bytes()),
    ]);
    for (file, property, value) in [
        ("semicolon.csv", "dialect", json!({ "delimiter": ";" })),
        ("tab.csv", "dialect", json!({ "delimiter": "\t" })),
        ("pipe.csv", "dialect", json!({ "delimiter": "|" })),
        ("latin.csv", "encoding", json!("windows-1252")),
        ("utf8.csv", "encoding", Value::Null),
    ] {
        let (table, _) = folder.table(file);
        assert_eq!(table[property], value, "{file}");
        assert!(table["schema"]["fields"].as_array().unwrap().len() >= 2, "{file}");
    }
}

#[test]
fn a_first_row_that_may_be_data_is_said_and_is_not_logged() {
    let folder = Folder::of(&[
        ("t.csv", b"1,secret\n2,b\n"),
        ("datapackage.json", br#"{ "resources": [{ "name": "t", "path": "t.csv" }] }"#),
    ]);
    let checked = folder.client(&["check", "t", "t.csv", "--data-package", "datapackage.json"]);
    let note = "is made of its 1 row: 2 fields, and its first row may be no header;";
    assert!(checked.err.contains(note) && !checked.err.contains("secret"), "{checked:?}");
    assert!(folder.client(&["describe", "t.csv"]).err.contains("its first row holds a number or a date"));

    let package = folder.client(&["describe", "t.csv", "--no-header"]).expect(0);
    folder.write("datapackage.json", package.as_bytes());
    let table = &serde_json::from_str::<Value>(&package).unwrap()["resources"][0];
    assert_eq!(types(table), ["field1 integer", "field2 string"]);
    let checked = folder.client(&["check", "t", "t.csv", "--data-package", "datapackage.json"]).expect(0);
    assert!(checked.starts_with("2 of 2 rows are valid"), "{checked}");
}

#[test]
fn a_header_after_empty_lines_that_has_a_label_twice_is_passed_over() {
    let folder = Folder::of(&[("t.csv", b"\n\r\na,a\n1,x\n2,y\n")]);
    let (table, _) = folder.table("t.csv");
    assert_eq!(types(&table), ["a integer", "a_2 string"]);
    assert_eq!(table["dialect"]["commentRows"], json!([3]));
}

#[test]
fn a_file_of_too_many_columns_is_refused() {
    let folder = Folder::of(&[("t.csv", ",".repeat(1 << 20).as_bytes())]);
    let ran = folder.client(&["describe", "t.csv"]);
    assert_eq!((ran.code, ran.err.as_str()), (1, "error: t.csv has more than 8192 columns\n"));
}

#[test]
fn files_of_other_formats_are_described_too() {
    let folder = Folder::of(&[
        ("a.json", br#"[{"id": 1, "v": "x", "on": "2024-01-01"}, {"id": 2, "v": null, "on": "2024-01-02"}]"#),
        ("b.ndjson", b"{\"id\": 1, \"m\": 1}\n{\"id\": 2, \"m\": \"x\", \"more\": true}\n"),
        ("c/d.tsv", b"id\tv\n1\t2,5\n"),
    ]);
    let (package, _) = folder.described(&["a.json", "b.ndjson", "c/d.tsv"]);
    let tables = package["resources"].as_array().unwrap();
    assert_eq!(types(&tables[0]), ["id integer", "v string", "on date"]);
    assert_eq!(types(&tables[1]), ["id integer", "m any", "more boolean"]);
    assert_eq!(types(&tables[2]), ["id integer", "v string"]);
    assert_eq!((&tables[2]["name"], &tables[2]["path"]), (&json!("d"), &json!("c/d.tsv")));
}

#[test]
fn rows_that_no_schema_lets_in_are_named_and_not_described() {
    let folder = Folder::of(&[("t.csv", b"id,v\n1,2\n2,x,y\n3,\"a\"b\n4,5\n")]);
    let ran = folder.client(&["describe", "t.csv"]);
    assert!(
        ran.err.contains("1 row is rejected whatever the schema says; the first one is at line 3"),
        "{ran:?}"
    );
    assert!(ran.err.contains("the first one is at line 4: a quote in it is not closed"), "{ran:?}");
    let package: Value = serde_json::from_str(&ran.expect(0)).unwrap();
    assert_eq!(types(&package["resources"][0]), ["id integer", "v integer"]);
}

#[test]
fn a_file_is_written_once_and_next_to_what_it_describes() {
    let folder = Folder::of(&[("data/t.csv", b"id\n1\n"), ("other.csv", b"id\n1\n"), ("empty.csv", b"")]);
    let out = folder.client(&["describe", "data/t.csv", "--out", "data/datapackage.json"]).expect(0);
    assert_eq!(out, "");
    let written = fs::read_to_string(folder.path().join("data/datapackage.json")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&written).unwrap()["resources"][0]["path"], "t.csv");
    let refused = |arguments: &[&str]| {
        let ran = folder.client(arguments);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{ran:?}");
        ran.err
    };
    let again = refused(&["describe", "data/t.csv", "--out", "data/datapackage.json"]);
    assert!(again.contains("data/datapackage.json is there already, and is not replaced"), "{again}");
    assert_eq!(fs::read_to_string(folder.path().join("data/datapackage.json")).unwrap(), written);
    let outside = refused(&["describe", "other.csv", "--out", "data/new.json"]);
    assert!(outside.contains("other.csv is not in "), "{outside}");
    assert!(refused(&["describe", "empty.csv"]).contains("empty.csv is empty: it has no header"));
    assert!(refused(&["describe", "none.csv"]).contains("none.csv cannot be opened"));
    assert!(refused(&["describe", "data"]).contains("data is a folder; name the files in it"));
}

#[test]
fn check_describes_a_table_that_has_no_schema_as_the_server_does() {
    let folder = Folder::of(&[
        ("t.csv", b"id;v\n1;a\n2;b\n"),
        ("new.csv", b"id;v\n3;c\nx;d\n"),
        ("datapackage.json", br#"{ "resources": [{ "name": "t", "path": "t.csv" }] }"#),
    ]);
    let ran = folder.client(&["check", "t", "new.csv", "--data-package", "datapackage.json"]);
    let note = "note: table `t`: `schema` is missing, and is made of its 2 rows: id integer, v string; primary key id";
    assert!(ran.err.contains(note), "{ran:?}");
    assert!(ran.expect(2).contains("1 of 2 rows are valid for t, 1 invalid"));
}
