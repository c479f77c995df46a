//! The Avro schema of a table.

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

/// The record that holds a row of a table: named after it, its fields in schema order.
pub fn json(table: &Table) -> Json {
    let field = |field: &Field| {
        let ty = avro_type(field);
        if field.constraints.required {
            json!({ "name": field.name, "type": ty })
        } else {
            json!({ "name": field.name, "type": ["null", ty], "default": null })
        }
    };
    let fields: Vec<Json> = table.columns().map(field).collect();
    json!({ "type": "record", "name": record_name(table), "fields": fields })
}

/// The name of the record.
pub fn record_name(table: &Table) -> String {
    let name = &table.name;
    if TYPES.contains(&name.as_str()) { format!("{name}_") } else { name.clone() }
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
