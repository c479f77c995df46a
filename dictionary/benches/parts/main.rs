//! The parts of the dictionary that each row passes, measured one by one on one thread.
//!
//! `cargo bench -p dictionary --bench parts [-- PART...]` prints rows a second. With `-- --once PART` it runs a part
//! once, in [`collected`], and prints the number of rows: `tests/bench/instructions.sh` counts instructions there. The
//! data are those of `data/`, or of the folder that the variable `BENCH_DATA` names.
//!
//! There is no framework: a median of a few seconds is enough to compare two versions of the code, and the regressions
//! are found by instructions, which do not depend on what else the machine does.

#![allow(clippy::unwrap_used, reason = "a benchmark that fails should panic")]

mod input;

use std::hint::black_box;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use dictionary::{ContentHash, RowsHash, decode, judge};
use input::Input;

/// How long a part is repeated.
const SPAN: Duration = Duration::from_secs(2);

/// A part: its name, and a function that runs it on all rows and returns how many these are.
type Part = (&'static str, fn(&Input) -> u64);

/// A new part needs a line here, and one in `tests/bench/instructions.txt` (`UPDATE=1 tests/bench/instructions.sh`).
const PARTS: &[Part] = &[
    ("split", split),
    ("decode-csv", decode_csv),
    ("decode-json", decode_json),
    ("judge", judge_rows),
    ("content-hash", content_hash),
    ("rows-hash", rows_hash),
];

fn split(input: &Input) -> u64 {
    black_box(input::split(&input.table, &input.file)).iter().map(|batch| batch.rows()).sum()
}

fn decode_csv(input: &Input) -> u64 {
    for batch in &input.batches {
        black_box(batch.decode(&input.table));
    }
    input.rows
}

fn decode_json(input: &Input) -> u64 {
    for body in &input.json {
        black_box(decode::json(body.as_bytes(), &input.table, decode::Start::default()).unwrap());
    }
    input.json_rows
}

fn judge_rows(input: &Input) -> u64 {
    for rows in &input.decoded {
        black_box(judge(&input.table, rows, &mut input.existing.clone()));
    }
    input.rows
}

fn content_hash(input: &Input) -> u64 {
    let mut hash = ContentHash::new(&input.table);
    for row in &input.accepted {
        hash.push(row).unwrap();
    }
    let rows = hash.rows();
    black_box(hash.finish());
    rows
}

fn rows_hash(input: &Input) -> u64 {
    let mut hash = RowsHash::default();
    for (number, row) in (1..).zip(&input.accepted) {
        hash.stored(number, row);
    }
    black_box(hash.finish());
    input.accepted.len() as u64
}

/// What callgrind collects, which knows it by its name.
#[inline(never)]
fn collected(part: fn(&Input) -> u64, input: &Input) -> u64 {
    black_box(part(black_box(input)))
}

/// Rows a second: the median of as many runs as fit into the span.
fn rows_per_second(part: fn(&Input) -> u64, input: &Input) -> f64 {
    let started = Instant::now();
    let mut speeds = Vec::new();
    while speeds.is_empty() || started.elapsed() < SPAN {
        let from = Instant::now();
        let rows = part(input);
        speeds.push(rows as f64 / from.elapsed().as_secs_f64());
    }
    speeds.sort_by(f64::total_cmp);
    speeds[speeds.len() / 2]
}

fn main() {
    // Cargo adds --bench; without it, this is a test.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let names: Vec<&str> =
        arguments.iter().map(String::as_str).filter(|argument| !argument.starts_with("--")).collect();
    let is_there = |name: &&str| PARTS.iter().any(|(part, _)| part == name);
    if let Some(unknown) = names.iter().find(|name| !is_there(name)) {
        let all: Vec<&str> = PARTS.iter().map(|(name, _)| *name).collect();
        eprintln!("there is no part {unknown:?}; use {}", all.join(", "));
        std::process::exit(64);
    }
    if arguments.iter().any(|argument| argument == "--list") {
        return PARTS.iter().for_each(|(name, _)| println!("{name}"));
    }
    let folder = std::env::var_os("BENCH_DATA").map(PathBuf::from);
    let input =
        Input::read(&folder.unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/../data").into()));
    for (name, part) in PARTS.iter().filter(|(name, _)| names.is_empty() || names.contains(name)) {
        if arguments.iter().any(|argument| argument == "--once") {
            println!("{}", collected(*part, &input));
        } else {
            println!("{name:<14} {:>12.0} rows/s", rows_per_second(*part, &input));
        }
    }
}
