//! Names of backups.

use chrono::{DateTime, NaiveDateTime, Utc};

/// How a time stands in a name: UTC with milliseconds.
const TIME: &str = "%Y%m%dT%H%M%S%.3fZ";

const AVRO: &str = ".avro";

/// The name of a backup of a table, made at a time.
pub fn of(table: &str, at: DateTime<Utc>) -> String {
    format!("{table}-{}{AVRO}", at.format(TIME))
}

/// When a backup was made, by its name.
pub fn time(table: &str, name: &str) -> Option<DateTime<Utc>> {
    let time = name.strip_prefix(table)?.strip_prefix('-')?.strip_suffix(AVRO)?;
    NaiveDateTime::parse_from_str(time, TIME).ok().map(|time| time.and_utc())
}

/// Whether a file may be a backup: letters, digits, `.`, `_` and `-`, so that no name leads elsewhere.
pub fn is_valid(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    name.len() <= 200
        && name.ends_with(AVRO)
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.bytes().all(plain)
        && !name.contains("..")
}

/// The name of a backup's manifest.
pub fn manifest(name: &str) -> String {
    format!("{}.json", name.strip_suffix(AVRO).unwrap_or(name))
}

/// The backup of which a file is the manifest.
pub fn of_manifest(file: &str) -> Option<String> {
    Some(format!("{}{AVRO}", file.strip_suffix(".json")?))
}

/// A time as answers show it.
pub fn text(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
