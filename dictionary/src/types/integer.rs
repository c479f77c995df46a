//! `integer`: a signed integer of 64 bits.

use serde_json::json;

use super::logical::{Json, LogicalType, Physical};
use crate::descriptor::{Object, Result};
use crate::value::Value;

/// See the [module](self).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Integer;

impl LogicalType for Integer {
    const NAME: &'static str = "integer";
    const PHYSICAL: Physical = Physical::Integer;
    const JSON: Json = Json::Number;
    const ORDERED: bool = true;

    fn of_field(field: &Object) -> Result<Self> {
        field.only_default("format", &[json!("default")])?;
        field.only_default("bareNumber", &[json!(true)])?;
        Ok(Integer)
    }

    fn expected(&self) -> &'static str {
        "an integer within 64 bits"
    }

    /// Decimal digits, with an optional sign.
    fn read_text(&self, text: &str) -> Option<Value> {
        text.parse().ok().map(Value::Integer)
    }

    fn longest(&self) -> Option<u64> {
        Some(20)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_integer_is_whole_and_within_64_bits() {
        let read = |text| Integer.read_text(text);
        assert_eq!(read("-9223372036854775808"), Some(Value::Integer(i64::MIN)));
        assert_eq!(read("007"), Some(Value::Integer(7)));
        for bad in ["9223372036854775808", "1.0", "", "1 ", "1e3", "٣"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
