//! `verify`.
//!
//! - `files`: files that were loaded, grew, or were changed
//! - `differences`: rows and rejects that the server no longer has as they were sent
//! - `receipt`: the receipt

mod differences;
mod files;
mod receipt;

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::fixture::{Fixture, employees};

/// Verifies a file, and returns the JSON that the client prints.
#[track_caller]
pub fn verified(fixture: &Fixture, table: &str, file: &Path, code: i32) -> Value {
    let ran = fixture.client(&["--json", "verify", table, file.to_str().unwrap()]);
    let report: Value = serde_json::from_str(&ran.expect(code)).unwrap();
    let sum: u64 = ["stored", "rejected", "differs", "missing", "twice"]
        .map(|name| report[name].as_u64().unwrap())
        .iter()
        .sum();
    assert_eq!(report["rows"], sum, "{report}");
    assert_eq!(report["adds_up"], code == 0, "{report}");
    assert!(code != 0 || report["file_hash"] == report["server_hash"], "{report}");
    report
}

/// Stored, rejected, differing, missing, twice, never received.
pub fn figures(report: &Value) -> [u64; 6] {
    ["stored", "rejected", "differs", "missing", "twice", "unrecorded"]
        .map(|name| report[name].as_u64().unwrap())
}

/// Place, kind and reason of each difference.
pub fn differences(report: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let one = |one: &Value| {
        let [first, last, kind, reason] =
            ["first_line", "last_line", "kind", "reason"].map(|name| text(&one[name]));
        format!("{first}-{last} {kind}: {reason}")
    };
    report["differences"].as_array().unwrap().iter().map(one).collect()
}

/// 2500 employees, of whom lines 3, 1500 and 2502 are none, and line 2501 has the key of another; loaded.
pub fn loaded(fixture: &Fixture) -> PathBuf {
    let rows = employees(1..=2500).replace("\r\n3,Ada", "\r\nx,Ada").replace("\r\n1500,Ada", "\r\n1500,");
    let file = fixture.file("new.csv", &(rows + "2400,Ada,2021-01-01T00:00:00Z,1,1\r\n8,Eve\r\n"));
    fixture.send("employees", &file, 2);
    file
}
