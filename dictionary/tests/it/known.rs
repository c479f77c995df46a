//! What a case says that the database holds: `{"stored": {field: [texts]}, "parents": {field: [texts]}}`.

use std::collections::HashMap;
use std::path::Path;

use dictionary::decode::Row;
use dictionary::{ExistingKeys, Key, KeySet, Table, Value};
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
    let unique = table.sent_keys().map(|fields| keys(table, fields, &texts.stored)).collect();
    let parents = table.foreign_keys.iter().map(|key| {
        let is_known = texts.parents.contains_key(&table.fields[key.fields[0]].name);
        is_known.then(|| keys(table, &key.fields, &texts.parents))
    });
    ExistingKeys { unique, parents: parents.collect(), ..ExistingKeys::default() }
}

/// As if rows with the unique values of these were stored.
pub fn taken(table: &Table, rows: &[Row]) -> ExistingKeys {
    let keys = |fields: &[usize]| rows.iter().filter_map(|row| row.key(fields)).collect();
    ExistingKeys { unique: table.sent_keys().map(keys).collect(), ..ExistingKeys::default() }
}

/// The keys of some fields: the texts of each field are a column.
fn keys(table: &Table, fields: &[usize], texts: &HashMap<String, Vec<String>>) -> KeySet {
    let columns: Vec<Vec<Value>> = fields
        .iter()
        .map(|i| {
            let field = &table.fields[*i];
            let texts = texts.get(&field.name).map(Vec::as_slice).unwrap_or_default();
            texts.iter().map(|text| field.ty.read_text(text).unwrap()).collect()
        })
        .collect();
    let rows = columns.iter().map(Vec::len).min().unwrap_or_default();
    (0..rows).filter_map(|i| Key::new(columns.iter().map(|column| &column[i]))).collect()
}
