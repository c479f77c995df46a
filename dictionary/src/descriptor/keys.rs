//! Primary keys, unique keys and foreign keys.

use std::sync::Arc;

use super::error::{DescriptorError, Result};
use super::field;
use super::object::Object;
use crate::model::{Constraints, Field, ForeignKey, ROW_ID, Table, names};
use crate::types::{Physical, Type};

/// The keys of a table.
pub(super) struct Keys {
    pub(super) row_id: Option<Field>,
    pub(super) primary_key: Vec<usize>,
    pub(super) unique_keys: Vec<Vec<usize>>,
    /// Their parents are not looked up yet.
    pub(super) foreign_keys: Vec<ForeignKey>,
}

/// Reads the keys of a schema. The fields of the primary key become required.
pub(super) fn read(schema: &Object, table: &str, fields: &mut [Field], place: &str) -> Result<Keys> {
    let position = |name: &String, property: &str| {
        fields.iter().position(|f| f.name == *name).ok_or_else(|| {
            DescriptorError::of(format!("{place}: `{property}` names `{name}`, which is no field"))
        })
    };
    let positions = |names: &[String], property: &str| {
        names.iter().map(|name| position(name, property)).collect::<Result<Vec<_>>>()
    };
    let primary = positions(&schema.names("primaryKey")?, "primaryKey")?;
    let mut unique_keys = Vec::new();
    for key in schema.array("uniqueKeys")?.unwrap_or_default() {
        let fields = positions(&schema.names_in(key, "uniqueKeys")?, "uniqueKeys")?;
        if !fields.is_empty() && fields != primary {
            unique_keys.push(fields);
        }
    }
    for (i, field) in fields.iter().enumerate() {
        if field.constraints.unique && primary != [i] && !unique_keys.contains(&vec![i]) {
            unique_keys.push(vec![i]);
        }
    }
    let mut foreign_keys = Vec::new();
    for reference in schema.array("foreignKeys")?.unwrap_or_default() {
        let reference = Object::new(reference, format!("{place}, foreignKeys"))?;
        let Some(to) = reference.object("reference")? else {
            return reference.refuse("`reference` is missing");
        };
        let (own, parent_fields) = (reference.names("fields")?, to.names("fields")?);
        if own.is_empty() || own.len() != parent_fields.len() {
            return reference.refuse("`fields` must name as many fields of this table as of the other one");
        }
        let parent = to.string("resource")?.filter(|parent| !parent.is_empty()).unwrap_or(table).to_owned();
        let fields = positions(&own, "foreignKeys")?;
        foreign_keys.push(ForeignKey { fields, parent, parent_fields, is_to_key: true });
    }
    let keys = || {
        let references = foreign_keys.iter().map(|key: &ForeignKey| &key.fields);
        [&primary].into_iter().chain(&unique_keys).chain(references)
    };
    let is_text = |i: &&usize| fields[**i].ty.physical() == Physical::Text;
    let texts = |field: usize| {
        let with_it = keys().filter(|key| key.contains(&field));
        with_it.map(|key| key.iter().filter(is_text).count() as u64).max().unwrap_or_default()
    };
    let texts: Vec<u64> = (0..fields.len()).map(texts).collect();
    let (row_id, primary_key) = match primary.as_slice() {
        [] => (Some(row_id()), vec![fields.len()]),
        _ => (None, primary),
    };
    for i in &primary_key {
        if let Some(field) = fields.get_mut(*i) {
            field.constraints.required = true;
            field::require_a_character(field, place)?;
        }
    }
    for (field, texts) in fields.iter_mut().zip(texts) {
        field::limit_key_length(field, texts, place)?;
    }
    Ok(Keys { row_id, primary_key, unique_keys, foreign_keys })
}

fn row_id() -> Field {
    Field {
        name: ROW_ID.to_owned(),
        title: None,
        description: Some("The number that the gateway gave the row.".to_owned()),
        ty: Type::of_row_id(),
        constraints: Constraints { required: true, ..Constraints::default() },
        missing_values: Vec::new(),
        notes: Vec::new(),
    }
}

/// Looks up the parents of all foreign keys, and puts each table after those that it references. Where the references of some
/// tables form a circle, those of the first one to tables after it are checked by the judge only.
pub(super) fn parents_first(mut tables: Vec<Table>) -> Result<Vec<Arc<Table>>> {
    for i in 0..tables.len() {
        for k in 0..tables[i].foreign_keys.len() {
            let is_to_key = is_to_key(&tables, &tables[i], &tables[i].foreign_keys[k])?;
            tables[i].foreign_keys[k].is_to_key = is_to_key;
        }
    }
    let mut sorted: Vec<Table> = Vec::with_capacity(tables.len());
    while !tables.is_empty() {
        let is_later = |table: &Table, parent: &String| {
            *parent != table.name && tables.iter().any(|t| t.name == *parent)
        };
        let is_ready = |table: &Table| table.foreign_keys.iter().all(|key| !is_later(table, &key.parent));
        let next = tables.iter().position(is_ready);
        let mut table = tables.remove(next.unwrap_or_default());
        if next.is_none() {
            for key in &mut table.foreign_keys {
                key.is_to_key &= key.parent == table.name || sorted.iter().any(|t| t.name == key.parent);
            }
        }
        sorted.push(table);
    }
    Ok(sorted.into_iter().map(Arc::new).collect())
}

/// Whether a foreign key references a key.
fn is_to_key(tables: &[Table], table: &Table, key: &ForeignKey) -> Result<bool> {
    let place = format!(
        "table `{}`, foreign key ({})",
        table.name,
        names(key.fields.iter().map(|i| &table.fields[*i]))
    );
    let refuse = |why: String| Err(DescriptorError::of(format!("{place}: {why}")));
    let Some(parent) = tables.iter().find(|parent| parent.name == key.parent) else {
        return refuse(format!("references `{}`, which is no table here", key.parent));
    };
    let mut parent_fields = Vec::new();
    for (own, name) in key.fields.iter().zip(&key.parent_fields) {
        let Some(i) = parent.field(name) else {
            return refuse(format!("references `{}.{name}`, which is no field", key.parent));
        };
        let (own, other) = (&table.fields[*own].ty, &parent.fields[i].ty);
        if own.physical() != other.physical() {
            return refuse(format!(
                "is of type {}, but references `{}.{name}` of type {}",
                own.name(),
                key.parent,
                other.name()
            ));
        }
        parent_fields.push(i);
    }
    // An engine references a key as it was declared.
    Ok(parent.sent_keys().any(|fields| fields == parent_fields))
}
