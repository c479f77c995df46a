//! Rows a second that are bound as arguments of an insert, for each engine, on one thread and without a database.
//!
//! `cargo bench -p api --bench bind` runs it.

#![allow(clippy::unwrap_used, reason = "a benchmark that fails should panic")]

use std::path::Path;
use std::time::{Duration, Instant};

use api::store;
use dictionary::decode::Row;
use dictionary::split::Splitter;
use dictionary::{Dictionary, Value};

/// How long each engine's binder is repeated.
const SPAN: Duration = Duration::from_secs(2);

/// The first batch of the employees in `data/`.
fn batch() -> Vec<Row> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data");
    let dictionary = Dictionary::parse(&std::fs::read(data.join("datapackage.json")).unwrap()).unwrap();
    let table = dictionary.table("employees").unwrap();
    let mut splitter = Splitter::new(table, []);
    splitter.push(&std::fs::read(data.join(&table.path)).unwrap());
    splitter.finish();
    let batch = splitter.next_batch().unwrap().unwrap();
    batch.decode(table)
}

fn main() {
    let batch = batch();
    let rows: Vec<&[Value]> = batch.iter().map(|row| row.values.as_slice()).collect();
    for (engine, bind) in store::binders() {
        let mut speeds = Vec::new();
        let started = Instant::now();
        while speeds.is_empty() || started.elapsed() < SPAN {
            let from = Instant::now();
            bind(&rows).unwrap();
            speeds.push(rows.len() as f64 / from.elapsed().as_secs_f64());
        }
        speeds.sort_by(f64::total_cmp);
        println!("bind {engine:<9} {:>12.0} rows/s", speeds[speeds.len() / 2]);
    }
}
