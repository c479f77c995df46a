//! The claims of `tests/cases`: each folder with a `rows` file is one, its name says what holds.
//!
//! The dictionary is the nearest `datapackage.json` upwards, the table its last one. `known.json` says
//! what the database holds; without it the table is empty and references are not judged. The whole
//! verdict is compared with `verdict.json`, which `UPDATE=1` rewrites.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use dictionary::decode::{self, BodyError, Columns, Row, Start};
use dictionary::wire::InLog;
use dictionary::{Dictionary, ExistingKeys, Reject, RowError, Table, judge};
use serde::{Serialize, Serializer};

use crate::{known, packages};

#[test]
fn every_case_gets_the_verdict_beside_it() {
    let update = std::env::var_os("UPDATE").is_some();
    let folders = case_folders();
    assert!(folders.len() > 60, "only {} cases were found", folders.len());
    let mut failures = Vec::new();
    for (folder, rows) in folders {
        let verdict = serde_json::to_string_pretty(&answer(&folder, &rows)).unwrap() + "\n";
        let file = folder.join("verdict.json");
        if update {
            fs::write(&file, verdict).unwrap();
        } else if let Some(difference) = difference(&fs::read_to_string(&file).unwrap_or_default(), &verdict)
        {
            failures.push(format!("{}: {difference}", folder.file_name().unwrap().display()));
        }
    }
    assert!(failures.is_empty(), "{}\nUPDATE=1 accepts what is found", failures.join("\n"));
}

/// An answer holds the message of an error, and the reject log what it is made of.
#[test]
fn every_error_is_read_back_from_an_answer_and_from_the_reject_log() {
    for (folder, rows) in case_folders() {
        let Answer::Judged { rejected, .. } = answer(&folder, &rows) else { continue };
        for error in rejected.iter().flat_map(|rejected| &rejected.reject.errors) {
            let answered = serde_json::to_string(error).unwrap();
            let read: RowError = serde_json::from_str(&answered).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), answered);
            assert_eq!(read.to_string(), error.to_string());
            let logged = serde_json::to_string(&InLog(error)).unwrap();
            assert_eq!(serde_json::from_str::<RowError>(&logged).unwrap(), *error, "{logged}");
            assert!(logged.len() < answered.len(), "{logged}");
        }
    }
}

/// Each case's folder and rows, in order of their paths.
fn case_folders() -> Vec<(PathBuf, PathBuf)> {
    let mut found = Vec::new();
    let mut open = vec![packages::cases()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.file_stem().unwrap() == "rows" {
                found.push((folder.clone(), path));
            }
        }
    }
    found.sort();
    found
}

fn answer(folder: &Path, rows: &Path) -> Answer {
    let package = folder.ancestors().map(|up| up.join("datapackage.json")).find(|file| file.exists());
    let dictionary = Dictionary::parse(&fs::read(package.unwrap()).unwrap());
    let table = packages::last(&dictionary.unwrap_or_else(|e| panic!("{}: {e}", folder.display())));
    let known = known::read(&folder.join("known.json"), &table);
    let body = fs::read(rows).unwrap();
    match decode(rows, &body, &table) {
        Ok(rows) => judged(&table, &rows, &known, &body),
        Err(error) => Answer::Refused { refused: Refusal::new(&error) },
    }
}

fn decode(file: &Path, body: &[u8], table: &Table) -> Result<Vec<Row>, BodyError> {
    let start = Start::default();
    match file.extension().unwrap().to_str().unwrap() {
        "json" => decode::json(body, table, start),
        "ndjson" => decode::ndjson(body, table, start),
        _ => decode::csv(body, table, (!table.header).then(|| Columns::in_order(table)), start)
            .map(|(rows, _)| rows),
    }
}

fn judged(table: &Table, rows: &[Row], known: &ExistingKeys, body: &[u8]) -> Answer {
    let verdict = judge(table, rows, &mut known.clone());
    Answer::Judged {
        accepted: verdict.accepted.iter().map(|row| Accepted::new(table, row)).collect(),
        rejected: verdict
            .rejected
            .into_iter()
            .map(|(reject, raw)| Rejected::new(reject, &body[raw]))
            .collect(),
    }
}

/// Where two JSON texts differ, unless they say the same.
fn difference(expected: &str, found: &str) -> Option<String> {
    let read = |text| serde_json::from_str::<serde_json::Value>(text).ok();
    if read(expected).is_some_and(|json| Some(json) == read(found)) {
        return None;
    }
    let lines = expected.lines().chain(std::iter::repeat("(nothing)")).zip(found.lines()).zip(1..);
    let first = lines.into_iter().find(|((expected, found), _)| expected != found);
    Some(first.map_or_else(
        || "verdict.json goes on where the verdict ends".to_owned(),
        |((expected, found), line)| format!("line {line}: expected {expected}, found {found}"),
    ))
}

#[derive(Serialize)]
#[serde(untagged)]
enum Answer {
    Judged { accepted: Vec<Accepted>, rejected: Vec<Rejected> },
    Refused { refused: Refusal },
}

/// A body refused whole.
#[derive(Serialize)]
struct Refusal {
    error: String,
    message: String,
}

impl Refusal {
    fn new(error: &BodyError) -> Self {
        let variant = format!("{error:?}");
        Refusal { error: variant.split('(').next().unwrap().to_owned(), message: error.to_string() }
    }
}

#[derive(Serialize)]
struct Accepted {
    row: u64,
    line: Option<u64>,
    cells: Cells,
}

impl Accepted {
    fn new(table: &Table, row: &Row) -> Self {
        let cells = table.fields.iter().zip(&row.values).filter(|(_, value)| !value.is_null());
        let cells = cells.map(|(field, value)| (field.name.clone(), value.text().into_owned()));
        Accepted { row: row.number, line: row.line, cells: Cells(cells.collect()) }
    }
}

/// Field names and canonical texts, in field order, without nulls.
struct Cells(Vec<(String, String)>);

impl Serialize for Cells {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, text)| (name, text)))
    }
}

#[derive(Serialize)]
struct Rejected {
    #[serde(flatten)]
    reject: Reject,
    #[serde(skip_serializing_if = "Option::is_none")]
    raw: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    raw_base64: Option<String>,
}

impl Rejected {
    fn new(reject: Reject, raw: &[u8]) -> Self {
        match std::str::from_utf8(raw) {
            Ok(text) => Rejected { reject, raw: Some(text.to_owned()), raw_base64: None },
            Err(_) => Rejected { reject, raw: None, raw_base64: Some(BASE64_STANDARD.encode(raw)) },
        }
    }
}
