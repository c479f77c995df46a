//! `date`: a day.

use serde_json::json;

use super::logical::{Json, LogicalType, Physical};
use crate::descriptor::{Object, Result};
use crate::iso_text::read_date;
use crate::value::Value;

/// See the [module](self).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Date;

impl LogicalType for Date {
    const NAME: &'static str = "date";
    const PHYSICAL: Physical = Physical::Date;
    const JSON: Json = Json::String;
    const ORDERED: bool = true;

    fn of_field(field: &Object) -> Result<Self> {
        field.only_default("format", &[json!("default")])?;
        Ok(Date)
    }

    fn expected(&self) -> &'static str {
        "YYYY-MM-DD"
    }

    fn read_text(&self, text: &str) -> Option<Value> {
        read_date(text).map(Value::Date)
    }

    fn longest(&self) -> Option<u64> {
        Some(10)
    }
}
