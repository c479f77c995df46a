//! Names of backups.

use std::collections::HashSet;

use chrono::{DateTime, Datelike, NaiveDateTime, TimeDelta, Utc};

use super::object::{self, Object};

/// How a time is written in a name: UTC with milliseconds.
const TIME: &str = "%Y%m%dT%H%M%S%.3fZ";

const AVRO: &str = ".avro";

/// The name of a backup of a table, made at a time.
pub fn of(table: &str, at: DateTime<Utc>) -> String {
    format!("{}-{}{AVRO}", folder(table), at.format(TIME))
}

/// A table's name as every store takes it in the name of a folder or file: each byte that is no letter, digit, `_` or `-` is
/// `=` and two hexadecimal digits.
pub fn folder(table: &str) -> String {
    table.bytes().fold(String::with_capacity(table.len()), |mut text, byte| {
        let is_first = text.is_empty();
        match byte {
            b'-' if is_first => text += "=2D",
            b'_' | b'-' => text.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => text.push(char::from(byte)),
            byte => text += &format!("={byte:02X}"),
        }
        text
    })
}

/// The last year that a name can hold.
const LAST_YEAR: i32 = 9999;

/// Names for a new backup. Each is later than the one before it and than the newest backup that is there, by a
/// millisecond where the clock shows no later time: so the newest backup is the one that was made last, also where
/// the clock of its maker was ahead.
pub struct Names<'t> {
    table: &'t str,
    /// The time in the last name.
    last: Option<DateTime<Utc>>,
    /// When the last name was made, by the clock.
    pub made_at: DateTime<Utc>,
}

impl<'t> Names<'t> {
    pub fn new(table: &'t str) -> Names<'t> {
        Names { table, last: None, made_at: DateTime::default() }
    }

    /// The next name, with the objects that are there now.
    pub fn next(&mut self, there: &[Object]) -> String {
        let now = Utc::now().timestamp_millis();
        self.made_at = DateTime::from_timestamp_millis(now).unwrap_or_default();
        let names = object::names(there);
        let times = there.iter().filter_map(|object| listed_at(self.table, object, &names));
        // After the last year there is no name.
        let newest = times.filter(|time| time.year() < LAST_YEAR).max();
        let earliest = newest.max(self.last).map(|before| before + TimeDelta::milliseconds(1));
        let time = earliest.map_or(self.made_at, |earliest| earliest.max(self.made_at));
        self.last = Some(time);
        of(self.table, time)
    }

    /// How far the last name is ahead of the clock.
    pub fn ahead(&self) -> TimeDelta {
        self.last.map_or(TimeDelta::zero(), |last| last - self.made_at)
    }
}

/// The time by which a backup is listed, if a restore may take it for the newest: with a name of this program, or
/// with a manifest.
fn listed_at(table: &str, object: &Object, names: &HashSet<&str>) -> Option<DateTime<Utc>> {
    let has_manifest = || names.contains(manifest(&object.name).as_str());
    let of_others = || (is_valid(&object.name) && has_manifest()).then_some(object.modified);
    time(table, &object.name).or_else(of_others)
}

/// When a backup was made, by its name.
pub fn time(table: &str, name: &str) -> Option<DateTime<Utc>> {
    let time = name.strip_prefix(&folder(table))?.strip_prefix('-')?.strip_suffix(AVRO)?;
    NaiveDateTime::parse_from_str(time, TIME).ok().map(|time| time.and_utc())
}

/// Whether a file may be a backup: letters, digits, `.`, `_`, `-` and `=`, so that no name leads elsewhere.
pub fn is_valid(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'=');
    name.len() <= 240
        && name.ends_with(AVRO)
        && name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '=')
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

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn a_backup_of_a_table_of_any_name_has_a_name_that_every_store_takes() {
        let at = DateTime::from_timestamp_millis(1_627_401_728_123).unwrap_or_default();
        for (table, folder_name) in [
            ("jobs", "jobs"),
            ("a.b/c", "a=2Eb=2Fc"),
            ("é", "=C3=A9"),
            ("=C3=A9", "=3DC3=3DA9"),
            ("-", "=2D"),
            ("a-b", "a-b"),
            (&"ä".repeat(31), &"=C3=A4".repeat(31)),
        ] {
            assert_eq!(folder(table), folder_name);
            assert!(is_valid(&of(table, at)), "{table}");
            assert_eq!(time(table, &of(table, at)), Some(at));
        }
        assert_eq!(time("a", &of("a-b", at)), None);
    }

    #[test]
    fn a_name_is_found_in_little_time_among_many_backups_of_others() {
        let object = |name| Object { name, bytes: 1, modified: DateTime::default() };
        let there: Vec<Object> = (0..50_000)
            .map(|i| object(format!("a{i}.avro")))
            .chain((0..50_000).map(|i| object(format!("a{i}.json"))))
            .collect();
        let started = Instant::now();
        Names::new("jobs").next(&there);
        assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    }
}
