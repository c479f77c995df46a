//! A description as a part of a resource, and in words.

use serde_json::{Map, Value, json};

use super::description::Description;

impl Description {
    /// Puts the description into a resource. What its schema says already stays as it is.
    pub fn write_into(&self, resource: &mut Map<String, Value>) {
        if let Some(row) = self.passed_over_header {
            change(resource, "dialect", |dialect| {
                let rows = dialect.get("commentRows").and_then(Value::as_array);
                let rows: Vec<_> = rows.into_iter().flatten().cloned().chain([json!(row)]).collect();
                dialect.insert("header".to_owned(), json!(false));
                dialect.insert("commentRows".to_owned(), rows.into());
            });
        }
        change(resource, "schema", |schema| {
            schema.insert("fields".to_owned(), self.fields.clone().into());
            if let Some(key) = &self.primary_key {
                schema.entry("primaryKey").or_insert_with(|| json!(key));
            }
        });
    }

    /// How many rows were described, in words.
    pub fn count(&self) -> String {
        if self.rows == 1 { "1 row".to_owned() } else { format!("{} rows", self.rows) }
    }

    /// The fields and their types, for a log. Names that may be values are not shown.
    pub fn summary(&self) -> String {
        if self.may_lack_header {
            return format!("{} fields, and its first row may be no header", self.fields.len());
        }
        let fields: Vec<_> =
            self.columns.iter().map(|column| format!("{} {}", column.name, column.kind)).collect();
        crate::text::shortened(&fields.join(", ")).into()
    }
}

/// Changes a member of an object that is an object, or is made one.
fn change(object: &mut Map<String, Value>, name: &str, change: impl FnOnce(&mut Map<String, Value>)) {
    let mut members = match object.remove(name) {
        Some(Value::Object(members)) => members,
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) | None => {
            Map::new()
        }
    };
    change(&mut members);
    object.insert(name.to_owned(), Value::Object(members));
}
