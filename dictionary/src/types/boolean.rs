//! `boolean`: a truth value.

use serde_json::json;

use super::logical::{Json, LogicalType, Physical};
use crate::descriptor::{Object, Result};
use crate::value::Value;

/// See the [module](self).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boolean;

impl LogicalType for Boolean {
    const NAME: &'static str = "boolean";
    const PHYSICAL: Physical = Physical::Boolean;
    const JSON: Json = Json::Boolean;
    const ORDERED: bool = false;

    fn of_field(field: &Object) -> Result<Self> {
        field.only_default("format", &[json!("default")])?;
        field.only_default("trueValues", &[json!(["true", "True", "TRUE", "1"])])?;
        field.only_default("falseValues", &[json!(["false", "False", "FALSE", "0"])])?;
        Ok(Boolean)
    }

    fn expected(&self) -> &'static str {
        "true or false"
    }

    /// Table Schema's default `trueValues` and `falseValues`.
    fn read_text(&self, text: &str) -> Option<Value> {
        match text {
            "true" | "True" | "TRUE" | "1" => Some(Value::Boolean(true)),
            "false" | "False" | "FALSE" | "0" => Some(Value::Boolean(false)),
            _ => None,
        }
    }

    fn longest(&self) -> Option<u64> {
        Some(5)
    }
}
