//! Fields and their constraints.

use std::cmp::Ordering;

use super::error::{DescriptorError, Refusals, Result};
use super::object::Object;
use crate::constraints;
use crate::model::{Constraints, Field, INDEX_LENGTH};
use crate::pattern::Pattern;
use crate::types::{Length, Physical, Type};
use crate::value::Value;

/// Every constraint that is implemented. Another one is refused: to ignore it would let invalid rows in.
const CONSTRAINTS: [&str; 10] = [
    "required",
    "unique",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
    "pattern",
    "enum",
];

/// Reads one field of a schema whose `missingValues` are given.
pub(super) fn read(
    field: &serde_json::Value,
    table: &str,
    index: usize,
    missing_values: &[String],
) -> Result<Field> {
    let field = Object::new(field, format!("{table}, field {}", index + 1))?;
    let name = field.field_name()?;
    let field = field.at(format!("{table}, field `{name}`"));
    let mut refusals = Refusals::default();
    let own_missing_values = refusals.take(read_missing_values(&field));
    let constraints = refusals.take(field.object("constraints"));
    // What the constraints mean depends on the type.
    let Some(ty) = refusals.take(Type::of_field(&field)) else { return refusals.refuse() };
    let mut notes = ty.notes(&field);
    let constraints =
        constraints.flatten().map(|constraints| read_constraints(&constraints, &ty, &mut notes));
    let constraints = refusals.take(constraints.unwrap_or_else(|| Ok(Constraints::default())));
    let categories = refusals.take(read_categories(&field, &ty, &mut notes));
    refusals.end()?;
    Ok(Field {
        title: field.text("title"),
        description: field.text("description"),
        name,
        ty,
        constraints: Constraints { categories: categories.flatten(), ..constraints.unwrap_or_default() },
        missing_values: own_missing_values.flatten().unwrap_or_else(|| missing_values.to_vec()),
        notes,
    })
}

/// The `missingValues` of a schema or a field: texts, or objects with a `value` and a `label`.
pub(super) fn read_missing_values(object: &Object) -> Result<Option<Vec<String>>> {
    let Some(values) = object.array("missingValues")? else { return Ok(None) };
    let text = |value: &serde_json::Value| value.get("value").unwrap_or(value).as_str().map(str::to_owned);
    let texts = values.iter().map(text).collect::<Option<Vec<_>>>();
    texts.map_or_else(
        || object.refuse("`missingValues` must be an array of strings, or of objects with a string `value`"),
        |texts| Ok(Some(texts)),
    )
}

