//! The Avro schema of a table.

use std::collections::HashSet;

use apache_avro::Schema;
use dictionary::hash::hexadecimal;
use dictionary::{Field, Physical, Table, Value};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

/// Names that Avro keeps for its types, and that no record may have.
const TYPES: [&str; 14] = [
    "null", "boolean", "int", "long", "float", "double", "bytes", "string", "record", "enum", "array", "map",
    "union", "fixed",
];

/// The record that holds a row of a table: named after it, its fields in schema order. A name that Avro does not take is
/// in `doc`.
pub fn json(table: &Table) -> Json {
    let field = |(field, name): (&Field, String)| {
        let ty = avro_type(field);
        let mut json = if field.constraints.required {
            json!({ "name": name, "type": ty })
        } else {
            json!({ "name": name, "type": ["null", ty], "default": null })
        };
        if name != field.name {
            json["doc"] = json!(field.name);
        }
        json
    };
    let fields: Vec<Json> = table.columns().zip(field_names(table)).map(field).collect();
    let mut json = json!({ "type": "record", "name": record_name(table), "fields": fields });
    if !is_avro_name(&table.name) {
        json["doc"] = json!(table.name);
    }
    json
}

/// The name of the record.
pub fn record_name(table: &Table) -> String {
    let name = avro_name(&table.name);
    if TYPES.contains(&name.as_str()) { format!("{name}_") } else { name }
}

/// The names of the record's fields: those of the table's fields, or of a name that Avro does not take, one made of it that
/// no other field has.
pub fn field_names(table: &Table) -> Vec<String> {
    let names = table.columns().map(|field| &field.name);
    let mut taken: HashSet<String> = names.clone().filter(|name| is_avro_name(name)).cloned().collect();
    let mut name_of = |name: &String| {
        if is_avro_name(name) {
            return name.clone();
        }
        let name = avro_name(name);
        let numbered = (2..).map(|n| format!("{name}_{n}"));
        let mut names = std::iter::once(name.clone()).chain(numbered);
        let free = names.find(|name| !taken.contains(name)).unwrap_or_default();
        taken.insert(free.clone());
        free
    };
    names.map(&mut name_of).collect()
}

/// Whether Avro takes a name as it is. <https://avro.apache.org/docs/1.12.0/specification/#names>
pub fn is_avro_name(name: &str) -> bool {
    avro_name(name) == name
}

/// A name with `_` in place of each character that a name of Avro cannot hold.
fn avro_name(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' };
    let starts_with_digit = name.starts_with(|c: char| c.is_ascii_digit());
    starts_with_digit.then_some('_').into_iter().chain(name.chars().map(plain)).collect()
}

/// `int` for integers whose bounds fit 32 bits, else `long`; dates and datetimes are ISO text.
fn avro_type(field: &Field) -> &'static str {
    match field.ty.physical() {
        Physical::Integer if fits_an_int(field) => "int",
        Physical::Integer => "long",
        Physical::Double => "double",
        Physical::Boolean => "boolean",
        Physical::Text | Physical::Date | Physical::DateTime => "string",
    }
}

/// Whether every value that the field allows has 32 bits.
pub fn fits_an_int(field: &Field) -> bool {
    let fits = |bound: &Option<Value>| {
        // Only an integer has such bounds.
        let Some(Value::Integer(bound)) = bound else { return false };
        i32::try_from(*bound).is_ok()
    };
    fits(&field.constraints.minimum) && fits(&field.constraints.maximum)
}

/// SHA-256 of a schema's canonical form, in hexadecimal.
/// <https://avro.apache.org/docs/1.12.0/specification/#parsing-canonical-form-for-schemas>
pub fn fingerprint(schema: &Schema) -> String {
    hexadecimal(&Sha256::digest(schema.canonical_form()))
}
