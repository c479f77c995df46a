//! The two forms in which an error of a row is written: an object in answers, an array in the reject log.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::{SerializeSeq, SerializeStruct};
use serde::{Serialize, Serializer};

use crate::code::Code;
use crate::row_error::RowError;

impl Serialize for RowError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let optional = [("constraint", &self.constraint), ("expected", &self.expected)];
        let present = optional.into_iter().filter_map(|(name, text)| Some((name, text.as_ref()?)));
        let mut error = serializer.serialize_struct("RowError", 4 + present.clone().count())?;
        error.serialize_field("code", &self.code)?;
        error.serialize_field("field", &self.field)?;
        error.serialize_field("cell", &self.cell)?;
        error.serialize_field("message", &format_args!("{self}"))?;
        for (name, text) in present {
            error.serialize_field(name, text)?;
        }
        error.end()
    }
}

impl JsonSchema for RowError {
    fn schema_name() -> Cow<'static, str> {
        "RowError".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let code = generator.subschema_for::<Code>();
        json_schema!({
            "type": "object",
            "description": "One reason why a row is rejected.",
            "properties": {
                "code": code,
                "field": { "type": ["string", "null"], "description": "The field; null where the whole row is meant." },
                "cell": { "type": ["string", "null"], "description": "The cell as received, at most 200 characters of it." },
                "message": { "type": "string", "description": "The reason in a sentence." },
                "constraint": { "type": "string", "description": "The constraint that failed." },
                "expected": { "type": "string", "description": "What would have been valid." },
            },
            "required": ["code", "field", "cell", "message"],
        })
    }
}

/// An error as the reject log keeps it: an array of its parts, up to the last one that it has. A message that is made of
/// other parts is left out. It would be most of the log, and all that it says is in these parts, so that it stays the same
/// when the dictionary changes.
#[derive(Debug)]
pub struct InLog<'e>(pub &'e RowError);

impl Serialize for InLog<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let RowError { code, field, cell, expected, constraint, message, is_json } = self.0;
        let texts = [field, cell, expected, constraint, message];
        let last = texts.iter().rposition(|text| text.is_some());
        let kept = if *is_json { texts.len() } else { last.map_or(0, |last| last + 1) };
        let mut parts = serializer.serialize_seq(None)?;
        parts.serialize_element(code)?;
        for text in &texts[..kept] {
            parts.serialize_element(text)?;
        }
        if *is_json {
            parts.serialize_element(is_json)?;
        }
        parts.end()
    }
}