/// The texts of a key have at most [`INDEX_LENGTH`] characters together; a text in a key of several gets an equal share.
/// `texts` is the number of texts in the largest key that has the field, 0 if none has it.
pub(super) fn limit_key_length(field: &mut Field, texts: u64, table: &str) -> Result<()> {
    let constraints = &mut field.constraints;
    let Some(limit) = INDEX_LENGTH.checked_div(texts) else { return Ok(()) };
    if field.ty.physical() == Physical::Text && constraints.max_length.is_none_or(|most| most > limit) {
        constraints.max_length = Some(limit);
        constraints.is_index_length = true;
        if constraints.min_length > constraints.max_length {
            return Err(DescriptorError::of(format!(
                "{table}, field `{}`: `minLength` is above {limit}, the longest text in its key",
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

fn read_constraints(object: &Object, ty: &Type, notes: &mut Vec<String>) -> Result<Constraints> {
    let mut refusals = Refusals::default();
    let _refused = refusals.take(check_names(object, ty));
    let of_strings = ty.length() == Length::Characters;
    // The others are refused already.
    let bounds_of = |property| match object.get(property).filter(|_| ty.is_ordered()) {
        Some(value) => read_value(object, property, value, ty).map(Some),
        None => Ok(None),
    };
    let mut bound = |property| refusals.take(bounds_of(property)).flatten();
    let (minimum, maximum) = (bound("minimum"), bound("maximum"));
    let (exclusive_minimum, exclusive_maximum) = (bound("exclusiveMinimum"), bound("exclusiveMaximum"));
    let least = refusals.take(object.count("minLength")).flatten();
    let most = refusals.take(object.count("maxLength")).flatten();
    let required = refusals.take(object.boolean("required")).flatten();
    let unique = refusals.take(object.boolean("unique")).flatten();
    let pattern = object.string("pattern").and_then(|p| p.map(|p| read_pattern(object, p)).transpose());
    let pattern = refusals.take(pattern).flatten();
    let one_of = refusals.take(read_enum(object, ty, notes)).flatten();
    let constraints = Constraints {
        required: required.unwrap_or(false),
        unique: unique.unwrap_or(false),
        minimum,
        maximum,
        exclusive_minimum,
        exclusive_maximum,
        min_length: least.filter(|_| of_strings),
        max_length: most.filter(|_| of_strings),
        is_index_length: false,
        min_items: least.filter(|_| !of_strings),
        max_items: most.filter(|_| !of_strings),
        pattern,
        one_of,
        categories: None,
    };
    let _refused = refusals.take(check_agreement(object, &constraints, ty));
    refusals.end()?;
    note_forbidden(&constraints, ty, notes);
    Ok(constraints)
}

/// Refuses constraints that are not implemented or do not apply to the type.
fn check_names(object: &Object, ty: &Type) -> Result<()> {
    let mut refusals = Refusals::default();
    for property in object.properties() {
        let applies = match property.as_str() {
            "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" => ty.is_ordered(),
            "minLength" | "maxLength" => ty.length() != Length::None,
            "pattern" => ty.length() == Length::Characters,
            _ => true,
        };
        if property == "jsonSchema" {
            refusals.add(object.at_place(
                "the constraint `jsonSchema` is not supported; without it, the JSON is stored without being checked",
            ));
        } else if !CONSTRAINTS.contains(&property.as_str()) {
            let all = CONSTRAINTS.join(", ");
            refusals.add(
                object.at_place(&format!(
                    "the constraint `{property}` is not supported; Table Schema has {all}"
                )),
            );
        } else if !applies {
            let name = ty.name();
            refusals
                .add(object.at_place(&format!("`{property}` does not apply to type {name}; leave it out")));
        }
    }
    refusals.end()
}

/// The values of `enum` that are of the type. The others match no value.
fn read_enum(object: &Object, ty: &Type, notes: &mut Vec<String>) -> Result<Option<Vec<Value>>> {
    let Some(listed) = object.array("enum")? else { return Ok(None) };
    let mut allowed = Vec::with_capacity(listed.len());
    let mut other = None;
    for value in listed {
        match read_value(object, "enum", value, ty) {
            Ok(value) => allowed.push(value),
            Err(error) => {
                notes.push(format!(
                    "`enum` holds {value}, which is not {} and matches no value",
                    ty.expected()
                ));
                other = Some(error);
            }
        }
    }
    match (allowed.is_empty(), other) {
        (false, _) => Ok(Some(allowed)),
        (true, Some(error)) => Err(error),
        (true, None) => object.refuse("`enum` is empty, so no value would be valid"),
    }
}

/// The values of `categories`: texts or integers, or objects with a `value` and a `label`.
fn read_categories(field: &Object, ty: &Type, notes: &mut Vec<String>) -> Result<Option<Vec<Value>>> {
    field.boolean("categoriesOrdered")?;
    let Some(listed) = field.array("categories")? else { return Ok(None) };
    if !matches!(ty, Type::String(_) | Type::Integer(_)) {
        notes.push(format!("`categories` have no effect on type {}", ty.name()));
        return Ok(None);
    }
    if listed.is_empty() {
        return field.refuse("`categories` is empty, so no value would be valid");
    }
    let value =
        |value: &serde_json::Value| read_value(field, "categories", value.get("value").unwrap_or(value), ty);
    listed.iter().map(value).collect::<Result<_>>().map(Some)
}

/// A value in the descriptor: native JSON or the text that a CSV cell would hold.
fn read_value(object: &Object, property: &str, value: &serde_json::Value, ty: &Type) -> Result<Value> {
    let read = match value {
        serde_json::Value::String(text) => ty.read_text(text),
        serde_json::Value::Bool(_) | serde_json::Value::Number(_) => ty.read_canonical(&value.to_string()),
        serde_json::Value::Array(_) | serde_json::Value::Object(_) => ty.read_json(&value.to_string()).ok(),
        serde_json::Value::Null => None,
    };
    read.map_or_else(
        || object.refuse(&format!("`{property}` holds {value}, which is not {}", ty.expected())),
        Ok,
    )
}

fn read_pattern(object: &Object, source: &str) -> Result<Pattern> {
    match Pattern::new(source) {
        Some(pattern) => Ok(pattern),
        None => object.refuse(&format!(
            "`pattern` {source:?} is not an expression that can be used, or needs more than 1 MiB"
        )),
    }
}

fn check_agreement(object: &Object, constraints: &Constraints, ty: &Type) -> Result<()> {
    let mut refusals = Refusals::default();
    let Constraints { minimum, maximum, exclusive_minimum, exclusive_maximum, .. } = constraints;
    for (least, most, why, is_empty) in [
        (minimum, maximum, "`minimum` is above `maximum`", Ordering::is_gt as fn(Ordering) -> bool),
        (exclusive_minimum, maximum, "`exclusiveMinimum` is not below `maximum`", Ordering::is_ge),
        (minimum, exclusive_maximum, "`minimum` is not below `exclusiveMaximum`", Ordering::is_ge),
        (
            exclusive_minimum,
            exclusive_maximum,
            "`exclusiveMinimum` is not below `exclusiveMaximum`",
            Ordering::is_ge,
        ),
    ] {
        if let (Some(least), Some(most)) = (least, most)
            && ty.order(least, most).is_some_and(is_empty)
        {
            refusals.add(object.at_place(&format!("{why}, so no value would be valid")));
        }
    }
    for (least, most) in
        [(constraints.min_length, constraints.max_length), (constraints.min_items, constraints.max_items)]
    {
        if let (Some(least), Some(most)) = (least, most)
            && least > most
        {
            refusals.add(object.at_place("`minLength` is above `maxLength`, so no value would be valid"));
        }
    }
    refusals.end()
}

/// Values of `enum` that another constraint forbids.
fn note_forbidden(constraints: &Constraints, ty: &Type, notes: &mut Vec<String>) {
    for value in constraints.one_of.iter().flatten() {
        if let Some(broken) = constraints::broken(ty, constraints, value).first() {
            let (text, name) = (value.text(), broken.name());
            notes.push(format!("`enum` holds \"{text}\", which `{name}` forbids"));
        }
    }
}
