//! Resources that do not say which fields they have.

use serde_json::{Value, json};

use super::error::{DescriptorError, Refusals, Result};
use super::kind;
use super::object::Object;
use crate::model::Table;

/// Gives a resource the schema that its rows show, and what its dialect and encoding lack. Returns what it did: the end of a
/// sentence that begins with the table. The error says why not, in the same way.
pub type Describe<'a> = &'a dyn Fn(&mut Value) -> std::result::Result<String, String>;

/// Describes the tables of a descriptor that lack fields. Returns the indexes of those that cannot be described.
pub(super) fn complete(
    descriptor: &mut Value,
    describe: Describe<'_>,
    notes: &mut Vec<String>,
    refusals: &mut Refusals,
) -> Vec<usize> {
    let resources = descriptor.get_mut("resources").and_then(Value::as_array_mut);
    let mut refused = Vec::new();
    for (i, resource) in resources.into_iter().flatten().enumerate() {
        // What is no object is refused where tables are read.
        let is_table =
            Object::new(resource, String::new()).is_ok_and(|object| kind::passed_over(&object).is_none());
        if !is_table || !lacks_fields(resource) {
            continue;
        }
        let Some(probe) = refusals.take(Table::probe(resource, i)) else {
            refused.push(i);
            continue;
        };
        match describe(resource) {
            Ok(what) => notes.push(format!("table `{}`: {what}", probe.name)),
            Err(why) => {
                refusals.add(format!("table `{}`: {why}", probe.name));
                refused.push(i);
            }
        }
    }
    refused
}

/// Whether a resource does not say which fields its rows have.
fn lacks_fields(resource: &Value) -> bool {
    let is_absent = |value: Option<&Value>| match value {
        None | Some(Value::Null) => true,
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => false,
    };
    match resource.get("schema") {
        None | Some(Value::Null) => true,
        Some(Value::Object(schema)) => is_absent(schema.get("fields")),
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => false,
    }
}

impl Table {
    /// A table of one field of any type, to read the rows of a resource before its fields are known. `index` is the place of the
    /// resource, from 0.
    ///
    /// # Errors
    /// When the resource is refused for another reason than its schema.
    pub fn probe(resource: &Value, index: usize) -> Result<Table> {
        let Value::Object(mut members) = resource.clone() else {
            return Err(DescriptorError::of(format!("resource {}: must be an object", index + 1)));
        };
        // Arrays without a header become objects whose members are called so.
        let mut schema = json!({ "fields": [{ "name": "cell 1" }] });
        if let Some(missing) = members.get("schema").and_then(|schema| schema.get("missingValues")) {
            schema["missingValues"] = missing.clone();
        }
        members.insert("schema".to_owned(), schema);
        let resource = Value::Object(members);
        Table::read(Object::new(&resource, format!("resource {}", index + 1))?, &[])
    }
}
