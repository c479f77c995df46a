//! What the parts are measured on: the employees of a folder, as each part needs them.

use std::convert::Infallible;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use dictionary::decode::Row;
use dictionary::judge::ExistingKeys;
use dictionary::split::{Batch, Reader};
use dictionary::{Dictionary, ForeignKey, Table, Value, judge};
use serde_json::{Map, json};

/// The file's batches, and what earlier parts make of them.
pub struct Input {
    pub table: Arc<Table>,
    /// The whole file.
    pub file: Vec<u8>,
    pub batches: Vec<Batch>,
    /// The rows of each batch.
    pub decoded: Vec<Vec<Row>>,
    /// The rows of each batch that can be written as JSON, as bodies, and their number.
    pub json: Vec<String>,
    pub json_rows: u64,
    /// The keys of the parents.
    pub existing: ExistingKeys,
    /// The values of the accepted rows, in the order of the primary key.
    pub accepted: Vec<Vec<Value>>,
    pub rows: u64,
}

impl Input {
    /// Reads `datapackage.json`, the employees and their parents from a folder.
    pub fn read(folder: &Path) -> Input {
        let dictionary = Dictionary::parse(&read(&folder.join("datapackage.json"))).unwrap();
        let table = Arc::clone(dictionary.table("employees").unwrap());
        let file = read(&folder.join(&table.path));
        let batches = split(&table, &file);
        let decoded: Vec<Vec<Row>> = batches.iter().map(|batch| batch.decode(&table)).collect();
        let existing = parents(folder, &dictionary, &table);
        let json: Vec<Vec<_>> = decoded.iter().map(|rows| objects(&table, rows)).collect();
        Input {
            accepted: accepted(&table, &decoded, &existing),
            rows: decoded.iter().map(|rows| rows.len() as u64).sum(),
            json_rows: json.iter().map(|objects| objects.len() as u64).sum(),
            json: json.into_iter().map(|objects| json!(objects).to_string()).collect(),
            table,
            file,
            batches,
            decoded,
            existing,
        }
    }
}

/// Divides a file into batches, as history and client do.
pub fn split(table: &Table, file: &[u8]) -> Vec<Batch> {
    let (mut reader, mut rest) = (Reader::new(table, []), file);
    let mut batches = Vec::new();
    let read = |rest: &mut &[u8], piece: &mut [u8]| {
        let (now, later) = rest.split_at(piece.len().min(rest.len()));
        piece[..now.len()].copy_from_slice(now);
        *rest = later;
        Ok::<usize, Infallible>(now.len())
    };
    while let Some(batch) = reader.next_batch(|piece| read(&mut rest, piece)).unwrap().unwrap() {
        batches.push(batch);
    }
    batches
}

fn read(file: &Path) -> Vec<u8> {
    fs::read(file).unwrap_or_else(|error| panic!("{} cannot be read: {error}", file.display()))
}

/// All keys of the parents, as if each batch referenced all of them.
fn parents(folder: &Path, dictionary: &Dictionary, table: &Table) -> ExistingKeys {
    let keys = |key: &ForeignKey| {
        let parent = dictionary.table(&key.parent).unwrap();
        let batches = split(parent, &read(&folder.join(&parent.path)));
        let rows: Vec<Row> = batches.iter().flat_map(|batch| batch.decode(parent)).collect();
        Some(rows.iter().filter_map(|row| row.key(&parent.primary_key)).collect())
    };
    ExistingKeys { parents: table.foreign_keys.iter().map(keys).collect(), ..ExistingKeys::default() }
}

/// The rows without errors as JSON objects.
fn objects(table: &Table, rows: &[Row]) -> Vec<serde_json::Value> {
    let object = |row: &Row| {
        let cells = table.fields.iter().zip(&row.values);
        let members = cells.map(|(field, value)| (field.name.clone(), member(value)));
        serde_json::Value::Object(members.collect::<Map<_, _>>())
    };
    rows.iter().filter(|row| row.errors.is_empty()).map(object).collect()
}

fn member(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Integer(integer) => json!(integer),
        Value::Number(number) => json!(number),
        Value::Boolean(boolean) => json!(boolean),
        Value::String(_) | Value::Date(_) | Value::DateTime(_) => json!(value.text()),
    }
}

fn accepted(table: &Table, decoded: &[Vec<Row>], existing: &ExistingKeys) -> Vec<Vec<Value>> {
    let verdicts = decoded.iter().map(|rows| judge(table, rows, &mut existing.clone()));
    let mut accepted: Vec<Vec<Value>> =
        verdicts.flat_map(|verdict| verdict.accepted).map(|row| row.values.clone()).collect();
    let key = table.primary_key[0];
    accepted.sort_by(|a, b| a[key].order(&b[key]).unwrap());
    accepted.dedup_by(|a, b| a[key] == b[key]);
    accepted
}
