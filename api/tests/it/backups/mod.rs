//! Backups and restores.
//!
//! - `made`, `lists`, `old_ones`, `retention`, `left_over`: backups are made, listed, kept and deleted
//! - `restored`, `references`, `at_once`: a table after a restore, its references, and loads meanwhile
//! - `hash`, `schemas`: the content hash, the committed Avro schemas
//! - `damage`, `failures`: files that are damaged, backups and restores that fail
//! - `foreign_files`, `fastavro`: files that other programs wrote
//! - `names`, `odd_entries`: names and entries of the folder that are not backups
//! - `s3`: backups in a bucket
//! - `properties`: generated tables survive backup and restore

mod at_once;
mod damage;
mod failures;
mod fastavro;
mod foreign_files;
mod hash;
mod left_over;
mod lists;
mod made;
mod names;
mod odd_entries;
mod old_ones;
mod properties;
mod references;
mod restored;
mod retention;
mod s3;
mod schemas;

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use serde_json::Value;
use support::{Fixture, Server};

/// Departments, jobs, and so many employees who use them.
pub async fn filled(fixture: &Fixture, employees: u32) -> Server {
    let server = fixture.shipped_package(&["departments.csv", "jobs.csv"]).start().await;
    load_employees(&server, 1..=employees).await;
    server
}

/// Loads employees by id, in batches.
pub async fn load_employees(server: &Server, ids: std::ops::RangeInclusive<u32>) {
    let ids: Vec<u32> = ids.collect();
    for ids in ids.chunks(1000) {
        let row = |id: &u32| format!("{id},Ада {id},2021-07-27T16:02:08Z,{},{}\n", id % 12 + 1, id % 183 + 1);
        server.post_csv("employees", ids.iter().map(row).collect::<String>()).await.expect(201);
    }
}

/// The figures of a restore's answer: before, after, added, removed, changed, unchanged.
pub fn figures(restored: &Value) -> [u64; 6] {
    ["before", "after", "added", "removed", "changed", "unchanged"]
        .map(|name| restored[name].as_u64().unwrap())
}

/// Sets a file's modification time to some hours ago.
pub fn age(file: &Path, hours: u64) {
    let file = fs::File::options().append(true).open(file).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(hours * 3600)).unwrap();
}
