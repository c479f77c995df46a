//! The data packages that tests share with the cases.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use dictionary::{Dictionary, Table};

/// The folder of all cases.
pub fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

/// Departments, jobs and employees: all fields required, integer keys, CSV without a header.
pub fn hires() -> Dictionary {
    read("hires")
}

/// Jobs: a number and a name, both required; CSV without a header.
pub fn jobs() -> Arc<Table> {
    Arc::clone(hires().table("jobs").unwrap())
}

/// `samples`: every type, format and constraint, most fields optional, a string key, a header, semicolons.
pub fn types() -> Dictionary {
    read("types")
}

/// The table that a package is about: the one behind all its parents.
pub fn last(dictionary: &Dictionary) -> Arc<Table> {
    Arc::clone(dictionary.tables().last().unwrap())
}

fn read(name: &str) -> Dictionary {
    let file = cases().join(name).join("datapackage.json");
    Dictionary::parse(&std::fs::read(file).unwrap()).unwrap()
}
