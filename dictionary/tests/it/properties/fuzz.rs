//! Hostile inputs: arbitrary bytes, and mutations of the files in `tests/corpus` and `tests/cases`. Nothing panics or
//! hangs, and what is said of an input is bounded by it.

use std::fs;
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use dictionary::decode::{self, BodyError, Columns, MAX_ROWS, Row, Start};
use dictionary::split::Splitter;
use dictionary::{Dictionary, ExistingKeys, Table, judge};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

use crate::packages;
use crate::raw_cells::raw_cells;

/// For one input; the slowest takes a hundredth of it in the tests' build.
const DEADLINE: Duration = Duration::from_secs(20);

/// The longest thing that is said of one cell: its text is cut after 200 characters, and occurs twice.
const LONGEST_MESSAGE: usize = 4000;

proptest! {
    #![proptest_config(super::cases(600))]

    #[test]
    fn any_body_is_decoded_or_refused_within_bounds(body in mutated(bodies(), 1)) {
        within_bounds(body);
    }

    #[test]
    fn any_descriptor_is_read_or_refused_in_a_sentence(json in mutated(descriptors(), 1)) {
        read_or_refused(json);
    }

    #[test]
    fn any_change_of_a_descriptor_is_read_or_refused_in_a_sentence(
        seed in any::<Index>(), changes in vec((any::<Index>(), value()), 1..4)
    ) {
        let descriptors = descriptors();
        let Ok(mut json) = serde_json::from_slice::<Value>(seed.get::<Vec<u8>>(&descriptors)) else { return Ok(()) };
        for (place, value) in changes {
            let mut places = Vec::new();
            collect(&json, &mut String::new(), &mut places);
            let place: &String = place.get(&places);
            *json.pointer_mut(place.as_str()).unwrap() = value;
        }
        read_or_refused(json.to_string().into_bytes());
    }
}

proptest! {
    #![proptest_config(super::cases(60))]

    /// Where something takes time or memory with the square of what is sent, this does not end.
    #[test]
    fn a_large_body_takes_time_in_proportion(body in mutated(bodies(), 1 << 20)) {
        within_bounds(body);
    }
}

#[test]
fn every_file_of_the_corpus_is_within_bounds() {
    bodies().into_iter().for_each(within_bounds);
    descriptors().into_iter().for_each(read_or_refused);
}

/// The files of the corpus and of the cases with these names.
fn files(folder: &Path, wanted: &dyn Fn(&str) -> bool) -> Vec<Vec<u8>> {
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: &Path| match path.is_dir() {
        true => files(path, wanted),
        false if wanted(path.to_str().unwrap()) => vec![fs::read(path).unwrap()],
        false => Vec::new(),
    };
    paths.iter().flat_map(|path| read(path)).collect()
}

fn tests() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests"))
}

fn bodies() -> Vec<Vec<u8>> {
    let corpus = |path: &str| path.contains("/corpus/") && !path.contains("/descriptor/");
    let all = files(tests(), &|path| corpus(path) || path.contains("/cases/") && path.contains("/rows."));
    assert!(all.len() > 80, "{} seeds", all.len());
    all
}

fn descriptors() -> Vec<Vec<u8>> {
    let all = files(tests(), &|path| path.contains("/descriptor/") || path.ends_with("/datapackage.json"));
    assert!(all.len() > 5, "{} seeds", all.len());
    all
}

/// What is done to a seed.
#[derive(Debug, Clone)]
enum Change {
    Put(Index, Vec<u8>),
    Cut(Index, Index),
    Repeat(Index, Index, u16),
    Flip(Index, u8),
    Splice(Index, Index),
}

fn change() -> impl Strategy<Value = Change> {
    let token = prop_oneof![
        3 => vec(any::<u8>(), 1..8),
        5 => prop::sample::select(vec![
            "\"", "\"\"", "\"x", "\n", "\r\n", ",", ";", "[", "{", "}", "]", ":", "\\", "\\u0000", "\\ud800", "null",
            "1e999", "-0", "9223372036854775808", "{\"job_id\":1,", "\u{feff}", "\u{202e}", "\0", "é", "pattern",
            "\"minimum\":", "\"unique\":true,", "(((((", "{9999}", "\\p{L}*", "req1", "../",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
    ];
    prop_oneof![
        4 => (any::<Index>(), token).prop_map(|(at, bytes)| Change::Put(at, bytes)),
        2 => (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Change::Cut(from, to)),
        2 => (any::<Index>(), any::<Index>(), any::<u16>()).prop_map(|(from, to, n)| Change::Repeat(from, to, n)),
        2 => (any::<Index>(), any::<u8>()).prop_map(|(at, bits)| Change::Flip(at, bits)),
        1 => (any::<Index>(), any::<Index>()).prop_map(|(at, seed)| Change::Splice(at, seed)),
    ]
}

/// A changed seed, or bytes of no origin; repeated until it has about so many bytes.
fn mutated(seeds: Vec<Vec<u8>>, size: usize) -> impl Strategy<Value = Vec<u8>> {
    let changed = (any::<Index>(), vec(change(), 0..6)).prop_map(move |(seed, changes)| {
        let bytes = seed.get::<Vec<u8>>(&seeds).clone();
        changes.into_iter().fold(bytes, |bytes, change| apply(bytes, change, &seeds))
    });
    let bytes = prop_oneof![9 => changed, 1 => vec(any::<u8>(), 0..300)];
    bytes.prop_map(move |bytes| bytes.repeat(size.div_ceil(bytes.len().max(1))))
}

fn apply(mut bytes: Vec<u8>, change: Change, seeds: &[Vec<u8>]) -> Vec<u8> {
    let length = bytes.len();
    let range = |from: Index, to: Index| {
        let (from, to) = (from.index(length + 1), to.index(length + 1));
        from.min(to)..from.max(to)
    };
    match change {
        Change::Put(at, token) => drop(bytes.splice(range(at, at), token)),
        Change::Cut(from, to) => drop(bytes.drain(range(from, to))),
        Change::Repeat(from, to, times) => {
            let range = range(from, to);
            let most = (16 << 10) / range.len().max(1);
            let repeated = bytes[range.clone()].repeat(usize::from(times).min(most));
            bytes.splice(range.end..range.end, repeated);
        }
        Change::Flip(at, bits) if length > 0 => bytes[at.index(length)] ^= bits,
        Change::Flip(..) => {}
        Change::Splice(at, seed) => {
            bytes.truncate(at.index(length + 1));
            let seed: &Vec<u8> = seed.get(seeds);
            bytes.extend_from_slice(seed);
        }
    }
    bytes
}

/// A JSON value that may stand anywhere in a descriptor.
fn value() -> impl Strategy<Value = Value> {
    let words =
        ["id", "name", "integer", "string", "[a-z", "(a*)*", "2021-02-30", "email", ";", "", "nöt", "NaN"];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(words.to_vec()).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        Just(Value::from("x".repeat(100_000))),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec(("[a-zA-Z]{1,12}", inner), 0..4)
                .prop_map(|members| json!(members.into_iter().collect::<serde_json::Map<_, _>>())),
        ]
    })
}

