//! What a case says that the database holds: `{"stored": {field: [texts]}, "parents": {field: [texts]}}`.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use dictionary::decode::Row;
use dictionary::{ExistingKeys, KeySet, Table};
use serde::Deserialize;

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Texts {
    stored: HashMap<String, Vec<String>>,
    parents: HashMap<String, Vec<String>>,
}

/// Reads `known.json`; nothing is known where there is none.
pub fn read(file: &Path, table: &Table) -> ExistingKeys {
    let texts: Texts =
        std::fs::read(file).map(|json| serde_json::from_slice(&json).unwrap()).unwrap_or_default();
    ExistingKeys {
        unique: values(table, texts.stored),
        parents: values(table, texts.parents),
        ..ExistingKeys::default()
    }
}

/// As if rows with the unique values of these were stored.
pub fn taken(table: &Table, rows: &[Row]) -> ExistingKeys {
    let keys = |field| rows.iter().filter_map(move |row| row.valid(field)).collect();
    let unique = table.unique_fields().map(|field| (field, keys(field))).collect();
    ExistingKeys { unique, ..ExistingKeys::default() }
}

fn values(table: &Table, texts: HashMap<String, Vec<String>>) -> BTreeMap<usize, KeySet> {
    let of_field = |(name, texts): (String, Vec<String>)| {
        let field = table.field(&name).unwrap();
        let ty = &table.fields[field].ty;
        (field, texts.iter().map(|text| ty.read_text(text).unwrap()).collect())
    };
    texts.into_iter().map(of_field).collect()
}
