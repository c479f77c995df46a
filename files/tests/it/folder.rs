//! A folder with a table and its files.

use std::fs;
use std::io::Read;
use std::sync::Arc;

use dictionary::decode::Row;
use dictionary::split::{Form, Reader};
use dictionary::{Dictionary, Table};
use files::{Found, Opened};
use serde_json::{Value, json};
use tempfile::TempDir;

pub struct Folder(TempDir);

impl Folder {
    pub fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    pub fn write(self, name: &str, bytes: impl AsRef<[u8]>) -> Folder {
        fs::write(self.0.path().join(name), bytes).unwrap();
        self
    }

    /// What is there of a table with an `id` and a `name`, whose resource has these properties too.
    pub fn found(&self, properties: &Value) -> Result<Found, String> {
        files::open_table(self.0.path(), &table(properties)).map_err(|error| error.to_string())
    }

    pub fn open(&self, properties: &Value) -> Opened {
        match self.found(properties).unwrap() {
            Found::Rows(opened) => opened,
            other @ (Found::Missing(_) | Found::Remote(_)) => panic!("{other:?}"),
        }
    }

    /// The text in the plain form.
    pub fn text(&self, properties: &Value) -> String {
        let mut text = String::new();
        self.open(properties).text.read_to_string(&mut text).unwrap();
        text
    }

    /// Why a file is refused, when it is opened or read.
    pub fn refusal(&self, properties: &Value) -> String {
        match self.found(properties) {
            Err(why) => why,
            Ok(Found::Rows(mut opened)) => {
                std::io::copy(&mut opened.text, &mut std::io::sink()).unwrap_err().to_string()
            }
            Ok(other) => panic!("{other:?}"),
        }
    }

    /// The rows as a load decodes them: line, then the values, or the codes of their errors.
    pub fn rows(&self, properties: &Value) -> Vec<String> {
        let table = table(properties);
        let Found::Rows(mut opened) = files::open_table(self.0.path(), &table).unwrap() else { panic!() };
        let mut reader = Reader::of_form(opened.form, &table, []);
        let mut rows = Vec::new();
        while let Some(batch) = reader.next_batch(|piece| opened.text.read(piece)).unwrap().unwrap() {
            rows.extend(batch.decode(&table).iter().map(told));
        }
        rows
    }
}

fn told(row: &Row) -> String {
    let line = row.line.unwrap_or_default();
    if row.errors.is_empty() {
        let values: Vec<_> = row.values.iter().map(|value| value.text().to_string()).collect();
        return format!("{line}: {}", values.join(" "));
    }
    let codes: Vec<_> = row.errors.iter().map(|(_, error)| error.code.as_str()).collect();
    format!("{line}: {}", codes.join(" "))
}

pub fn table(properties: &Value) -> Arc<Table> {
    let mut resource = json!({ "name": "things", "path": "things.csv", "schema": {
        "primaryKey": "id",
        "fields": [{ "name": "id", "type": "integer" }, { "name": "name", "type": "string" }],
    } });
    let members = resource.as_object_mut().unwrap();
    if properties.get("data").is_some() {
        members.remove("path");
    }
    members.extend(properties.as_object().unwrap().clone());
    let package = json!({ "resources": [resource] }).to_string();
    Arc::clone(&Dictionary::parse(package.as_bytes()).unwrap().tables()[0])
}

#[test]
fn a_file_in_the_plain_form_is_passed_through() {
    let folder = Folder::new().write("things.csv", "\u{feff}id,name\r\n1,é\r\n");
    let opened = folder.open(&json!({}));
    assert!(opened.is_verbatim && opened.form == Form::Csv && opened.remarks.is_empty(), "{opened:?}");
    assert_eq!(folder.text(&json!({})), "\u{feff}id,name\r\n1,é\r\n");
}

#[test]
fn what_is_not_there_or_elsewhere_is_told() {
    let found = Folder::new().found(&json!({ "path": ["a.csv", "b.csv"] })).unwrap();
    assert!(matches!(&found, Found::Missing(files) if files == &["a.csv", "b.csv"]), "{found:?}");
    let found = Folder::new().found(&json!({ "path": "https://example.com/a.csv" })).unwrap();
    assert!(matches!(&found, Found::Remote(_)), "{found:?}");
}
