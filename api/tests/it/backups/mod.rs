//! Backups and restores.

mod damage;
mod failures;
mod fastavro;
mod foreign_files;
mod hash;
mod left_over;
mod made;
mod names;
mod odd_entries;
mod properties;
mod restored;
mod retention;
mod s3;
mod schemas;

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::server::{Answer, Fixture, Server};

impl Server {
    /// Makes a backup; its name.
    pub async fn back_up(&self, table: &str) -> String {
        let made = self.send(self.call("POST", &format!("/backup/{table}"))).await.expect(201);
        made["name"].as_str().unwrap().to_owned()
    }

    /// Asks for a restore; the query is without its `?`.
    pub async fn restore(&self, table: &str, query: &str) -> Answer {
        self.send(self.call("POST", &format!("/restore/{table}?{query}"))).await
    }

    /// The content hash of a table.
    pub async fn hash(&self, table: &str) -> String {
        let hashed = self.get(&format!("/hash/{table}")).await.expect(200);
        hashed["content_hash"].as_str().unwrap().to_owned()
    }

    /// The names of a table's backups, newest first.
    pub async fn backups(&self, table: &str) -> Vec<String> {
        let all = self.all(&format!("/backup/{table}")).await;
        all.iter().map(|backup| backup["name"].as_str().unwrap().to_owned()).collect()
    }
}

impl Fixture {
    /// Puts a file among the backups of a table, as somebody else would.
    pub fn put_backup(&self, table: &str, name: &str, content: &[u8]) {
        fs::create_dir_all(self.backups().join(table)).unwrap();
        fs::write(self.backups().join(table).join(name), content).unwrap();
    }

    /// A backup's file.
    pub fn backup_file(&self, table: &str, name: &str) -> PathBuf {
        self.backups().join(table).join(name)
    }
}

/// Departments, jobs, and so many employees who use them.
pub async fn filled(fixture: &Fixture, employees: u32) -> Server {
    let server = fixture.mission(&["departments.csv", "jobs.csv"]).start().await;
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
