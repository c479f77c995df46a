//! `deliverables/` holds the reports of 2021 as they are made of `data/`. `UPDATE=1` makes them anew.

use std::fs;
use std::path::{Path, PathBuf};

use crate::server::Fixture;

embedded! { the_committed_deliverables_are_what_the_data_gives }

/// Every file of a folder by its name, with the content of texts; times, which differ with each run, are
/// masked.
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

fn masked(text: &str) -> String {
    // Times of this century to come: the data's own are 2021 and 2022, and stand in no report.
    let mut text = text.to_owned();
    for (start, _) in text.clone().match_indices("datetime=\"") {
        let value = start + "datetime=\"".len();
        let end = value + text[value..].find("</time>").unwrap();
        text.replace_range(value..end, &"_".repeat(end - value));
    }
    text
}

async fn the_committed_deliverables_are_what_the_data_gives(fixture: Fixture) {
    let server = fixture.mission(&["departments.csv", "jobs.csv", "employees.csv"]).start().await;
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
    if std::env::var_os("UPDATE").is_some() {
        let _not_there = fs::remove_dir_all(&committed);
        for (path, _) in relative(&fresh) {
            fs::create_dir_all(committed.join(&path).parent().unwrap()).unwrap();
            fs::copy(fresh.join(&path), committed.join(&path)).unwrap();
        }
    }
    for ((is, has), (wanted, wants)) in relative(&committed).iter().zip(&relative(&fresh)) {
        assert_eq!(is, wanted, "stale: UPDATE=1 makes it anew");
        assert!(has == wants, "{} is stale: UPDATE=1 makes it anew", is.display());
    }
    assert_eq!(relative(&committed).len(), relative(&fresh).len(), "stale: UPDATE=1 makes it anew");
}
