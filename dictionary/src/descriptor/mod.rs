//! Reads a Data Package 2.0 descriptor into a [`Dictionary`].
//!
//! Annotations are allowed; a property that changes how a value is read, and that this product does not
//! implement, is refused with a sentence naming table, field and property.

mod error;
mod field;
mod object;
mod source;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, json};
use sha2::{Digest, Sha256};

use crate::hash::hexadecimal;
use crate::model::{Dictionary, Table};
pub use error::DescriptorError;
pub(crate) use error::Result;
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
        let drafts = resources.iter().enumerate().map(|(i, resource)| Draft::read(resource, i, reserved));
        let drafts = drafts.collect::<Result<Vec<_>>>()?;
        if drafts.is_empty() {
            return package.refuse("`resources` is empty, and at least one table is needed");
        }
        unique_names("the data package: the resource", drafts.iter().map(|d| &d.table.name))?;
        let tables = parents_first(drafts)?;
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

/// A table whose references are still names.
struct Draft {
    table: Table,
    /// Field index, parent table's name, parent field's name.
    references: Vec<(usize, String, String)>,
    place: String,
}

impl Draft {
    fn read(resource: &serde_json::Value, index: usize, reserved: &[Reserved]) -> Result<Draft> {
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
        schema.unsupported(&["uniqueKeys"])?;
        let missing_values = field::read_missing_values(&schema)?.unwrap_or_else(|| vec![String::new()]);
        let Some(listed) = schema.array("fields")? else {
            return schema.refuse("`schema.fields` is missing");
        };
        let fields = listed.iter().enumerate().map(|(i, f)| field::read(f, &place, i, &missing_values));
        let mut fields = fields.collect::<Result<Vec<_>>>()?;
        unique_names(&format!("{place}: the field"), fields.iter().map(|f| &f.name))?;

        let position = |name: &str, property: &str| {
            fields.iter().position(|f| f.name == name).ok_or_else(|| {
                DescriptorError(format!("{place}: `{property}` names `{name}`, which is no field"))
            })
        };
        let Some(key) = schema.one_name("primaryKey")? else {
            return schema.refuse("`schema.primaryKey` is missing, and every table needs one");
        };
        let primary_key = position(&key, "primaryKey")?;
        let mut references = Vec::new();
        for reference in schema.array("foreignKeys")?.unwrap_or_default() {
            let reference = Object::new(reference, format!("{place}, foreignKeys"))?;
            let from = reference.one_name("fields")?;
            let Some(to) = reference.object("reference")? else {
                return reference.refuse("`reference` is missing");
            };
            let (Some(from), Some(parent_field)) = (from, to.one_name("fields")?) else {
                return reference.refuse("`fields` is missing");
            };
            let parent = to.string("resource")?.unwrap_or_default().to_owned();
            references.push((position(&from, "foreignKeys")?, parent, parent_field));
        }
        fields[primary_key].constraints.required = true;
        field::require_a_character(&mut fields[primary_key], &place)?;
        for (i, field) in fields.iter_mut().enumerate() {
            let indexed = i == primary_key
                || field.constraints.unique
                || references.iter().any(|(from, ..)| *from == i);
            field::limit_key_length(field, indexed, &place)?;
        }
        let table = Table {
            title: resource.string("title")?.map(str::to_owned),
            path,
            name,
            fields,
            primary_key,
            missing_values,
            header,
            delimiter,
        };
        Ok(Draft { table, references, place })
    }
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

/// Resolves references and puts each table after those that it references.
fn parents_first(mut drafts: Vec<Draft>) -> Result<Vec<Arc<Table>>> {
    for draft in &drafts {
        for (_, parent, _) in &draft.references {
            if !drafts.iter().any(|d| d.table.name == *parent) {
                return Err(DescriptorError(format!(
                    "{}: a foreign key references `{parent}`, which is no table here",
                    draft.place
                )));
            }
        }
    }
    let mut tables: Vec<Arc<Table>> = Vec::with_capacity(drafts.len());
    while !drafts.is_empty() {
        let known = |name: &str| tables.iter().any(|t| t.name == name);
        let Some(ready) = drafts.iter().position(|d| d.references.iter().all(|(_, p, _)| known(p))) else {
            let names: Vec<_> = drafts.iter().map(|d| format!("`{}`", d.table.name)).collect();
            return Err(DescriptorError(format!(
                "the foreign keys of {} form a cycle, so no table could be filled first",
                names.join(", ")
            )));
        };
        let mut draft = drafts.remove(ready);
        for (from, parent, parent_field) in std::mem::take(&mut draft.references) {
            let parent = tables.iter().find(|t| t.name == parent).expect("checked above");
            refer(&mut draft, from, Arc::clone(parent), &parent_field)?;
        }
        tables.push(Arc::new(draft.table));
    }
    Ok(tables)
}

fn refer(draft: &mut Draft, from: usize, parent: Arc<Table>, parent_field: &str) -> Result<()> {
    let field = &mut draft.table.fields[from];
    let place = format!("{}, field `{}`", draft.place, field.name);
    let (name, key) = (&parent.name, parent.key());
    if key.name != parent_field {
        return Err(DescriptorError(format!(
            "{place}: references `{name}.{parent_field}`, but must name the primary key `{}`",
            key.name
        )));
    }
    if key.ty.physical() != field.ty.physical() {
        return Err(DescriptorError(format!(
            "{place}: is of type {}, but references `{name}.{parent_field}` of type {}",
            field.ty.name(),
            key.ty.name()
        )));
    }
    if field.references.replace(parent).is_some() {
        return Err(DescriptorError(format!("{place}: has two foreign keys, but may have one")));
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
