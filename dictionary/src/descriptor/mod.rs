//! Reads the descriptor of a Data Package, 1.0 or 2.0, in JSON or YAML, into a [`Dictionary`].
//!
//! Annotations are allowed; a property that changes how a value is read, and that this product does not
//! implement, is refused with a sentence naming table, field and property.

mod described;
mod document;
mod error;
mod field;
mod header;
mod keys;
mod kind;
mod name;
mod object;
mod references;
mod source;
mod text;

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::hash::hexadecimal;
use crate::model::{Dictionary, Field, Table, names};
use crate::text::shortened;
pub use described::Describe;
pub use document::MAX_BYTES;
pub use error::DescriptorError;
pub(crate) use error::{Refusals, Result};
use keys::{Keys, TableKeys};
pub(crate) use name::{MAX_BYTES as MAX_NAME, fault as name_fault};
pub(crate) use object::Object;
pub use references::ReadFile;

impl Dictionary {
    /// Reads a descriptor that references no files, such as one that [`descriptor`](Dictionary::descriptor) returned.
    ///
    /// # Errors
    /// When it is no valid descriptor or asks for what is not supported: all reasons at once.
    pub fn parse(bytes: &[u8]) -> Result<Dictionary> {
        let no_files =
            |_: &str| Err("but no file can be read here; replace the path by what the file holds".to_owned());
        Dictionary::parse_with(bytes, &[], &no_files)
    }

    /// Reads a descriptor for a program in which no table may have a reserved name. `read` reads the files that it
    /// references.
    ///
    /// # Errors
    /// When it is no valid descriptor, asks for what is not supported, or gives a table a reserved name: all reasons at
    /// once.
    pub fn parse_with(bytes: &[u8], reserved: &[Reserved], read: ReadFile<'_>) -> Result<Dictionary> {
        Dictionary::parse_described(bytes, reserved, read, None)
    }

    /// The same, but where a resource does not say which fields it has, `describe` does.
    ///
    /// # Errors
    /// As those of [`parse_with`](Dictionary::parse_with), and those of `describe`.
    pub fn parse_described(
        bytes: &[u8],
        reserved: &[Reserved],
        read: ReadFile<'_>,
        describe: Option<Describe<'_>>,
    ) -> Result<Dictionary> {
        let mut refusals = Refusals::default();
        let mut descriptor = document::read(bytes, "the data package")?;
        let mut unresolved = references::resolve(&mut descriptor, read, &mut refusals)?;
        let mut notes = Vec::new();
        if let Some(describe) = describe {
            let described = described::complete(&mut descriptor, describe, &mut notes, &mut refusals);
            unresolved.extend(described);
        }
        let package = Object::new(&descriptor, "the data package".to_owned())?;
        let Some(resources) = package.array("resources")? else {
            return package.refuse("`resources` is missing");
        };
        let mut tables: Vec<Table> = Vec::new();
        let mut named = Vec::new();
        for (i, resource) in resources.iter().enumerate() {
            if unresolved.contains(&i) {
                named.extend(resource.get("name").and_then(Value::as_str));
                continue;
            }
            let Some(resource) = refusals.take(Object::new(resource, format!("resource {}", i + 1))) else {
                continue;
            };
            match kind::passed_over(&resource) {
                Some(why) => notes.push(note_of(&resource, i, &why)),
                None => {
                    named.extend(resource.get("name").and_then(Value::as_str));
                    tables.extend(refusals.take(Table::read(resource, reserved)));
                }
            }
        }
        let _refused = refusals.take(name::unique("the data package: the resource", named.iter().copied()));
        let read: HashSet<&str> = tables.iter().map(|table| table.name.as_str()).collect();
        let refused = named.into_iter().filter(|name| !read.contains(name)).collect();
        let _refused = refusals.take(keys::look_up_parents(&mut tables, &refused));
        refusals.end()?;
        if tables.is_empty() {
            let why = if resources.is_empty() { "`resources` is empty" } else { "no resource is a table" };
            let found: String = notes.iter().take(3).map(|note| format!("; {note}")).collect();
            return package.refuse(&format!("{why}, and at least one table is needed{found}"));
        }
        let tables = keys::parents_first(tables);
        for table in &tables {
            let of_field = |field: &Field| {
                let place = format!("table `{}`, field `{}`", table.name, field.name);
                field.notes.iter().map(|note| format!("{place}: {note}")).collect::<Vec<_>>()
            };
            notes.extend(table.fields.iter().flat_map(of_field));
            notes.extend(table.foreign_keys.iter().filter(|key| !key.is_to_key).map(|key| {
                let fields = names(key.fields.iter().map(|i| &table.fields[*i]));
                let (name, parent, parent_fields) = (&table.name, &key.parent, key.parent_name());
                format!(
                    "table `{name}`, foreign key ({fields}): the database cannot check the reference to {parent} \
                     ({parent_fields}), only the server does when it judges a row"
                )
            }));
        }
        let hash = content_hash(&descriptor);
        Ok(Dictionary { tables, descriptor, hash, notes })
    }
}

