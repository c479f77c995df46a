//! Foreign keys that tables seem to have: the values of a column are among those of another table's primary key.

use serde_json::{Value, json};

use super::description::{ColumnReport, Description};

/// From this share of matching values on, in percent, a reference is proposed.
const SHARE: usize = 90;

/// Fewer distinct values than these match by chance.
const FEWEST: usize = 2;

/// A foreign key that a table seems to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The table.
    pub table: String,
    /// Its field.
    pub field: String,
    /// The table that is referenced.
    pub parent: String,
    /// The field that is referenced, its primary key.
    pub parent_field: String,
    /// Distinct values of the field that the parent has.
    pub matching: usize,
    /// Distinct values of the field.
    pub values: usize,
    /// Whether the names of both say the same.
    pub is_named_alike: bool,
}

impl Reference {
    /// As an item of `foreignKeys`.
    pub fn json(&self) -> Value {
        json!({ "fields": self.field, "reference": { "resource": self.parent, "fields": self.parent_field } })
    }
}

/// The foreign keys that tables seem to have: for each field the one that is named alike, or else the one that most values
/// match.
pub fn references(tables: &[(&str, &Description)]) -> Vec<Reference> {
    let mut found = Vec::new();
    for (name, table) in tables {
        for column in &table.columns {
            let is_own_key = table.primary_key.as_ref() == Some(&column.name);
            let others = tables.iter().filter(|(parent, _)| parent != name);
            let to = others.filter_map(|(parent, described)| reference(name, column, parent, described));
            // Numbers of rows match each other by chance.
            let to = to.filter(|reference| !is_own_key || column.ty != "integer" || reference.names_parent());
            found.extend(to.max_by_key(|reference| (reference.is_named_alike, reference.share())));
        }
    }
    found
}

impl Reference {
    fn share(&self) -> usize {
        self.matching * 10_000 / self.values
    }

    /// Whether the field is named like the parent's key, and this one not just `id`.
    fn names_parent(&self) -> bool {
        self.is_named_alike && letters(&self.field) != "id"
    }
}

fn reference(table: &str, column: &ColumnReport, parent: &str, described: &Description) -> Option<Reference> {
    let key = described.columns.iter().find(|column| described.primary_key.as_ref() == Some(&column.name))?;
    let (values, parents) = (column.values.as_ref()?, key.values.as_ref()?);
    if column.ty != key.ty || values.len() < FEWEST {
        return None;
    }
    let matching = values.iter().filter(|value| parents.contains(*value)).count();
    (matching * 100 >= values.len() * SHARE).then(|| Reference {
        table: table.to_owned(),
        field: column.name.clone(),
        parent: parent.to_owned(),
        parent_field: key.name.clone(),
        matching,
        values: values.len(),
        is_named_alike: is_named_alike(&column.name, parent, &key.name),
    })
}

/// Whether a field is named like the key that it references, or like its table: `customer`, `customer_id` or `id` of
/// `customers`.
fn is_named_alike(field: &str, parent: &str, key: &str) -> bool {
    let (field, parent, key) = (letters(field), letters(parent), letters(key));
    let singular = parent.strip_suffix('s').unwrap_or(&parent);
    field == key && key != "id" || field.contains(singular) || key != "id" && field.ends_with(&key)
}

/// The letters and digits of a name, in lower case.
fn letters(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
