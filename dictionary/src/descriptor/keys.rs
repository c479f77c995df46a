//! Primary keys, unique keys and foreign keys.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value;

use super::error::{DescriptorError, Refusals, Result};
use super::field;
use super::object::Object;
use crate::model::{Constraints, Field, ForeignKey, ROW_ID, Table, names};
use crate::types::{Physical, Type};

/// The keys of a table, as its schema names them.
#[derive(Default)]
pub(super) struct Keys {
    /// Empty where the schema has none.
    primary: Vec<usize>,
    unique: Vec<Vec<usize>>,
    /// Their parents are not looked up yet.
    foreign: Vec<ForeignKey>,
}

/// The keys of a table whose fields are known.
pub(super) struct TableKeys {
    pub(super) row_id: Option<Field>,
    pub(super) primary_key: Vec<usize>,
    pub(super) unique_keys: Vec<Vec<usize>>,
    pub(super) foreign_keys: Vec<ForeignKey>,
}

/// Reads the keys of a schema. `fields` are the names of all its fields.
pub(super) fn read(schema: &Object, table: &str, fields: &[&str], place: &str) -> Result<Keys> {
    let names = Names { fields, place };
    let mut refusals = Refusals::default();
    let primary = refusals.take(names.read(schema, "primaryKey"));
    let unique = refusals.take(names.unique_keys(schema));
    let foreign = refusals.take(names.foreign_keys(schema, table));
    match (primary, unique, foreign) {
        (Some(primary), Some(unique), Some(foreign)) => Ok(Keys { primary, unique, foreign }),
        _ => refusals.refuse(),
    }
}

/// The names of the fields that keys may name.
struct Names<'n> {
    fields: &'n [&'n str],
    place: &'n str,
}

impl Names<'_> {
    fn read(&self, object: &Object, property: &str) -> Result<Vec<usize>> {
        self.positions(&object.names(property)?, property)
    }

    fn positions(&self, names: &[String], property: &str) -> Result<Vec<usize>> {
        let position = |name: &String| {
            self.fields.iter().position(|field| field == name).ok_or_else(|| {
                DescriptorError::of(format!("{}: `{property}` names `{name}`, which is no field", self.place))
            })
        };
        let mut refusals = Refusals::default();
        let positions = refusals.take_all(names.iter().map(position));
        refusals.end()?;
        Ok(positions.unwrap_or_default())
    }

    fn unique_keys(&self, schema: &Object) -> Result<Vec<Vec<usize>>> {
        let keys = schema.array("uniqueKeys")?.unwrap_or_default();
        let read = |key| self.positions(&schema.names_in(key, "uniqueKeys")?, "uniqueKeys");
        let mut refusals = Refusals::default();
        let keys = refusals.take_all(keys.iter().map(read));
        refusals.end()?;
        Ok(keys.unwrap_or_default())
    }

    fn foreign_keys(&self, schema: &Object, table: &str) -> Result<Vec<ForeignKey>> {
        let keys = schema.array("foreignKeys")?.unwrap_or_default();
        let mut refusals = Refusals::default();
        let keys = refusals.take_all(keys.iter().map(|key| self.foreign_key(key, table)));
        refusals.end()?;
        Ok(keys.unwrap_or_default())
    }

    fn foreign_key(&self, key: &Value, table: &str) -> Result<ForeignKey> {
        let key = Object::new(key, format!("{}, foreignKeys", self.place))?;
        let mut refusals = Refusals::default();
        let own = refusals.take(key.names("fields"));
        let fields = own.as_ref().and_then(|own| refusals.take(self.positions(own, "foreignKeys")));
        let to = refusals.take(key.object("reference").and_then(|to| match to {
            Some(to) => Ok((to.string("resource")?, to.names("fields")?)),
            None => key.refuse("`reference` is missing"),
        }));
        if let (Some(own), Some((_, parent_fields))) = (&own, &to)
            && (own.is_empty() || own.len() != parent_fields.len())
        {
            refusals.add(key.at_place("`fields` must name as many fields of this table as of the other one"));
        }
        refusals.end()?;
        let (parent, parent_fields) = to.unwrap_or_default();
        let parent = parent.filter(|parent| !parent.is_empty()).unwrap_or(table).to_owned();
        Ok(ForeignKey { fields: fields.unwrap_or_default(), parent, parent_fields, is_to_key: true })
    }
}