/// The note on a resource that is passed over.
fn note_of(resource: &Object, index: usize, why: &str) -> String {
    let name = resource.get("name").and_then(Value::as_str).unwrap_or_default();
    format!("resource {}, \"{}\", is passed over: {why}", index + 1, shortened(name))
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
        let name = name.to_lowercase();
        let (is_reserved, why) = match self {
            Reserved::Name { name: reserved, why } => (name == *reserved, why),
            Reserved::Prefix { prefix, why } => (name.starts_with(prefix), why),
        };
        is_reserved.then_some(why)
    }
}

impl Table {
    fn read(resource: Object, reserved: &[Reserved]) -> Result<Table> {
        let mut refusals = Refusals::default();
        let name = refusals.take(resource.table_name().and_then(|name| {
            match reserved.iter().find_map(|reserved| reserved.why(&name)) {
                Some(why) => resource.refuse(&format!("`name` is \"{name}\", {why}; rename the resource")),
                None => Ok(name),
            }
        }));
        let (resource, place) = match &name {
            Some(name) => (resource.at(format!("table `{name}`")), format!("table `{name}`")),
            None => {
                let place = resource.place().to_owned();
                (resource, place)
            }
        };
        let source = refusals.take(source::read(&resource));
        let schema = refusals.take(resource.object("schema").and_then(|schema| match schema {
            Some(schema) => Ok(schema),
            None => resource.refuse("`schema` is missing; describe the fields of its file there"),
        }));
        let Some(schema) = schema else { return refusals.refuse() };
        let fields_match = refusals.take(header::fields_match(&schema));
        let missing_values = refusals.take(field::read_missing_values(&schema));
        let null_sequence = source.as_ref().and_then(|source| source.dialect.null_sequence.clone());
        let missing_values = missing_values.map(|given| {
            let texts = given.unwrap_or_else(|| vec![String::new()]);
            texts.into_iter().chain(null_sequence).collect::<Vec<_>>()
        });
        let fields =
            refusals.take(read_fields(&schema, &place, missing_values.as_deref().unwrap_or_default()));
        let keys = refusals.take(read_keys(&schema, name.as_deref().unwrap_or_default(), &place));
        let (Some(name), Some(source), Some(fields_match), Some(_), Some(mut fields), Some(keys)) =
            (name, source, fields_match, missing_values, fields, keys)
        else {
            return refusals.refuse();
        };
        refusals.end()?;

        let TableKeys { row_id, primary_key, unique_keys, foreign_keys } = keys.apply(&mut fields, &place)?;
        let table = Table {
            title: resource.text("title"),
            path: source.place.name(),
            name,
            fields,
            row_id,
            primary_key,
            unique_keys,
            foreign_keys,
            header: source.dialect.header,
            delimiter: source.dialect.plain_delimiter(source.format),
            header_ignores_case: !source.dialect.case_sensitive_header,
            source,
            fields_match,
        };
        Ok(table)
    }
}

fn read_fields(schema: &Object, place: &str, missing_values: &[String]) -> Result<Vec<Field>> {
    let Some(listed) = schema.array("fields")?.filter(|fields| !fields.is_empty()) else {
        return schema.refuse("`schema.fields` is missing or empty; describe the fields of its file there");
    };
    let mut refusals = Refusals::default();
    let fields =
        refusals.take_all(listed.iter().enumerate().map(|(i, f)| field::read(f, place, i, missing_values)));
    let names = listed.iter().filter_map(|field| field.get("name")?.as_str());
    let _refused = refusals.take(name::unique(&format!("{place}: the field"), names));
    refusals.end()?;
    Ok(fields.unwrap_or_default())
}

/// The keys of a schema, also where some of its fields are refused. Where a field has no name, it cannot be said which
/// fields the keys may name.
fn read_keys(schema: &Object, table: &str, place: &str) -> Result<Keys> {
    let listed = schema.get("fields").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let names: Option<Vec<&str>> = listed.iter().map(|field| field.get("name")?.as_str()).collect();
    match names.filter(|names| !names.is_empty()) {
        Some(names) => keys::read(schema, table, &names, place),
        None => Ok(Keys::default()),
    }
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
