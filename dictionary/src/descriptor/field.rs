//! Fields and their constraints.

use std::cmp::Ordering;

use regex::Regex;

use super::error::{DescriptorError, Result};
use super::object::Object;
use crate::constraints;
use crate::model::{Constraints, Field, Pattern};
use crate::types::{Physical, Type};
use crate::value::Value;

/// The longest string key that every engine can index, in characters.
const KEY_LENGTH: u64 = 255;

/// Every constraint that is implemented. Another one is refused: to ignore it would let invalid rows in.
const CONSTRAINTS: [&str; 8] =
    ["required", "unique", "minimum", "maximum", "minLength", "maxLength", "pattern", "enum"];

/// Reads one field of a schema.
pub(super) fn read(field: &serde_json::Value, table: &str, index: usize) -> Result<Field> {
    let field = Object::new(field, format!("{table}, field {}", index + 1))?;
    let name = field.field_name()?;
    let field = field.at(format!("{table}, field `{name}`"));
    let ty = Type::of_field(&field)?;
    field.only_default("groupChar", &[serde_json::json!("")])?;
    field.unsupported(&["missingValues", "categories", "categoriesOrdered", "itemType", "delimiter"])?;
    let constraints = match field.object("constraints")? {
        Some(constraints) => read_constraints(&constraints, &ty)?,
        None => Constraints::default(),
    };
    Ok(Field { title: field.text("title"), description: field.text("description"), name, ty, constraints })
}

/// Strings that are keys or unique are at most [`KEY_LENGTH`] characters long.
pub(super) fn limit_key_length(field: &mut Field, indexed: bool, table: &str) -> Result<()> {
    if indexed && field.ty.physical() == Physical::Text {
        let constraints = &mut field.constraints;
        constraints.max_length = Some(constraints.max_length.unwrap_or(KEY_LENGTH).min(KEY_LENGTH));
        if constraints.min_length > constraints.max_length {
            return Err(DescriptorError::of(format!(
                "{table}, field `{}`: `minLength` is above {KEY_LENGTH}, the longest key",
                field.name
            )));
        }
    }
    Ok(())
}

/// A string that is a primary key has at least one character: no path can name an empty key.
pub(super) fn require_a_character(field: &mut Field, table: &str) -> Result<()> {
    if field.ty.physical() == Physical::Text {
        let constraints = &mut field.constraints;
        if constraints.max_length == Some(0) {
            return Err(DescriptorError::of(format!(
                "{table}, field `{}`: `maxLength` is 0, but a key has at least 1 character",
                field.name
            )));
        }
        constraints.min_length = Some(constraints.min_length.unwrap_or(1).max(1));
    }
    Ok(())
}

fn read_constraints(object: &Object, ty: &Type) -> Result<Constraints> {
    if let Some(unknown) = object.properties().find(|p| !CONSTRAINTS.contains(&p.as_str())) {
        return object.refuse(&format!("the constraint `{unknown}` is not supported"));
    }
    let of_strings = ty.physical() == Physical::Text;
    let ordered = ty.is_ordered();
    for (property, fits) in [
        ("minimum", ordered),
        ("maximum", ordered),
        ("minLength", of_strings),
        ("maxLength", of_strings),
        ("pattern", of_strings),
    ] {
        if object.get(property).is_some() && !fits {
            return object.refuse(&format!("`{property}` does not apply to type {}", ty.name()));
        }
    }
    let constraints = Constraints {
        required: object.boolean("required")?.unwrap_or(false),
        unique: object.boolean("unique")?.unwrap_or(false),
        minimum: object.get("minimum").map(|v| read_value(object, "minimum", v, ty)).transpose()?,
        maximum: object.get("maximum").map(|v| read_value(object, "maximum", v, ty)).transpose()?,
        min_length: object.count("minLength")?,
        max_length: object.count("maxLength")?,
        pattern: object.string("pattern")?.map(|p| read_pattern(object, p)).transpose()?,
        one_of: match object.array("enum")? {
            None => None,
            Some([]) => return object.refuse("`enum` is empty, so no value would be valid"),
            Some(values) => {
                Some(values.iter().map(|v| read_value(object, "enum", v, ty)).collect::<Result<_>>()?)
            }
        },
    };
    check_agreement(object, &constraints)?;
    Ok(constraints)
}

/// A value in the descriptor: native JSON or the text that a CSV cell would hold.
fn read_value(object: &Object, property: &str, value: &serde_json::Value, ty: &Type) -> Result<Value> {
    let read = match value {
        serde_json::Value::String(text) => ty.read_text(text),
        serde_json::Value::Bool(_) | serde_json::Value::Number(_) => ty.read_text(&value.to_string()),
        serde_json::Value::Null | serde_json::Value::Array(_) | serde_json::Value::Object(_) => None,
    };
    read.map_or_else(
        || object.refuse(&format!("`{property}` holds {value}, which is not {}", ty.expected())),
        Ok,
    )
}

fn read_pattern(object: &Object, source: &str) -> Result<Pattern> {
    // By itself too: `a)|(b` would step out of the group.
    match Regex::new(source).and_then(|_| Regex::new(&format!(r"\A(?:{source})\z"))) {
        Ok(whole) => Ok(Pattern { source: source.to_owned(), whole }),
        Err(_) => object.refuse(&format!("`pattern` {source:?} is not an expression that can be used")),
    }
}

fn check_agreement(object: &Object, constraints: &Constraints) -> Result<()> {
    if let (Some(minimum), Some(maximum)) = (&constraints.minimum, &constraints.maximum)
        && minimum.order(maximum).is_some_and(Ordering::is_gt)
    {
        return object.refuse("`minimum` is above `maximum`, so no value would be valid");
    }
    if let (Some(least), Some(most)) = (constraints.min_length, constraints.max_length)
        && least > most
    {
        return object.refuse("`minLength` is above `maxLength`, so no value would be valid");
    }
    for value in constraints.one_of.iter().flatten() {
        if let Some(broken) = constraints::broken(constraints, value).first() {
            let name = broken.name();
            return object.refuse(&format!("`enum` holds \"{}\", which `{name}` forbids", value.text()));
        }
    }
    Ok(())
}
