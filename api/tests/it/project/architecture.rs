//! The invariants of ARCHITECTURE.md, read off the sources.

use std::fs;
use std::path::{Path, PathBuf};

/// The Rust files below a folder of the workspace, or the one that is named.
pub fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    fn visit(path: &Path, found: &mut Vec<(PathBuf, String)>) {
        if path.is_dir() {
            fs::read_dir(path).unwrap().for_each(|entry| visit(&entry.unwrap().path(), found));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push((path.to_owned(), fs::read_to_string(path).unwrap()));
        }
    }
    let mut found = Vec::new();
    visit(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder), &mut found);
    assert!(!found.is_empty(), "{folder} has no sources");
    found
}

/// Asserts that no file below a folder has any of these words in its code, unless its path ends so.
#[track_caller]
fn never(folder: &str, words: &[&str], except: &[&str]) {
    for (path, text) in sources(folder) {
        if except.iter().any(|end| path.ancestors().any(|folder| folder.ends_with(end))) {
            continue;
        }
        let code = text.split("#[cfg(test)]").next().unwrap();
        let lines = code.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
        for (number, line) in lines {
            for word in words {
                assert!(
                    !line.contains(word),
                    "{}:{}: {word} must not be used here; see \"Invariants\" in ARCHITECTURE.md: {line}",
                    path.display(),
                    number + 1
                );
            }
        }
    }
}

#[test]
fn only_the_store_knows_that_databases_exist() {
    never("api/src", &["sqlx", "SELECT ", "INSERT "], &["store"]);
}

#[test]
fn nothing_below_http_knows_http() {
    never("api/src/ingest", &["actix", "http::", "StatusCode"], &[]);
    never("api/src/store", &["actix", "http::", "StatusCode"], &[]);
    never("api/src/reports", &["actix", "http::", "StatusCode"], &[]);
    never("api/src/backup", &["actix", "http::", "StatusCode"], &[]);
    never("api/src/reconcile.rs", &["actix", "http::", "StatusCode"], &[]);
}

#[test]
fn the_dictionary_does_no_input_or_output() {
    let words = ["std::fs", "std::io", "std::net", "std::env", "tokio", "async ", "sqlx", "actix", "reqwest"];
    never("dictionary/src", &words, &[]);
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dictionary/Cargo.toml");
    let manifest = fs::read_to_string(manifest).unwrap();
    for name in ["tokio", "sqlx", "actix-web", "reqwest"] {
        assert!(!manifest.contains(name), "the dictionary depends on {name}");
    }
}

#[test]
fn files_know_neither_databases_nor_http() {
    never("files/src", &["sqlx", "actix", "reqwest", "tokio", "async "], &[]);
}

#[test]
fn one_place_turns_errors_into_answers() {
    never("api/src", &["problem+json", "ResponseError for"], &["http/problem.rs"]);
}

#[test]
fn the_routes_are_listed_in_one_place() {
    never("api/src", &["web::resource(", ".service("], &["http/routes.rs"]);
}

#[test]
fn no_table_of_the_shipped_package_is_named_in_the_code() {
    let words = ["departments", "employees", "\"jobs\"", "hiring_date"];
    for folder in ["dictionary/src", "api/src", "client/src"] {
        // The two reports are about these tables.
        never(folder, &words, &["src/reports"]);
    }
}

#[test]
fn rows_have_one_way_in() {
    // `Records::insert` and `Store::append_batches` write rows and the ledger; only ingest calls them. Rows come back by
    // a restore only, which is in the ledger too.
    never("api/src", &["records.insert("], &["ingest/mod.rs"]);
    never("api/src", &["store.append_batches(", "staging.replace("], &["ingest/mod.rs", "backup/restore.rs"]);
}

#[test]
fn batches_keys_and_answers_stay_in_the_ledger_for_ever() {
    // A restore takes rows out of its own table; nothing else deletes anything.
    never("api/src", &["DELETE ", "TRUNCATE "], &["sqlite/dialect.rs", "mysql/dialect.rs"]);
    never("api/src", &["delete_listed;"], &["store/replace.rs"]);
}

#[test]
fn both_images_begin_with_one_build_of_the_workspace() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let stage = |program: &str| {
        let file = fs::read_to_string(root.join(program).join("Dockerfile")).unwrap();
        file.split_once("FROM ${RUNTIME_IMAGE}").unwrap().0.to_owned()
    };
    assert_eq!(stage("api"), stage("client"));
    let rust = format!("ARG RUST_IMAGE=rust:{}-", env!("CARGO_PKG_RUST_VERSION"));
    assert!(stage("api").contains(&rust), "the images are not built by the Rust of Cargo.toml");
}
