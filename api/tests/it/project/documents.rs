//! The documents name everything that can be set, called or answered, and their links lead somewhere.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The rows of the tables of a document.
fn table_rows(file: &str) -> Vec<String> {
    read(file).lines().filter(|line| line.starts_with('|')).map(str::to_owned).collect()
}

/// The text between two others, at each place.
fn between<'t>(text: &'t str, start: &'t str, end: &'t str) -> impl Iterator<Item = &'t str> {
    text.split(start).skip(1).filter_map(move |rest| Some(rest.split_once(end)?.0))
}

#[test]
fn each_setting_is_listed_with_its_default() {
    let rows = table_rows("docs/settings.md");
    for source in ["api/src/config.rs", "client/src/cli.rs"] {
        let text = read(source);
        let settings: Vec<&str> =
            between(&text, "#[arg(", "\n    pub ").filter(|argument| argument.contains("env = ")).collect();
        assert!(settings.len() > 4, "{source} has {} settings", settings.len());
        for setting in settings {
            let name = between(setting, "env = \"", "\"").next().unwrap();
            let default =
                between(setting, "default_value = \"", "\"").next().filter(|default| !default.is_empty());
            let default = default.or_else(|| {
                let number = setting.split_once("default_value_t = ")?.1;
                number.split(|c: char| !c.is_ascii_digit()).next()
            });
            let lists = |row: &String| {
                row.starts_with(&format!("| `{name}` |"))
                    && default.is_none_or(|default| row.contains(&format!("| `{default}` |")))
            };
            assert!(rows.iter().any(lists), "{name} of {source}, by default {default:?}");
        }
    }
}

#[test]
fn each_endpoint_is_listed_with_what_it_does() {
    let rows = table_rows("docs/http.md");
    let list = read("api/src/http/endpoints.rs");
    let entries: Vec<_> = between(&list, "    Endpoint {\n", "route: ").collect();
    assert!(entries.len() > 20, "{}", entries.len());
    for entry in entries {
        let method = between(entry, "Method::", ",").next().unwrap();
        let path = between(entry, "path: \"", "\"").next().unwrap();
        let summary = between(entry, "summary: \"", "\"").next().unwrap();
        let row = format!("| `{method} {path}` | {summary} |");
        assert!(rows.contains(&row), "{row}");
    }
}

#[test]
fn each_code_of_a_request_is_listed_with_its_status() {
    let rows = table_rows("docs/http.md");
    let source = read("api/src/http/code.rs");
    let entries: Vec<_> = between(&source, " = \"", ", \"").collect();
    assert!(entries.len() > 20);
    for entry in entries {
        let (code, status) = entry.split_once("\", ").unwrap();
        let row = format!("| {status} | `{code}` |");
        assert!(rows.iter().any(|listed| listed.starts_with(&row)), "{row}");
    }
}

#[test]
fn each_code_of_a_row_is_listed() {
    let rows = table_rows("docs/data-packages.md");
    let source = read("dictionary/src/code.rs");
    let codes: Vec<_> = between(&source, "=> \"", "\",").collect();
    assert!(codes.len() > 5);
    for code in codes {
        assert!(rows.iter().any(|row| row.starts_with(&format!("| `{code}` |"))), "{code}");
    }
}

#[test]
fn the_readme_asks_for_the_rust_that_the_workspace_needs() {
    let needed = format!("Rust {} or newer", env!("CARGO_PKG_RUST_VERSION"));
    assert!(read("README.md").contains(&needed), "{needed}");
}

/// The anchors of a document's headings, as forges make them.
fn anchors(text: &str) -> Vec<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| {
        let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
        let heading = heading.trim_start_matches('#').trim().to_lowercase();
        heading.chars().filter(kept).map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(anchor).collect()
}

#[test]
fn each_link_leads_somewhere() {
    let mut documents: Vec<String> =
        ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(str::to_owned).into();
    for entry in fs::read_dir(root().join("docs")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".md") {
            documents.push(format!("docs/{name}"));
        }
    }
    for document in documents {
        let text = read(&document);
        for link in between(&text, "](", ")").filter(|link| !link.contains("://")) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => root().join(&document),
                file => root().join(&document).with_file_name("").join(file),
            };
            assert!(target.exists(), "{document}: {link}");
            let has_anchor = || anchors(&fs::read_to_string(&target).unwrap()).iter().any(|a| a == anchor);
            assert!(anchor.is_empty() || has_anchor(), "{document}: {link}");
        }
    }
}