/// Pointers to all values within one.
fn collect(value: &Value, at: &mut String, places: &mut Vec<String>) {
    places.push(at.clone());
    let members: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(i, item)| (i.to_string(), item)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return,
    };
    for (name, value) in members {
        let length = at.len();
        *at += &format!("/{}", name.replace('~', "~0").replace('/', "~1"));
        collect(value, at, places);
        at.truncate(length);
    }
}

/// Runs a check on a thread of its own, which has to end in time.
fn in_time(input: Vec<u8>, check: fn(&[u8])) {
    let (sender, ended) = channel();
    let shown: String = input[..input.len().min(2000)].escape_ascii().to_string();
    let thread = std::thread::spawn(move || {
        check(&input);
        let _nobody_waits = sender.send(());
    });
    match ended.recv_timeout(DEADLINE) {
        Err(RecvTimeoutError::Timeout) => panic!("no end: {shown}"),
        _ => thread.join().unwrap_or_else(|_| panic!("input: {shown}")),
    }
}

fn within_bounds(body: Vec<u8>) {
    in_time(body, |body| {
        for table in [packages::jobs(), packages::last(&packages::types())] {
            let start = Start { row: u64::MAX >> 2, line: u64::MAX >> 2 };
            check(&table, body, decode::json(body, &table, start));
            check(&table, body, decode::ndjson(body, &table, start));
            for columns in [None, Some(Columns::in_order(&table))] {
                check(&table, body, decode::csv(body, &table, columns, start).map(|(rows, _)| rows));
            }
            let mut splitter = Splitter::new(&table, []);
            splitter.push(body);
            splitter.finish();
            let mut cut = 0;
            while let Ok(Some(batch)) = splitter.next_batch() {
                assert!(!batch.body.is_empty() && !batch.records.is_empty());
                cut += batch.body.len();
            }
            assert!(cut <= body.len());
        }
    });
}

fn check(table: &Table, body: &[u8], decoded: Result<Vec<Row>, BodyError>) {
    let rows = match decoded {
        Ok(rows) => rows,
        Err(error) => return assert!(error.to_string().len() < LONGEST_MESSAGE, "{error}"),
    };
    assert!((1..=MAX_ROWS).contains(&rows.len()));
    let mut at = 0;
    for row in &rows {
        assert!(at <= row.raw.start && row.raw.end <= body.len(), "rows overlap");
        at = row.raw.end;
        assert_eq!(row.values.len(), table.fields.len());
    }
    let verdict = judge(table, &rows, &mut ExistingKeys::default());
    assert_eq!(verdict.accepted.len() + verdict.rejected.len(), rows.len());
    for (reject, raw) in &verdict.rejected {
        // All constraints of a field may fail, and the row as a whole.
        assert!((1..=table.fields.len() * 8 + 2).contains(&reject.errors.len()));
        for error in &reject.errors {
            assert!(error.to_string().len() < LONGEST_MESSAGE, "{error}");
            assert!(error.cell.as_ref().is_none_or(|cell| cell.len() < LONGEST_MESSAGE));
        }
        raw_cells(table, &String::from_utf8_lossy(&body[raw.clone()]), None);
    }
}

fn read_or_refused(json: Vec<u8>) {
    in_time(json, |json| match Dictionary::parse(json) {
        Ok(dictionary) => {
            let hires = b"1,a\n\"x\"\n{\"id\":1}\n";
            for table in dictionary.tables() {
                let columns = Some(Columns::in_order(table));
                check(
                    table,
                    hires,
                    decode::csv(hires, table, columns, Start::default()).map(|(rows, _)| rows),
                );
                check(table, hires, decode::ndjson(hires, table, Start::default()));
            }
        }
        Err(refusal) => {
            let refusal = refusal.to_string();
            assert!(refusal.len() < LONGEST_MESSAGE, "{} bytes: {}", refusal.len(), &refusal[..200]);
        }
    });
}
