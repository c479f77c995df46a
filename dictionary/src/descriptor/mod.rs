//! Reads a Data Package 2.0 descriptor into a [`Dictionary`].
//!
//! Annotations are allowed; a property that changes how a value is read, and that this product does not
//! implement, is refused with a sentence naming table, field and property.

mod error;
mod field;
mod keys;
mod object;
mod source;

use std::collections::BTreeMap;

use serde_json::{Map, json};
use sha2::{Digest, Sha256};

use crate::hash::hexadecimal;
use crate::model::{Dictionary, Table};
pub use error::DescriptorError;
pub(crate) use error::Result;
use keys::Keys;
pub(crate) use object::Object;
use source::Source;

impl Dictionary {
    /// Reads a descriptor, `datapackage.json`.
    ///
    /// # Errors
    /// When it is no valid descriptor or asks for what is not supported.
    pub fn parse(json: &[u8]) -> Result<Dictionary> {
        Dictionary::parse_with(json, &[])
    }

    /// Reads a descriptor for a program in which no table may have a reserved name.
    ///
    /// # Errors
    /// When it is no valid descriptor, asks for what is not supported, or gives a table a reserved name.
    pub fn parse_with(json: &[u8], reserved: &[Reserved]) -> Result<Dictionary> {
        let descriptor: serde_json::Value = serde_json::from_slice(json)
            .map_err(|e| DescriptorError(format!("the data package is not valid JSON: {e}")))?;
        let package = Object::new(&descriptor, "the data package".to_owned())?;
        let Some(resources) = package.array("resources")? else {
            return package.refuse("`resources` is missing");
        };
        let tables = resources.iter().enumerate().map(|(i, resource)| Table::read(resource, i, reserved));
        let tables = tables.collect::<Result<Vec<_>>>()?;
        if tables.is_empty() {
            return package.refuse("`resources` is empty, and at least one table is needed");
        }
        unique_names("the data package: the resource", tables.iter().map(|table| &table.name))?;
        let tables = keys::parents_first(tables)?;
        let hash = content_hash(&descriptor);
        Ok(Dictionary { tables, descriptor, hash })
    }
}

/// Names that no table may have, in whatever case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reserved {
    /// One name.
    Name {
        /// The name, in lower case.
        name: &'static str,
        /// Why it is reserved: the end of a sentence that begins with the name.
        why: &'static str,
    },
    /// All names that begin with a text.
    Prefix {
        /// The text, in lower case.
        prefix: &'static str,
        /// Why they are reserved: the end of a sentence that begins with the name.
        why: &'static str,
    },
}

impl Reserved {
    /// Why a name is reserved; `None` if it is not.
    fn why(&self, name: &str) -> Option<&'static str> {
        let name = name.to_ascii_lowercase();
        let (is_reserved, why) = match self {
            Reserved::Name { name: reserved, why } => (name == *reserved, why),
            Reserved::Prefix { prefix, why } => (name.starts_with(prefix), why),
        };
        is_reserved.then_some(why)
    }
}

impl Table {
    fn read(resource: &serde_json::Value, index: usize, reserved: &[Reserved]) -> Result<Table> {
        let resource = Object::new(resource, format!("resource {}", index + 1))?;
        let name = resource.name("name")?;
        if let Some(why) = reserved.iter().find_map(|reserved| reserved.why(&name)) {
            return resource.refuse(&format!("`name` is \"{name}\", {why}"));
        }
        let place = format!("table `{name}`");
        let resource = resource.at(place.clone());
        resource.only_default("type", &[json!("table")])?;
        resource.only_default("profile", &[json!("tabular-data-resource"), json!("data-resource")])?;
        let Source { path, header, delimiter } = source::read(&resource)?;
        let Some(schema) = resource.object("schema")? else {
            return resource.refuse("`schema` is missing");
        };
        schema.only_default("fieldsMatch", &[json!("exact"), json!(["exact"])])?;
        let missing_values = read_missing_values(&schema)?;
        let Some(listed) = schema.array("fields")? else {
            return schema.refuse("`schema.fields` is missing");
        };
        let mut fields =
            listed.iter().enumerate().map(|(i, f)| field::read(f, &place, i)).collect::<Result<Vec<_>>>()?;
        unique_names(&format!("{place}: the field"), fields.iter().map(|f| &f.name))?;

        let Keys { row_id, primary_key, unique_keys, foreign_keys } =
            keys::read(&schema, &name, &mut fields, &place)?;
        let table = Table {
            title: resource.string("title")?.map(str::to_owned),
            path,
            name,
            fields,
            row_id,
            primary_key,
            unique_keys,
            foreign_keys,
            missing_values,
            header,
            delimiter,
        };
        Ok(table)
    }
}

fn read_missing_values(schema: &Object) -> Result<Vec<String>> {
    let Some(values) = schema.array("missingValues")? else {
        return Ok(vec![String::new()]);
    };
    let texts = values.iter().map(|v| v.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>();
    texts.map_or_else(|| schema.refuse("`missingValues` must be an array of strings"), Ok)
}

fn unique_names<'a>(what: &str, names: impl Iterator<Item = &'a String>) -> Result<()> {
    let mut seen = BTreeMap::new();
    for name in names {
        if let Some(earlier) = seen.insert(name.to_ascii_lowercase(), name) {
            return Err(DescriptorError(format!(
                "{what} name `{name}` is taken by `{earlier}`; names must differ by more than case"
            )));
        }
    }
    Ok(())
}

/// SHA-256 of the JSON with sorted members, so that a reformatted descriptor stays the same.
fn content_hash(descriptor: &serde_json::Value) -> String {
    fn sorted(value: &serde_json::Value) -> serde_json::Value {
        match value {
            serde_json::Value::Object(map) => {
                let members: BTreeMap<_, _> = map.iter().map(|(k, v)| (k.clone(), sorted(v))).collect();
                serde_json::Value::Object(members.into_iter().collect::<Map<_, _>>())
            }
            serde_json::Value::Array(items) => items.iter().map(sorted).collect(),
            serde_json::Value::Null
            | serde_json::Value::Bool(_)
            | serde_json::Value::Number(_)
            | serde_json::Value::String(_) => value.clone(),
        }
    }
    hexadecimal(&Sha256::digest(sorted(descriptor).to_string()))
}