impl Keys {
    /// Completes the keys by what the fields say, and gives the fields the constraints that their keys imply: those of the
    /// primary key become required, and texts get the length that an index can hold.
    pub(super) fn apply(self, fields: &mut [Field], place: &str) -> Result<TableKeys> {
        let Keys { primary, unique, foreign } = self;
        let mut unique_keys: Vec<Vec<usize>> =
            unique.into_iter().filter(|key| !key.is_empty() && *key != primary).collect();
        for (i, field) in fields.iter().enumerate() {
            if field.constraints.unique && primary != [i] && !unique_keys.contains(&vec![i]) {
                unique_keys.push(vec![i]);
            }
        }
        let texts = most_texts(fields, &primary, &unique_keys, &foreign);
        let mut refusals = Refusals::default();
        for i in &primary {
            fields[*i].constraints.required = true;
            let _refused = refusals.take(field::require_a_character(&mut fields[*i], place));
        }
        for (field, texts) in fields.iter_mut().zip(texts) {
            let _refused = refusals.take(field::limit_key_length(field, texts, place));
        }
        refusals.end()?;
        let (row_id, primary_key) = match primary.as_slice() {
            [] => (Some(row_id()), vec![fields.len()]),
            _ => (None, primary),
        };
        Ok(TableKeys { row_id, primary_key, unique_keys, foreign_keys: foreign })
    }
}

/// For each field, the number of texts in the key that has the field and the most texts; 0 if no key has it.
fn most_texts(
    fields: &[Field],
    primary: &Vec<usize>,
    unique: &[Vec<usize>],
    foreign: &[ForeignKey],
) -> Vec<u64> {
    let mut most = vec![0; fields.len()];
    let references = foreign.iter().map(|key| &key.fields);
    for key in [primary].into_iter().chain(unique).chain(references) {
        let texts = key.iter().filter(|i| fields[**i].ty.physical() == Physical::Text).count() as u64;
        for i in key {
            most[*i] = texts.max(most[*i]);
        }
    }
    most
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

/// Looks up the parents of all foreign keys. A parent that is refused itself is not missed.
pub(super) fn look_up_parents(tables: &mut [Table], refused: &HashSet<&str>) -> Result<()> {
    let mut refusals = Refusals::default();
    for i in 0..tables.len() {
        for k in 0..tables[i].foreign_keys.len() {
            let key = &tables[i].foreign_keys[k];
            if refused.contains(key.parent.as_str()) {
                continue;
            }
            if let Some(is_to_key) = refusals.take(is_to_key(tables, &tables[i], key)) {
                tables[i].foreign_keys[k].is_to_key = is_to_key;
            }
        }
    }
    refusals.end()
}

/// Puts each table after those that it references. Where the references of some tables form a circle, those of the first
/// one to tables after it are checked by the judge only.
pub(super) fn parents_first(mut tables: Vec<Table>) -> Vec<Arc<Table>> {
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
    sorted.into_iter().map(Arc::new).collect()
}

/// Whether a foreign key references a key.
fn is_to_key(tables: &[Table], table: &Table, key: &ForeignKey) -> Result<bool> {
    let place = format!(
        "table `{}`, foreign key ({})",
        table.name,
        names(key.fields.iter().map(|i| &table.fields[*i]))
    );
    let refuse = |why: String| DescriptorError::of(format!("{place}: {why}"));
    let Some(parent) = tables.iter().find(|parent| parent.name == key.parent) else {
        return Err(refuse(format!("references `{}`, which is no table here", key.parent)));
    };
    let mut refusals = Refusals::default();
    let parent_field = |(own, name): (&usize, &String)| {
        let Some(i) = parent.field(name) else {
            return Err(refuse(format!("references `{}.{name}`, which is no field", key.parent)));
        };
        let (own, other) = (&table.fields[*own].ty, &parent.fields[i].ty);
        if own.physical() != other.physical() {
            return Err(refuse(format!(
                "is of type {}, but references `{}.{name}` of type {}",
                own.name(),
                key.parent,
                other.name()
            )));
        }
        Ok(i)
    };
    let parent_fields = refusals.take_all(key.fields.iter().zip(&key.parent_fields).map(parent_field));
    refusals.end()?;
    // An engine references a key as it was declared.
    Ok(parent_fields.is_some_and(|parent_fields| parent.sent_keys().any(|fields| fields == parent_fields)))
}
