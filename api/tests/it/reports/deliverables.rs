//! `deliverables/` holds the reports of 2021 as they are made of `data/`. `UPDATE=1` rewrites them.

use std::fs;
use std::path::{Path, PathBuf};

use support::Fixture;

embedded! { the_committed_deliverables_are_what_the_data_gives }

/// Every file of a folder by its name with its content.
fn files(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            files.extend(self::files(&entry));
        } else {
            let content = String::from_utf8(fs::read(&entry).unwrap()).unwrap();
            files.push((entry, masked(&content)));
        }
    }
    files.sort();
    files
}

/// A page without its times, which differ with each run.
fn masked(page: &str) -> String {
    let parts = page.split("<time ").enumerate();
    parts.map(|(i, part)| if i == 0 { part } else { part.split_once("</time>").unwrap().1 }).collect()
}

async fn the_committed_deliverables_are_what_the_data_gives(fixture: Fixture) {
    let server = fixture.shipped_package(&["departments.csv", "jobs.csv", "employees.csv"]).start().await;
    for report in ["req1", "req2"] {
        server.get(&format!("/view/{report}")).await.expect(200);
    }
    server.stop().await.unwrap();
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deliverables");
    let fresh = fixture.deliverables();
    let relative = |folder: &Path| -> Vec<(PathBuf, String)> {
        let strip = |(path, text): (PathBuf, String)| (path.strip_prefix(folder).unwrap().to_owned(), text);
        files(folder).into_iter().map(strip).collect()
    };
    let is_stale = || !committed.is_dir() || relative(&committed) != relative(&fresh);
    if std::env::var_os("UPDATE").is_some() && is_stale() {
        let _not_there = fs::remove_dir_all(&committed);
        for (path, _) in relative(&fresh) {
            fs::create_dir_all(committed.join(&path).parent().unwrap()).unwrap();
            fs::copy(fresh.join(&path), committed.join(&path)).unwrap();
        }
    }
    assert!(!is_stale(), "stale: UPDATE=1 makes deliverables/ anew");
}
